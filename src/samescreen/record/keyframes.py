"""When a recording needs another keyframe, so that players can seek in it. Pure.

All viewers receive that keyframe, so its price is bounded by what is sent anyway.
"""

from __future__ import annotations

from typing import Final

from samescreen.media import Packet

SOONEST_US: Final = 4_000_000
"""After a keyframe of noisy film the deltas are larger for a while, too: at every 2 s keyframes
cost 12.7 % of its bytes (3.4 % of their own), at every 4 s about half of that."""

LATEST_US: Final = 6_000_000
SHARE: Final = 16
"""A keyframe comes when the packets since the last one are so many times its size, or at
`LATEST_US`: typing does not wait for ever."""


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
