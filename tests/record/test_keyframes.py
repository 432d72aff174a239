"""When a recording asks for a keyframe, and what that costs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.record.keyframes import LATEST_US, SHARE, SOONEST_US, KeyframeFloor
from tests.fakes import video

KEY = b"k" * 60_000


def begun() -> KeyframeFloor:
    floor = KeyframeFloor()
    floor.saw(video(0, keyframe=True, payload=KEY), 0)
    return floor


def test_at_rest_none_is_due() -> None:
    assert not begun().is_due(3600 * 1_000_000)
    assert not KeyframeFloor().is_due(3600 * 1_000_000), "nothing came yet"


def test_a_small_change_waits_and_is_seen_in_the_end() -> None:
    floor = begun()
    floor.saw(video(1, payload=b"d"), 1000)
    assert not floor.is_due(LATEST_US - 1)
    assert floor.is_due(LATEST_US)


def test_film_has_one_as_soon_as_it_is_cheap_enough() -> None:
    floor = begun()
    floor.saw(video(1, payload=KEY * SHARE), 1000)
    assert not floor.is_due(SOONEST_US - 1)
    assert floor.is_due(SOONEST_US)


@settings(max_examples=12)
@given(st.integers(15_000, 60_000))
def test_film_pays_a_tenth_at_most(delta_bytes: int) -> None:
    """60 pictures a second of which none is tiny beside a keyframe."""
    floor, keyframes, total = begun(), 1, len(KEY)
    for number in range(1, 3600):
        now_us = number * 16_667
        if is_key := floor.is_due(now_us):
            keyframes += 1
        size = len(KEY) if is_key else delta_bytes
        total += size
        floor.saw(video(number, keyframe=is_key, payload=bytes(size)), now_us)
    assert keyframes >= 9, "in a minute"
    assert keyframes * len(KEY) <= 0.1 * total
