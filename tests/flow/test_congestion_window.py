"""The congestion window, against a model: a plain list of packets, and simulated links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.congestion_window import FLOOR_BYTES, START_BYTES, CongestionWindow
from samescreen.flow.in_flight import SentPacket

MAIN, JPEG = 0, 2
SECOND_US = 1_000_000

steps = st.lists(
    st.tuples(
        st.sampled_from(["send", "send", "send", "ack", "lie", "forget"]),
        st.sampled_from([MAIN, JPEG]),
        st.integers(0, 30),  # which packet, or how many bytes
        st.integers(0, 2**53),  # held_us
        st.integers(0, 100_000),  # time that passes first
    ),
    max_size=60,
)


@given(steps)
def test_packets_in_flight_match_a_plain_list(
    steps: list[tuple[str, int, int, int, int]],
) -> None:
    window, now_us, sequence = CongestionWindow(), SECOND_US, 0
    model: list[tuple[int, int, int, int]] = []
    for what, rendition, number, held_us, gap_us in steps:
        now_us += gap_us
        if what == "send":
            sequence += 1
            model.append((rendition, sequence, number, now_us))
            window.on_sent(SentPacket(rendition, sequence, number, now_us))
        elif what == "forget":
            model.clear()
            window.discard_in_flight()
        elif what == "lie":
            assert not window.on_ack(rendition, sequence + 1 + number, held_us, now_us)
        elif model:
            chosen = model[number % len(model)]
            model = model[model.index(chosen) + 1 :]
            assert window.on_ack(chosen[0], chosen[1], held_us, now_us)
            assert not window.on_ack(chosen[0], chosen[1], held_us, now_us), "acked twice"
        assert window.in_flight_bytes == sum(size for _, _, size, _ in model)
        assert len(window) == len(model)
        assert window.oldest_age_us(now_us) == (now_us - model[0][3] if model else 0)
        assert window.rtt_us is None or window.rtt_us >= 1
        assert window.min_rtt_us() >= 0


def exchanged(*rtts_us: int, every_us: int = 100_000) -> tuple[CongestionWindow, int]:
    """A window after packets with these round trips, and the time of the last ack."""
    window, at_us, now_us = CongestionWindow(), 0, 0
    for sequence, rtt_us in enumerate(rtts_us):
        at_us = max(at_us + every_us, now_us)
        now_us = at_us + rtt_us
        window.on_sent(SentPacket(MAIN, sequence, 100, at_us))
        assert window.on_ack(MAIN, sequence, 0, now_us)
    return window, now_us


def test_before_the_first_ack_nothing_is_known() -> None:
    window = CongestionWindow()
    window.on_sent(SentPacket(MAIN, 0, 100, 0))
    assert window.rtt_us is None
    assert window.min_rtt_us() == 0


def test_the_first_round_trip_is_not_smoothed() -> None:
    window, _ = exchanged(20_000)
    assert window.rtt_us == window.min_rtt_us() == 20_000


def test_the_ack_delay_of_the_viewer_is_subtracted() -> None:
    window = CongestionWindow()
    window.on_sent(SentPacket(MAIN, 0, 100, 0))
    window.on_ack(MAIN, 0, 45_000, 60_000)
    assert window.rtt_us == 15_000


def test_an_impossible_ack_delay_gives_the_shortest_round_trip() -> None:
    window = CongestionWindow()
    window.on_sent(SentPacket(MAIN, 0, 100, 0))
    assert window.on_ack(MAIN, 0, 2**53, 60_000)
    assert window.rtt_us == 1


def test_the_round_trip_is_smoothed_towards_new_ones() -> None:
    window, _ = exchanged(20_000, 100_000)
    assert window.rtt_us is not None
    assert 20_000 < window.rtt_us < 60_000
    window, _ = exchanged(20_000, *[100_000] * 60)
    assert window.rtt_us == pytest.approx(100_000, rel=0.05)


def test_the_minimum_round_trip_holds_for_ten_seconds() -> None:
    window, now_us = exchanged(50_000, 10_000, 30_000, 40_000)
    assert window.min_rtt_us() == 10_000
    low_at_us = 100_000 * 2 + 10_000
    window.on_sent(SentPacket(MAIN, 99, 100, now_us))
    window.on_ack(MAIN, 99, 0, low_at_us + 9 * SECOND_US)
    assert window.min_rtt_us() == 10_000
    window, _ = exchanged(10_000, *[70_000] * 110)
    assert window.min_rtt_us() == 70_000


@given(st.lists(st.integers(1, 300_000), min_size=1, max_size=80))
def test_the_minimum_is_that_of_the_last_ten_seconds(rtts_us: list[int]) -> None:
    window, at_us = CongestionWindow(), 0
    samples: list[tuple[int, int]] = []
    for sequence, rtt_us in enumerate(rtts_us):
        at_us += 400_000
        window.on_sent(SentPacket(MAIN, sequence, 1, at_us))
        window.on_ack(MAIN, sequence, 0, at_us + rtt_us)
        samples.append((at_us + rtt_us, rtt_us))
        recent = [rtt for when, rtt in samples if when >= samples[-1][0] - 10 * SECOND_US]
        assert window.min_rtt_us() == min(recent)


def test_renditions_have_their_own_sequences() -> None:
    window = CongestionWindow()
    window.on_sent(SentPacket(MAIN, 7, 100, 0))
    window.on_sent(SentPacket(JPEG, 7, 900, 1))
    assert not window.on_ack(1, 7, 0, 10)
    assert window.on_ack(JPEG, 7, 0, 20)
    assert window.in_flight_bytes == 0, "an ack covers all that was sent before"
    assert not window.on_ack(MAIN, 7, 0, 30)


def test_sequence_numbers_may_wrap() -> None:
    window = CongestionWindow()
    for index, sequence in enumerate([2**32 - 1, 0, 1]):
        window.on_sent(SentPacket(MAIN, sequence, 10, index))
    assert window.on_ack(MAIN, 0, 0, 10)
    assert len(window) == 1
    assert window.in_flight_bytes == 10


def test_a_lie_changes_nothing() -> None:
    window, now_us = exchanged(20_000)
    window.on_sent(SentPacket(MAIN, 50, 500, now_us))
    assert not window.on_ack(MAIN, 51, 0, now_us + 1)
    assert not window.on_ack(JPEG, 50, 0, now_us + 1)
    assert window.in_flight_bytes == 500
    assert window.rtt_us == 20_000


# --- the congestion window on a simulated link ----------------------------------------------------


class Link:
    """A first-in first-out path with this bandwidth and this round trip without queues."""

    def __init__(self, rate_bps: int, rtt_us: int) -> None:
        self.rate_bps, self.rtt_us = rate_bps, rtt_us
        self.free_us = 0

    def ack_at(self, size_bytes: int, now_us: int) -> int:
        """When the ack of a packet sent now arrives."""
        self.free_us = max(self.free_us, now_us) + size_bytes * 8_000_000 // self.rate_bps
        return self.free_us + self.rtt_us


def drive(
    link: Link, size_bytes: int, seconds: int, *, start_us: int = SECOND_US
) -> tuple[CongestionWindow, list[int]]:
    """Send sixty pictures a second as the window admits; the window, and the queue at each ack."""
    window, waiting, queues = CongestionWindow(), list[tuple[int, int]](), list[int]()
    for n in range(seconds * 60):
        now_us = start_us + n * 16_667
        while waiting and waiting[0][0] <= now_us:
            at_us, sequence = waiting.pop(0)
            window.on_ack(MAIN, sequence, 0, at_us)
            queues.append(window.queue_us)
        if window.has_room():
            window.on_sent(SentPacket(MAIN, n, size_bytes, now_us))
            waiting.append((link.ack_at(size_bytes, now_us), n))
    return window, queues


@pytest.mark.parametrize("rtt_us", [1000, 20_000, 100_000])
def test_a_fast_link_always_has_room(rtt_us: int) -> None:
    window, queues = drive(Link(1_000_000_000, rtt_us), 20_000, 5)
    assert window.has_room()
    assert len(queues) >= 5 * 60 - 10
    assert not window.is_congested()


@pytest.mark.parametrize("rate_bps", [1_000_000, 4_000_000])
@pytest.mark.parametrize("rtt_us", [2000, 40_000])
def test_on_a_slow_link_no_long_queue_stands(rate_bps: int, rtt_us: int) -> None:
    _, queues = drive(Link(rate_bps, rtt_us), 12_000, 10)
    settled = queues[len(queues) // 2 :]
    one_picture_us = 12_000 * 8_000_000 // rate_bps
    assert sum(settled) / len(settled) <= 100_000 + one_picture_us


def test_the_delivery_rate_of_a_full_link_is_its_capacity() -> None:
    window, _ = drive(Link(4_000_000, 20_000), 12_000, 6)
    assert window.rate_bps() == pytest.approx(4_000_000, rel=0.25)


def test_an_idle_screen_does_not_change_the_window() -> None:
    window, _ = drive(Link(8_000_000, 20_000), 500, 5)
    assert window.size_bytes == CongestionWindow().size_bytes


def test_a_viewer_cannot_fake_a_faster_path() -> None:
    window = CongestionWindow()
    for sequence in range(50):
        at_us = SECOND_US * (1 + sequence)
        window.on_sent(SentPacket(MAIN, sequence, 10_000, at_us))
        window.on_ack(MAIN, sequence, 2**53, at_us + 100_000)
    assert window.rate_bps() <= 10_000 * 8 * 10 * 1.1


@pytest.mark.parametrize("rtt_us", [1000, 20_000, 100_000])
def test_without_a_standing_queue_the_capacity_is_unknown(rtt_us: int) -> None:
    assert CongestionWindow().capacity_bps() is None
    window, _ = drive(Link(1_000_000_000, rtt_us), 20_000, 5)
    assert window.rate_bps() > 0
    assert window.capacity_bps() is None


@pytest.mark.parametrize("late", [{100}, {100, 101}, {100, 160}, {100, 101, 160, 161}])
@pytest.mark.parametrize("every_us", [16_667, 100_000, 1_000_000])
def test_one_or_two_late_acks_mean_nothing(late: set[int], every_us: int) -> None:
    """Small pictures on a short path, where a busy machine acknowledges a few of them late."""
    window, acks = CongestionWindow(), list[tuple[int, int]]()
    for n in range(300):
        at_us = SECOND_US + n * every_us
        acks.append((at_us + (60_000 if n in late else 5000), n))
    due = sorted(acks)
    for n in range(300):
        at_us = SECOND_US + n * every_us
        while due[0][0] <= at_us:
            acked_us, sequence = due.pop(0)
            window.on_ack(MAIN, sequence, 0, acked_us)
            assert window.size_bytes == START_BYTES
            assert window.capacity_bps() is None
            assert not window.is_congested()
        window.on_sent(SentPacket(MAIN, n, 700, at_us))


def fill(
    link: Link, size_bytes: int, seconds: int
) -> tuple[CongestionWindow, list[int], list[int]]:
    """As `drive`; also the window's size at each ack, and the capacity where it is known."""
    window, waiting = CongestionWindow(), list[tuple[int, int]]()
    sizes, capacities = list[int](), list[int]()
    for n in range(seconds * 60):
        now_us = SECOND_US + n * 16_667
        while waiting and waiting[0][0] <= now_us:
            at_us, sequence = waiting.pop(0)
            window.on_ack(MAIN, sequence, 0, at_us)
            sizes.append(window.size_bytes)
            if (capacity := window.capacity_bps()) is not None:
                capacities.append(capacity)
        if window.has_room():
            window.on_sent(SentPacket(MAIN, n, size_bytes, now_us))
            waiting.append((link.ack_at(size_bytes, now_us), n))
    return window, sizes, capacities


@pytest.mark.parametrize("rtt_us", [5000, 40_000])
@pytest.mark.parametrize("size_bytes", [6000, 12_000])
def test_a_standing_queue_shrinks_the_window_and_shows_the_capacity(
    rtt_us: int, size_bytes: int
) -> None:
    _, sizes, capacities = fill(Link(2_000_000, rtt_us), size_bytes, 10)
    holds = 2_000_000 * (rtt_us + 80_000) // 8_000_000
    settled = sizes[len(sizes) // 2 :]
    assert min(settled) >= FLOOR_BYTES
    assert sum(settled) / len(settled) <= 1.5 * holds + size_bytes
    assert max(settled) < START_BYTES // 2
    assert len(capacities) >= 10
    for capacity in capacities:
        assert capacity == pytest.approx(2_000_000, rel=0.25)


def test_without_the_queue_the_capacity_is_unknown_again() -> None:
    link = Link(2_000_000, 5000)
    window, _, capacities = fill(link, 12_000, 5)
    assert capacities
    start_us = link.free_us + SECOND_US
    window.discard_in_flight()
    for n in range(60):
        window.on_sent(SentPacket(MAIN, 1000 + n, 500, start_us + n * 16_667))
        window.on_ack(MAIN, 1000 + n, 0, start_us + n * 16_667 + 7000)
    assert window.capacity_bps() is None


def test_an_outage_is_not_a_slow_path() -> None:
    """Nothing arrives for a second, and then everything arrives at once."""
    window, now_us = CongestionWindow(), SECOND_US
    for n in range(120):
        window.on_sent(SentPacket(MAIN, n, 5000, now_us + n * 16_667))
        window.on_ack(MAIN, n, 0, now_us + n * 16_667 + 10_000)
    cut_us = now_us + 120 * 16_667
    for n in range(120, 135):
        window.on_sent(SentPacket(MAIN, n, 5000, cut_us + (n - 120) * 16_667))
    for n in range(120, 135):
        window.on_ack(MAIN, n, 0, cut_us + SECOND_US + n * 1000)
        assert window.capacity_bps() is None


def test_the_fastest_of_four_bandwidth_samples_counts() -> None:
    window, now_us, rates = CongestionWindow(), 0, []
    for sequence, took_us in enumerate((0, 10_000, 200_000, 200_000, 200_000, 200_000)):
        size_bytes = 100 if sequence == 0 else 20_000  # the first measures the empty path
        now_us += 1_000_000
        window.on_sent(SentPacket(MAIN, sequence, size_bytes, now_us))
        now_us += 5_000 + took_us
        assert window.on_ack(MAIN, sequence, 0, now_us)
        rates.append(window.bandwidth_sample.rate_bps if window.bandwidth_sample else None)
    fast, slow = 16_000_000, 800_000
    assert rates == [None, fast, fast, fast, fast, slow], "the last four count"


# --- a link that stays full -----------------------------------------------------------------------


def stay_full(
    link: Link, size_bytes: int, seconds: int, longer: tuple[int, int] | None = None
) -> tuple[CongestionWindow, list[tuple[int, int]]]:
    """Send whenever there is room; the real queue that each packet found, by the time in seconds.

    `longer`: from that second on the path has that round trip.
    """
    window, waiting, queues = CongestionWindow(), list[tuple[int, int]](), list[tuple[int, int]]()
    for n in range(seconds * 60):
        now_us = SECOND_US + n * 16_667
        if longer is not None and n == longer[0] * 60:
            link.rtt_us = longer[1]
        while waiting and waiting[0][0] <= now_us:
            at_us, sequence = waiting.pop(0)
            window.on_ack(MAIN, sequence, 0, at_us)
        if window.has_room():
            queues.append((n // 60, max(0, link.free_us - now_us)))
            window.on_sent(SentPacket(MAIN, n, size_bytes, now_us))
            waiting.append((link.ack_at(size_bytes, now_us), n))
    return window, queues


@pytest.mark.parametrize("rate_bps", [2_000_000, 4_000_000])
@pytest.mark.parametrize("rtt_us", [5000, 40_000])
def test_on_a_link_that_stays_full_the_queue_does_not_grow(rate_bps: int, rtt_us: int) -> None:
    """The minimum round trip does not take the queue for a longer path."""
    window, queues = stay_full(Link(rate_bps, rtt_us), rate_bps // 333, 120)
    assert max(queue for second, queue in queues if second >= 10) <= 150_000
    assert window.min_rtt_us() <= rtt_us + 30_000
    sent = sum(second >= 10 for second, _ in queues) * (rate_bps // 333) * 8
    assert sent >= 0.95 * 110 * rate_bps, "and the link is used"


def test_a_path_that_became_longer_is_recognised_within_twelve_seconds() -> None:
    window, _ = stay_full(Link(4_000_000, 20_000), 12_000, 20 + 12, longer=(20, 150_000))
    assert window.min_rtt_us() == pytest.approx(150_000, abs=30_000)


def test_only_a_packet_alone_in_flight_raises_the_minimum() -> None:
    window, at_us = CongestionWindow(), SECOND_US
    window.on_round_trip(10_000, at_us)
    for n in range(200):  # two at a time, for twenty seconds
        at_us += 100_000
        window.on_sent(SentPacket(MAIN, 2 * n, 100, at_us))
        window.on_sent(SentPacket(MAIN, 2 * n + 1, 100, at_us))
        window.on_ack(MAIN, 2 * n + 1, 0, at_us + 60_000)
    assert window.min_rtt_us() == 10_000
    window.on_sent(SentPacket(MAIN, 1000, 100, at_us + 100_000))
    window.on_ack(MAIN, 1000, 0, at_us + 160_000)
    assert window.min_rtt_us() == 60_000


def test_the_time_of_a_large_packet_is_no_part_of_the_path() -> None:
    """Keyframes alone on a thin link: 40 kB take 320 ms at 1 Mbit/s."""
    link, window, now_us = Link(1_000_000, 20_000), CongestionWindow(), SECOND_US
    window.on_round_trip(20_000, now_us)
    for n in range(40):
        now_us += SECOND_US
        window.on_sent(SentPacket(MAIN, n, 40_000, now_us))
        window.on_ack(MAIN, n, 0, link.ack_at(40_000, now_us))
    assert window.min_rtt_us() <= 40_000


def test_a_probe_always_ends() -> None:
    """One packet at a time: as soon as none is in flight, there is room again."""
    window, _ = stay_full(Link(1_000_000, 50_000), 6000, 30)
    window.discard_in_flight()
    assert window.has_room()
