"""A file takes what pictures leave, and gives it back as soon as they queue."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.yielding import LEAST_BYTES_PER_S, QUEUE_US, YieldingPace

MOST = 16_000_000
SECOND_US = 1_000_000


def decided(pace: YieldingPace, queues: list[int], start_us: int = 0) -> None:
    for number, queue_us in enumerate(queues, 1):
        pace.give_way(queue_us, start_us + number * 100_000)


def test_alone_it_takes_everything_within_seconds() -> None:
    pace = YieldingPace(MOST, 0)
    decided(pace, [0] * 10)
    assert pace.bytes_per_s == MOST


def test_it_falls_at_once_when_pictures_queue() -> None:
    pace = YieldingPace(MOST, 0)
    decided(pace, [0] * 20 + [QUEUE_US + 1] * 5)
    assert pace.bytes_per_s < MOST / 10
    decided(pace, [QUEUE_US + 1] * 50, 10 * SECOND_US)
    assert pace.bytes_per_s == LEAST_BYTES_PER_S


def test_on_a_narrow_path_it_settles_below_what_pictures_leave() -> None:
    """A path of 1 MB/s, of which pictures need 0.4: a queue grows as soon as both need more."""
    pace, queue_bytes, sent = YieldingPace(MOST, 0), 0.0, 0.0
    late = 0
    for number in range(1, 400):
        queue_bytes = max(0.0, queue_bytes + (400_000 + pace.bytes_per_s - 1_000_000) / 10)
        pace.give_way(int(queue_bytes), number * 100_000)  # 1 µs a byte
        if number > 50:
            late += queue_bytes > 100_000
            sent += pace.bytes_per_s / 10
    assert late < 35, "pictures rarely wait 100 ms"
    assert sent > 0.5 * 600_000 * 35, "and the file gets most of what is left"


@given(st.lists(st.integers(0, 200_000), max_size=50), st.integers(1, 50_000))
def test_never_faster_than_its_rate(queues: list[int], chunk: int) -> None:
    pace, now_us, sent = YieldingPace(MOST, 0), 0, 0
    for queue_us in queues:
        pace.give_way(queue_us, now_us)
        pace.spend(chunk, now_us)
        sent += chunk
        now_us += pace.wait_us(now_us)
        assert LEAST_BYTES_PER_S <= pace.bytes_per_s <= MOST
        assert sent <= MOST * (now_us / 1e6 + 0.02) + chunk


def test_decisions_are_ten_a_second_at_most() -> None:
    pace = YieldingPace(MOST, 0)
    for now_us in range(0, 100_000, 100):
        pace.give_way(QUEUE_US + 1, now_us)
    assert pace.bytes_per_s == MOST / 4
