"""Which parts of a picture have rested and are to be sent once more, exactly. Pure.

Video carries colour at half the resolution and is coarse by a level or two; text that somebody
reads should be neither. What was painted last is written down for each tile of 32×32 pixels, so
that text is refined while a video plays beside it. Pieces are small, so none holds motion up for
long, and keep a distance. Motion that comes back makes its own tiles due again, and no others.

A viewer that missed pieces names them (`again`); they are made anew after all that is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Damage, Region

REST_US: Final = 250_000
SPACING_US: Final = 4_000
TILE_PX: Final = 32
MOST_COLUMNS: Final = 8
MOST_ROWS: Final = 4
GATHER_US: Final = 300_000
"""Less than a full piece waits so long for more after the last one: typing is a tile at a time."""

_FULL: Final = MOST_COLUMNS * MOST_ROWS
_STALE: Final = 0
_REFINED: Final = 1
_MISSED: Final = 2


@dataclass(frozen=True, slots=True)
class Rested:
    """A part to send now. `is_repair`: only for viewers that missed it."""

    region: Region
    is_repair: bool


class Refining:
    """The tiles of one picture, each stale, refined, or refined and missed by somebody."""

    __slots__ = ("_bounds", "_gathers", "_painted_us", "_state", "_taken_us", "is_repeating")

    def __init__(self) -> None:
        self.is_repeating = False
        """A round of repeats has begun and `end_round` was not called since."""
        self.resize(0, 0, 0)

    def resize(self, width: int, height: int, now_us: int) -> None:
        """From here on pictures are of this size, and all of it is new."""
        shape = (-(-height // TILE_PX), -(-width // TILE_PX))
        self._bounds = Region(0, 0, width, height)
        self._painted_us: NDArray[np.int64] = np.full(shape, now_us, dtype=np.int64)
        self._state: NDArray[np.uint8] = np.full(shape, _STALE, dtype=np.uint8)
        self._taken_us = now_us - GATHER_US
        self._gathers = True

    def painted(self, damage: Damage, now_us: int) -> None:
        """This changed, or video was painted over it."""
        for tiles in self._tiles(damage):
            self._painted_us[tiles] = now_us
            self._state[tiles] = _STALE

    def again(self, damage: Damage) -> None:
        """A round of repeats begins: somebody missed what was refined here."""
        self.is_repeating = True
        for tiles in self._tiles(damage):
            cells = self._state[tiles]
            cells[cells == _REFINED] = _MISSED

    def end_round(self) -> bool:
        """True once when all repeats of a round have been taken, or are stale by now."""
        if not self.is_repeating or (self._state == _MISSED).any():
            return False
        self.is_repeating = False
        return True

    def due_us(self, now_us: int) -> int | None:
        """How long until a part is due (0: now); None: all is refined."""
        stale = self._painted_us[self._state == _STALE]
        if self.is_repeating:
            rest_us = 0
        elif stale.size:
            rest_us = self._begins_us(stale) - now_us
        else:
            return None
        return max(0, rest_us, self._taken_us + SPACING_US - now_us)

    def _begins_us(self, stale_us: NDArray[np.int64]) -> int:
        """When the next of these that rest is to be refined."""
        rests_us = int(stale_us.min()) + REST_US
        if not self._gathers:
            return rests_us
        gathered_us = self._taken_us + GATHER_US
        if stale_us.size >= _FULL:
            fills_us = int(np.partition(stale_us, _FULL - 1)[_FULL - 1]) + REST_US
            gathered_us = min(gathered_us, fills_us)
        return max(rests_us, gathered_us)

    def take(self, now_us: int) -> Rested | None:
        """The next part, which counts as refined from now on; None: none is due."""
        if self.due_us(now_us) != 0:
            return None
        rested = (self._state == _STALE) & (self._painted_us <= now_us - REST_US)
        is_repair = not rested.any()
        grid = (self._state == _MISSED) if is_repair else rested
        if not grid.any():
            return None
        self._taken_us = now_us
        top, bottom, left, right = _oldest_block(grid, self._painted_us)
        self._state[top:bottom, left:right] = _REFINED
        rested[top:bottom, left:right] = False
        self._gathers = not rested.any()
        region = Region(
            left * TILE_PX, top * TILE_PX, (right - left) * TILE_PX, (bottom - top) * TILE_PX
        )
        return Rested(region.intersection(self._bounds), is_repair)

    def _tiles(self, damage: Damage) -> list[tuple[slice, slice]]:
        """The tiles that the damage touches."""
        return [
            (
                slice(region.y // TILE_PX, -(-region.bottom // TILE_PX)),
                slice(region.x // TILE_PX, -(-region.right // TILE_PX)),
            )
            for region in damage.within(self._bounds)
        ]


def _oldest_block(
    grid: NDArray[np.bool_], painted_us: NDArray[np.int64]
) -> tuple[int, int, int, int]:
    """Rows and columns (half open) of a full block of set cells, from the oldest of them on.

    What comes to rest again and again elsewhere therefore keeps nothing waiting.
    """
    oldest = int(np.argmin(np.where(grid, painted_us, np.iinfo(np.int64).max)))
    top, left = divmod(oldest, grid.shape[1])
    right = left + _run(grid[top, left : left + MOST_COLUMNS])
    bottom = top + _run(np.asarray(grid[top : top + MOST_ROWS, left:right].all(axis=1)))
    return top, bottom, left, right


def _run(cells: NDArray[np.bool_]) -> int:
    """How many are set before the first that is not."""
    return cells.size if cells.all() else int(np.argmin(cells))
