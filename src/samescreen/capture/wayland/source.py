"""The base of Wayland sources: waits for the compositor's pictures, compares them, gives them away.

Runs on the track's thread. While a picture is encoded, the next one is asked for already. It comes
when something changes, so a screen at rest costs nothing. The compositor draws the cursor. What the
host hides is painted out in the memory that the compositor wrote, before anything else reads it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from samescreen.capture.base import Source
from samescreen.capture.damage import changed_regions
from samescreen.capture.hiding import Hidden, paint_out
from samescreen.capture.upright import turned
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import ROOM_SOCKET, Damage, Frame, OnDesktop, Pixels, Region
from samescreen.wayland.desktop import CLIPBOARDS, Desktop, Output

from .capture import Capture, Taken
from .pixel_format import to_bgrx
from .protocols import capture_of

FIRST_US: Final = 1_000_000
"""How long `open` waits for the first picture."""
_ANSWER_US: Final = 250_000
"""A compositor answers within a refresh of its output; a busy one may need several."""
STALE_US: Final = 50_000
"""A picture that was asked for longer ago than this may show an old state: a newer one is asked
for, and awaited for `_ANSWER_US` at most."""
_MOST_FAILURES: Final = 3
_NO_PICTURE: Final = "connected, but no picture yet: the screen may be off or locked"


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: `part` of the output, in the desktop's units; None: all of it."""

    output: Output
    part: Region | None = None


class WaylandSource(Source):
    """A part of what the session's compositor shows."""

    may_change_threads = True
    takes_input = True
    shows_session = True

    def __init__(self) -> None:
        super().__init__()
        self._desktop: Desktop | None = None
        self._capture: Capture | None = None
        self._view: View | None = None
        self._ready: Taken | None = None
        self._newest: Taken | None = None
        self._shown: Pixels | None = None
        self._asked_us = 0
        self._hidden: tuple[Region, ...] = ()

    @abstractmethod
    def _look(self, desktop: Desktop) -> View:
        """Find what to show, and set `label`.

        Raises:
            CaptureError: there is no such thing now.
        """

    def hide(self, hidden: Hidden) -> Hidden:
        if hidden.sign:
            raise SourceUnavailable("--sign works on X11 desktops only; leave it out")
        self._hidden = hidden.regions
        # A viewer must not act on what they cannot see.
        self.takes_input = not hidden
        return replace(hidden, regions=())

    def open(self) -> None:
        self.close()
        try:
            self._desktop = Desktop()
            self.has_clipboard = self._desktop.offered(*CLIPBOARDS) is not None
            self._view = self._look(self._desktop)
            self._capture = capture_of(self._desktop, self._view.output)
            self.backend = f"Wayland ({self._capture.name})"
            self._ask(is_urgent=True)
            has_one = self._desktop.connection.wait_for(self._has_one, FIRST_US)
            self.waiting = "" if has_one else _NO_PICTURE
        except CaptureError:
            self.close()
            raise

    def rest(self) -> None:
        """Take what was asked for, and ask for no more."""
        desktop, capture = self._opened()
        self._update(desktop, capture)
        was_asked = capture.is_asked
        capture.rest()
        if was_asked and not capture.is_asked:
            # The compositor may just have answered, and would not give that change again.
            self._asked_us = 0

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        desktop, capture = self._opened()
        self._update(desktop, capture)
        if clock_us() - self._asked_us > STALE_US and not capture.is_asked:
            # What was taken is old, or nothing was asked for: nobody watched, or the encoder was
            # busy. The track would show the old picture if it got none, so this waits even if
            # the deadline is over or somebody wakes it.
            self._ask(is_urgent=True)
            desktop.connection.wait_for(lambda: not capture.is_asked, _ANSWER_US)
            self._update(desktop, capture)
        while True:
            if self._ready is not None:
                frame = self._show(self._ready)
                if not capture.is_asked:
                    self._ask(is_urgent=False)
                if frame is not None:
                    return frame
            elif not capture.is_asked:
                self._ask(is_urgent=self._newest is None)
            left_us = deadline_us - clock_us()
            if left_us <= 0 or self._waker.wait(left_us, desktop.connection.fd):
                return None
            self._update(desktop, capture)

    def close(self) -> None:
        self._view = self._ready = self._newest = self._shown = self.place = None
        if self._capture is not None:
            self._capture.close()
            self._capture = None
        if self._desktop is not None:
            self._desktop.close()
            self._desktop = None

    def _opened(self) -> tuple[Desktop, Capture]:
        assert self._desktop is not None, "open first"
        assert self._capture is not None, "open first"
        return self._desktop, self._capture

    def _has_one(self) -> bool:
        _, capture = self._opened()
        self._receive(capture)
        return self._ready is not None

    def _ask(self, *, is_urgent: bool) -> None:
        _, capture = self._opened()
        kept = [each.buffer for each in (self._newest, self._ready) if each is not None]
        self._asked_us = clock_us()
        capture.ask(*kept, is_urgent=is_urgent)

    def _update(self, desktop: Desktop, capture: Capture) -> None:
        """Take all that the compositor has said.

        Raises:
            CaptureError: the compositor or the output is gone, or gives no more pictures.
        """
        desktop.connection.dispatch()
        if self._view is not None and desktop.is_gone(self._view.output):
            raise SourceLost(f"{self.label} was unplugged or turned off")
        if desktop.has_news():
            self._look_again(desktop, capture)
        self._receive(capture)

    def _look_again(self, desktop: Desktop, capture: Capture) -> None:
        """The outputs have changed: the next picture is a whole one."""
        before, self._view = self._view, self._look(desktop)
        output = self._view.output
        if before is not None and before.output.object_id != output.object_id:
            raise SourceLost(f"{self.label} is on another screen now")
        self._shown = None
        if capture.turn(output):
            self._ready = None
            self._ask(is_urgent=True)

    def _receive(self, capture: Capture) -> None:
        """Take the picture that has arrived, in place of one that is ready."""
        taken = capture.take()
        if taken is not None:
            self._ready = taken if self._ready is None else _joined(self._ready, taken)
            self.waiting = ""
        elif capture.failures and not capture.is_asked:
            if capture.failures >= _MOST_FAILURES:
                raise SourceLost(f"{self.label} gives no picture now; it may be off or locked")
            self._ask(is_urgent=True)

    def _show(self, taken: Taken) -> Frame | None:
        """The frame for a picture; None: it is the same as the one before."""
        before, self._newest, self._ready = self._shown, taken, None
        pixels = to_bgrx(taken.buffer.rows, taken.layout)
        if not taken.is_as_stored:
            pixels = turned(pixels[::-1] if taken.is_upside_down else pixels, taken.way)
        self._paint_out(pixels)
        part = self._cut(pixels)
        if part is not None:
            rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
            pixels = np.ascontiguousarray(pixels[rows, columns])
        self._shown = pixels
        self._lie(part, pixels)
        whole = Region(0, 0, pixels.shape[1], pixels.shape[0])
        if before is None or before.shape != pixels.shape:
            return Frame(pixels, taken.taken_us, Damage.of(whole))
        damage = changed_regions(before, pixels, self._hints(taken, part) or (whole,))
        return Frame(pixels, taken.taken_us, damage) if damage else None

    def _lie(self, part: Region | None, pixels: Pixels) -> None:
        """Note where the picture lies, for remote control."""
        if self._view is not None and self._desktop is not None:
            x, y = (part.x, part.y) if part is not None else (0, 0)
            region = Region(x, y, pixels.shape[1], pixels.shape[0])
            path = self._desktop.connection.path
            fits = part is None and path.with_name(ROOM_SOCKET).exists()
            self.place = OnDesktop(str(path), 0, region, self._view.output.name, fits)

    def _paint_out(self, pixels: Pixels) -> None:
        """Paint what the host hides, in the whole picture of the output."""
        if self._hidden and self._view is not None:
            output = self._view.output
            paint_out(pixels, [_in_pixels(each, output, pixels) for each in self._hidden])

    def _cut(self, pixels: Pixels) -> Region | None:
        """The part of the output's picture that is shared, in pixels; None: all of it."""
        view = self._view
        if view is None or view.part is None:
            return None
        part = _in_pixels(view.part, view.output, pixels)
        return part.intersection(Region(0, 0, pixels.shape[1], pixels.shape[0]))

    def _hints(self, taken: Taken, part: Region | None) -> tuple[Region, ...]:
        """Where the shown picture may differ from the one before; empty: anywhere."""
        if taken.damage is None or not taken.is_as_stored:
            return ()
        x, y = (part.x, part.y) if part is not None else (0, 0)
        return tuple(each.moved(-x, -y) for each in taken.damage)


def _in_pixels(region: Region, output: Output, pixels: Pixels) -> Region:
    """A region of the desktop in the pixels of an output's whole picture, grown to whole pixels."""
    height, width = pixels.shape[:2]
    across, down = output.region.width or width, output.region.height or height
    x, y = region.x - output.region.x, region.y - output.region.y
    left, top = x * width // across, y * height // down
    right = -(-(x + region.width) * width // across)
    bottom = -(-(y + region.height) * height // down)
    return Region(left, top, right - left, bottom - top)


def _joined(earlier: Taken, later: Taken) -> Taken:
    """The later picture, whose damage covers that of the earlier one, which was never shown."""
    if earlier.damage is None or later.damage is None or earlier.layout != later.layout:
        return replace(later, damage=None)
    return replace(later, damage=(*earlier.damage, *later.damage))
