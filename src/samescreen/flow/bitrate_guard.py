"""Whether the encoder of main must be held to its bitrate. Pure.

With a constant quantiser, libx264 spends what the picture needs. Text stays as sharp in motion as
at rest, easy content costs a third of the bits, and a frame takes half the time, because the
encoder plans nothing ahead. But a constant quantiser cannot keep within a bitrate.

So main starts uncapped, or free. When a leaky bucket of a quarter of a second overflows, the track
replaces the encoder by one with a VBV, which is capped. It goes back when a free encoder would need
at most 70 % of the bitrate for five seconds. If the bucket overflows again, that wait doubles.
"""

from __future__ import annotations

from typing import Final

from .trials import Backoff, Trials

_BUCKET_US: Final = 250_000
_CALM_LEVEL: Final = 0.4
"""Below this share of the bucket the content counts as calm."""
_CALM_SHARE: Final = 0.7
"""The bucket drains at this share of the bitrate while the encoder is capped.

What a free encoder would need is then an estimate. Measured at 1080p, it is 0.86 to 0.92 of the
truth for film. `tests/flow/test_bitrate_guard.py` lets it be too low by a third."""
REST_US: Final = 2_000_000
"""After a rest this long, the first packet alone does not tell which content has come."""
_FRAME_US: Final = 16_667
"""A light packet fits the bitrate at this distance. After a rest, the first packets of a film look
calm by their time but are not light, so the cap stays."""
_BACKOFF: Final = Backoff(
    first_us=5_000_000, longest_us=320_000_000, failed_within_us=60_000_000
)
"""Five seconds, because a viewer sees the keyframe of an exchange. Film and rest in turns come to
rest if they last up to a minute each; longer ones cost two exchanges each time."""


class BitrateGuard:
    """Watches the packets of one rendition and sets `is_capped`."""

    __slots__ = ("_busy_us", "_filled_bits", "_now_us", "_trials", "is_capped")

    def __init__(self) -> None:
        self.is_capped = False
        self._filled_bits = 0.0
        self._now_us = 0
        self._busy_us = 0
        self._trials = Trials(_BACKOFF)

    def on_packet(self, size_bytes: int, bitrate_bps: int, now_us: int) -> bool:
        """Count a packet against this bitrate; True if `is_capped` has changed.

        `size_bytes`: what a free encoder would spend. The caller leaves keyframes out: a keyframe
        is not load, and an exchange makes one, so it must not cause the next exchange.
        """
        drain_bps = bitrate_bps * (_CALM_SHARE if self.is_capped else 1.0)
        has_rested = now_us - self._now_us > REST_US
        drained = (now_us - self._now_us) * drain_bps / 1e6
        self._filled_bits = max(0.0, self._filled_bits - drained) + size_bytes * 8
        self._now_us = now_us
        bucket_bits = bitrate_bps * _BUCKET_US / 1e6
        if self._filled_bits > bucket_bits:
            self._filled_bits = bucket_bits
            self._busy_us = now_us
            return self._cap(now_us)
        if self._filled_bits > _CALM_LEVEL * bucket_bits:
            self._busy_us = now_us
        is_light = size_bytes * 8 <= _CALM_SHARE * bitrate_bps * _FRAME_US / 1e6
        is_calm = is_light and not has_rested and now_us - self._busy_us > self._trials.wait_us
        return is_calm and self._uncap(now_us)

    def _cap(self, now_us: int) -> bool:
        if self.is_capped:
            return False
        self._trials.end(now_us)
        self._filled_bits, self.is_capped = 0.0, True
        return True

    def _uncap(self, now_us: int) -> bool:
        if not self.is_capped:
            return False
        self._trials.begin(now_us)
        self._filled_bits, self.is_capped = 0.0, False
        return True
