"""Which encoder main needs now: capped or free, with a near or a wide motion search. Pure.

The track asks after each packet of main, and exchanges the encoder when the answer differs from
what the present encoder was made for. Each exchange costs a keyframe, so the two choices settle:
see `bitrate_guard.py` and `motion_search.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .bitrate_guard import BitrateGuard
from .motion_search import MotionSearch
from .rate import RateTarget

_STEPS_TO_HALVE: Final = 6
"""H.264's quantiser step doubles every six; the bits for the same picture halve, roughly."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What an encoder of main is made for, besides the picture's size.

    It must keep within `bitrate_bps` only if `is_capped`.
    """

    bitrate_bps: int
    fps: int
    is_capped: bool
    wide_motion_search: bool


@dataclass(frozen=True, slots=True)
class EncodedSize:
    """What one packet of main cost. `took_us`: how long the host encoded.

    `searches_wide`: the encoder that made it searches a wide area for motion. An encoder may be
    unable to, whatever it was made for. `coarseness`: by how many quantiser steps the packet is
    coarser than a free encoder would make it; negative where it is finer; 0 for a free encoder.
    """

    size_bytes: int
    is_keyframe: bool
    took_us: int
    searches_wide: bool
    coarseness: float = 0.0


class EncoderChoice:
    """The choice for one track; `ceiling` is the most that main may ever cost."""

    __slots__ = ("_ceiling", "_guard", "_search", "target")

    def __init__(self, ceiling: RateTarget) -> None:
        self._ceiling = ceiling
        self._guard = BitrateGuard()
        self._search = MotionSearch()
        self.target = ceiling
        """What main may cost now."""

    @property
    def tuning(self) -> Tuning:
        """What the next encoder of main is made for."""
        target = self.target
        searches_wide = self._search.is_wide and not self._is_capped
        return Tuning(target.bitrate_bps, target.fps, self._is_capped, searches_wide)

    @property
    def _is_capped(self) -> bool:
        return self._guard.is_capped or self.target != self._ceiling

    def on_new_encoder(self) -> None:
        """Record that the track has made another encoder, for whatever reason."""
        self._search.on_new_encoder()

    def on_packet(self, packet: EncodedSize, now_us: int) -> bool:
        """Record a packet of main; True if the encoder must be exchanged for another kind."""
        if packet.is_keyframe:
            return False
        before = self.tuning
        free_bytes = int(packet.size_bytes * 2 ** (packet.coarseness / _STEPS_TO_HALVE))
        # What main may cost now is none of the guard's business: a lower target is capped anyway.
        self._guard.on_packet(free_bytes, self._ceiling.bitrate_bps, now_us)
        may_widen = not self._search.is_wide and not self._is_capped
        if packet.searches_wide or may_widen:
            interval_us = 1_000_000 // self.target.fps
            self._search.on_delta(packet.took_us, interval_us, now_us, packet.size_bytes)
        return self.tuning != before
