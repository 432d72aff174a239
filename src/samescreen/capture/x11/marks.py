"""What people draw over the pictures, on the desktop itself, for whoever sits there.

Runs on a thread of its own, with its own connection. The window is cut to the lines, so it needs no
compositor, and nobody can click on it: clicks reach the windows below. X has no way to leave a
window out of what is read of the screen, so the marks are in the pictures too, and pages do not
draw them again (docs/decisions/0045).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Set
from typing import Any, Final

import numpy as np
import xcffib.shape
import xcffib.xproto as x

from samescreen.capture.desktop_ink import FRAME_US, DesktopInk, Drawer, Growth, Line, Point
from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.media import Region, hull
from samescreen.waker import Waker

from .click_through import MARKS, ClickThrough
from .display import Display, lost_on_error
from .mark_fonts import Label, MarkFonts

_log: Final = logging.getLogger(__name__)
_errors: Final = RecurringErrors(_log)
_WHITE: Final = 0xFFFFFF
_EDGE: Final = 1.7
"""A pale edge keeps a line visible on its own colour: it is so many times as wide."""
_DOT: Final = 3.8
"""How large the dot of a pointer is, in widths of its line."""
_LONG_US: Final = 3_600_000_000
_REST: Final = 3
"""The thread rests so many times as long as the server needed to draw, so that it takes at most a
quarter of it."""
_LONGEST_REST_US: Final = 250_000
_REOPEN_US: Final = 1_000_000
_CLOSE_S: Final = 0.5
_LEAST: Final = -(2**15)
_MOST: Final = 2**15 - 1


class Marks:
    """The marks on the X server `name` (None: $DISPLAY). Any thread; nothing here waits.

    Raises:
        CaptureError: the server cannot be reached, or cannot cut windows.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._window: _MarksWindow | None = _MarksWindow(Display(name))
        self._ink = DesktopInk()
        self._lock = threading.Lock()
        self._waker = Waker()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="marks", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether marks are shown, or will be once the server is there again."""
        return self._thread.is_alive()

    def add(self, growth: Growth) -> None:
        """A stroke grows."""
        with self._lock:
            self._ink.add(growth, clock_us())
        self._waker.wake()

    def replace(
        self, stream: str, people: Mapping[int, Drawer], kept: Set[tuple[int, int]]
    ) -> None:
        """Only these people draw over that picture, and only these strokes of the pen stay."""
        with self._lock:
            self._ink.replace(stream, people, kept)
        self._waker.wake()

    def close(self) -> None:
        """Take the marks away."""
        self._is_closed = True
        self._waker.wake()
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        next_us = 0
        try:
            while not self._is_closed:
                self._waker.wait(max(0, next_us - clock_us()))
                if clock_us() >= next_us and not self._is_closed:
                    next_us = self._step_or_reopen()
        except Exception as error:  # the thread's outermost edge
            _errors.log("the marks on the desktop", error)
        finally:
            if self._window is not None:
                self._window.close()
            self._waker.close()

    def _step_or_reopen(self) -> int:
        """One step, or a try to reach a server that is gone. When to call again at the soonest."""
        try:
            if self._window is None:
                self._window = _MarksWindow(Display(self._name))
            return self._step(self._window)
        except CaptureError as error:
            if self._window is not None:
                _log.info("no marks on the desktop for now: %s", error)
                self._window.close()
                self._window = None
            return clock_us() + _REOPEN_US

    def _step(self, window: _MarksWindow) -> int:
        """Draw what has changed, and wait for something to do. When to draw again at the soonest.

        Raises:
            SourceLost: the server is gone.
        """
        began_us = clock_us()
        with self._lock:
            lines = self._ink.shown(began_us)
            due_us = self._ink.due_us(began_us)
        dues = [began_us + _LONG_US, due_us, window.follow(lines)]
        rest_us = (clock_us() - began_us) * _REST
        wait_us = min(due for due in dues if due is not None) - clock_us()
        if wait_us > 0:
            self._waker.wait(wait_us, window.fd)
        return began_us + min(max(rest_us, FRAME_US), _LONGEST_REST_US)


class _MarksWindow:
    """The window of the marks. Only one thread may use it."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._core: Any = display.connection.core
        self._shown: tuple[Line, ...] = ()
        self._bounds = Region(0, 0, 0, 0)
        self._placed: Region | None = None
        """Where the window is; None: it is not shown."""

        new = display.connection.generate_id
        self._canvas, self._paper, self._bits, self._pen, self._knife = (new() for _ in range(5))
        try:
            with lost_on_error("asked for a window"):
                self._window = ClickThrough(display, MARKS, x.CW.BackPixmap, [0])
                if not self._window.has_shape:
                    raise SourceUnavailable(
                        "--show-marks needs the X server's extension SHAPE; leave it out"
                    )
                self._core.CreatePixmap(1, self._bits, display.root, 1, 1)
                for gc, drawable in ((self._pen, self._window.xid), (self._knife, self._bits)):
                    styles = [x.CapStyle.Round, x.JoinStyle.Round, 0]
                    kinds = x.GC.CapStyle | x.GC.JoinStyle | x.GC.GraphicsExposures
                    self._core.CreateGCChecked(gc, drawable, kinds, styles).check()
                self._fonts = MarkFonts(display)
        except (SourceLost, SourceUnavailable):
            display.close()
            raise

    @property
    def fd(self) -> int:
        return self._display.fd

    def follow(self, lines: tuple[Line, ...]) -> int | None:
        """Show these lines, answer the server, and wait until it has drawn.

        Returns when to call again, because another window covers them; None: none does.

        Raises:
            SourceLost: the server is gone.
        """
        with lost_on_error("showed marks"):
            is_stale = self._window.look(clock_us())
            while lines != self._shown or is_stale:
                if lines != self._shown:
                    self._show(lines)
                self._copy()
                self._wait_for_server()
                is_stale = self._window.look(clock_us())  # the server reported meanwhile
            self._display.connection.flush()
            return self._window.due_us

    def close(self) -> None:
        self._display.close()

    def _wait_for_server(self) -> None:
        self._core.GetInputFocus().reply()

    def _show(self, lines: tuple[Line, ...]) -> None:
        self._shown = lines
        if self._bounds:
            self._core.FreePixmap(self._canvas)
        desktop = self._display.desktop()
        labels = [self._label(each) for each in lines]
        boxes = [_box(*each) for each in zip(lines, labels, strict=True)]
        self._bounds = hull([each for box in boxes if (each := box.intersection(desktop))])
        if not self._bounds:
            self._window.hide()
            self._placed = None
            return
        self._draw(lines, labels)
        self._cut(lines, labels)
        if desktop != self._placed:
            self._placed = desktop
            self._window.put(0, 0, desktop.width, desktop.height)
            self._window.show()
        self._wait_for_server()
        self._window.look(clock_us())  # what the new shape exposes is drawn in any case

    def _cut(self, lines: tuple[Line, ...], labels: list[Label | None]) -> None:
        """Cut the window to the lines."""
        paper, bounds, kinds = self._paper, self._bounds, xcffib.shape
        self._core.CreatePixmap(1, paper, self._bits, bounds.width, bounds.height)
        self._core.ChangeGC(self._knife, x.GC.Foreground, [0])
        whole = x.RECTANGLE.synthetic(0, 0, bounds.width, bounds.height)
        self._core.PolyFillRectangle(paper, self._knife, 1, [whole])
        self._core.ChangeGC(self._knife, x.GC.Foreground, [1])
        for line, label in zip(lines, labels, strict=True):
            self._stroke(paper, self._knife, line, _EDGE)
            if label is not None:
                self._core.PolyFillRectangle(paper, self._knife, 1, [self._rectangle(label.box)])
        place = self._window.xid, bounds.x, bounds.y
        self._window.shape.Mask(kinds.SO.Set, kinds.SK.Bounding, *place, paper)
        self._core.FreePixmap(paper)

    def _draw(self, lines: tuple[Line, ...], labels: list[Label | None]) -> None:
        """Draw the lines on a canvas, and not on the window: the server would look up each dot of
        each line in the window's shape, which takes seconds for many lines."""
        canvas, root = self._canvas, self._display.root
        depth = self._display.screen.root_depth
        self._core.CreatePixmap(depth, canvas, root, self._bounds.width, self._bounds.height)
        for line in lines:
            for colour, times in ((_WHITE, _EDGE), (line.colour, 1.0)):
                self._core.ChangeGC(self._pen, x.GC.Foreground, [self._pixel(colour)])
                self._stroke(canvas, self._pen, line, times)
        for line, label in zip(lines, labels, strict=True):
            if label is not None:
                back, front = self._pixel(line.colour), self._pixel(_WHITE)
                self._core.ChangeGC(self._pen, x.GC.Foreground, [back])
                self._core.PolyFillRectangle(canvas, self._pen, 1, [self._rectangle(label.box)])
                args = x.GC.Foreground | x.GC.Background | x.GC.Font, [front, back, label.font]
                self._core.ChangeGC(self._pen, *args)
                at = self._inside(label.baseline)
                self._core.ImageText16(len(label.text), canvas, self._pen, *at, label.glyphs)

    def _copy(self) -> None:
        """Copy the canvas to the window."""
        bounds = self._bounds
        if bounds:
            places = 0, 0, bounds.x, bounds.y, bounds.width, bounds.height
            self._core.CopyArea(self._canvas, self._window.xid, self._pen, *places)

    def _stroke(self, drawable: int, gc: int, line: Line, times: float) -> None:
        """Draw one line, so many times as wide, on a drawable that covers the bounds."""
        width = max(1, round(line.width_px * times))
        dot = round(line.width_px * _DOT * (1 + (times - 1) / 2)) if line.has_dot else width
        count = len(line.points)
        if count > 1:
            self._core.ChangeGC(gc, x.GC.LineWidth, [width])
            places = np.array(line.points) - (self._bounds.x, self._bounds.y)
            packed = np.clip(places, _LEAST, _MOST).astype(np.int16).tobytes()
            self._core.PolyLine(x.CoordMode.Origin, drawable, gc, count, [packed])
        right, bottom = line.points[-1]
        left, top = self._inside((right - dot // 2, bottom - dot // 2))
        arc = x.ARC.synthetic(left, top, dot, dot, 0, 360 * 64)
        self._core.PolyFillArc(drawable, gc, 1, [arc])

    def _inside(self, point: Point) -> Point:
        """Where a place of the desktop is on a drawable that covers the bounds."""
        return _fit(point[0] - self._bounds.x), _fit(point[1] - self._bounds.y)

    def _rectangle(self, box: Region) -> Any:
        return x.RECTANGLE.synthetic(*self._inside((box.x, box.y)), box.width, box.height)

    def _label(self, line: Line) -> Label | None:
        return self._fonts.label(line.label, line.points[-1], line.width_px)

    def _pixel(self, colour: int) -> int:
        return self._display.root_format.pixel(colour)


def _fit(at: int) -> int:
    """As much of a coordinate as the protocol has bits for."""
    return min(max(at, _LEAST), _MOST)


def _box(line: Line, label: Label | None) -> Region:
    """A box around all that is drawn of a line."""
    more = round(line.width_px * _DOT * 2)
    lefts, tops = zip(*line.points, strict=True)
    left, top = min(lefts) - more, min(tops) - more
    size = max(lefts) - left + more, max(tops) - top + more
    box = Region(left, top, *size)
    return box if label is None else hull([box, label.box])
