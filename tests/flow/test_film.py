"""Film gets a coarser constant quantiser, text keeps its own, and every choice settles.

The scenes are models. A constant quantiser of q steps spends the film's bits of the quality's own
quantiser, halved every so many steps; a capped encoder goes as high as its bitrate needs. The rates
and the slope of film are those of `bench/stages.py` at 1280×720: 19.5, 8.0, 4.0 and 2.1 Mbit/s at
0, 3, 6 and 9 steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.film import MAX_STEPS, FilmBudget, FilmQuantiser, MainQuantiser

LIMIT_BPS = 20_000_000
HD = FilmBudget.of(1280, 720, 60, LIMIT_BPS)
FULL_HD = FilmBudget.of(1920, 1080, 60, LIMIT_BPS)
FRAME_US = 16_667
FILM_BPS = 19_500_000
FILM_HALVES = 2.7
CRF_STEPS = 4.5
"""How much coarser libx264's constant quality makes film than the quantiser of the same number."""


@dataclass
class Kind:
    """Which encoder there was, and since when."""

    at_us: int
    is_capped: bool
    steps: int


class Scene:
    """Drives a `MainQuantiser` with the packets of modelled encoders, at 60 frames a second."""

    def __init__(self, budget: FilmBudget = HD, halves: float = FILM_HALVES) -> None:
        self.control = MainQuantiser()
        self.now_us = 0
        self.kinds = [Kind(0, is_capped=False, steps=0)]
        self.bits = 0.0
        self._budget = budget
        self._halves = halves

    def play(self, free_bps: float | Callable[[int], float], seconds: float) -> None:
        """Pictures that would cost `free_bps` at the quality's own quantiser."""
        end_us = self.now_us + round(seconds * 1e6)
        while self.now_us < end_us:
            rate_bps = free_bps(self.now_us) if callable(free_bps) else free_bps
            self._packet(rate_bps * FRAME_US / 1e6)
            self.now_us += FRAME_US

    def rest(self, seconds: float) -> None:
        self.now_us += round(seconds * 1e6)

    @property
    def exchanges(self) -> int:
        return len(self.kinds) - 1

    def exchanges_after(self, at_us: int) -> int:
        return sum(kind.at_us > at_us for kind in self.kinds)

    def _packet(self, free_bits: float) -> None:
        control, steps = self.control, float(self.control.coarser_by)
        if control.is_capped:
            frame_bits = self._budget.limit_bps * FRAME_US / 1e6
            needed = self._halves * math.log2(max(1.0, free_bits / frame_bits))
            steps = max(CRF_STEPS, needed)
        bits = free_bits * 2 ** (-steps / self._halves)
        self.bits += bits
        if control.on_packet(int(bits / 8), steps, self._budget, self.now_us):
            self.kinds.append(Kind(self.now_us, control.is_capped, control.coarser_by))


def film(now_us: int) -> float:
    """Eight seconds of four shots, again and again; about FILM_BPS on average."""
    shots = ((2.5, 0.7), (2.0, 1.2), (1.0, 2.0), (2.5, 0.8))
    at_s = now_us / 1e6 % 8
    for seconds, share in shots:
        if at_s < seconds:
            return FILM_BPS * share
        at_s -= seconds
    return FILM_BPS


def test_film_gets_a_coarser_quantiser_within_three_seconds_and_keeps_it() -> None:
    scene = Scene()
    scene.play(film, 120)
    assert scene.control.coarser_by > 0
    assert not scene.control.is_capped
    assert scene.kinds[-1].at_us < 20_000_000
    assert scene.exchanges <= 5
    scene.bits = 0.0
    scene.play(film, 40)
    assert 0.4 * HD.film_bps < scene.bits / 40 < 1.1 * HD.film_bps


def test_film_far_beyond_the_bitrate_is_capped_first_and_then_coarser() -> None:
    scene = Scene(FULL_HD)
    scene.play(60_000_000, 60)
    assert [(kind.is_capped, bool(kind.steps)) for kind in scene.kinds[:3]] == [
        (False, False), (True, False), (False, True),
    ]  # fmt: skip
    assert scene.exchanges <= 3
    assert scene.kinds[-1].at_us < 6_000_000


@pytest.mark.parametrize("rate_bps", [100_000, 2_000_000, 6_000_000])
def test_text_keeps_its_quantiser(rate_bps: float) -> None:
    scene = Scene()
    scene.play(rate_bps, 60)
    assert scene.exchanges == 0


def test_page_flips_are_no_film() -> None:
    """A dense page of 1920×1080, 250 kB, each second."""
    scene = Scene(FULL_HD)
    for _ in range(60):
        scene.play(250_000 * 8 * 1e6 / FRAME_US, FRAME_US / 1e6)
        scene.rest(1)
    assert scene.exchanges == 0


def test_text_after_film_gets_its_quantiser_back() -> None:
    scene = Scene()
    scene.play(film, 30)
    scene.play(100_000, 10)
    assert scene.control.coarser_by == 0
    assert not scene.control.is_capped
    assert scene.exchanges_after(36_000_000) <= 1


@pytest.mark.parametrize("turn_s", [3, 10, 30])
def test_film_and_rest_in_turns_come_to_rest(turn_s: int) -> None:
    scene = Scene()
    for _ in range(1200 // turn_s):
        scene.play(film, turn_s)
        scene.rest(turn_s)
    assert scene.exchanges_after(1_800_000_000) <= 2
    assert scene.exchanges <= 24


@pytest.mark.parametrize("halves", [2.0, 2.7, 4.0, 6.0])
@pytest.mark.parametrize("budget", [HD, FULL_HD], ids=["720p", "1080p"])
def test_whatever_the_slope_the_choice_settles(halves: float, budget: FilmBudget) -> None:
    for rate_bps in (5e6, 8e6, 12e6, 19e6, 30e6, 50e6, 90e6, 200e6):
        scene = Scene(budget, halves)
        scene.play(rate_bps, 60)
        is_film = scene.control.coarser_by > 0
        if is_film:
            scene.bits = 0.0
            scene.play(rate_bps, 20)
            assert scene.bits / 20 < budget.limit_bps
            assert scene.exchanges_after(30_000_000) == 0


@given(st.lists(st.tuples(st.integers(0, 400_000), st.integers(0, 3_000_000)), max_size=300))
def test_steps_stay_within_bounds_whatever_comes(packets: list[tuple[int, int]]) -> None:
    control, now_us = FilmQuantiser(), 0
    for size_bytes, spacing_us in packets:
        now_us += spacing_us
        before = control.steps
        has_changed = control.on_delta(size_bytes, float(control.steps), HD, now_us)
        assert has_changed is (control.steps != before)
        assert 0 <= control.steps <= MAX_STEPS


@given(st.floats(1e5, 3e8), st.sampled_from([2.0, 2.7, 4.0]), st.integers(0, 20))
def test_content_that_does_not_change_settles(rate_bps: float, halves: float, swing: int) -> None:
    """Law 10 for the steps alone, with sizes that vary by up to a fifth from frame to frame."""
    control, now_us, changes = FilmQuantiser(), 0, []
    for frame in range(60 * 120):
        wave = 1 + swing / 100 * math.sin(frame * 1.7)
        bits = rate_bps * FRAME_US / 1e6 * wave * 2 ** (-control.steps / halves)
        if control.on_delta(int(bits / 8), float(control.steps), FULL_HD, now_us):
            changes.append(now_us)
        now_us += FRAME_US
    assert len(changes) <= 6
    assert not changes or changes[-1] < 60_000_000


def test_the_budget_follows_the_pixels_and_the_limit() -> None:
    assert FilmBudget.of(1280, 720, 60, LIMIT_BPS).film_bps == pytest.approx(6_635_520)
    assert FilmBudget.of(3840, 2160, 60, LIMIT_BPS).film_bps == 0.8 * LIMIT_BPS
    assert FilmBudget.of(64, 48, 60, LIMIT_BPS).film_bps == 2_000_000
    assert FilmBudget.of(64, 48, 60, 100_000).film_bps == 80_000
    for limit_bps in (100_000, LIMIT_BPS, 1_000_000_000):
        assert FilmBudget.of(640, 360, 1, limit_bps).reach >= MAX_STEPS
