"""A program's clock against ours for an hour: the delay comes to rest, and nobody hears why."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.capture.sound.drift import ASIDE_US, MOST_BEND, SLEW_PER_S, DriftControl

LEAST_US: Final = 20_000
HOUR_S: Final = 3600
PIECE_US: Final = 100_000


def no_jitter() -> float:
    return 0.0


class Played:
    """A program that pushes pieces of 0.1 s by a clock that is `ppm` millionths too fast."""

    def __init__(self, ppm: float, lead_us: float, jitter: Callable[[], float] = no_jitter) -> None:
        self.control = DriftControl(LEAST_US)
        self.now_us = 0.0
        self.ends_us = lead_us
        self.step_us = PIECE_US / (1 + ppm / 1e6)
        self.jitter = jitter

    def seconds(self, count: int) -> Iterator[tuple[float, float]]:
        """The lead and the bend after each second."""
        for _ in range(count):
            for _ in range(1_000_000 // PIECE_US):
                self.now_us += self.step_us
                late_us = self.jitter()
                lead_us = self.ends_us - self.now_us - late_us
                self.control.saw(round(lead_us), round(self.now_us + late_us))
                self.ends_us += PIECE_US / (1 + self.control.bend)
            yield self.ends_us - self.now_us - PIECE_US, self.control.bend


@pytest.mark.parametrize("ppm", [-200, -50, 0, 50, 200])
def test_for_an_hour_the_lead_comes_to_rest_without_swinging(ppm: int) -> None:
    steps = list(Played(ppm, 120_000).seconds(HOUR_S))
    leads = [lead for lead, _ in steps]
    bends = [bend for _, bend in steps]
    rest = leads[600:]
    assert max(rest) - min(rest) < 1_500, "it rests within ten minutes"
    assert abs(leads[-1] - leads[10]) < 2_500, "where it was"
    assert all(abs(bend * 1e6 - ppm) < 5 for bend in bends[600:])
    assert max(abs(bend) for bend in bends) * 1e6 <= abs(ppm) * 1.2 + 1, "no overshoot"
    assert max(abs(lead - leads[0]) for lead in leads) < 10_000 * max(0.3, abs(ppm) / 200)


@settings(max_examples=30)
@given(
    st.floats(-400, 400),
    st.floats(10_000, 400_000),
    st.floats(0, 15_000),
    st.integers(0, 2**32),
)
def test_uneven_pieces_change_neither(
    ppm: float, lead_us: float, uneven_us: float, seed: int
) -> None:
    chance = random.Random(seed)
    played = Played(ppm, PIECE_US + lead_us, lambda: chance.uniform(0, uneven_us))
    before, steps = 0.0, list(played.seconds(900))
    for _, bend in steps:
        assert abs(bend) <= MOST_BEND
        assert abs(bend - before) <= SLEW_PER_S * 1.001, "no step that could be heard"
        before = bend
    last = steps[-120:]
    assert max(lead for lead, _ in last) - min(lead for lead, _ in last) < 4_000
    assert all(abs(bend * 1e6 - ppm) < 60 for _, bend in last)


def test_a_program_that_pushes_more_ahead_is_let() -> None:
    played = Played(0, 200_000)
    list(played.seconds(60))
    played.ends_us += 2 * ASIDE_US
    leads = [lead for lead, _ in played.seconds(120)]
    assert abs(leads[-1] - leads[0]) < 1_000


def test_a_lead_that_is_too_short_grows() -> None:
    steps = list(Played(0, 2_000).seconds(600))
    assert steps[-1][0] > 15_000


def test_what_was_learned_of_the_clock_outlasts_a_pause() -> None:
    played = Played(200, 200_000)
    list(played.seconds(600))
    played.control.restart()
    leads = [lead for lead, _ in played.seconds(60)]
    assert max(leads) - min(leads) < 1_000
