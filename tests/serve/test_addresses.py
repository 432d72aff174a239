"""URLs for the addresses that the host listens on."""

from __future__ import annotations

import ipaddress

import pytest

from samescreen.serve import addresses
from samescreen.serve.addresses import (
    HostUrls,
    lan_addresses,
    lan_addresses_ipv6,
    shown_addresses,
    urls_for,
    with_interface,
)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_has_no_url_for_other_machines(host: str) -> None:
    links = urls_for(host, 9000, "t")
    assert links == HostUrls("http://localhost:9000/#token=t", ())
    assert links.best == links.here


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["10.0.0.5", "192.168.1.2"])
    monkeypatch.setattr(addresses, "lan_addresses_ipv6", lambda: ["2001:db8::7"])


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "[::]", "0:0::0"])
def test_a_wildcard_host_has_a_url_for_each_address(host: str) -> None:
    links = urls_for(host, 8080, "t")
    assert links.here == "http://localhost:8080/#token=t"
    ipv6 = ("http://[2001:db8::7]:8080/#token=t",) if ":" in host else ()
    ipv4 = ("http://10.0.0.5:8080/#token=t", "http://192.168.1.2:8080/#token=t")
    assert links.lan == ipv4 + ipv6
    assert links.best == links.lan[0]
    assert links.note == ""


@pytest.mark.usefixtures("network")
def test_without_dual_stack_there_are_no_ipv4_urls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.has_dualstack_ipv6", lambda: False)
    assert urls_for("::", 9, None).lan == ("http://[2001:db8::7]:9/",)


def test_without_a_network_the_best_url_is_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_addresses", list)
    monkeypatch.setattr(addresses, "lan_addresses_ipv6", list)
    assert urls_for("0.0.0.0", 1, "t").best == "http://localhost:1/#token=t"
    monkeypatch.setattr(addresses, "lan_addresses_ipv6", lambda: ["2001:db8::7"])
    assert "--host ::" in urls_for("0.0.0.0", 1, "t").note


def test_a_link_local_address_also_has_a_url_by_name() -> None:
    links = urls_for("fe80::1%eth0", 9, "t")
    assert links.here == "http://[fe80::1%25eth0]:9/#token=t"
    (by_name,) = links.lan
    assert by_name.endswith(".local:9/#token=t")
    assert "%" not in by_name
    assert "--host ::" in links.note


def test_a_missing_interface_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "own_addresses", lambda: ["10.0.0.5", "fe80::1%eth0"])
    assert with_interface("fe80::1") == "fe80::1%eth0"
    assert with_interface("[fe80::2]") == "fe80::2%INTERFACE"
    for complete in ("fe80::1%eth0", "fd00::7", "::", "10.0.0.5", "desk", "fe80:::"):
        assert with_interface(complete) == complete


def test_lan_addresses_in_ipv6_need_no_interface() -> None:
    for text in lan_addresses_ipv6():
        parsed = ipaddress.IPv6Address(text)
        assert not parsed.is_loopback
        assert not parsed.is_link_local


@pytest.mark.parametrize(
    ("host", "link"), [("10.1.2.3", "http://10.1.2.3:9/"), ("fd00::7", "http://[fd00::7]:9/")]
)
def test_one_address_gives_one_url(host: str, link: str) -> None:
    assert urls_for(host, 9, None) == HostUrls(link, (link,))


def test_without_access_control_urls_have_no_token() -> None:
    assert "#" not in urls_for("0.0.0.0", 9000, None).here


def test_lan_addresses_can_be_reached_from_other_machines() -> None:
    found = lan_addresses()
    assert len(set(found)) == len(found)
    for text in found:
        parsed = ipaddress.IPv4Address(text)
        assert not parsed.is_loopback
        assert not parsed.is_link_local


def test_an_empty_host_is_a_wildcard() -> None:
    assert urls_for("", 9, None).here == "http://localhost:9/"


def test_the_shown_addresses_are_those_in_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ["127.0.0.1", "192.168.1.5", "172.17.0.1", "2001:db8::5"]
    monkeypatch.setattr(addresses, "own_addresses", lambda: own)
    monkeypatch.setattr(addresses, "lan_addresses", lambda: ["192.168.1.5"])
    assert shown_addresses("0.0.0.0") == ["192.168.1.5"]
    assert shown_addresses("::") == ["192.168.1.5", "2001:db8::5"]
    for host in ("10.1.2.3", "127.0.0.1", "desk", "fd00::7"):
        assert shown_addresses(host) == [host]
