"""Reports the cursor apart from the pictures, on a thread and a connection of its own.

So the cursor moves at its own pace, whatever the track's thread is doing. The thread looks at most
60 times a second, and only while the pointer or its image changes. It reads no pixels of the
screen. `CursorWatch.start` and `stop` may be called on any thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from samescreen.capture.cursor import CursorImage, CursorSeen
from samescreen.clock import clock_us
from samescreen.errors import CaptureError
from samescreen.media import OnDesktop
from samescreen.waker import Waker

from .display import Display
from .pointer import PointerWatch, fetch_cursor, follow_pointer

_log: Final = logging.getLogger(__name__)
EVERY_US: Final = 16_000


class CursorWatch:
    """Reports where the cursor is in the picture that lies at `place()`, and how it looks.

    `report` is called on the watch's thread, once at the start and then after each change. It is
    not called any more once `stop` has returned.
    """

    def __init__(
        self, place: Callable[[], OnDesktop | None], report: Callable[[CursorSeen], None]
    ) -> None:
        self._place = place
        self._report = report
        self._waker = Waker()
        self._lock = threading.Lock()
        self._is_stopped = False
        self.has_failed = False
        self._last: CursorSeen | None = None
        self._thread = threading.Thread(target=self._run, name="cursor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread soon; it reports nothing more."""
        with self._lock:
            self._is_stopped = True
        self._waker.wake()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread to end after `stop`. Returns whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            place = self._place()
            if place is not None:  # the source is open
                self._follow(place.display)
        except CaptureError as error:
            # The source has its own connection to the server, and reports what is wrong with it.
            self.has_failed = True
            _log.debug("the cursor is not followed: %s", error)
        except Exception:
            self.has_failed = True
            _log.exception("the cursor is not followed any more, please report this")
        finally:
            self._waker.close()

    def _follow(self, display_name: str) -> None:
        display = Display(display_name)
        try:
            follow_pointer(display)
            pointer, image = PointerWatch(), fetch_cursor(display)
            self._look(display, pointer, image, has_moved=True)
            while not self._is_stopped:
                changes = display.changes()
                if changes.cursor_changed:
                    image = fetch_cursor(display)
                if not changes and clock_us() < pointer.due_us:
                    self._waker.wait(pointer.due_us - clock_us(), display.fd)
                    continue
                self._look(display, pointer, image, has_moved=changes.pointer_moved)
                # Reports that come meanwhile wait: a mouse may send a thousand a second.
                self._waker.wait(EVERY_US)
        finally:
            display.close()

    def _look(
        self, display: Display, pointer: PointerWatch, image: CursorImage, *, has_moved: bool
    ) -> None:
        """Ask where the pointer is, and report it if that or the image is new."""
        place = self._place()
        if place is None:
            return
        at, now_us = display.pointer_position(place.window), clock_us()
        (pointer.noted if has_moved else pointer.found)(at, now_us)
        seen = seen_at(place, image, *at)
        if seen == self._last:
            return
        with self._lock:
            if not self._is_stopped:
                self._last = seen
                self._report(seen)


def seen_at(place: OnDesktop, image: CursorImage, x: int, y: int) -> CursorSeen:
    """The cursor as the picture of `place` shows it, the pointer at (x, y) of its window."""
    region = place.region
    x, y = x - region.x, y - region.y
    is_inside = 0 <= x < region.width and 0 <= y < region.height
    return CursorSeen(image, x, y) if is_inside else CursorSeen()
