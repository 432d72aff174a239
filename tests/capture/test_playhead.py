"""The playhead maps the clock to positions in a file, over several passes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.capture.playhead import ALONE_US, Place, Playhead

STEP_US = 40_000
COUNT = 25
LENGTH_US = COUNT * STEP_US
BEGAN_US = 7_000_000


def play(playhead: Playhead, *, began_us: int = BEGAN_US, first_us: int = 0) -> int:
    """Show a pass in time. Returns when the next picture would be due."""
    for number in range(COUNT):
        playhead.shows(first_us + number * STEP_US, began_us + number * STEP_US)
    return began_us + LENGTH_US


def test_a_file_that_has_shown_nothing_has_no_position() -> None:
    playhead = Playhead()
    assert playhead.at(BEGAN_US) is None
    playhead.begins(LENGTH_US)
    assert playhead.at(BEGAN_US) is None


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, ALONE_US))
def test_time_in_the_file_passes_as_on_the_clock(pts_us: int, due_us: int, later_us: int) -> None:
    playhead = Playhead()
    playhead.begins(None)
    playhead.shows(pts_us, due_us)
    assert playhead.at(due_us + later_us) == Place(1, pts_us + later_us)


def test_pictures_that_stop_coming_stop_the_sound() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US)
    playhead.shows(0, BEGAN_US)
    assert playhead.at(BEGAN_US + ALONE_US) is not None
    assert playhead.at(BEGAN_US + ALONE_US + 1) is None


def test_after_a_stall_the_position_goes_on_from_there() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US)
    playhead.shows(0, BEGAN_US)
    playhead.shows(STEP_US, BEGAN_US + 60_000_000)
    assert playhead.at(BEGAN_US + 60_000_000) == Place(1, STEP_US)


def test_the_next_pass_is_predicted_from_the_files_length() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US)
    ends_us = play(playhead)
    assert playhead.at(ends_us - 1) == Place(1, LENGTH_US - 1)
    assert playhead.at(ends_us) == Place(2, 0)
    assert playhead.at(ends_us + 60_000) == Place(2, 60_000)


def test_the_predicted_pass_begins_as_predicted() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US)
    ends_us = play(playhead)
    predicted = playhead.at(ends_us + 60_000)
    playhead.begins(LENGTH_US)
    playhead.shows(0, ends_us)
    assert playhead.at(ends_us + 60_000) == predicted


def test_the_last_pictures_sound_is_complete_though_the_next_pass_is_known() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US)
    ends_us = play(playhead)
    playhead.begins(LENGTH_US)
    playhead.shows(0, ends_us)
    assert playhead.at(ends_us - 1) == Place(1, LENGTH_US - 1)
    assert playhead.at(ends_us) == Place(2, 0)


@given(st.one_of(st.none(), st.integers(0, 3 * LENGTH_US)))
def test_a_wrong_length_is_replaced_by_a_measured_one(said_us: int | None) -> None:
    playhead = Playhead()
    playhead.begins(said_us)
    second_us = play(playhead)
    playhead.begins(said_us)
    third_us = play(playhead, began_us=second_us)
    assert playhead.at(third_us - 1) == Place(2, LENGTH_US - 1)
    assert playhead.at(third_us) == Place(3, 0)


def test_a_file_longer_than_stated_is_played_to_its_end() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US // 2)
    ends_us = play(playhead)
    assert playhead.at(ends_us - 1) == Place(1, LENGTH_US - 1)


def test_timestamps_need_not_begin_at_zero() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US)
    ends_us = play(playhead, first_us=90_000_000)
    assert playhead.at(BEGAN_US) == Place(1, 90_000_000)
    assert playhead.at(ends_us) == Place(2, 90_000_000)


def test_a_stall_does_not_count_as_length() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US)
    began_us = play(playhead) + 60_000_000
    playhead.begins(LENGTH_US)
    assert playhead.at(play(playhead, began_us=began_us)) == Place(3, 0)


def test_when_sound_is_longer_the_last_picture_stays() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US + 2_000_000)
    ends_us = play(playhead) + 2_000_000
    playhead.hold_until(ends_us)
    assert playhead.at(ends_us - 1) == Place(1, LENGTH_US + 2_000_000 - 1)
    assert playhead.at(ends_us + 1) is None, "the next pass is late"


def test_a_closed_file_has_no_position_and_starts_again() -> None:
    playhead = Playhead()
    playhead.begins(LENGTH_US)
    ends_us = play(playhead)
    playhead.stop()
    assert playhead.at(ends_us) is None
    playhead.begins(LENGTH_US)
    playhead.shows(0, ends_us + 90_000_000)
    assert playhead.at(ends_us + 90_000_000) == Place(2, 0)
