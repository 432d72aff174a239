"""Links for what the host listens on."""

from __future__ import annotations

import ipaddress

import pytest

from samescreen.serve import addresses
from samescreen.serve.addresses import Links, lan_addresses, links_for, shown_addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_has_no_link_for_others(host: str) -> None:
    links = links_for(host, 9000, "t")
    assert links == Links("http://localhost:9000/#token=t", ())
    assert links.best == links.here


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_everywhere_means_each_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["10.0.0.5", "192.168.1.2"])
    links = links_for(host, 8080, "t")
    assert links.here == "http://localhost:8080/#token=t"
    assert links.lan == ("http://10.0.0.5:8080/#token=t", "http://192.168.1.2:8080/#token=t")
    assert links.best == links.lan[0]


def test_without_a_network_the_best_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_addresses", list)
    assert links_for("0.0.0.0", 1, "t").best == "http://localhost:1/#token=t"


@pytest.mark.parametrize(
    ("host", "link"), [("10.1.2.3", "http://10.1.2.3:9/"), ("fd00::7", "http://[fd00::7]:9/")]
)
def test_one_address_is_the_link(host: str, link: str) -> None:
    assert links_for(host, 9, None) == Links(link, (link,))


def test_open_to_all_there_is_no_token() -> None:
    assert "#" not in links_for("0.0.0.0", 9000, None).here


def test_lan_addresses_are_reachable_by_others() -> None:
    found = lan_addresses()
    assert len(set(found)) == len(found)
    for text in found:
        parsed = ipaddress.IPv4Address(text)
        assert not parsed.is_loopback
        assert not parsed.is_link_local


def test_an_empty_host_is_everywhere() -> None:
    assert links_for("", 9, None).here == "http://localhost:9/"


def test_shown_are_the_addresses_of_links(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ["127.0.0.1", "192.168.1.5", "172.17.0.1", "2001:db8::5"]
    monkeypatch.setattr(addresses, "own_addresses", lambda: own)
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["192.168.1.5"])
    assert shown_addresses("0.0.0.0") == ["192.168.1.5"]
    assert shown_addresses("::") == ["192.168.1.5", "2001:db8::5"]
    for host in ("10.1.2.3", "127.0.0.1", "desk", "fd00::7"):
        assert shown_addresses(host) == [host]
