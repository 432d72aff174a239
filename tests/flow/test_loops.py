"""Control loops come to rest (law 10): scripted scenes, the real controllers, simulated time."""

from __future__ import annotations

from functools import cache
from typing import Final

import pytest

from tests.flow.scenes import (
    CURSOR,
    FILM,
    FILM_AND_LONG_REST,
    FILM_AND_REST,
    FILM_IN_A_THIRD,
    HEAVY_AND_LIGHT,
    SCROLL,
    SECOND_US,
    SLIDES,
    TYPING,
)
from tests.flow.simulation import CASES, CEILING, FAST, Case, Link, Outcome, Simulation, since

MINUTES = 8
BY_NAME = {case.name: case for case in CASES}


@cache
def outcome(name: str, minutes: int = MINUTES) -> Outcome:
    return Simulation(BY_NAME[name]).run(minutes * 60)


def names(*cases: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [case.name for case in cases])


@names(*(Case(scene) for scene in (TYPING, SCROLL, FILM_IN_A_THIRD, FILM, SLIDES, CURSOR)))
def test_an_unchanging_scene_has_its_encoder_within_seconds(name: str) -> None:
    """Full-screen film is capped at once, and then gets a coarser constant quantiser."""
    ran = outcome(name)
    first_us = max(5 * SECOND_US, 3 * BY_NAME[name].scene.every_us)
    assert len(ran.exchanges) <= (2 if name == FILM.name else 1)
    assert ran.settled_us() < first_us
    assert since(ran.keyframes, first_us + SECOND_US) == 0


def test_typing_over_dense_text_costs_next_to_nothing() -> None:
    ran = outcome(TYPING.name)
    mbps = (ran.sent_bytes - TYPING.key_bytes) * 8e-6 / (MINUTES * 60)
    assert mbps <= 0.15
    assert len(ran.keyframes) == 1


@names(Case(FILM), Case(SLIDES))
def test_heavy_content_is_held_to_the_bitrate(name: str) -> None:
    assert outcome(name).exchanges
    assert outcome(name).sent_bytes * 8 <= 1.1 * CEILING.bitrate_bps * MINUTES * 60


@names(
    Case(FILM, (Link(8_000_000, 40_000),)),
    Case(TYPING, (Link(2_000_000, 60_000),)),
    Case(FILM_AND_REST, (Link(8_000_000, 40_000),)),
)
def test_on_a_constant_link_the_rate_comes_to_rest(name: str) -> None:
    """Trials of a higher rate become rare: each costs two keyframes."""
    ran = outcome(name)
    assert since(ran.retargets, 60 * SECOND_US) <= 14
    assert since(ran.retargets, 420 * SECOND_US) <= 4
    assert since(ran.exchanges, 420 * SECOND_US) <= 4
    assert ran.longest_wait_us(60 * SECOND_US) <= 150_000


@names(Case(FILM_AND_REST), Case(HEAVY_AND_LIGHT))
def test_content_that_comes_and_goes_ends_with_one_encoder(name: str) -> None:
    ran = outcome(name)
    assert len(ran.exchanges) <= 7
    assert ran.settled_us() <= 120 * SECOND_US


@names(Case(FILM_AND_LONG_REST))
def test_content_that_goes_for_longer_costs_less_than_one_exchange_a_minute(name: str) -> None:
    assert len(outcome(name).exchanges) <= MINUTES


THIN: Final = Case(FILM, (Link(500_000, 40_000),))


@names(THIN)
def test_on_a_link_that_stays_full_no_packet_waits_long(name: str) -> None:
    """Law 4; and no viewer has to start again on a keyframe."""
    ran = outcome(name)
    assert ran.longest_wait_us(10 * SECOND_US) <= 150_000
    assert since(ran.keyframes, 10 * SECOND_US) == 0


@names(
    Case(FILM, (FAST, Link(1_000_000, 40_000))),
    Case(FILM_IN_A_THIRD, (FAST, Link(3_000_000, 40_000))),
)
def test_a_viewer_whose_link_never_carries_main_settles_on_low(name: str) -> None:
    """The viewer beside it gets no keyframe and no lower rate for it."""
    ran = outcome(name, minutes=2)
    assert 1 <= len(ran.switches) <= 3
    assert since(ran.switches, 20 * SECOND_US) == 0
    assert since(ran.keyframes, 20 * SECOND_US) == 0
    assert ran.longest_wait_us(60 * SECOND_US) <= 150_000


def test_film_on_a_thin_link_is_coarser_and_not_slower() -> None:
    """After the first seconds and beside steps of the rate, most pictures arrive, and in time."""
    seconds, first = 60, 5
    ran = Simulation(Case(FILM, (Link(4_000_000, 60_000),))).run(seconds)
    arrived = [at_us // SECOND_US for at_us, _ in ran.waits if at_us >= first * SECOND_US]
    assert len(arrived) >= 45 * (seconds - first)
    assert min(arrived.count(second) for second in range(first, seconds)) >= 25
    assert ran.longest_wait_us(first * SECOND_US) <= 150_000
