"""By how many quantiser steps film is coarser than text. Pure.

In film, most of a picture changes 60 times a second. At the quantiser that keeps text sharp, its
packets cost several times what anybody sees of them, and each takes longer to encode, to send and
to decode. libx264's own rate control finds a coarser quantiser, but it plans every picture, which
takes longer still. So main gets a coarser *constant* quantiser as long as the content is film, and
text gets its own back afterwards. Whatever rests is refined with exact pieces.

The rule looks at windows of a second. Content is film if it costs more than `BITS_PER_PIXEL` in two
windows in a row, whatever the present encoder makes of it. The number of steps follows from the
measured bits. A step back to finer quantisers is a guess: it waits five seconds, and twice as long
after each guess that failed within a minute. So content that does not change in kind settles, and
so do film and rest in turns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from .bitrate_guard import REST_US, BitrateGuard

BITS_PER_PIXEL: Final = 0.12
"""What film may cost: 6.6 Mbit/s for 1280×720 at 60 pictures a second."""
LEAST_BPS: Final = 2_000_000
"""Below this no content is film, however small the picture."""
MAX_STEPS: Final = 10
_SHARE: Final = 0.8
"""Of the bitrate limit: the rest is for bursts."""
_AIM: Final = 0.85
"""Of what film may cost; scenes differ, and each change costs a keyframe."""
_STEPS_TO_HALVE: Final = 2.7
"""Steps that halve the bits of film with grain (`bench/stages.py`). Text takes twice as many, and
the next window then adds what is missing."""
_TEXT_STEPS_TO_HALVE: Final = 3
"""The same for all content that a capped encoder made, measured with film and slow scrolling.
(H.264's step doubles every six; but what is left of a delta also vanishes.)"""
_FINER_BY: Final = 4
"""The least difference that is worth a keyframe on the way to finer quantisers."""
_WINDOW_US: Final = 1_000_000
_LEAST_FPS: Final = 5
"""Fewer pictures a second are no film: slides, however large."""
_HEAVY_WINDOWS: Final = 2
_FIRST_WAIT_US: Final = 5_000_000
_LONGEST_WAIT_US: Final = 320_000_000
_FAILED_WITHIN_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class FilmBudget:
    """What film may cost, and what a burst of it may cost, in bits per second."""

    film_bps: int
    limit_bps: int

    @classmethod
    def of(cls, width: int, height: int, fps: int, limit_bps: int) -> FilmBudget:
        """The budget for pictures of this size and rate under this bitrate limit."""
        film_bps = max(LEAST_BPS, BITS_PER_PIXEL * width * height * fps)
        return cls(int(min(film_bps, _SHARE * limit_bps)), limit_bps)

    @property
    def reach(self) -> int:
        """The most steps that film may need so that `MAX_STEPS` keep it within the limit."""
        return MAX_STEPS + int(_STEPS_TO_HALVE * math.log2(self.limit_bps / self.film_bps))


class FilmQuantiser:
    """Watches the deltas of main and sets `steps`, 0…10; 0: the content is no film."""

    __slots__ = (
        "_bits",
        "_calm_us",
        "_coarse_bits",
        "_deltas",
        "_eased_us",
        "_has_given_up",
        "_last_us",
        "_heavy",
        "_most_needed",
        "_since_us",
        "_wait_us",
        "steps",
    )

    def __init__(self) -> None:
        self.steps = 0
        self._since_us: int | None = None
        self._last_us = 0
        self._deltas = 0
        self._bits = 0
        self._coarse_bits = 0.0
        self._heavy = 0
        self._has_given_up = False
        self._calm_us: int | None = None
        """Since when the content has needed clearly fewer steps; None: it needs them."""
        self._most_needed = 0
        """The most steps that any window of the calm time needed."""
        self._eased_us: int | None = None
        """When the last guess was made that fewer steps will do."""
        self._wait_us = _FIRST_WAIT_US

    def on_delta(
        self, size_bytes: int, coarseness: float, budget: FilmBudget, now_us: int
    ) -> bool:
        """Record a delta of main; True if `steps` has changed.

        `coarseness`: how many steps its quantiser was above the quality's own, be it by `steps` or
        by a capped encoder.
        """
        if self._since_us is None:
            self._since_us = now_us
        self._deltas += 1
        self._bits += size_bytes * 8
        self._coarse_bits += size_bytes * 8 * coarseness
        has_rested, self._last_us = now_us - self._last_us > REST_US, now_us
        span_us = now_us - self._since_us
        if has_rested:
            self._since_us, self._deltas, self._bits, self._coarse_bits = now_us, 0, 0, 0.0
            return False
        if span_us < _WINDOW_US:
            return False
        needed = self._needed(span_us, budget.film_bps)
        self._since_us, self._deltas, self._bits, self._coarse_bits = now_us, 0, 0, 0.0
        before = self.steps
        # One step more than there are is within what scenes differ.
        self._heavy = self._heavy + 1 if needed > self.steps + 1 else 0
        if self._heavy >= _HEAVY_WINDOWS:
            self._coarsen(needed, budget, now_us)
        elif self.steps and needed <= max(0, self.steps - _FINER_BY):
            self._note_calm(needed, now_us, span_us)
        else:
            self._calm_us = None
        return self.steps != before

    def _needed(self, span_us: int, film_bps: int) -> int:
        """The steps at which the window that ends now would have met its aim; at least 0."""
        if self._deltas * 1e6 / span_us < _LEAST_FPS:
            return 0
        rate_bps = self._bits * 1e6 / span_us
        coarseness = self._coarse_bits / self._bits if self._bits else 0.0
        excess = rate_bps * 2 ** (coarseness / _STEPS_TO_HALVE) / (_AIM * film_bps)
        return math.ceil(_STEPS_TO_HALVE * math.log2(excess)) if excess > 1 else 0

    def _coarsen(self, needed: int, budget: FilmBudget, now_us: int) -> None:
        """Take the steps that are needed.

        Content that would exceed the bitrate even so needs a capped encoder, and counts as no film
        until it needs clearly fewer steps: what a capped encoder's packets say of it is a guess.
        """
        eased_us, self._eased_us = self._eased_us, None
        if eased_us is not None:
            has_failed = now_us - eased_us < max(_FAILED_WITHIN_US, self._wait_us)
            doubled_us = min(2 * self._wait_us, _LONGEST_WAIT_US)
            self._wait_us = doubled_us if has_failed else _FIRST_WAIT_US
        reach = budget.reach - (_FINER_BY if self._has_given_up else 0)
        self._has_given_up = needed > reach
        self.steps = 0 if self._has_given_up else min(needed, MAX_STEPS)
        self._heavy, self._calm_us = 0, None

    def _note_calm(self, needed: int, now_us: int, span_us: int) -> None:
        if self._calm_us is None:
            self._calm_us, self._most_needed = now_us - span_us, 0
        self._most_needed = max(self._most_needed, needed)
        if now_us - self._calm_us < self._wait_us:
            return
        self.steps, self._calm_us = self._most_needed, None
        self._eased_us = now_us


class MainQuantiser:
    """What kind of rate control main needs: free, free and coarser for film, or capped.

    `is_capped` and `coarser_by` are never both set.
    """

    __slots__ = ("_film", "_guard")

    def __init__(self) -> None:
        self._guard = BitrateGuard()
        self._film = FilmQuantiser()

    @property
    def is_capped(self) -> bool:
        """The bitrate must be enforced."""
        return self._guard.is_capped and not self._film.steps

    @property
    def coarser_by(self) -> int:
        """By how many steps the constant quantiser is coarser than the quality asks for."""
        return self._film.steps

    def on_packet(
        self, size_bytes: int, coarseness: float | None, budget: FilmBudget, now_us: int
    ) -> bool:
        """Record a packet of main; True if main needs another kind of encoder.

        `coarseness`: of a delta as for `FilmQuantiser.on_delta`; None of a packet that says nothing
        about the content, such as a keyframe, which every exchange makes.
        """
        before = self.is_capped, self.coarser_by
        if coarseness is not None:
            # What an encoder without a cap would spend at the steps that film has now.
            capped_by = coarseness - self._film.steps
            free_bytes = int(size_bytes * 2 ** (capped_by / _TEXT_STEPS_TO_HALVE))
            self._guard.on_packet(free_bytes, budget.limit_bps, now_us)
            self._film.on_delta(size_bytes, coarseness, budget, now_us)
        return (self.is_capped, self.coarser_by) != before
