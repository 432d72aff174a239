"""Forwarding headers: which proxies are believed, and what the headers mean."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from samescreen.serve.proxy import Client, TrustedProxies

TRUST = TrustedProxies(
    [ipaddress.ip_network(n) for n in ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")]
)
FORWARDED = {
    "Host": "inner:9000",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "share.example.org",
}


def ask(peer: str, headers: dict[str, str], *, is_secure: bool = False) -> Client:
    return TRUST.client(peer, CIMultiDict(headers), is_secure=is_secure)


def test_a_trusted_proxy_is_believed() -> None:
    expected = Client("203.0.113.9", "share.example.org", is_secure=True, is_proxied=True)
    for peer in ("127.0.0.1", "10.9.9.9", "::ffff:10.1.1.1", "fd00::1"):
        assert ask(peer, FORWARDED) == expected


@pytest.mark.parametrize("peer", ["203.0.113.77", "127.0.0.2", "::1", "?", "", "::ffff:1.2.3.4"])
def test_other_addresses_are_not_believed(peer: str) -> None:
    seen = ask(peer, FORWARDED)
    assert (seen.host, seen.is_secure, seen.is_proxied) == ("inner:9000", False, False)
    assert seen.address in (peer, "1.2.3.4")


def test_without_the_option_no_address_is_believed() -> None:
    seen = TrustedProxies().client("127.0.0.1", CIMultiDict(FORWARDED), is_secure=False)
    assert seen == Client("127.0.0.1", "inner:9000", is_secure=False)


def test_a_proxy_without_forwarding_headers_changes_nothing() -> None:
    seen = ask("10.0.0.1", {"Host": "desk:9000"}, is_secure=True)
    assert seen == Client("10.0.0.1", "desk:9000", is_secure=True, is_proxied=True)


@pytest.mark.parametrize(
    ("hops", "viewer"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.2.2.2", "203.0.113.9"),
        ("10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("198.51.100.1, unknown", "10.0.0.1"),
        ("198.51.100.1, unknown, 10.2.2.2", "10.2.2.2"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:db8::9]:51234", "2001:db8::9"),
        ("2001:db8::9", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", "10.0.0.1"),
        (" , ,", "10.0.0.1"),
        ("<script>", "10.0.0.1"),
    ],
)
def test_the_last_hop_that_is_no_trusted_proxy_is_the_client(hops: str, viewer: str) -> None:
    assert ask("10.0.0.1", {"X-Forwarded-For": hops}).address == viewer


@pytest.mark.parametrize(
    "hop",
    ["[2001:db8::1]evil", "[2001:db8::1]:x", "1.2.3.4:evil", "1.2.3.4:1:2", "[1.2.3.4", "1.2.3.4]"],
)
def test_a_hop_must_be_exactly_an_address(hop: str) -> None:
    assert ask("10.0.0.1", {"X-Forwarded-For": f"{hop}, 10.0.0.2"}).address == "10.0.0.2"


def test_two_host_headers_count_as_none() -> None:
    headers = CIMultiDict([("Host", "localhost"), ("Host", "evil.example")])
    assert TRUST.client("203.0.113.9", headers, is_secure=False).host == ""


def test_several_forwarded_headers_are_one_list() -> None:
    headers = CIMultiDict([("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "203.0.113.9")])
    assert TRUST.client("10.0.0.1", headers, is_secure=False).address == "203.0.113.9"


@pytest.mark.parametrize(
    ("proto", "is_secure"), [("https", True), ("HTTPS", True), ("wss", True), ("http", False)]
)
def test_the_scheme_comes_from_the_proxy(proto: str, is_secure: bool) -> None:
    for here in (True, False):
        seen = ask("10.0.0.1", {"X-Forwarded-Proto": proto}, is_secure=here)
        assert seen.is_secure is is_secure


def test_entries_before_the_last_do_not_count() -> None:
    headers = {
        "X-Forwarded-Proto": "https, http",
        "X-Forwarded-Host": "evil.example, share.example.org",
    }
    seen = ask("10.0.0.1", headers)
    assert (seen.is_secure, seen.host) == (False, "share.example.org")


@given(st.text(max_size=40), st.text(max_size=60), st.text(max_size=20))
def test_no_forwarding_header_raises(peer: str, hops: str, scheme: str) -> None:
    headers = {"X-Forwarded-For": hops, "X-Forwarded-Proto": scheme}
    for each in (peer, "10.0.0.1"):
        seen = ask(each, headers)
        assert isinstance(seen.address, str)
