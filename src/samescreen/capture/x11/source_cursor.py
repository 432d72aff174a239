"""The cursor of one X11 source: drawn into its pictures, or reported apart from them.

Runs on the track's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from samescreen.capture.base import FOREVER_US
from samescreen.capture.cursor import CursorImage, CursorSeen
from samescreen.clock import clock_us
from samescreen.media import OnDesktop

from .cursor_watch import CursorWatch
from .display import Display
from .pointer import PointerWatch, fetch_cursor, follow_pointer

_STOP_S: Final = 0.5


class SourceCursor:
    """While it `is_apart`, the server reports the pointer to the watch and not to the source."""

    def __init__(self) -> None:
        self._image: CursorImage | None = None
        self._pointer = PointerWatch()
        self._watch: CursorWatch | None = None

    @property
    def is_apart(self) -> bool:
        return self._watch is not None

    @property
    def is_broken(self) -> bool:
        """Whether nobody reports the cursor although it is apart."""
        return self._watch is not None and self._watch.has_failed

    @property
    def due_us(self) -> int:
        """When to look for the pointer, if nothing is reported before."""
        return FOREVER_US if self.is_apart else self._pointer.due_us

    def part(
        self,
        display: Display,
        place: Callable[[], OnDesktop | None],
        report: Callable[[CursorSeen], None],
    ) -> None:
        """Report the cursor from now on.

        Raises:
            SourceLost: the server is gone.
        """
        self.end_watch()
        follow_pointer(display, False)
        self._watch = CursorWatch(place, report)
        self._watch.start()

    def join(self, display: Display) -> None:
        """Have the cursor drawn again. Raises as `part`."""
        if self.is_apart:
            self.end_watch()
            self._image = None
            follow_pointer(display)

    def end_watch(self) -> None:
        """Report nothing more."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()
            watch.join(_STOP_S)

    def forget(self) -> None:
        """The connection is closed."""
        self.end_watch()
        self._image = None

    def has_moved(self, display: Display) -> bool:
        """Ask the server for the pointer's position, if that is due."""
        if clock_us() < self.due_us:
            return False
        return self._pointer.found(display.pointer_position(), clock_us())

    def image(self, display: Display, *, is_new: bool) -> CursorImage:
        """The cursor's image; `is_new`: the server reported another one."""
        if is_new or self._image is None:
            self._image = fetch_cursor(display)
        return self._image

    def position(self, display: Display) -> tuple[int, int]:
        """Where the pointer is now, in the coordinates of the subscribed window."""
        at = display.pointer_position()
        self._pointer.noted(at, clock_us())
        return at
