"""A limit per address applies to one IPv4 address or to a whole IPv6 /64."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.network import network_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.0.0.1", "::ffff:10.0.0.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_these_are_the_same_network(one: str, other: str) -> None:
    assert network_of(one) == network_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("10.0.0.1", "10.0.0.2"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("?", "10.0.0.1")],
)
def test_these_are_different_networks(one: str, other: str) -> None:
    assert network_of(one) != network_of(other)


@given(st.text())
def test_every_text_has_a_network(text: str) -> None:
    assert network_of(text) == network_of(network_of(text)) or ":" in text
