"""What an X11 source paints out of its canvases: fixed regions, and windows wherever they are.

Runs on the track's thread. A canvas notes in `masked` where it was painted out, so that the rows
below are read again once they are to be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from samescreen.capture.hiding import Hidden, is_within, paint_out
from samescreen.media import Region

from .canvas import Canvas, Rows
from .hidden_windows import HiddenWindows
from .sign import SIGN
from .trail import NEVER_US, Hole

Place = Callable[[Iterable[Hole], Iterable[Region]], Sequence[Region]]
"""From holes and fixed regions to regions of the picture."""


class Masks:
    """The masks of one opening of a source. `place` says where in the picture something lies.

    Raises:
        CaptureError: the server cannot be asked for its windows.
    """

    def __init__(self, display_name: str | None, hidden: Hidden, place: Place) -> None:
        specs = (*hidden.windows, *((SIGN,) if hidden.sign else ()))
        self._windows = HiddenWindows(display_name, specs) if specs else None
        self._regions = hidden.regions
        self._place = place
        self._known: tuple[Region, ...] = ()
        self.waits_for = tuple(
            spec for spec in (self._windows.missing if self._windows else ()) if spec != SIGN
        )

    @property
    def fds(self) -> tuple[int, ...]:
        """Readable when a hidden window may have changed."""
        return (self._windows.fd,) if self._windows else ()

    @property
    def due_us(self) -> int:
        """When the masks change, if nothing happens before."""
        return self._windows.due_us if self._windows else NEVER_US

    def follow(self, now_us: int) -> bool:
        """Read the reports. Whether other places must be painted out than in the last picture.

        Raises:
            SourceLost: the server is gone.
        """
        return self._windows is not None and self._windows.follow(now_us)

    def begin(self, target: Canvas, now_us: int) -> tuple[Region, ...]:
        """Before a canvas is read: the regions of it that are painted out no more.

        Raises:
            SourceLost: the server is gone.
        """
        holes = self._windows.before(now_us) if self._windows else ()
        self._known = tuple(self._place(holes, self._regions))
        return tuple(region for region in target.masked if region not in self._known)

    def visible(self, damage: Iterable[Region]) -> list[Region]:
        """The damage, without the regions that the masks known at `begin` cover."""
        return [each for each in damage if not is_within(each, self._known)]

    def finish(self, target: Canvas, read: Iterable[Rows], now_us: int) -> None:
        """After these rows of a canvas were read, and it was drawn on: paint it out.

        Raises:
            SourceLost: the server is gone. The canvas must not be shown.
        """
        holes = self._windows.after(now_us) if self._windows else ()
        found = (*self._known, *self._place(holes, self._regions))
        before, target.masked = target.masked, tuple(dict.fromkeys(filter(None, found)))
        width = target.region.width
        rows = (Region(0, top, width, bottom - top) for top, bottom in read)
        written = (*rows, *target.drawn)
        for region in target.masked:
            # A mask that was there before is whole, but for what was written since.
            parts = map(region.intersection, written) if region in before else (region,)
            paint_out(target.pixels, parts)

    def close(self) -> None:
        if self._windows is not None:
            self._windows.close()
            self._windows = None
