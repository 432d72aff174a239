"""Which encoder main needs now: free, coarser for film, or capped; how far it searches. Pure.

The track asks after each packet of main, and exchanges the encoder when the answer differs from
what the present encoder was made for. Each exchange costs a keyframe, so the choices settle: see
`bitrate_guard.py`, `film.py` and `motion_search.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .film import FilmBudget, MainQuantiser
from .motion_search import MotionSearch
from .rate import RateTarget


@dataclass(frozen=True, slots=True)
class Tuning:
    """What an encoder of main is made for, besides the picture's size.

    It must keep within `bitrate_bps` only if `is_capped`.
    """

    bitrate_bps: int
    fps: int
    is_capped: bool
    wide_motion_search: bool
    coarser_by: int = 0
    """How many steps its constant quantiser is coarser than the quality asks for."""


@dataclass(frozen=True, slots=True)
class EncodedSize:
    """What one packet of main cost. `took_us`: how long the host encoded.

    `searches_wide`: the encoder that made it searches a wide area for motion. An encoder may be
    unable to, whatever it was made for. `coarseness`: by how many quantiser steps the packet is
    coarser than its quality asks for; negative where it is finer.
    """

    size_bytes: int
    is_keyframe: bool
    took_us: int
    searches_wide: bool
    coarseness: float = 0.0


class EncoderChoice:
    """The choice for one track; `ceiling` is the most that main may ever cost."""

    __slots__ = ("_ceiling", "_quantiser", "_search", "size", "target")

    def __init__(self, ceiling: RateTarget, size: tuple[int, int] = (1280, 720)) -> None:
        self._ceiling = ceiling
        self._quantiser = MainQuantiser()
        self.size = size
        """Width and height of main's pictures."""
        self._search = MotionSearch()
        self.target = ceiling
        """What main may cost now."""

    @property
    def tuning(self) -> Tuning:
        """What the next encoder of main is made for."""
        target = self.target
        coarser_by = 0 if self._is_capped else self._quantiser.coarser_by
        # Film finds nothing far away: what scrolls far does not cost as much (decision 35).
        searches_wide = self._search.is_wide and not self._is_capped and not coarser_by
        return Tuning(
            target.bitrate_bps, target.fps, self._is_capped, searches_wide, coarser_by
        )

    @property
    def _is_capped(self) -> bool:
        return self._quantiser.is_capped or self._is_lowered

    @property
    def _is_lowered(self) -> bool:
        """The viewers' links carry less than main may cost at most."""
        return self.target != self._ceiling

    def on_new_encoder(self) -> None:
        """Record that the track has made another encoder, for whatever reason."""
        self._search.on_new_encoder()

    def on_packet(self, packet: EncodedSize, now_us: int) -> bool:
        """Record a packet of main; True if the encoder must be exchanged for another kind."""
        if packet.is_keyframe:
            return False
        before = self.tuning
        # What main may cost now says nothing of the content: a lower target is capped anyway.
        if not self._is_lowered:
            budget = FilmBudget.of(*self.size, self.target.fps, self._ceiling.bitrate_bps)
            self._quantiser.on_packet(packet.size_bytes, packet.coarseness, budget, now_us)
        may_widen = not (self._search.is_wide or before.is_capped or before.coarser_by)
        if packet.searches_wide or may_widen:
            interval_us = 1_000_000 // self.target.fps
            self._search.on_delta(packet.took_us, interval_us, now_us, packet.size_bytes)
        return self.tuning != before
