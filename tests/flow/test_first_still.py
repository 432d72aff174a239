"""A newcomer's first pictures over a model of its link, in simulated time."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.congestion_window import CongestionWindow
from samescreen.flow.first_still import NO_LIMIT, still_limit_bytes
from samescreen.flow.in_flight import BandwidthSample, SentPacket
from samescreen.flow.sync import Event, Sync, SyncState
from samescreen.media import Rendition

SECOND_US = 1_000_000
DENSE = {75: 1_098_000, 60: 897_000, 40: 715_000, 30: 614_000, 20: 485_000}
"""The bytes of bench/pictures.py's dense page of 1920×1080, by quality; its sketch has 31 kB."""
COARSEST = 20


@dataclass
class Newcomer:
    """One viewer on a link; `now_us` is when the last thing that was sent is acknowledged."""

    rate_bps: int
    rtt_us: int
    now_us: int = 0

    def __post_init__(self) -> None:
        self.state, self.window = SyncState(), CongestionWindow()
        self.window.on_round_trip(self.rtt_us, 0)
        self.state.move(Event.PROBE)
        self._sequence = 0

    def deliver(self, size_bytes: int, page_us: int = 10_000) -> None:
        """Send it alone; the page takes `page_us` to decode it."""
        sent = SentPacket(Rendition.JPEG, self._sequence, size_bytes, self.now_us)
        self.window.on_sent(sent)
        self.now_us += self.rtt_us + size_bytes * 8_000_000 // self.rate_bps + page_us
        self.window.on_ack(Rendition.JPEG, self._sequence, 0, self.now_us)
        self._sequence += 1


def quality_within(limit_bytes: int) -> int:
    fitting = (quality for quality, size in DENSE.items() if size <= limit_bytes)
    return max(fitting, default=COARSEST)


@pytest.mark.parametrize(
    ("rate_bps", "rtt_us", "quality"),
    [(2_000_000, 60_000, 20), (3_000_000, 60_000, 30), (20_000_000, 40_000, 75)],
)
def test_dense_text_can_be_read_in_time_at_the_best_quality_that_fits(
    rate_bps: int, rtt_us: int, quality: int
) -> None:
    viewer = Newcomer(rate_bps, rtt_us)
    assert viewer.state.waits_for_sketch
    viewer.deliver(31_000)
    viewer.state.move(Event.SKETCH_SENT)
    assert viewer.now_us < SECOND_US // 4
    limit_bytes = still_limit_bytes(viewer.window.largest_sample)
    viewer.state.trust(viewer.window.bandwidth_sample)
    is_narrow = rate_bps < 4_000_000
    assert viewer.state.sync is (Sync.MEASURING if is_narrow else Sync.NEW)
    assert quality_within(limit_bytes) == quality
    viewer.deliver(DENSE[quality])
    assert viewer.now_us < 2.4 * SECOND_US


def test_a_page_that_starts_slowly_on_a_good_path_still_gets_a_readable_still() -> None:
    viewer = Newcomer(100_000_000, 40_000)
    viewer.deliver(31_000, page_us=200_000)
    assert quality_within(still_limit_bytes(viewer.window.largest_sample)) >= COARSEST
    viewer.deliver(DENSE[COARSEST])
    assert viewer.now_us < SECOND_US // 2, "and the next ack shows what the path carries"
    assert still_limit_bytes(viewer.window.largest_sample) > 2 * DENSE[75]


def test_a_path_that_nothing_measured_has_no_limit() -> None:
    assert still_limit_bytes(None) == NO_LIMIT


@given(st.integers(12_000, 10**7), st.integers(1000, 10**8))
def test_a_faster_path_carries_a_larger_still(size_bytes: int, took_us: int) -> None:
    slow, fast = (BandwidthSample(size_bytes, us) for us in (2 * took_us, took_us))
    assert 1 <= still_limit_bytes(slow) <= still_limit_bytes(fast) < NO_LIMIT


@pytest.mark.parametrize(
    ("size_bytes", "took_us", "after"),
    [
        (31_000, 124_000, Sync.MEASURING),  # 2 Mbit/s
        (31_000, 49_000, Sync.NEW),
        (14_000, 56_000, Sync.MEASURING),
        (40_000, 79_000, Sync.NEW),
        (40_000, 81_000, Sync.MEASURING),
    ],
)
def test_what_a_sketch_says_depends_on_its_size(
    size_bytes: int, took_us: int, after: Sync
) -> None:
    state = SyncState(Sync.SKETCHED)
    state.trust(BandwidthSample(size_bytes, took_us))
    assert state.sync is after
