"""Which packets one viewer is sent, and which are dropped for it. Pure.

There is no queue here, on purpose: the host hands a packet to the transport at once or drops it at
once. A viewer is *behind* when the ack of its oldest packet is 150 ms later than its path needs, or
when its transport holds more than a limit. Then its gate closes: the outbox drops deltas until a
keyframe, because a delta without its reference decodes to garbage. Only a keyframe opens the gate,
and only when the viewer is no longer behind. The host requests one when everything sent before has
arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samescreen.media import Packet, PacketKind

from .congestion_window import CongestionWindow
from .in_flight import SentPacket


@dataclass(frozen=True, slots=True)
class Limits:
    """How far behind a viewer may fall."""

    late_us: int = 150_000
    """How late an ack may be, beyond the minimum round trip: time for queues on the path."""

    first_ack_us: int = 2_000_000
    """The same before the first ack: the path is unknown, and a decoder may still be loading."""

    buffered_bytes: int = 1 << 20
    """What the transport may hold. This limits memory, not delay."""

    stills_in_flight: int = 2

    stuck_us: int = 4_000_000
    """After so long without an ack, with packets in flight, the page shows that it is stuck."""

    stalled_us: int = 10_000_000
    """After so long without an ack, with packets in flight, the host closes the connection."""


DEFAULT_LIMITS: Final = Limits()


class Outbox:
    """The gate of one viewer, and the record of what passed it."""

    __slots__ = ("_gated_since_us", "_gated_us", "_limits", "dropped", "next_sequence", "window")

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.window = CongestionWindow()
        self.dropped = 0
        self._limits = limits
        self.next_sequence: int | None = None
        """The sequence of the only delta that may pass; None: the gate is closed."""
        self._gated_since_us: int | None = None
        self._gated_us = 0

    @property
    def gated(self) -> bool:
        """Whether the gate is closed: only a keyframe may pass."""
        return self.next_sequence is None

    def gated_us(self, now_us: int) -> int:
        """How long the gate was closed in total, not counting the wait for the first picture."""
        since = self._gated_since_us
        return self._gated_us + (now_us - since if since is not None else 0)

    def try_send_delta(self, sent: SentPacket) -> bool:
        """The fast path for the usual packet: the next delta, to a viewer that is not behind.

        Returns False and changes nothing when `offer` must decide. It need not ask the transport,
        because everything that a transport holds is in flight.
        """
        limits, window = self._limits, self.window
        if sent.sequence != self.next_sequence:
            return False
        if window.in_flight.size_bytes > limits.buffered_bytes:
            return False
        if sent.at_us - sent.grace_us > window.ack_due_us + limits.late_us:
            return False
        window.on_sent(sent)
        self.next_sequence = (sent.sequence + 1) % 2**32
        return True

    def offer(self, packet: Packet, sent: SentPacket, buffered_bytes: int) -> bool:
        """Whether to hand this packet to the transport now; False drops it for this viewer.

        `buffered_bytes` is what the transport still holds.
        """
        if packet.kind is PacketKind.STILL:
            passes = self._admits_still(buffered_bytes)
        else:
            passes = self._admits_video(packet, buffered_bytes, sent)
        if passes:
            self.window.on_sent(sent)
        else:
            self.dropped += 1
        return passes

    def is_behind(self, buffered_bytes: int, now_us: int, grace_us: int = 0) -> bool:
        """Whether more is in flight than this viewer can receive in time."""
        if buffered_bytes > self._limits.buffered_bytes:
            return True
        knows_path = self.window.rtt_us is not None
        patience_us = self._limits.late_us if knows_path else self._limits.first_ack_us
        return now_us - grace_us > self.window.ack_due_us + patience_us

    def is_drained(self, buffered_bytes: int) -> bool:
        """Whether everything sent has arrived, so that the viewer could start again."""
        return buffered_bytes == 0 and len(self.window) == 0

    def is_stuck(self, now_us: int) -> bool:
        """Whether acks are missing for so long that the page should show it."""
        return self.window.oldest_age_us(now_us) > self._limits.stuck_us

    def is_stalled(self, now_us: int) -> bool:
        """Whether acks are missing for so long that the host should close the connection."""
        return self.window.oldest_age_us(now_us) > self._limits.stalled_us

    def gate(self, now_us: int) -> None:
        """Close the gate until a keyframe."""
        if self.next_sequence is not None:
            self.next_sequence = None
            self._gated_since_us = now_us

    def _admits_still(self, buffered_bytes: int) -> bool:
        in_flight = len(self.window)
        return in_flight < self._limits.stills_in_flight and buffered_bytes == 0

    def _admits_video(self, packet: Packet, buffered_bytes: int, sent: SentPacket) -> bool:
        now_us = sent.at_us
        if self.is_behind(buffered_bytes, now_us, sent.grace_us):
            self.gate(now_us)
            return False
        if packet.is_keyframe:
            self._open(now_us)
        elif packet.sequence != self.next_sequence:
            self.gate(now_us)
            return False
        self.next_sequence = (packet.sequence + 1) % 2**32
        return True

    def _open(self, now_us: int) -> None:
        if self._gated_since_us is not None:
            self._gated_us += now_us - self._gated_since_us
            self._gated_since_us = None
