"""Paints fixed regions out of any source's pictures, and refuses what a source cannot hide.

Runs on the track's thread. X11 sources paint out what is hidden themselves (`x11/masks.py`); this
module does it for all others.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from samescreen.errors import SourceUnavailable
from samescreen.media import Frame, Pixels, Region

from .base import Source
from .hiding import Hidden, outside, paint_out

_COPIED: Final = ("label", "backend", "notes", "waiting", "sound")


def hiding(source: Source, hidden: Hidden, name: str) -> Source:
    """The source, not opened yet, so that its pictures never show what is hidden.

    Raises:
        SourceUnavailable: it cannot hide this, and was disposed of. The message calls it `name`.
    """
    try:
        left = source.hide(hidden) if hidden else hidden
    except SourceUnavailable:
        source.dispose()
        raise
    if left.windows:
        source.dispose()
        raise SourceUnavailable(
            f"--hide-window cannot hide anything in {name}: only X11 screens, regions and windows "
            "are able to follow windows; leave --hide-window out, or use --hide-region X,Y,W,H"
        )
    return MaskedSource(source, left.regions) if left.regions else source


class MaskedSource(Source):
    """The pictures of `inner` with these regions painted out. Pictures are always decoded."""

    def __init__(self, inner: Source, regions: tuple[Region, ...]) -> None:
        # Without the base's own waker: `inner` waits.
        self.inner = inner
        self.may_change_threads = inner.may_change_threads
        self.shows_session = inner.shows_session
        self._regions = regions
        self._shown: Pixels | None = None
        self._mirror()

    def open(self) -> None:
        self._shown = None
        self.inner.open()
        self._mirror()

    def hand_over(self) -> None:
        self.inner.hand_over()

    def take_over(self) -> None:
        self._shown = None
        self.inner.take_over()
        self._mirror()

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        try:
            frame = self.inner.grab(deadline_us)
        finally:
            self._mirror()
        # A picture that was not decoded cannot be painted on, so it is not shown.
        return None if frame is None or frame.decoded is None else self._masked(frame)

    def rest(self) -> None:
        self.inner.rest()
        self._mirror()

    def wake(self) -> None:
        self.inner.wake()

    def close(self) -> None:
        self._shown = None
        self.inner.close()

    def dispose(self) -> None:
        self._shown = None
        self.inner.dispose()

    def _masked(self, frame: Frame) -> Frame | None:
        """A copy of the frame. The source compares its own pictures, so they stay as they are."""
        taken, bounds = frame.pixels, frame.bounds
        x, y = self.inner.corner
        masks = tuple(region.moved(-x, -y) for region in self._regions)
        if self._shown is None or self._shown.shape != taken.shape:
            shown, damage = np.array(taken), frame.damage
        else:
            shown, damage = self._shown, outside(frame.damage, masks, bounds)
            for part in damage.within(bounds):
                rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
                shown[rows, columns] = taken[rows, columns]
        paint_out(shown, masks)
        self._shown = shown
        return Frame(shown, frame.pts_us, damage) if damage else None

    def _mirror(self) -> None:
        for name in _COPIED:
            if hasattr(self.inner, name):
                setattr(self, name, getattr(self.inner, name))
