"""A viewer moves to low at once, and back after a calm time that doubles with each failure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.layer_switch import CALM_US, LONGEST_CALM_US, LayerSwitch
from samescreen.media import Quality, Rendition

SECOND_US = 1_000_000
START_US = 1000 * SECOND_US


def low(now_us: int = START_US) -> LayerSwitch:
    layers = LayerSwitch()
    assert layers.step_down(now_us)
    return layers


def test_it_starts_on_main() -> None:
    layers = LayerSwitch()
    assert layers.rendition is Rendition.MAIN
    assert not layers.try_step_up(START_US)


def test_it_steps_down_once() -> None:
    layers = low()
    assert layers.rendition is Rendition.LOW
    assert not layers.step_down(START_US + 1)


def test_it_steps_up_after_a_calm_time() -> None:
    layers = low()
    assert not layers.try_step_up(START_US + CALM_US - 1)
    assert layers.try_step_up(START_US + CALM_US)
    assert layers.rendition is Rendition.MAIN


def test_congestion_restarts_the_calm_time() -> None:
    layers = low()
    layers.on_congestion(START_US + CALM_US - 1)
    assert not layers.try_step_up(START_US + CALM_US)
    assert layers.try_step_up(START_US + 2 * CALM_US)


def calm_needed(layers: LayerSwitch, now_us: int) -> int:
    """How long the viewer must be calm from now on, in whole seconds."""
    waits = range(0, LONGEST_CALM_US + SECOND_US, SECOND_US)
    return next(wait for wait in waits if layers.try_step_up(now_us + wait))


def test_each_failed_return_doubles_the_calm_time_up_to_a_bound() -> None:
    layers, now_us, calms = low(), START_US, []
    for _ in range(10):
        calms.append(calm_needed(layers, now_us))
        now_us += calms[-1] + SECOND_US
        assert layers.step_down(now_us), "the return failed a second later"
    assert calms[:3] == [CALM_US, 2 * CALM_US, 4 * CALM_US]
    assert calms[-1] == LONGEST_CALM_US


def test_a_return_that_holds_resets_the_calm_time() -> None:
    layers, now_us = low(), START_US
    for _ in range(3):
        now_us += calm_needed(layers, now_us) + SECOND_US
        layers.step_down(now_us)
    now_us += calm_needed(layers, now_us) + 60 * SECOND_US
    layers.step_down(now_us)
    assert calm_needed(layers, now_us) == CALM_US


@given(st.lists(st.tuples(st.sampled_from("dux"), st.integers(0, 20)), max_size=80))
def test_it_never_steps_up_before_the_calm_time(steps: list[tuple[str, int]]) -> None:
    layers, now_us, disturbed_us = LayerSwitch(), START_US, START_US
    for what, seconds in steps:
        now_us += seconds * SECOND_US
        if what == "u":
            if layers.try_step_up(now_us):
                assert now_us - disturbed_us >= CALM_US
        elif what == "x" or layers.step_down(now_us):
            if what == "x":
                layers.on_congestion(now_us)
            disturbed_us = now_us


# --- what the viewer prefers ----------------------------------------------------------------------


def test_a_viewer_that_wants_full_size_steps_down_to_stills_and_returns() -> None:
    layers = LayerSwitch()
    layers.prefer(Quality.FULL)
    assert not layers.is_lowered
    assert layers.step_down(START_US)
    assert (layers.rendition, layers.is_lowered) == (Rendition.JPEG, True)
    assert not layers.step_down(START_US + 1)
    assert layers.try_step_up(START_US + CALM_US)
    assert layers.rendition is Rendition.MAIN


def test_a_viewer_that_saves_data_is_on_low_for_good() -> None:
    layers = LayerSwitch()
    layers.prefer(Quality.LOW)
    assert (layers.rendition, layers.is_lowered) == (Rendition.LOW, False)
    assert not layers.step_down(START_US)
    assert not layers.try_step_up(START_US + LONGEST_CALM_US)


def test_a_repeated_preference_leaves_a_lowered_viewer_where_it_is() -> None:
    layers = low()
    layers.prefer(Quality.AUTO)
    assert layers.rendition is Rendition.LOW


def test_changing_the_preference_does_not_shorten_the_calm_time() -> None:
    layers, now_us = low(), START_US
    for _ in range(3):
        now_us += calm_needed(layers, now_us) + SECOND_US
        layers.step_down(now_us)
    for quality in (Quality.LOW, Quality.AUTO):
        layers.prefer(quality)
    assert layers.step_down(now_us)
    assert calm_needed(layers, now_us) >= 4 * CALM_US


# --- it comes to rest -----------------------------------------------------------------------------


def returns(fails_after_s: int, margin: float | None, minutes: int) -> list[int]:
    """The seconds of each return to main, on a calm link that never carries main for longer."""
    layers, found = low(), list[int]()
    for tick in range(minutes * 60 * 4):
        now_us = START_US + tick * SECOND_US // 4
        if layers.try_step_up(now_us, margin):
            found.append(tick // 4)
        elif found and now_us - START_US >= (found[-1] + fails_after_s) * SECOND_US:
            layers.step_down(now_us)
    return found


@pytest.mark.parametrize("margin", [None, 2.0])
@pytest.mark.parametrize("fails_after_s", [1, 3, 10, 12, 19])
def test_on_a_link_that_never_carries_main_returns_become_rare(
    fails_after_s: int, margin: float | None
) -> None:
    found = returns(fails_after_s, margin, 60)
    assert len([second for second in found if second < 600]) <= 8
    assert len([second for second in found if second >= 600]) <= 5


@pytest.mark.parametrize(("margin", "is_better"), [(2.0, False), (2.9, False), (3.2, True)])
def test_a_link_that_became_better_is_used_after_the_first_calm_time(
    margin: float, is_better: bool
) -> None:
    layers, now_us = low(), START_US
    for _ in range(4):
        now_us += calm_needed(layers, now_us) + SECOND_US
        layers.step_down(now_us)
    rose_us = now_us + 64 * SECOND_US
    assert layers.try_step_up(rose_us, 2.0)
    layers.step_down(rose_us + SECOND_US)
    assert layers.try_step_up(rose_us + SECOND_US + CALM_US, margin) is is_better


def test_main_takes_the_place_of_what_the_publisher_does_not_make() -> None:
    layers = LayerSwitch()
    layers.offer(frozenset({Rendition.MAIN}))
    for quality in Quality:
        layers.prefer(quality)
        assert layers.rendition is Rendition.MAIN
        assert not layers.step_down(START_US), "there is nothing below"
    layers.offer(frozenset({Rendition.MAIN, Rendition.LOW, Rendition.JPEG}))
    assert layers.rendition is Rendition.LOW, "the last preference"


@pytest.mark.parametrize(
    ("offered", "is_slow", "begins_with_still"),
    [
        (frozenset({Rendition.MAIN, Rendition.JPEG}), False, True),
        (frozenset({Rendition.MAIN, Rendition.JPEG}), True, False),
        (frozenset({Rendition.MAIN}), False, False),
        (frozenset(), False, True),
    ],
)
def test_newcomers_begin_with_a_still_where_it_comes_before_a_keyframe(
    offered: frozenset[Rendition], is_slow: bool, begins_with_still: bool
) -> None:
    layers = LayerSwitch()
    layers.offer(offered, has_slow_stills=is_slow)
    assert layers.begins_with_still is begins_with_still


def test_the_same_offer_changes_nothing() -> None:
    layers = low()
    layers.offer(frozenset({Rendition.MAIN, Rendition.LOW, Rendition.JPEG}))
    layers.offer(frozenset())
    assert layers.rendition is Rendition.LOW
