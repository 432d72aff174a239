"""A shared rendition follows a lone viewer or a majority, and never a minority."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.claims import Claim, Delivery, majority_capacity
from samescreen.flow.network import network_of
from tests.fakes import claims


@pytest.mark.parametrize(
    ("capacities", "followed"),
    [
        ([], None),
        ([None], None),
        ([5], 5),
        ([5, None], None),
        ([5, 9], 9),
        ([1, 9, 9], 9),
        ([1, 9, None], 9),
        ([1, None, None], None),
        ([1, 2, None, None], None),
        ([1, None, None, None], None),
        ([1, 2, 3, 4, 5, 6, 7, 8], 5),
    ],
)
def test_the_majority_is_followed(capacities: list[int | None], followed: int | None) -> None:
    assert majority_capacity(claims(*capacities)) == followed


def at(address: str, *capacities: int | None, is_confirmed: bool | None = None) -> list[Claim]:
    return [Claim("", address, capacity, is_confirmed) for capacity in capacities]


def test_many_connections_of_one_address_count_as_one() -> None:
    honest = [claim for n in range(2) for claim in at(f"10.0.0.{n}", None)]
    assert majority_capacity([*honest, *at("10.0.0.9", *[1] * 40)]) is None


def test_many_addresses_do_not_outvote_more_viewers() -> None:
    liars = [claim for n in range(3) for claim in at(f"10.0.0.{n}", 1)]
    assert majority_capacity([*liars, *at("10.0.0.9", *[None] * 5)]) is None


@pytest.mark.parametrize("addresses", [["10.0.0.1"] * 3, ["10.0.0.1", "10.0.0.1", "10.0.0.2"]])
def test_with_fewer_than_three_addresses_all_must_be_late(addresses: list[str]) -> None:
    late = [Claim("", address, 5) for address in addresses]
    assert majority_capacity(late) == 5
    for n in range(3):
        assert majority_capacity([*late[:n], *late[n + 1 :], *at(addresses[n], None)]) is None


def test_a_measurement_overrules_a_claim_unless_it_is_the_only_one() -> None:
    false = [claim for n in range(4) for claim in at(f"10.0.0.{n}", 1, is_confirmed=False)]
    assert majority_capacity(false) is None
    assert majority_capacity([*false, *at("10.0.0.9", None)]) is None
    assert majority_capacity(false[:1]) == 1
    true = [claim for n in range(4) for claim in at(f"10.0.0.{n}", 1, is_confirmed=True)]
    assert majority_capacity([*true, *at("10.0.0.9", None)]) == 1


capacity = st.none() | st.integers(0, 10**8)


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=9),
    st.lists(st.tuples(st.integers(0, 9), capacity, st.sampled_from([None, True])), max_size=8),
)
def test_no_minority_of_liars_lowers_what_healthy_viewers_receive(
    honest: list[int], lies: list[tuple[int, int | None, bool | None]]
) -> None:
    """They may claim anything from any addresses, and their links may really be that slow."""
    healthy = [claim for n in honest for claim in at(f"10.0.0.{n}", None)]
    liars = [
        Claim("", f"10.0.0.{n}", capacity_bps, is_confirmed)
        for n, capacity_bps, is_confirmed in lies[: len(honest) - 1]
    ]
    assert majority_capacity([*liars, *healthy]) is None


@given(
    st.lists(st.integers(1, 10**8), min_size=3, max_size=9),
    st.lists(st.tuples(st.integers(0, 9), capacity), max_size=8),
)
def test_among_late_viewers_liars_cannot_leave_the_range_of_the_honest(
    honest: list[int], lies: list[tuple[int, int | None]]
) -> None:
    """Each has its own address, so that no address counts for two."""
    late = claims(*honest)
    liars = [Claim("", f"10.1.0.{n}", c) for n, (_, c) in enumerate(lies[: len(honest) - 1])]
    followed = majority_capacity([*liars, *late])
    assert followed is not None
    assert min(honest) <= followed <= max(honest)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::2", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("delivery", "claimed_us", "is_confirmed"),
    [
        (Delivery(300, 100, 0, 10**9), 110_000, False),  # loopback: all of it arrived
        (Delivery(180_000, 60_000, 0, 2_000_000), 110_000, True),  # a queue in a router
        (Delivery(60_000, 60_000, 100_000, 2_000_000), 110_000, True),  # a queue in the kernel
        (Delivery(5_000, 1_000, 300_000, 10**9), 110_000, False),  # a keyframe just left
        (Delivery(80_000, 60_000, 0, 2_000_000), 0, False),  # too short to be a queue
        (Delivery(100, 100, 1000, 0), 110_000, True),  # the peer takes nothing any more
        (Delivery(50, 100, 0, 0), 110_000, False),
        (Delivery(300, 100, 300_000, 10**10, 200_000), 110_000, True),  # it stopped reading
        (Delivery(300, 100, 0, 10**10, 200_000), 110_000, False),  # nothing to send
    ],
)
def test_the_hosts_measurement_confirms_a_claim(
    delivery: Delivery, claimed_us: int, is_confirmed: bool
) -> None:
    assert delivery.confirms(claimed_us) == is_confirmed
