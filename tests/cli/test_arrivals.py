"""What the terminal says when nobody opens the link within a minute."""

from __future__ import annotations

import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.capture.testcard import TestCard
from samescreen.cli import arrivals
from samescreen.cli.arrivals import explain_absence, likely_causes
from samescreen.cli.words import CHINESE, ENGLISH
from samescreen.grants import WATCH_ONLY
from samescreen.host import Host
from samescreen.hub.people import Person
from samescreen.options import ShareOptions
from samescreen.serve.addresses import HostUrls
from samescreen.serve.links import VIEWER

LINKS = HostUrls(
    "http://localhost:9000/#token=x", ("http://192.0.2.2:9000/#token=x", "http://10.0.0.2:9000/")
)


def test_the_causes_name_network_wifi_and_firewall() -> None:
    said = likely_causes(LINKS, "0.0.0.0", 9000, ENGLISH)
    assert said[0].startswith("Nobody has opened the link yet")
    assert ["192.0.2.2" in said[1], "guest Wi-Fi" in said[2], "port 9000" in said[3]] == [True] * 3
    assert "token" not in "".join(said)
    assert len(likely_causes(LINKS, "0.0.0.0", 9000, CHINESE)) == len(said)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "[::1]"])
def test_a_host_for_this_machine_only_says_so(address: str) -> None:
    links = HostUrls("http://localhost:9000/", ())
    assert address in likely_causes(links, address, 9000, ENGLISH)[1]


def test_a_machine_without_a_network_says_so() -> None:
    links = HostUrls("http://localhost:9000/", ())
    assert "no address" in likely_causes(links, "0.0.0.0", 9000, ENGLISH)[1]


@pytest.mark.parametrize("somebody_comes", [False, True])
async def test_it_is_said_once_and_only_if_nobody_came(
    monkeypatch: pytest.MonkeyPatch, somebody_comes: bool
) -> None:
    monkeypatch.setattr(arrivals, "_LOOK_S", 0.005)
    monkeypatch.setattr(arrivals, "PATIENCE_S", 0.01)
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    said: list[str] = []
    async with Host(options, OpenedSource(TestCard(320, 180), "testcard")) as host:
        if somebody_comes:
            host.hub.people.arrived(Person("one", VIEWER, "192.0.2.7", WATCH_ONLY))
        await explain_absence(host, "127.0.0.1", ENGLISH, said.append)
    assert bool(said) is not somebody_comes
