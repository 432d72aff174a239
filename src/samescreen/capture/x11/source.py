"""The base of every X11 source: waits for reports, reads the rows that changed, draws the cursor.

Runs on the track's thread. The server reports damage. While the source draws the cursor, it also
polls the pointer's position at a low rate: the server reports no move by a program. Two canvases
alternate, so that each picture can be compared with the one before; rows that changed while the
other canvas was written are noted as stale. What is hidden is painted out last, over the cursor
too. Subclasses say where the pixels are and what is drawn over them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from samescreen.capture.base import Source
from samescreen.capture.cursor import CursorSeen, draw_cursor
from samescreen.capture.damage import TILE_PX, changed_regions
from samescreen.capture.hiding import Hidden, is_within
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost
from samescreen.media import Damage, Frame, OnDesktop, Region

from .canvas import Canvas, Rows, make_canvases
from .display import Changes, Display
from .masks import Masks
from .pixel_format import PixelFormat
from .pointer import follow_pointer
from .source_cursor import SourceCursor
from .trail import Hole

_JOIN_ROWS: Final = 48
"""Spans closer than this are read together: a request costs about as much as reading these rows."""
_STRIPE_PX: Final = 1 << 19
"""About so many pixels are read at a time while most of the picture changes."""
_MOST: Final = 0.5
"""Of a picture; when so much has changed, the next picture is read in stripes."""


@dataclass(frozen=True, slots=True)
class View:
    """Where the pixels are now: `region` of `drawable`.

    `x`, `y`: the picture's corner in the coordinates of the reports of damage and pointer.
    `form`: how the drawable stores its pixels.
    """

    drawable: int
    region: Region
    x: int
    y: int
    form: PixelFormat


class X11Source(Source):
    """A part of what the X server `display` (None: $DISPLAY) shows."""

    may_change_threads = True
    keeps_previous = True
    takes_input = True
    has_clipboard = True
    can_part_cursor = True

    def __init__(self, display: str | None = None) -> None:
        super().__init__()
        self._display_name = display
        self._display: Display | None = None
        self._view: View | None = None
        self._canvases: list[Canvas] = []  # [newest, the one to write next]
        self._cursor = SourceCursor()
        self._is_fresh = True
        self._is_moving = False  # most of the newest picture changed
        self._pending = Changes()  # reported while nobody watched
        self._hidden = Hidden()
        self._masks: Masks | None = None

    @abstractmethod
    def _subscribe(self, display: Display) -> None:
        """Ask the server for the reports that this source needs.

        Raises:
            CaptureError: as `open`.
        """

    @abstractmethod
    def _look(self, display: Display, *, remapped: bool) -> View:
        """Find the pixels, and set `label`. `remapped` is that of `Changes`.

        Raises:
            CaptureError: there are no pixels now; the message says why.
        """

    def hide(self, hidden: Hidden) -> Hidden:
        self._hidden = hidden
        # A viewer must not act on what they cannot see.
        self.takes_input = not hidden
        # A mask covers the cursor in a picture. Apart from it, its image could tell what a hidden
        # window does.
        self.can_part_cursor = not hidden
        return Hidden()

    def open(self) -> None:
        self.close()
        self._display = Display(self._display_name)
        try:
            self._subscribe(self._display)
            follow_pointer(self._display)
            self._frame(remapped=True)
            if self._hidden:
                self._masks = Masks(self._display_name, self._hidden, self._place)
                self.waits_for = self._masks.waits_for
        except CaptureError:
            self.close()
            raise

    def part_cursor(self, report: Callable[[CursorSeen], None] | None) -> None:
        display, was_apart = self._opened(), self._cursor.is_apart
        if report is None:
            self._cursor.join(display)
        else:
            self._cursor.part(display, lambda: self.place, report)
        if self._cursor.is_apart is not was_apart:
            self._pending |= Changes(pointer_moved=True)

    def rest(self) -> None:
        """Read the reports, which the server would otherwise queue for us, one for each motion."""
        display = self._opened()
        changes = display.changes()
        self._follow_siblings(display, changes)
        if self._masks is not None:
            self._masks.follow(clock_us())
        self._pending |= replace(changes, siblings=frozenset(), moved=frozenset())
        if self._pending.layout_changed:
            self._look(display, remapped=False)

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        display = self._opened()
        if self._cursor.is_broken:
            self.can_part_cursor = False
            self.part_cursor(None)
        try:
            changes, self._pending = self._pending | display.changes(), Changes()
            while not (changes or self._is_fresh or self._has_moved(display)):
                now_us = clock_us()
                due_us = self._cursor.due_us
                fds: tuple[int, ...] = (display.fd,)
                if self._masks is not None:
                    due_us, fds = min(due_us, self._masks.due_us), (*fds, *self._masks.fds)
                timeout_us = min(deadline_us, due_us) - now_us
                if deadline_us <= now_us or self._waker.wait(timeout_us, *fds):
                    return None
                changes = display.changes()
            return self._grab(display, changes)
        except SourceLost:
            self._look(display, remapped=False)  # raises the reason, if it finds one
            raise

    def close(self) -> None:
        for canvas in self._canvases:
            canvas.close()
        self._canvases = []
        self._cursor.forget()
        self._view = self.place = None
        if self._masks is not None:
            self._masks.close()
            self._masks = None
        if self._display is not None:
            self._display.close()
            self._display = None

    @property
    def _window_id(self) -> int:
        """The window that `View.x` and `View.y` count from; 0: the whole desktop."""
        return 0

    def _fits(self, display: Display) -> bool:
        """Whether the pixels take the size that a viewer asks for."""
        return False

    def _opened(self) -> Display:
        assert self._display is not None, "open first"
        return self._display

    def _has_moved(self, display: Display) -> bool:
        """Whether the pointer or a hidden window is elsewhere than in the last picture."""
        is_masked_elsewhere = self._masks is not None and self._masks.follow(clock_us())
        return is_masked_elsewhere or self._cursor.has_moved(display)

    def _grab(self, display: Display, changes: Changes) -> Frame | None:
        if changes.layout_changed:
            self._frame(remapped=changes.remapped)
        self._follow_siblings(display, changes)
        assert self._view is not None
        newest, target = self._canvases
        x, y = self._view.x, self._view.y
        shown = self._begin(target)
        damage = [region.moved(-x, -y) for region in display.take_damage()]
        pointer = self._look_for_cursor(display, changes)
        now_us = clock_us()
        read = self._refresh(target, (*shown, *self._visible(damage)))
        over = self._draw_over(target)
        target.drawn = (*over, *self._draw_cursor(target, pointer))
        if self._reads_in_stripes and self.part_ready is not None:
            for each in target.drawn:
                self.part_ready(target.pixels, each)
        if self._masks is not None:
            self._masks.finish(target, read, clock_us())
        height = newest.region.height
        missed = (_rows(each, height) for each in damage if not is_within(each, newest.masked))
        newest.stale = _joined([*newest.stale, *missed])
        found = self._compare(newest, target, read)
        whole = _whole(target)
        self._is_moving = sum(part.area for part in found.within(whole)) > _MOST * whole.area
        if not found:
            return None
        self._canvases = [target, newest]
        return Frame(target.pixels, now_us, found)

    def _begin(self, target: Canvas) -> tuple[Region, ...]:
        """Find what is hidden now. Returns the regions of the canvas that are hidden no more."""
        return self._masks.begin(target, clock_us()) if self._masks is not None else ()

    def _visible(self, damage: list[Region]) -> list[Region]:
        """The damage that can be seen: nothing under a mask is read."""
        return self._masks.visible(damage) if self._masks is not None else damage

    def _compare(self, newest: Canvas, target: Canvas, read: list[Rows]) -> Damage:
        """What differs between two pictures; everything, if there was none before."""
        if self._is_fresh:
            self._is_fresh = False
            return Damage.of(_whole(target))
        # Whole rows were read, so the picture may have changes beside the damage as well.
        width = target.region.width
        rows = (Region(0, top, width, bottom - top) for top, bottom in read)
        masks = set(newest.masked) ^ set(target.masked)
        hints = (*rows, *newest.drawn, *target.drawn, *masks)
        return changed_regions(newest.pixels, target.pixels, hints)

    def _place(self, holes: Iterable[Hole], regions: Iterable[Region]) -> list[Region]:
        """Where holes and hidden regions lie in the picture. Both are on the root window."""
        assert self._view is not None
        x, y = self._view.x, self._view.y
        return [each.moved(-x, -y) for each in (*(hole.region for hole in holes), *regions)]

    def _follow_siblings(self, display: Display, changes: Changes) -> None:
        """Find the windows that lie over this one and belong to it."""

    def _draw_over(self, canvas: Canvas) -> tuple[Region, ...]:
        """Draw what lies over the drawable and belongs to it. Returns the regions it covers."""
        return ()

    def _look_for_cursor(self, display: Display, changes: Changes) -> CursorSeen:
        """The cursor that the picture shows: its place is asked for before the pixels are read."""
        assert self._view is not None
        if self._cursor.is_apart:
            return CursorSeen()
        image = self._cursor.image(display, is_new=changes.cursor_changed)
        x, y = self._cursor.position(display)
        return CursorSeen(image, x - self._view.x, y - self._view.y)

    def _draw_cursor(self, canvas: Canvas, seen: CursorSeen) -> tuple[Region, ...]:
        """Draw the cursor. Returns the regions it covers."""
        if seen.image is None:
            return ()
        return (draw_cursor(canvas.pixels, seen.image, seen.x, seen.y),)

    def _refresh(self, canvas: Canvas, damaged: Iterable[Region]) -> list[Rows]:
        """Read the canvas's stale rows, those of new damage, and those that were drawn over."""
        height = canvas.region.height
        changed = (_rows(region, height) for region in (*damaged, *canvas.drawn))
        spans = _joined([*canvas.stale, *changed])
        for rows in spans:
            self._read(canvas, rows)
        canvas.stale = []
        return spans

    @property
    def _reads_in_stripes(self) -> bool:
        # A mask is painted last, and until then nobody may see the pixels.
        return self.part_ready is not None and self._is_moving and self._masks is None

    def _read(self, canvas: Canvas, rows: Rows) -> None:
        if not self._reads_in_stripes:
            canvas.read(rows)
            return
        assert self.part_ready is not None
        width = canvas.region.width
        height = max(TILE_PX, _STRIPE_PX // width // TILE_PX * TILE_PX)
        for top, bottom in canvas.read_in_stripes(rows, height):
            self.part_ready(canvas.pixels, Region(0, top, width, bottom - top))

    def _frame(self, *, remapped: bool) -> None:
        """Find the pixels, and make new canvases if their size or format changed."""
        display = self._opened()
        before, self._view = self._view, self._look(display, remapped=remapped)
        view = self._view
        shown = replace(view.region, x=view.x, y=view.y)
        fits = self._fits(display)
        self.place = OnDesktop(display.name, self._window_id, shown, fits=fits)
        if before is not None and (before.region, before.form) == (view.region, view.form):
            if before.drawable != view.drawable:
                for canvas in self._canvases:
                    canvas.drawable = view.drawable
                    canvas.stale = [(0, canvas.region.height)]
            return
        for canvas in self._canvases:
            canvas.close()
        self._canvases = []
        made = make_canvases(display, view.region, view.drawable, view.form)
        self._canvases, self.backend, self.notes = made.pair, made.backend, made.notes
        self._is_fresh = True


def _whole(canvas: Canvas) -> Region:
    return Region(0, 0, canvas.region.width, canvas.region.height)


def _rows(region: Region, height: int) -> Rows:
    """The rows of a canvas of this height that a region touches; (0, 0) when it touches none."""
    top, bottom = max(0, region.y), min(height, region.bottom)
    return (top, bottom) if region and top < bottom else (0, 0)


def _joined(spans: Iterable[Rows]) -> list[Rows]:
    """The same rows, top to bottom; spans that are close to each other are merged."""
    joined: list[Rows] = []
    for top, bottom in sorted(span for span in spans if span[0] < span[1]):
        if joined and top <= joined[-1][1] + _JOIN_ROWS:
            joined[-1] = (joined[-1][0], max(bottom, joined[-1][1]))
        else:
            joined.append((top, bottom))
    return joined
