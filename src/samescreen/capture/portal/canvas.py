"""The picture that is shown: what came from the desktop, with the cursor drawn into it. Pure.

Portals' reports of damage are often wrong, so each picture is compared with the one before.
"""

from __future__ import annotations

from typing import Final

from samescreen.capture.cursor import CursorSeen, draw_cursor
from samescreen.capture.damage import changed_regions
from samescreen.media import Damage, Pixels, Region

_NOWHERE: Final = Region(0, 0, 0, 0)


class Canvas:
    """Takes pictures over. What `pixels` has is valid until the next call of `show`."""

    def __init__(self) -> None:
        self.pixels: Pixels | None = None
        self._cursor = CursorSeen()
        self._covered = _NOWHERE
        self._under: Pixels | None = None

    def show(self, pixels: Pixels | None, cursor: CursorSeen) -> Damage:
        """Show this picture (None: the one before) with the cursor. Returns what differs."""
        is_still, self._cursor = cursor == self._cursor, cursor
        if pixels is None and is_still:
            return Damage.NONE
        left = self._take_cursor_away()
        found = Damage.NONE if pixels is None else self._replace(pixels)
        entered = self._draw_cursor()
        if is_still or self.pixels is None or found.regions == (_whole(self.pixels),):
            return found
        return found | Damage.of(left.intersection(_whole(self.pixels)), entered)

    def _take_cursor_away(self) -> Region:
        """Put back what the cursor covers. Returns where that was."""
        part, self._covered = self._covered, _NOWHERE
        if self.pixels is not None and self._under is not None:
            self.pixels[part.y : part.bottom, part.x : part.right] = self._under
        self._under = None
        return part

    def _replace(self, pixels: Pixels) -> Damage:
        before, self.pixels = self.pixels, pixels
        if before is None or before.shape != pixels.shape:
            return Damage.of(_whole(pixels))
        return changed_regions(before, pixels, (_whole(pixels),))

    def _draw_cursor(self) -> Region:
        """Draw it, and keep what it covers. Returns where that is."""
        seen, pixels = self._cursor, self.pixels
        if seen.image is None or pixels is None:
            return _NOWHERE
        part = seen.region.intersection(_whole(pixels))
        if not part:
            return _NOWHERE
        self._under = pixels[part.y : part.bottom, part.x : part.right].copy()
        draw_cursor(pixels, seen.image, seen.x, seen.y)
        self._covered = part
        return part


def _whole(pixels: Pixels) -> Region:
    return Region(0, 0, pixels.shape[1], pixels.shape[0])
