"""A monitor of an X server as a source of pictures.

Runs on the track's thread. Nothing is polled: the server reports damage, and only rows that
changed are read. Two canvases take turns, so that the picture before stays to be compared with;
what one misses while the other is written is kept as spans of stale rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from samescreen.capture.base import Source, clock_us
from samescreen.capture.damage import changed_regions
from samescreen.errors import CaptureError, SourceUnavailable
from samescreen.media import Frame, Region

from .canvas import Canvas, CopiedCanvas, Rows, SharedCanvas
from .display import Changes, Display, Monitor
from .pointer import CursorImage, draw_cursor, fetch_cursor

_JOIN_ROWS: Final = 48
"""Spans closer than this are read together: one request costs about as much as these rows."""


class X11Screen(Source):
    """Monitor `number` of an X display (None: the primary one, in most set-ups the only one)."""

    def __init__(self, number: int | None = None, display: str | None = None) -> None:
        super().__init__()
        self._number = number
        self._display_name = display
        self._display: Display | None = None
        self._canvases: list[Canvas] = []  # [newest, the one to write next]
        self._cursor: CursorImage | None = None
        self._is_fresh = True
        self._pending = Changes()  # reported while nobody watched

    def open(self) -> None:
        self.close()
        self._display = Display(self._display_name)
        try:
            self._display.subscribe()
            self._frame_monitor()
        except CaptureError:
            self.close()
            raise

    def rest(self) -> None:
        """Take the reports: the server would keep them for us, motion by motion."""
        self._pending |= self._opened().changes()

    def grab(self, deadline_us: int) -> Frame | None:
        display = self._opened()
        changes, self._pending = self._pending | display.changes(), Changes()
        while not (changes or self._is_fresh):
            timeout_us = deadline_us - clock_us()
            if timeout_us <= 0 or self._waker.wait(timeout_us, display.fd):
                return None
            changes = display.changes()
        return self._grab(display, changes)

    def close(self) -> None:
        for canvas in self._canvases:
            canvas.close()
        self._canvases = []
        self._cursor = None
        if self._display is not None:
            self._display.close()
            self._display = None

    def _opened(self) -> Display:
        assert self._display is not None, "open first"
        return self._display

    def _grab(self, display: Display, changes: Changes) -> Frame | None:
        if changes.layout_changed:
            self._frame_monitor()
        if changes.cursor_changed or self._cursor is None:
            self._cursor = fetch_cursor(display)
        newest, target = self._canvases
        x, y = newest.region.x, newest.region.y
        damage = [region.moved(-x, -y) for region in display.take_damage()]
        pointer_x, pointer_y = display.pointer_position()
        now_us = clock_us()
        damaged_rows = [_rows(region, newest.region.height) for region in damage]
        read = self._refresh(target, damaged_rows)
        target.cursor = draw_cursor(target.pixels, self._cursor, pointer_x - x, pointer_y - y)
        newest.stale = _joined([*newest.stale, *damaged_rows])
        if self._is_fresh:
            self._is_fresh = False
            found: tuple[Region, ...] = (target.region.moved(-x, -y),)
        else:
            # Whole rows: what changed beside the damage after it was taken is in the picture too.
            width = target.region.width
            rows = (Region(0, top, width, bottom - top) for top, bottom in read)
            hints = (*rows, newest.cursor, target.cursor)
            found = changed_regions(newest.pixels, target.pixels, hints)
        if not found:
            return None
        self._canvases = [target, newest]
        return Frame(target.pixels, now_us, found)

    def _refresh(self, canvas: Canvas, damaged: Iterable[Rows]) -> list[Rows]:
        """Read what the canvas lacks: old stale rows, new damage, what its cursor hid."""
        height = canvas.region.height
        spans = _joined([*canvas.stale, *damaged, _rows(canvas.cursor, height)])
        for rows in spans:
            canvas.read(rows)
        canvas.stale = []
        return spans

    def _frame_monitor(self) -> None:
        """(Re)make the canvases for the monitor as it is now."""
        display = self._opened()
        monitor = self._find(display.monitors())
        self.label = f"screen {monitor.number} {monitor.region.width}×{monitor.region.height}"
        if self._canvases and self._canvases[0].region == monitor.region:
            return
        for canvas in self._canvases:
            canvas.close()
        self._canvases = []
        self.backend, self.notes, make = self._choose_canvas(display)
        self._canvases = [make(display, monitor.region) for _ in range(2)]
        self._is_fresh = True

    def _find(self, monitors: list[Monitor]) -> Monitor:
        number = self._number or 1
        for monitor in monitors:
            if monitor.number == number:
                return monitor
        raise SourceUnavailable(
            f"there is no screen {number}: this display has {len(monitors)}; "
            "`samescreen sources` lists them"
        )

    def _choose_canvas(
        self, display: Display
    ) -> tuple[str, tuple[str, ...], Callable[[Display, Region], Canvas]]:
        slower = "the screen is read through a socket, which is slower: "
        if not display.has("MIT-SHM"):
            why = slower + "the X server has no MIT-SHM"
            return "X11 (XDamage, no shared memory)", (why,), CopiedCanvas
        try:
            SharedCanvas(display, Region(0, 0, 1, 1)).close()
        except CaptureError as error:
            return "X11 (XDamage, no shared memory)", (slower + str(error),), CopiedCanvas
        return "X11 (XDamage, MIT-SHM)", (), SharedCanvas


def _rows(region: Region, height: int) -> Rows:
    """The rows of a canvas of `height` that a region touches; (n, n) when none."""
    top, bottom = max(0, region.y), min(height, region.bottom)
    return (top, bottom) if region and top < bottom else (0, 0)


def _joined(spans: Iterable[Rows]) -> list[Rows]:
    """The same rows in as few spans as worthwhile, top to bottom."""
    joined: list[Rows] = []
    for top, bottom in sorted(span for span in spans if span[0] < span[1]):
        if joined and top <= joined[-1][1] + _JOIN_ROWS:
            joined[-1] = (joined[-1][0], max(bottom, joined[-1][1]))
        else:
            joined.append((top, bottom))
    return joined
