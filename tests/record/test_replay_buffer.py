"""The last minutes: bounded in time and in bytes, and always playable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.media import Packet, Rendition, TrackConfig
from samescreen.record.replay_buffer import ReplayBuffer
from samescreen.record.timeline import Arrived
from tests.fakes import config, video

SECOND = 1_000_000


def filled(ring: ReplayBuffer, seconds: int, *, every: int = 2, size: int = 1000) -> ReplayBuffer:
    """Ten pictures a second, a keyframe each `every` seconds."""
    ring.take(Arrived(config(), 0))
    for number in range(seconds * 10):
        is_key = number % (every * 10) == 0
        packet = video(number, keyframe=is_key, payload=bytes(size))
        ring.take(Arrived(packet, number * SECOND // 10))
    return ring


def pictures(ring: ReplayBuffer) -> list[Packet]:
    return [each.what for each in ring.contents() if isinstance(each.what, Packet)]


def test_it_holds_the_span_and_less_than_one_group_more() -> None:
    ring = filled(ReplayBuffer(10 * SECOND, 10**9), 60)
    kept_us = ring.kept_us(60 * SECOND)
    assert 10 * SECOND <= kept_us <= 12 * SECOND + SECOND // 10
    assert ring.cut == 0


def test_what_it_holds_begins_with_a_configuration_and_a_keyframe() -> None:
    first, second = filled(ReplayBuffer(10 * SECOND, 10**9), 60).contents()[:2]
    assert isinstance(first.what, TrackConfig)
    assert isinstance(second.what, Packet)
    assert second.what.is_keyframe


def test_bytes_bound_it_too_and_are_counted() -> None:
    ring = filled(ReplayBuffer(3600 * SECOND, 100_000), 60)
    assert ring.size_bytes <= 100_000
    assert ring.cut > 0
    assert pictures(ring)[0].is_keyframe


def test_a_group_larger_than_the_bound_goes_whole_and_a_keyframe_is_needed() -> None:
    ring = ReplayBuffer(3600 * SECOND, 50_000)
    filled(ring, 60, every=60)
    assert ring.contents() == []
    assert ring.size_bytes == 0
    assert ring.needs_keyframe(0)


def test_nothing_is_kept_before_a_keyframe() -> None:
    ring = ReplayBuffer(SECOND, 10**9)
    ring.take(Arrived(config(), 0))
    ring.take(Arrived(video(1), 0))
    assert ring.contents() == []
    assert ring.needs_keyframe(0)


def test_each_size_keeps_its_configuration() -> None:
    ring = ReplayBuffer(3600 * SECOND, 10**9)
    for number, width in enumerate((64, 32)):
        ring.take(Arrived(config(width=width), number))
        ring.take(Arrived(config(Rendition.JPEG, width=8), number))
        ring.take(Arrived(video(number, keyframe=True), number))
    sizes = [each.what.width for each in ring.contents() if isinstance(each.what, TrackConfig)]
    assert sizes == [64, 32]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5000), st.integers(0, SECOND))))
def test_the_bounds_hold_whatever_comes(calls: list[tuple[bool, int, int]]) -> None:
    ring, now_us = ReplayBuffer(2 * SECOND, 10_000), 0
    ring.take(Arrived(config(), 0))
    for number, (is_key, size, later_us) in enumerate(calls):
        now_us += later_us
        ring.take(Arrived(video(number, keyframe=is_key, payload=bytes(size)), now_us))
        held = pictures(ring)
        assert ring.size_bytes <= 10_000
        assert sum(len(packet.payload) for packet in held) <= ring.size_bytes
        assert not held or held[0].is_keyframe
        assert bool(held) is not ring.needs_keyframe(now_us)
