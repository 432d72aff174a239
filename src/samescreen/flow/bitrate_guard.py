"""Whether the main rendition must be held to its bitrate by the encoder. Pure.

libx264 with a constant quantiser spends what the picture needs: text stays as crisp in motion as
at rest, easy content costs a third of the bits, and a frame takes half the time, for there is
nothing to plan. What it cannot do is keep within a bitrate. So it runs free while the content
does by itself, and is exchanged for one with a VBV as soon as a leaky bucket of a quarter of a
second overflows; and back after five seconds of leisure.
"""

from __future__ import annotations

from typing import Final

_BUCKET_US: Final = 250_000
_LEISURE_US: Final = 5_000_000
_LEISURELY: Final = 0.4


class BitrateGuard:
    """Follows the packets of one rendition; `is_capped` says which encoder suits them."""

    __slots__ = ("_busy_us", "_filled_bits", "_now_us", "is_capped")

    def __init__(self) -> None:
        self.is_capped = False
        self._filled_bits = 0.0
        self._now_us = 0
        self._busy_us = 0

    def on_packet(self, size_bytes: int, bitrate_bps: int, now_us: int) -> bool:
        """A packet was made under this bitrate; True when `is_capped` has changed by it."""
        drained = (now_us - self._now_us) * bitrate_bps / 1e6
        self._filled_bits = max(0.0, self._filled_bits - drained) + size_bytes * 8
        self._now_us = now_us
        bucket_bits = bitrate_bps * _BUCKET_US / 1e6
        if self._filled_bits > bucket_bits:
            self._busy_us = now_us
            return self._set(True)
        if self._filled_bits > _LEISURELY * bucket_bits:
            self._busy_us = now_us
        return now_us - self._busy_us > _LEISURE_US and self._set(False)

    def _set(self, is_capped: bool) -> bool:
        has_changed = is_capped is not self.is_capped
        self.is_capped = is_capped
        self._filled_bits = 0.0 if has_changed else self._filled_bits
        return has_changed
