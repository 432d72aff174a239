"""Finds the parts of a picture that changed. Pure: arrays in, regions out.

The system's damage reports are hints: they cover every change, but often much more. So this module
compares the pixels inside the hints, on a grid of 32×32 tiles (a multiple of the codec's 16×16
macroblocks). In a large hint it compares one row of each tile first, and then every eighth row. If
more than a quarter of the tiles differ already (scrolling, video), comparing the rest is not worth
the time, and the whole hint counts as changed. In all cases a tile is left out only if all its
pixels are equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Damage, Pixels, Region

TILE_PX: Final = 32
_SAMPLES_EVERY: Final = (TILE_PX, 8)
"""Rows; each divides the height of a tile. The first one alone finds what scrolls or moves."""
_MOST: Final = 0.25
_STRIPS: Final = 3
"""A hint is sampled in so many parts, so that what moves as a whole is found in the first."""
_MANY_TILES: Final = 64

_Words = NDArray[np.uint32]
_Grid = NDArray[np.bool_]


def changed_regions(previous: Pixels, current: Pixels, hints: Iterable[Region]) -> Damage:
    """The tiles inside `hints` where two pictures of one size differ, merged into rectangles.

    Both arrays are (height, width, 4) uint8 with contiguous rows. Rectangles do not overlap and
    lie inside the picture; past `media.MAX_REGIONS` they become their hull.
    """
    before, after = _words(previous), _words(current)
    height, width = after.shape
    bounds = Region(0, 0, width, height)
    grid = np.zeros((-(-height // TILE_PX), -(-width // TILE_PX)), dtype=np.bool_)
    for hint in hints:
        clipped = hint.intersection(bounds)
        if clipped:
            _mark(before, after, _tiles(clipped), grid)
    return Damage.of(*(region.intersection(bounds) for region in _rectangles(grid)))


def _words(pixels: Pixels) -> _Words:
    words: _Words = pixels.view(np.uint32)[:, :, 0]
    return words


def _tiles(region: Region) -> Region:
    """The region in tile units, grown to whole tiles."""
    x, y = region.x // TILE_PX, region.y // TILE_PX
    return Region(x, y, -(-region.right // TILE_PX) - x, -(-region.bottom // TILE_PX) - y)


def _mark(before: _Words, after: _Words, tiles: Region, grid: _Grid) -> None:
    """Set the grid's cells that differ, within `tiles`."""
    cells = grid[tiles.y : tiles.bottom, tiles.x : tiles.right]
    columns = slice(tiles.x * TILE_PX, tiles.right * TILE_PX)
    top, bottom = tiles.y * TILE_PX, tiles.bottom * TILE_PX
    if cells.size >= _MANY_TILES:
        hint = before[top:bottom, columns], after[top:bottom, columns]
        if any(_most_differ(*hint, every, _MOST * cells.size) for every in _SAMPLES_EVERY):
            cells[:] = True
            return
    differing = before[top:bottom, columns] != after[top:bottom, columns]
    cells |= _any_per_tile(differing, TILE_PX)


def _most_differ(before: _Words, after: _Words, every: int, limit: float) -> bool:
    """Whether more than `limit` tiles differ in one of every so many rows."""
    found, strip = 0, -(-len(before) // (_STRIPS * TILE_PX)) * TILE_PX
    for top in range(0, len(before), strip):
        rows = slice(top, top + strip, every)
        differing = _any_per_tile(before[rows] != after[rows], TILE_PX // every)
        found += int(np.count_nonzero(differing))
        if found > limit:
            return True
    return False


def _any_per_tile(differing: _Grid, rows_a_tile: int) -> _Grid:
    """One bool for each tile of an array that starts at a tile's edge; the last may be partial."""
    height, width = differing.shape
    whole = height // rows_a_tile * rows_a_tile
    strips = np.asarray(differing[:whole].reshape(-1, rows_a_tile, width).any(axis=1))
    if whole < height:
        strips = np.concatenate((strips, differing[whole:].any(axis=0, keepdims=True)))
    if width % TILE_PX:
        strips = np.pad(strips, ((0, 0), (0, -width % TILE_PX)))
    eights = np.ascontiguousarray(strips).view(np.uint64)  # numpy reduces bools one at a time
    return np.asarray(eights.reshape(len(strips), -1, TILE_PX // 8).any(axis=2))


def _rectangles(grid: _Grid) -> list[Region]:
    """The runs of set cells in each row, in pixels; equal runs below each other are merged."""
    done: list[Region] = []
    growing: dict[tuple[int, int], Region] = {}
    for row, runs in enumerate(_runs(grid)):
        grown: dict[tuple[int, int], Region] = {}
        for first, last in runs:
            above = growing.pop((first, last), None)
            top = above.y if above else row * TILE_PX
            grown[first, last] = Region(
                first * TILE_PX, top, (last - first) * TILE_PX, (row + 1) * TILE_PX - top
            )
        done.extend(growing.values())
        growing = grown
    return [*done, *growing.values()]


def _runs(grid: _Grid) -> list[list[tuple[int, int]]]:
    """Half-open index ranges of consecutive set cells, for each row."""
    runs: list[list[tuple[int, int]]] = [[] for _ in range(grid.shape[0])]
    edges = np.diff(np.pad(grid, ((0, 0), (1, 1))).view(np.int8), axis=1)
    rows, columns = np.nonzero(edges)
    ends = zip(rows[::2].tolist(), columns[::2].tolist(), columns[1::2].tolist(), strict=True)
    for row, first, last in ends:
        runs[row].append((first, last))
    return runs
