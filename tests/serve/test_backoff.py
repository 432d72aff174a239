"""Waiting times after wrong guesses: of each address, of all together, and who goes first."""

from __future__ import annotations

import ipaddress
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.serve.backoff import COMMON_GUESSES, GUESS_US, Backoff

SECOND_US = 1_000_000
START_US = 10**12


def guess(backoff: Backoff, address: str, times: int, now_us: int = START_US) -> int:
    """Guess wrong `times` times. Returns the wait until the next guess, in µs."""
    for _ in range(times):
        backoff.wrong(address, now_us)
    return backoff.wait_us(address, now_us)


def test_a_few_guesses_are_free_then_the_wait_doubles() -> None:
    backoff = Backoff()
    waits = [guess(backoff, "a", 1) for _ in range(16)]
    costs = [wait for wait in waits if wait]
    assert 3 <= waits.index(costs[0]) <= 5
    assert costs[0] == SECOND_US
    assert costs[1:5] == [2 * SECOND_US, 4 * SECOND_US, 8 * SECOND_US, 16 * SECOND_US]
    assert costs[-1] == 300 * SECOND_US, "and no more than five minutes"


def test_an_address_may_guess_again_after_its_wait() -> None:
    backoff = Backoff()
    wait_us = guess(backoff, "a", 7)
    assert backoff.wait_us("a", START_US + wait_us - 1) == 1
    assert backoff.wait_us("a", START_US + wait_us) == 0


def test_guesses_of_one_address_do_not_make_another_wait() -> None:
    backoff = Backoff()
    assert guess(backoff, "a", 10) > 0
    assert backoff.wait_us("b", START_US) == 0


def test_the_right_secret_clears_the_address() -> None:
    backoff = Backoff()
    guess(backoff, "a", 10)
    backoff.right("a")
    assert backoff.wait_us("a", START_US) == 0
    backoff.right("never seen")


def test_new_addresses_together_get_one_guess_in_two_seconds() -> None:
    backoff = Backoff()
    for number in range(COMMON_GUESSES[0]):
        assert backoff.wait_us(f"10.0.0.{number}", START_US) == 0
        backoff.wrong(f"10.0.0.{number}", START_US)
    wait_us = backoff.wait_us("10.0.1.1", START_US)
    assert wait_us == GUESS_US
    assert backoff.wait_us("10.0.1.1", START_US + wait_us) == 0


def test_wrong_guesses_are_forgotten_after_ten_minutes() -> None:
    backoff = Backoff()
    guess(backoff, "a", 4)
    for number in range(200):
        guess(backoff, f"10.0.0.{number}", 1)
    later_us = START_US + 1000 * SECOND_US
    assert backoff.wait_us("a", later_us) == 0
    assert guess(backoff, "a", 3, later_us) == 0, "the free guesses are free again"


def test_memory_is_bounded() -> None:
    backoff = Backoff()
    for number in range(12_000):
        backoff.wrong(str(ipaddress.IPv6Address(number << 64)), START_US)
    assert len(backoff._networks) <= 10_000
    later_us = START_US + 12_000 * GUESS_US
    guess(backoff, "10.0.0.1", 10, later_us)
    assert backoff.wait_us("10.0.0.1", later_us + 3 * SECOND_US) > 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400)), max_size=60))
def test_a_waiting_address_gets_few_guesses(steps: list[tuple[str, int]]) -> None:
    backoff, now_us, tried = Backoff(), START_US, dict.fromkeys("abc", 0)
    for address, seconds in steps:
        now_us += seconds * SECOND_US // 100
        if not backoff.wait_us(address, now_us):
            backoff.wrong(address, now_us)
            tried[address] += 1
    span_s = (now_us - START_US) / SECOND_US
    for count in tried.values():
        assert count <= 5 or 2 ** (count - 5) - 1 <= span_s



# --- who goes first -------------------------------------------------------------------------------


def test_an_ipv6_64_counts_as_one_address() -> None:
    backoff = Backoff()
    for number in range(5):
        guess(backoff, f"2001:db8:0:1::{number:x}", 1)
    assert backoff.wait_us("2001:db8:0:1:ffff::1", START_US) == SECOND_US
    assert backoff.wait_us("2001:db8:0:2::1", START_US) == 0
    guess(backoff, "fe80::1%eth0", 5)
    assert backoff.wait_us("fe80::2%eth1", START_US) > 0


def test_an_ipv4_mapped_address_counts_as_ipv4() -> None:
    backoff = Backoff()
    guess(backoff, "::ffff:10.0.0.1", 6)
    assert backoff.wait_us("10.0.0.1", START_US) > 0
    assert backoff.wait_us("::ffff:10.0.0.2", START_US) == 0


@pytest.mark.parametrize("address", ["", "?", "/run/socket", "a%b", "10.0.0.1.2", "同屏"])
def test_any_address_has_its_own_free_guesses(address: str) -> None:
    backoff = Backoff()
    guess(backoff, address, 5)
    assert backoff.wait_us(address, START_US) == SECOND_US


def attacked_for(seconds: int, attackers: list[str], seed: int) -> tuple[Backoff, int, int]:
    """Attackers guess as soon as they may. Returns the back-off, their guesses and the time."""
    backoff, dice, guesses, now_us = Backoff(), random.Random(seed), 0, START_US
    while now_us < START_US + seconds * SECOND_US:
        for address in dice.sample(attackers, len(attackers)):
            if not backoff.wait_us(address, now_us):
                backoff.wrong(address, now_us)
                guesses += 1
        now_us += SECOND_US
    return backoff, guesses, now_us


@settings(max_examples=20)
@given(st.integers(0, 300), st.integers(1, 50), st.integers(0, 2**32))
def test_an_honest_address_need_not_wait_during_fifty_attacks(
    seconds: int, count: int, seed: int
) -> None:
    backoff, guesses, now_us = attacked_for(seconds, [f"10.0.0.{n}" for n in range(count)], seed)
    assert guesses <= COMMON_GUESSES[0] + seconds // 2
    assert backoff.wait_us("192.168.1.1", now_us) == 0
    backoff.wrong("192.168.1.1", now_us)
    assert backoff.wait_us("192.168.1.1", now_us) <= 10 * SECOND_US, "nor does one slip cost more"


@settings(max_examples=3)
@given(st.integers(60, 80), st.integers(0, 2**32))
def test_nor_does_it_wait_during_attacks_from_one_ipv6_prefix(seconds: int, seed: int) -> None:
    first = int(ipaddress.IPv6Address("2001:db8::"))
    attackers = [str(ipaddress.IPv6Address(first + (n << 64) + n)) for n in range(160)]
    backoff, _, now_us = attacked_for(seconds, attackers, seed)
    assert backoff.wait_us("192.168.1.1", now_us) == 0
    assert backoff.wait_us("2001:db8:7::1", now_us) == 0


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 4000)), max_size=300))
def test_all_addresses_together_keep_the_common_rate(steps: list[tuple[int, int]]) -> None:
    backoff, now_us, guesses = Backoff(), START_US, 0
    for address, milliseconds in steps:
        now_us += milliseconds * 1000
        if not backoff.wait_us(f"10.0.{address >> 8}.{address & 255}", now_us):
            backoff.wrong(f"10.0.{address >> 8}.{address & 255}", now_us)
            guesses += 1
    assert guesses <= COMMON_GUESSES[0] + (now_us - START_US) // GUESS_US
