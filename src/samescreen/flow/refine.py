"""Which parts of a picture have rested and should be sent again, exactly. Pure.

Video carries colour at half the resolution and a quantisation error of a level or two. People who
read text should see neither. `Refining` records for each tile of 32×32 pixels when it was last
painted, so the host can refine text while a video plays beside it. Pieces are small and spaced, so
that none delays motion for long. New motion makes only its own tiles due again.

When viewers have lost pieces, the host makes these pieces again, after everything that is new.
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
MAX_COLUMNS: Final = 8
MAX_ROWS: Final = 4
GATHER_US: Final = 300_000
"""A piece that is not full waits so long after the last one: typing changes single tiles."""

_FULL: Final = MAX_COLUMNS * MAX_ROWS
_STALE: Final = 0
_REFINED: Final = 1
_LOST: Final = 2


@dataclass(frozen=True, slots=True)
class RestedPart:
    """A part of the picture to send now. `is_repair`: only to viewers that lost it."""

    region: Region
    is_repair: bool


class Refining:
    """The tiles of one picture: each is stale, refined, or refined and lost by a viewer."""

    __slots__ = ("_bounds", "_gathers", "_painted_us", "_state", "_taken_us", "is_repairing")

    def __init__(self) -> None:
        self.is_repairing = False
        """Whether a repair has begun and `end_repair` has not reported its end."""
        self.resize(0, 0, 0)

    def resize(self, width: int, height: int, now_us: int) -> None:
        """Start again with pictures of this size, in pixels; all tiles are stale."""
        shape = (-(-height // TILE_PX), -(-width // TILE_PX))
        self._bounds = Region(0, 0, width, height)
        self._painted_us: NDArray[np.int64] = np.full(shape, now_us, dtype=np.int64)
        self._state: NDArray[np.uint8] = np.full(shape, _STALE, dtype=np.uint8)
        self._taken_us = now_us - GATHER_US
        self._gathers = True

    def painted(self, damage: Damage, now_us: int) -> None:
        """Record where the picture changed or a packet of main painted over it."""
        for tiles in self._tiles(damage):
            self._painted_us[tiles] = now_us
            self._state[tiles] = _STALE

    def request_repair(self, damage: Damage) -> None:
        """Begin a repair: a viewer lost what was refined here."""
        self.is_repairing = True
        for tiles in self._tiles(damage):
            cells = self._state[tiles]
            cells[cells == _REFINED] = _LOST

    def end_repair(self) -> bool:
        """True once, when every lost tile was taken again or became stale."""
        if not self.is_repairing or (self._state == _LOST).any():
            return False
        self.is_repairing = False
        return True

    def due_us(self, now_us: int) -> int | None:
        """Microseconds until a part is due (0: now); None if all is refined."""
        stale = self._painted_us[self._state == _STALE]
        if self.is_repairing:
            rest_us = 0
        elif stale.size:
            rest_us = self._refine_at_us(stale) - now_us
        else:
            return None
        return max(0, rest_us, self._taken_us + SPACING_US - now_us)

    def _refine_at_us(self, stale_us: NDArray[np.int64]) -> int:
        """When to refine the next of these stale tiles."""
        rests_us = int(stale_us.min()) + REST_US
        if not self._gathers:
            return rests_us
        gathered_us = self._taken_us + GATHER_US
        if stale_us.size >= _FULL:
            fills_us = int(np.partition(stale_us, _FULL - 1)[_FULL - 1]) + REST_US
            gathered_us = min(gathered_us, fills_us)
        return max(rests_us, gathered_us)

    def take(self, now_us: int) -> RestedPart | None:
        """Take the next part, which counts as refined from now on; None if none is due."""
        if self.due_us(now_us) != 0:
            return None
        rested = (self._state == _STALE) & (self._painted_us <= now_us - REST_US)
        is_repair = not rested.any()
        grid = (self._state == _LOST) if is_repair else rested
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
        return RestedPart(region.intersection(self._bounds), is_repair)

    def _tiles(self, damage: Damage) -> list[tuple[slice, slice]]:
        """The rows and columns of the tiles that the damage touches."""
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
    """The rows and columns (half open) of a block of set cells that starts at the oldest one.

    Because the oldest comes first, tiles that come to rest again and again delay no others.
    """
    oldest = int(np.argmin(np.where(grid, painted_us, np.iinfo(np.int64).max)))
    top, left = divmod(oldest, grid.shape[1])
    right = left + _run(grid[top, left : left + MAX_COLUMNS])
    bottom = top + _run(np.asarray(grid[top : top + MAX_ROWS, left:right].all(axis=1)))
    return top, bottom, left, right


def _run(cells: NDArray[np.bool_]) -> int:
    """How many cells are set before the first one that is not."""
    return cells.size if cells.all() else int(np.argmin(cells))
