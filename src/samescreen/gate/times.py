"""A publisher's times on the host's clock. Pure: time is an argument.

A viewer compares `pts_us` with the host's clock and with other packets of the stream. So all tracks
of a publisher get the same offset, and it does not move while pictures refer to one another: it
changes with a keyframe of main only, and only when it is wrong by more than `_TOLERANCE_US`.
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Packet, PacketKind

_TOLERANCE_US: Final = 20_000
_AHEAD_US: Final = 200_000
_LONGEST_RTT_US: Final = 2_000_000
_WINDOW_US: Final = 10_000_000


class PublisherClock:
    """The offset between a publisher's clock and the host's, from its `clock` messages.

    A message is on its way for at least half of the shortest round trip; the quickest of the last
    ten to twenty seconds counts.
    """

    def __init__(self) -> None:
        self._offset_us: int | None = None
        self._quickest: list[int] = []
        """The least difference of this window, and of the one before."""
        self._window_from_us = 0
        self._one_way_us = _LONGEST_RTT_US // 2

    def measured(self, sent_us: int, rtt_us: int, now_us: int) -> None:
        """A `clock` message came. `rtt_us` is the publisher's word, and bounded; 0: unknown."""
        if 0 < rtt_us < _LONGEST_RTT_US:
            self._one_way_us = min(self._one_way_us, rtt_us // 2)
        difference_us = now_us - sent_us
        if not self._quickest or now_us - self._window_from_us >= _WINDOW_US:
            self._window_from_us = now_us
            self._quickest = [difference_us, *self._quickest[:1]]
        self._quickest[0] = min(self._quickest[0], difference_us)

    def on_host(self, pts_us: int, now_us: int, *, may_correct: bool) -> int:
        """This time of the publisher on the host's clock."""
        if self._offset_us is None or (may_correct and self._is_wrong()):
            self._offset_us = self._best(now_us - pts_us)
        return pts_us + self._offset_us

    def _is_wrong(self) -> bool:
        offset_us = self._offset_us or 0
        return bool(self._quickest) and abs(self._best(0) - offset_us) > _TOLERANCE_US

    def _best(self, fallback_us: int) -> int:
        """The offset by all measurements; without one a picture counts as grabbed just now."""
        if not self._quickest:
            return fallback_us
        unknown = self._one_way_us == _LONGEST_RTT_US // 2
        return min(self._quickest) - (0 if unknown else self._one_way_us)


class Restamp:
    """The times of one rendition: never in the future, never too old, never back.

    `oldest_us`: how far a time may lie back; None: without limit. Stills may go back: one may be
    encoded beside video, and a piece has the time of its picture.
    """

    def __init__(self, clock: PublisherClock, oldest_us: int | None) -> None:
        self._clock = clock
        self._oldest_us = oldest_us
        self._last_us = 0

    def of(self, packet: Packet, now_us: int, *, may_correct: bool) -> int:
        """`pts_us` of this packet on the host's clock."""
        pts_us = self._clock.on_host(packet.pts_us, now_us, may_correct=may_correct)
        least_us = 0 if self._oldest_us is None else now_us - self._oldest_us
        if packet.kind is not PacketKind.STILL:
            least_us = max(least_us, self._last_us)
        pts_us = min(max(pts_us, least_us), now_us + _AHEAD_US)
        self._last_us = max(self._last_us, pts_us)
        return pts_us
