"""Where the cursor is, as PipeWire's thread says it. Any thread.

Some desktops promise to say it and never do. After some seconds of pictures the cursor is then owed
(`is_owed`), and the desktop has to draw it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from samescreen.capture.cursor import CursorImage, CursorSeen
from samescreen.capture.pipewire.formats import CursorMeta

OWED_US: Final = 3_000_000
"""A desktop that has sent pictures for so long without a word on the cursor will send none."""
Report = Callable[[CursorSeen], None]


class PortalPointer:
    """The cursor over the picture. It is drawn, or reported while somebody wants that.

    `origin`: of the part of the buffers that is shown.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self.origin = (0, 0)
        self.is_drawn_there = False
        """The desktop draws the cursor into its pictures."""

        self._first_us: int | None = None
        self._wake = wake
        self._lock = threading.Lock()
        # Guarded by _lock:
        self._image: CursorImage | None = None
        self._has_come = False
        self._seen = CursorSeen()
        self._report: Report | None = None

    @property
    def drawn(self) -> CursorSeen:
        """What is to be drawn into the picture."""
        with self._lock:
            return self._seen if self._report is None else CursorSeen()

    def is_owed(self, now_us: int) -> bool:
        """Whether it is still unknown, long after the first picture. Called with each picture."""
        with self._lock:
            if self.is_drawn_there or self._has_come:
                return False
            self._first_us = now_us if self._first_us is None else self._first_us
            return now_us - self._first_us >= OWED_US

    def take(self, meta: CursorMeta) -> None:
        """Note what a buffer says."""
        with self._lock:
            self._has_come = True
            self._image = meta.image or self._image
            shown = self._image if meta.is_visible else None
            x, y = meta.x - self.origin[0], meta.y - self.origin[1]
            seen = CursorSeen(shown, x, y) if shown is not None else CursorSeen()
            if seen == self._seen:
                return
            self._seen = seen
            if self._report is not None:
                self._report(seen)
        self._wake()

    def part(self, report: Report | None) -> None:
        """Report it from now on; None: have it drawn."""
        with self._lock:
            self._report = report
            if report is not None:
                report(self._seen)
