"""The gate of one viewer: what passes, what is dropped, and the law that holds for both."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from samescreen.flow.in_flight import SentPacket
from samescreen.flow.outbox import DEFAULT_LIMITS, Outbox
from samescreen.media import Packet, PacketKind, Rendition
from tests.fakes import still, video

SECOND_US = 1_000_000
SIZE = 1000


class Viewer:
    """A viewer on a path without loss: each packet that passes arrives; the test sends the acks."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.now_us = 50 * SECOND_US
        self.buffered = 0
        self.passed: list[Packet] = []

    def offer(self, *packets: Packet) -> list[bool]:
        answers = []
        for packet in packets:
            sent = SentPacket(packet.rendition, packet.sequence, SIZE, self.now_us)
            answers.append(self.outbox.offer(packet, sent, self.buffered))
            self.passed += [packet] if answers[-1] else []
        return answers

    def ack(self, packet: Packet, held_us: int = 0) -> None:
        self.outbox.window.on_ack(packet.rendition, packet.sequence, held_us, self.now_us)

    def wait(self, us: int) -> None:
        self.now_us += us


def watching(rtt_us: int = 20_000) -> Viewer:
    """A viewer that has decoded a keyframe, sequence 0."""
    viewer = Viewer()
    assert viewer.offer(video(0, keyframe=True)) == [True]
    viewer.wait(rtt_us)
    viewer.ack(video(0))
    return viewer


def test_the_gate_is_closed_until_a_keyframe() -> None:
    viewer = Viewer()
    gated = [viewer.outbox.gated]
    assert viewer.offer(video(4), video(5)) == [False, False]
    gated.append(viewer.outbox.gated)
    assert viewer.offer(video(6, keyframe=True), video(7)) == [True, True]
    gated.append(viewer.outbox.gated)
    assert gated == [True, True, False]
    assert viewer.outbox.dropped == 2


def test_a_gap_closes_the_gate() -> None:
    viewer = watching()
    assert viewer.offer(video(1), video(3), video(4)) == [True, False, False]
    assert viewer.offer(video(5, keyframe=True), video(6)) == [True, True]


def test_a_repeated_delta_closes_the_gate() -> None:
    viewer = watching()
    assert viewer.offer(video(1), video(2)) == [True, True]
    assert viewer.offer(video(2)) == [False]
    assert viewer.outbox.gated


def test_sequences_wrap() -> None:
    viewer = Viewer()
    packets = [video(2**32 - 2, keyframe=True), *(video(n) for n in (2**32 - 1, 2**32, 2**32 + 1))]
    assert viewer.offer(*packets) == [True] * 4


def test_another_keyframe_passes_at_any_time() -> None:
    viewer = watching()
    assert viewer.offer(video(1, keyframe=True), video(2), video(3, keyframe=True)) == [True] * 3


def test_an_ack_later_than_its_path_needs_closes_the_gate() -> None:
    viewer = watching(rtt_us=20_000)
    assert viewer.offer(video(1)) == [True]
    viewer.wait(20_000 + DEFAULT_LIMITS.late_us)
    assert viewer.offer(video(2)) == [True]
    viewer.wait(1)
    assert viewer.outbox.is_behind(0, viewer.now_us)
    assert viewer.offer(video(3)) == [False]
    assert viewer.outbox.gated


def test_a_long_path_is_not_a_queue() -> None:
    viewer = watching(rtt_us=400_000)
    assert viewer.offer(video(1)) == [True]
    viewer.wait(500_000)
    assert viewer.offer(video(2)) == [True]


def test_before_the_first_ack_a_decoder_may_be_loading() -> None:
    viewer = Viewer()
    viewer.offer(video(0, keyframe=True))
    viewer.wait(DEFAULT_LIMITS.first_ack_us)
    assert viewer.offer(video(1)) == [True]
    viewer.wait(1)
    assert viewer.offer(video(2)) == [False]


def test_while_behind_not_even_a_keyframe_passes() -> None:
    viewer = watching()
    viewer.offer(video(1))
    viewer.wait(SECOND_US)
    assert viewer.offer(video(2, keyframe=True)) == [False]
    viewer.ack(video(1))
    assert viewer.offer(video(3)) == [False], "nothing but a keyframe opens the gate"
    assert viewer.offer(video(4, keyframe=True)) == [True]


def test_a_full_transport_takes_nothing() -> None:
    viewer = watching()
    viewer.buffered = DEFAULT_LIMITS.buffered_bytes + 1
    assert viewer.offer(video(1), video(2, keyframe=True), still(0)) == [False] * 3
    assert viewer.outbox.gated
    assert viewer.outbox.dropped == 3


def test_stills_in_flight_are_bounded() -> None:
    viewer = Viewer()
    answers = viewer.offer(*(still(n) for n in range(50)))
    assert answers == [True] * DEFAULT_LIMITS.stills_in_flight + [False] * (
        50 - DEFAULT_LIMITS.stills_in_flight
    )
    viewer.ack(viewer.passed[-1])
    assert viewer.offer(still(60)) == [True]


def test_a_still_never_waits_in_the_transport() -> None:
    viewer = Viewer()
    viewer.buffered = 1
    assert viewer.offer(still(0)) == [False]


def test_stalled_after_ten_seconds_without_an_ack() -> None:
    viewer = watching()
    viewer.wait(3600 * SECOND_US)
    assert not viewer.outbox.is_stalled(viewer.now_us), "nothing is in flight"
    viewer.offer(video(1))
    viewer.wait(DEFAULT_LIMITS.stalled_us)
    assert not viewer.outbox.is_stalled(viewer.now_us)
    viewer.wait(1)
    assert viewer.outbox.is_stalled(viewer.now_us)
    viewer.ack(video(1))
    assert not viewer.outbox.is_stalled(viewer.now_us)


def test_it_is_drained_when_everything_has_arrived() -> None:
    viewer = Viewer()
    assert viewer.outbox.is_drained(0)
    assert not viewer.outbox.is_drained(1)
    viewer.offer(video(0, keyframe=True))
    assert not viewer.outbox.is_drained(0)
    viewer.ack(video(0))
    assert viewer.outbox.is_drained(0)


def test_the_time_with_a_closed_gate_is_counted() -> None:
    viewer = Viewer()
    viewer.wait(SECOND_US)
    assert viewer.outbox.gated_us(viewer.now_us) == 0, "before the first picture"
    viewer.offer(video(0, keyframe=True))
    viewer.ack(video(0))
    viewer.outbox.gate(viewer.now_us)
    viewer.wait(300_000)
    viewer.outbox.gate(viewer.now_us)
    viewer.wait(200_000)
    assert viewer.outbox.gated_us(viewer.now_us) == 500_000
    viewer.offer(video(1, keyframe=True))
    viewer.wait(SECOND_US)
    assert viewer.outbox.gated_us(viewer.now_us) == 500_000


@given(st.integers(1, 240), st.sampled_from([video, still]))
@settings(max_examples=25)
def test_a_viewer_that_never_acks_is_sent_a_bounded_number(fps: int, make: object) -> None:
    viewer = Viewer()
    for n in range(fps * 20):
        packet = video(n, keyframe=n % fps == 0) if make is video else still(n)
        viewer.offer(packet)
        viewer.wait(SECOND_US // fps)
    assert len(viewer.passed) <= 2 * fps + 1 if make is video else 2
    assert viewer.outbox.window.in_flight_bytes == len(viewer.passed) * SIZE


@given(st.integers(10, 120), st.integers(1, 300_000), st.integers(0, 50_000))
@settings(max_examples=40)
def test_a_healthy_viewer_gets_every_packet(fps: int, rtt_us: int, held_us: int) -> None:
    viewer, under_way = Viewer(), list[tuple[int, Packet]]()
    for n in range(200):
        while under_way and under_way[0][0] <= viewer.now_us:
            viewer.ack(under_way.pop(0)[1], held_us)
        packet = video(n, keyframe=n == 0)
        assert viewer.offer(packet) == [True]
        under_way.append((viewer.now_us + rtt_us + held_us, packet))
        viewer.wait(SECOND_US // fps)


class GateLaw(RuleBasedStateMachine):
    """A viewer never receives a delta whose references it missed, whatever happens to it."""

    @initialize(first=st.sampled_from([0, 1000, 2**32 - 5]))
    def begin(self, first: int) -> None:
        self.viewer = Viewer()
        self.sequence = first
        self.stills = 0
        self.decoded: int | None = None  # the reference the viewer's decoder holds
        self.was_gated = True

    @rule(is_keyframe=st.sampled_from([False, False, False, True]))
    def encode(self, is_keyframe: bool) -> None:
        packet = video(self.sequence, keyframe=is_keyframe)
        self.sequence += 1
        was_gated = self.viewer.outbox.gated
        behind = self.viewer.outbox.is_behind(self.viewer.buffered, self.viewer.now_us)
        (passed,) = self.viewer.offer(packet)
        if passed:
            assert not behind
            assert is_keyframe or self.decoded == (packet.sequence - 1) % 2**32
            assert is_keyframe or not was_gated
            assert not self.viewer.outbox.gated
            self.decoded = packet.sequence
        else:
            assert self.viewer.outbox.gated

    @rule(count=st.integers(1, 9))
    def lose_before_the_hub(self, count: int) -> None:
        self.sequence += count

    @rule()
    def encode_a_still(self) -> None:
        gated = self.viewer.outbox.gated
        self.viewer.offer(still(self.stills))
        self.stills += 1
        assert self.viewer.outbox.gated is gated, "a still neither opens nor closes the gate"

    @rule(us=st.sampled_from([0, 1, 16_667, 100_000, 160_000, 2_100_000, 11_000_000]))
    def wait(self, us: int) -> None:
        self.viewer.wait(us)

    @rule(of=st.integers(0, 40), held_us=st.sampled_from([0, 5_000, 2**53]))
    def ack(self, of: int, held_us: int) -> None:
        if self.viewer.passed:
            self.viewer.ack(self.viewer.passed[-1 - of % len(self.viewer.passed)], held_us)

    @rule(sequence=st.integers(0, 2**32 - 1), rendition=st.sampled_from(Rendition))
    def lie(self, sequence: int, rendition: Rendition) -> None:
        self.viewer.outbox.window.on_ack(rendition, sequence, 0, self.viewer.now_us)

    @rule(buffered=st.sampled_from([0, 1, 100_000, 1 << 20, (1 << 20) + 1, 1 << 24]))
    def buffer(self, buffered: int) -> None:
        self.viewer.buffered = buffered

    @rule()
    def start_afresh(self) -> None:
        self.viewer.outbox.gate(self.viewer.now_us)
        self.viewer.outbox.window.discard_in_flight()
        self.decoded = None

    @invariant()
    def what_is_in_flight_is_consistent(self) -> None:
        window = self.viewer.outbox.window
        assert window.in_flight_bytes == len(window) * SIZE
        stills = [p for p in self.viewer.passed[-len(window) or None :] if len(window)]
        waiting = sum(p.kind is PacketKind.STILL for p in stills[-len(window) :])
        assert waiting <= DEFAULT_LIMITS.stills_in_flight
        assert self.viewer.outbox.gated_us(self.viewer.now_us) >= 0


TestGateLaw = GateLaw.TestCase
TestGateLaw.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200_000),
            st.sampled_from((0, 1, 1, 1, 1, 2)),
            st.booleans(),
            st.sampled_from((1000, 20_000, 600_000)),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_the_fast_path_decides_as_offer_does(
    steps: list[tuple[int, int, bool, int, bool]],
) -> None:
    """Where it sends, `offer` would too, with the same result; otherwise it changes nothing."""
    offered, fast = watching(), watching()
    sequence, sent_fast = 0, 0
    for waited_us, ahead, acks, size_bytes, holds in steps:
        for viewer in (offered, fast):
            viewer.wait(waited_us)
            if acks and viewer.passed:
                viewer.ack(viewer.passed[-1])
        sequence += ahead
        packet = video(sequence)
        sent = SentPacket(packet.rendition, sequence, size_bytes, fast.now_us)
        # A transport holds at most what is in flight.
        buffered = offered.outbox.window.in_flight_bytes if holds else 0
        expected = offered.outbox.offer(packet, sent, buffered)
        offered.passed += [packet] if expected else []
        if fast.outbox.try_send_delta(sent):
            sent_fast += 1
            assert expected
        else:
            assert fast.outbox.offer(packet, sent, buffered) == expected
        fast.passed += [packet] if expected else []
        assert fast.outbox.next_sequence == offered.outbox.next_sequence
        assert fast.outbox.window.in_flight_bytes == offered.outbox.window.in_flight_bytes
        assert fast.outbox.dropped == offered.outbox.dropped
    if steps and steps[0][1] == 1 and steps[0][0] < 100_000:
        assert sent_fast, "the fast path handles the usual case"
