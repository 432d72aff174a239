"""Whether the encoder of main must be held to its bitrate. Pure.

With a constant quantiser, libx264 spends what the picture needs. Text stays as sharp in motion as
at rest, easy content costs a third of the bits, and a frame takes half the time, because the
encoder plans nothing ahead. But a constant quantiser cannot keep within a bitrate.

So main starts uncapped. When a leaky bucket of a quarter of a second overflows, the track replaces
the encoder by one with a VBV, which is capped. After five seconds with little in the bucket, the
track replaces it again.
"""

from __future__ import annotations

from typing import Final

_BUCKET_US: Final = 250_000
_CALM_US: Final = 5_000_000
_CALM_LEVEL: Final = 0.4
"""Below this share of the bucket the content counts as calm."""


class BitrateGuard:
    """Watches the packets of one rendition and sets `is_capped`."""

    __slots__ = ("_busy_us", "_filled_bits", "_now_us", "is_capped")

    def __init__(self) -> None:
        self.is_capped = False
        self._filled_bits = 0.0
        self._now_us = 0
        self._busy_us = 0

    def on_packet(self, size_bytes: int, bitrate_bps: int, now_us: int) -> bool:
        """Count a packet against this bitrate; True if `is_capped` has changed."""
        drained = (now_us - self._now_us) * bitrate_bps / 1e6
        self._filled_bits = max(0.0, self._filled_bits - drained) + size_bytes * 8
        self._now_us = now_us
        bucket_bits = bitrate_bps * _BUCKET_US / 1e6
        if self._filled_bits > bucket_bits:
            self._busy_us = now_us
            return self._set(True)
        if self._filled_bits > _CALM_LEVEL * bucket_bits:
            self._busy_us = now_us
        return now_us - self._busy_us > _CALM_US and self._set(False)

    def _set(self, is_capped: bool) -> bool:
        has_changed = is_capped is not self.is_capped
        self.is_capped = is_capped
        self._filled_bits = 0.0 if has_changed else self._filled_bits
        return has_changed
