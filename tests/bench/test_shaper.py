"""The shaping relay's arithmetic: when what enters a link comes out of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.shaper import Link, Wire

SECOND_US = 1_000_000
THIN = Link("thin", 8_000_000, 20_000, queue_bytes=10_000)  # one byte a microsecond


def test_an_empty_link_takes_sending_and_delay() -> None:
    assert Wire(THIN, 0).take(1000, 5000) == 5000 + 1000 + 20_000


def test_what_is_ahead_is_waited_for() -> None:
    wire = Wire(THIN, 0)
    wire.take(4000, 0)
    assert wire.take(1000, 1500) == 5000 + 20_000


def test_a_link_without_a_rate_only_delays() -> None:
    wire = Wire(Link("far", delay_us=30_000), 0)
    assert [wire.take(1 << 20, at) for at in (0, 10)] == [30_000, 30_010]


def test_a_full_queue_has_room_when_enough_has_left() -> None:
    wire = Wire(THIN, 0)
    assert wire.room_from(4000, 0) == 0
    wire.take(4000, 0)
    wire.take(4000, 0)
    assert wire.room_from(2000, 0) == 0
    assert wire.room_from(4000, 0) == 4000
    assert wire.room_from(4000, 6000) == 6000


def test_nothing_is_sent_during_an_outage() -> None:
    cut = Link("cut", 8_000_000, outage_every_us=5 * SECOND_US, outage_us=SECOND_US)
    assert cut.outages(7, 16 * SECOND_US) == [
        (10 * SECOND_US + 7, 11 * SECOND_US + 7),
        (15 * SECOND_US + 7, 16 * SECOND_US + 7),
    ]
    assert Wire(cut, 7).take(1000, 10 * SECOND_US) == 10 * SECOND_US + 1000
    assert Wire(cut, 7).take(1000, 10 * SECOND_US + 7) == 11 * SECOND_US + 1007
    assert Wire(cut, 7).take(1000, 12 * SECOND_US) == 12 * SECOND_US + 1000
    assert Wire(cut, 7).take(1000, 15 * SECOND_US + 500_000) == 16 * SECOND_US + 1007


sizes = st.lists(st.tuples(st.integers(1, 4096), st.integers(0, 20_000)), min_size=1, max_size=60)


@given(sizes, st.integers(100_000, 50_000_000), st.integers(0, 30_000))
def test_rate_order_and_queue_are_kept(
    pieces: list[tuple[int, int]], rate_bps: int, jitter_us: int
) -> None:
    link = Link("any", rate_bps, 40_000, jitter_us, queue_bytes=16_384)
    wire, now_us, arrived_us, total = Wire(link, 0), 0, 0, 0
    for size, pause_us in pieces:
        now_us = wire.room_from(size, now_us + pause_us)
        arrives_us = wire.take(size, now_us)
        total += size
        assert arrives_us >= arrived_us
        wait_us = arrives_us - now_us
        sending_us = size * 8_000_000 // rate_bps
        assert wait_us >= sending_us + 40_000 - jitter_us
        full_us = link.queue_bytes * 8_000_000 // rate_bps + 2 * len(pieces)
        assert wait_us <= full_us + sending_us + 40_000 + 2 * jitter_us
        arrived_us = arrives_us
    assert arrived_us >= (total * 8_000_000) // rate_bps - len(pieces) + 40_000 - jitter_us
