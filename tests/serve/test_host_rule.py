"""Which Host and Origin headers are answered."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.serve.access import HostRule, is_same_origin, split_host

RULE = HostRule(["Desk", "lower"], ["share.example.org", "Trailing.Example."])


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:9000",
        "localhost.:9000",
        "127.0.0.1:9000",
        "192.168.1.7",
        "[::1]:9000",
        "[fe80::1%25eth0]:9000",
        "[::ffff:10.0.0.1]",
        "desk:9000",
        "DESK.",
        "lower.local:9000",
        "a.b.localhost",
        "share.example.org:443",
        "trailing.example",
    ],
)
def test_hosts_that_are_answered(host: str) -> None:
    assert RULE.admits(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":9000",
        ".",
        "evil.example",
        "localhost.evil.example",
        "share.example.org.evil.example",
        "xshare.example.org",
        "127.0.0.1.nip.io",
        "1.2.3",
        "0x7f000001",
        "127.1",
        "[::1",
        "::1]",
        "::1",
        "[::1]evil.com",
        "[::1]evil.com:9000",
        "[::1]:9000.evil.com",
        "[::1][::1]",
        "[127.0.0.1]",
        "[localhost]",
        "[::1%25eth0]evil.com",
        "evil.com[::1]",
        "localhost/evil",
        "localhost?evil",
        "localhost#evil",
        "evil@localhost",
        "localhost:9000:9000",
        "localhost, evil.com",
        "localhost evil.com",
        "localhost\\.evil.com",
        "localhost..",
        "localhost\n",
        " localhost",
        "127.0.0.1/evil",
        "desk:+9000",
        "desk:９０００",
        "desk:" + "9" * 5000,
        "des\u212a",
        "desk:port",
        "desk:99999",
        "notlocalhost",
        "desk.evil",
    ],
)
def test_hosts_that_are_refused(host: str) -> None:
    assert not RULE.admits(host)


def test_a_machine_name_with_capitals_is_answered() -> None:
    assert HostRule(["MacBook"], []).admits("macbook.local")


@given(st.text(max_size=40))
def test_no_host_header_raises(host: str) -> None:
    assert RULE.admits(host) in (True, False)
    name, port = split_host(host)
    assert port is None or 0 <= port <= 65535
    assert name == name.lower()
    assert name.isascii()


@given(st.text("[]:.%/@?#\\ ", max_size=6), st.sampled_from(["::1", "localhost", "127.0.0.1"]))
def test_a_good_host_with_anything_added_is_refused(more: str, good: str) -> None:
    """Only a port, or a dot at the end of a name, may follow; only brackets may be around it."""
    place = f"[{good}]" if ":" in good else good
    for host in (place + more, more + place):
        allowed = re.fullmatch(r"([.]*(?=localhost))?" + re.escape(place) + r"[.]?:?", host)
        assert not RULE.admits(host) or allowed


names = st.sampled_from(["localhost", "127.0.0.1", "[::1]", "desk", "desk.local", "a.example"])
ports = st.none() | st.integers(1, 65535) | st.sampled_from([80, 443, 9000])
schemes = st.sampled_from(["http", "https"])


def address(name: str, port: int | None) -> str:
    return name if port is None else f"{name}:{port}"


@given(schemes, names, ports, names, ports)
def test_only_exactly_the_same_origin_passes(
    scheme: str, name: str, port: int | None, host: str, host_port: int | None
) -> None:
    default = {"http": 80, "https": 443}[scheme]
    expected = name == host and (port or default) == (host_port or default)
    origin = f"{scheme}://{address(name, port)}"
    assert is_same_origin(origin, address(host, host_port)) is expected


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "localhost:9000"),
        ("", "localhost:9000"),
        ("localhost:9000", "localhost:9000"),
        ("//localhost:9000", "localhost:9000"),
        ("file://", "localhost"),
        ("file://localhost", "localhost"),
        ("ws://localhost:9000", "localhost:9000"),
        ("chrome-extension://localhost", "localhost"),
        ("http://", ""),
        ("http://localhost:9000", ""),
        ("http://localhost.evil.example:9000", "localhost:9000"),
        ("http://evil.example/localhost:9000", "localhost:9000"),
        ("http://localhost:9000.evil.example", "localhost:9000"),
        ("http://localhost:9000@evil.example", "localhost:9000"),
        ("http://[::1]:9000", "127.0.0.1:9000"),
        ("http://localhost:9000", "127.0.0.1:9000"),
        ("http://[::1", "[::1"),
        ("http://localhost:port", "localhost"),
        ("http://[::1]evil.com", "[::1]"),
        ("http://[::1]evil.com", "[::1]evil.com"),
        ("http://localhost/", "localhost"),
        ("http://localhost?", "localhost"),
        ("http://@localhost", "localhost"),
        ("HTTP://localhost", "evil.example"),
        ("http://localhost:9000 http://evil.example", "localhost:9000"),
    ],
)
def test_other_origins_are_refused(origin: str, host: str) -> None:
    assert not is_same_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://LOCALHOST:9000", "localhost:9000"),
        ("http://localhost.:9000", "localhost.:9000"),
        ("http://[::1]:9000", "[::1]:9000"),
        ("https://desk", "desk:443"),
        ("http://desk:80", "desk"),
    ],
)
def test_other_spellings_of_the_same_origin_pass(origin: str, host: str) -> None:
    assert is_same_origin(origin, host)


@pytest.mark.parametrize(
    "origin",
    ["http://evil@desk:9000", "http://desk:9000/evil", "http://desk:9000?x", "http://desk:9000#x"],
)
def test_an_origin_is_scheme_host_and_port_and_nothing_else(origin: str) -> None:
    assert not is_same_origin(origin, "desk:9000")


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_origin_raises(origin: str, host: str) -> None:
    assert is_same_origin(origin, host) in (True, False)
