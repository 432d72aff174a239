"""When a recording or an output needs another keyframe. Pure.

Players seek to keyframes. All viewers receive each of them, so a recording bounds their price by
what is sent anyway.
"""

from __future__ import annotations

from typing import Final, Protocol

from samescreen.media import Packet

SOONEST_US: Final = 4_000_000
"""After a keyframe of noisy film the deltas are larger for a while, too: at every 2 s keyframes
cost 12.7 % of its bytes (3.4 % of their own), at every 4 s about half of that."""

LATEST_US: Final = 6_000_000
SHARE: Final = 16
"""A keyframe comes when the packets since the last one are so many times its size, or at
`LATEST_US`: typing does not wait for ever."""


class KeyframeRule(Protocol):
    """Watches one stream's main rendition, and says when to ask for a keyframe."""

    def saw(self, packet: Packet, now_us: int) -> None:
        """This packet went to all."""

    def is_due(self, now_us: int) -> bool:
        """Whether to ask for one now."""


class KeyframeFloor:
    """Watches one stream's main rendition. While nothing changes, no keyframe is due."""

    __slots__ = ("_at_us", "_keyframe_bytes", "_since_bytes")

    def __init__(self) -> None:
        self._at_us: int | None = None
        self._keyframe_bytes = 0
        self._since_bytes = 0

    def saw(self, packet: Packet, now_us: int) -> None:
        """This packet went to all."""
        if packet.is_keyframe:
            self._at_us, self._since_bytes = now_us, 0
            self._keyframe_bytes = len(packet.payload)
        else:
            self._since_bytes += len(packet.payload)

    def is_due(self, now_us: int) -> bool:
        """Whether to ask for one now."""
        if self._at_us is None or not self._since_bytes:
            return False
        age_us = now_us - self._at_us
        is_cheap = self._since_bytes >= SHARE * self._keyframe_bytes
        return age_us >= LATEST_US or (age_us >= SOONEST_US and is_cheap)


class KeyframeEvery:
    """A keyframe each `interval_us`, also while nothing changes: streaming sites ask for that."""

    __slots__ = ("_at_us", "_interval_us")

    def __init__(self, interval_us: int) -> None:
        self._interval_us = interval_us
        self._at_us: int | None = None

    def saw(self, packet: Packet, now_us: int) -> None:
        """This packet went to all."""
        if packet.is_keyframe:
            self._at_us = now_us

    def is_due(self, now_us: int) -> bool:
        """Whether to ask for one now."""
        return self._at_us is not None and now_us - self._at_us >= self._interval_us
