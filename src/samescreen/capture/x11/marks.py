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

import xcffib.shape
import xcffib.xproto as x

from samescreen.capture.desktop_ink import FRAME_US, DesktopInk, Growth, Line, Point, Who
from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
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
_CLOSE_S: Final = 0.5


class Marks:
    """The marks on the X server `name` (None: $DISPLAY). Any thread; nothing here waits.

    Raises:
        CaptureError: the server cannot be reached, or cannot cut windows.
    """

    def __init__(self, name: str | None = None) -> None:
        self._window = _MarksWindow(Display(name))
        self._ink = DesktopInk()
        self._lock = threading.Lock()
        self._waker = Waker()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="marks", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def add(self, growth: Growth) -> None:
        """A stroke grows."""
        with self._lock:
            self._ink.add(growth, clock_us())
        self._waker.wake()

    def replace(
        self, stream: str, people: Mapping[int, Who], kept: Set[tuple[int, int]]
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
                    next_us = self._step()
        except SourceLost as error:  # the desktop has ended, and the marks with it
            _log.info("no marks on the desktop any more: %s", error)
        except Exception as error:  # the thread's outermost edge
            _errors.log("the marks on the desktop", error)
        finally:
            self._window.close()
            self._waker.close()

    def _step(self) -> int:
        """Draw what has changed, and wait for something to do. When to draw again at the soonest.

        Raises:
            SourceLost: the server is gone.
        """
        began_us = clock_us()
        with self._lock:
            lines = self._ink.shown(began_us)
            due_us = self._ink.due_us(began_us)
        dues = [began_us + _LONG_US, due_us, self._window.follow(lines)]
        rest_us = (clock_us() - began_us) * _REST
        wait_us = min(due for due in dues if due is not None) - clock_us()
        if wait_us > 0:
            self._waker.wait(wait_us, self._window.fd)
        return began_us + min(max(rest_us, FRAME_US), _LONGEST_REST_US)


class _MarksWindow:
    """The window of the marks. Only one thread may use it."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._core: Any = display.connection.core
        self._shown: tuple[Line, ...] = ()
        new = display.connection.generate_id
        self._paper, self._bits, self._pen, self._knife = (new() for _ in range(4))
        try:
            with lost_on_error("asked for a window"):
                self._window = ClickThrough(display, MARKS, x.CW.BackPixmap, [0])
                if not self._window.has_shape:
                    raise SourceUnavailable(
                        "--show-marks needs the X server's extension SHAPE; leave it out"
                    )
                self._core.CreatePixmap(1, self._bits, display.root, 1, 1)
                for gc, drawable in ((self._pen, self._window.xid), (self._knife, self._bits)):
                    styles = [x.CapStyle.Round, x.JoinStyle.Round]
                    kinds = x.GC.CapStyle | x.GC.JoinStyle
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
                labels = [self._label(each) for each in lines]
                if lines != self._shown:
                    self._show(lines, labels)
                self._draw(self._window.xid, lines, labels)
                self._wait_for_server()
                is_stale = self._window.look(clock_us())  # the server reported meanwhile
            self._display.connection.flush()
            return self._window.due_us

    def close(self) -> None:
        self._display.close()

    def _wait_for_server(self) -> None:
        self._core.GetInputFocus().reply()

    def _show(self, lines: tuple[Line, ...], labels: list[Label | None]) -> None:
        was_shown, self._shown = bool(self._shown), lines
        if not lines:
            self._window.hide()
            return
        desktop = self._display.desktop()
        boxes = [_box(*each) for each in zip(lines, labels, strict=True)]
        bounds = hull([each for box in boxes if (each := box.intersection(desktop))])
        if not was_shown:
            self._window.put(0, 0, desktop.width, desktop.height)
        self._cut(lines, labels, bounds)
        if not was_shown:
            self._window.show()
        self._wait_for_server()
        self._window.look(clock_us())  # what the new shape exposes is drawn in any case

    def _cut(self, lines: tuple[Line, ...], labels: list[Label | None], bounds: Region) -> None:
        """Cut the window to the lines, which lie within these bounds."""
        kinds = xcffib.shape
        if not bounds:
            self._window.shape.Rectangles(
                kinds.SO.Set, kinds.SK.Bounding, 0, self._window.xid, 0, 0, 0, []
            )
            return
        paper, left, top = self._paper, bounds.x, bounds.y
        self._core.CreatePixmap(1, paper, self._bits, bounds.width, bounds.height)
        self._core.ChangeGC(self._knife, x.GC.Foreground, [0])
        whole = x.RECTANGLE.synthetic(0, 0, bounds.width, bounds.height)
        self._core.PolyFillRectangle(paper, self._knife, 1, [whole])
        self._core.ChangeGC(self._knife, x.GC.Foreground, [1])
        for line, label in zip(lines, labels, strict=True):
            self._stroke(paper, self._knife, line, _EDGE, (left, top))
            if label is not None:
                box = label.box.moved(-left, -top)
                self._core.PolyFillRectangle(paper, self._knife, 1, [_rectangle(box)])
        self._window.shape.Mask(
            kinds.SO.Set, kinds.SK.Bounding, self._window.xid, left, top, paper
        )
        self._core.FreePixmap(paper)

    def _draw(
        self, drawable: int, lines: tuple[Line, ...], labels: list[Label | None]
    ) -> None:
        for line in lines:
            for colour, times in ((_WHITE, _EDGE), (line.colour, 1.0)):
                self._core.ChangeGC(self._pen, x.GC.Foreground, [self._pixel(colour)])
                self._stroke(drawable, self._pen, line, times)
        for line, label in zip(lines, labels, strict=True):
            if label is not None:
                back, front = self._pixel(line.colour), self._pixel(_WHITE)
                self._core.ChangeGC(self._pen, x.GC.Foreground, [back])
                self._core.PolyFillRectangle(drawable, self._pen, 1, [_rectangle(label.box)])
                args = x.GC.Foreground | x.GC.Background | x.GC.Font, [front, back, label.font]
                self._core.ChangeGC(self._pen, *args)
                at = label.baseline
                self._core.ImageText16(len(label.text), drawable, self._pen, *at, label.glyphs)

    def _stroke(
        self, drawable: int, gc: int, line: Line, times: float, origin: Point = (0, 0)
    ) -> None:
        """Draw one line, so many times as wide, on a drawable whose corner is at `origin`."""
        points = [_moved(each, origin) for each in line.points]
        width = max(1, round(line.width_px * times))
        dot = round(line.width_px * _DOT * (1 + (times - 1) / 2)) if line.has_dot else width
        if len(points) > 1:
            self._core.ChangeGC(gc, x.GC.LineWidth, [width])
            packed = [x.POINT.synthetic(*each).pack() for each in points]
            self._core.PolyLine(x.CoordMode.Origin, drawable, gc, len(packed), packed)
        left, top = points[-1][0] - dot // 2, points[-1][1] - dot // 2
        arc = x.ARC.synthetic(*_moved((left, top), (0, 0)), dot, dot, 0, 360 * 64)
        self._core.PolyFillArc(drawable, gc, 1, [arc])

    def _label(self, line: Line) -> Label | None:
        return self._fonts.label(line.label, line.points[-1], line.width_px)

    def _pixel(self, colour: int) -> int:
        return self._display.root_format.pixel(colour)


def _moved(point: Point, origin: Point) -> Point:
    """A place on a drawable whose corner is at `origin`; the protocol has 16 bits for it."""
    return tuple(  # type: ignore[return-value]
        min(max(at - start, -(2**15)), 2**15 - 1) for at, start in zip(point, origin, strict=True)
    )


def _rectangle(box: Region) -> Any:
    return x.RECTANGLE.synthetic(box.x, box.y, box.width, box.height)


def _box(line: Line, label: Label | None) -> Region:
    """A box around all that is drawn of a line."""
    more = round(line.width_px * _DOT * 2)
    lefts, tops = zip(*line.points, strict=True)
    left, top = min(lefts) - more, min(tops) - more
    size = max(lefts) - left + more, max(tops) - top + more
    box = Region(left, top, *size)
    return box if label is None else hull([box, label.box])
