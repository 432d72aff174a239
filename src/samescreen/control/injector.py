"""The thread that moves the pointer and types on this machine. It waits for nobody.

What it acts with is its own, so no picture delays it. It lets go what is held when the viewer is
silent, when the person at the machine touches anything, and when it ends.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from samescreen.clock import clock_us
from samescreen.errors import CaptureError
from samescreen.media import OnDesktop
from samescreen.waker import Waker

from .events import Order
from .inbox import Inbox
from .news import Failed, News
from .systems import act

_log: Final = logging.getLogger(__name__)
_NAME: Final = "injector"
_LAST_US: Final = 200_000


def wait_for_all(within_s: float) -> None:
    """Wait until the threads of all injectors have let everything go; at most so long for each."""
    for thread in threading.enumerate():
        if thread.name == _NAME:
            thread.join(within_s)


class Injector:
    """Carries out events on the desktop of `place()`; None: the picture lies nowhere now.

    It calls `report` on its own thread. `start` once; `stop` lets everything go and ends it.
    """

    def __init__(
        self, place: Callable[[], OnDesktop | None], report: Callable[[News], None]
    ) -> None:
        self._place = place
        self._report = report
        self._inbox = Inbox()
        self._lock = threading.Lock()
        self._must_release = False
        self._ends_us: int | None = None
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name=_NAME, daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def put(self, *events: Order) -> bool:
        """Carry these out, in order. False: too many wait."""
        with self._lock:
            for event in events:
                self._inbox.put(event)
            fits = self._inbox.has_room
        self._waker.wake()
        return fits

    def release(self) -> None:
        """Drop what waits, and let everything go, at once."""
        with self._lock:
            self._inbox.clear()
            self._must_release = True
        self._waker.wake()

    def stop(self) -> None:
        """Carry out what waits, within `_LAST_US`; then let everything go, and end."""
        with self._lock:
            self._ends_us = clock_us() + _LAST_US
        self._waker.wake()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The thread

    def _run(self) -> None:
        try:
            place = self._place()
            if place is None:
                self._report(Failed("there is no picture to act on now"))
                return
            act(self, place)
        except CaptureError as error:
            self._report(Failed(str(error)))
        except Exception:
            _log.exception("remote control ended, please report this")
            self._report(Failed("remote control failed; the host's log says why"))
        finally:
            self._waker.close()

    def take(self) -> tuple[Order | None, bool]:
        """The next event, and whether everything must be let go first."""
        with self._lock:
            must_release, self._must_release = self._must_release, False
            return (None if must_release else self._inbox.take()), must_release

    @property
    def is_interrupted(self) -> bool:
        """Whether what is being typed does not count any more."""
        return self._must_release or (self._ends_us is not None and clock_us() >= self._ends_us)

    @property
    def is_stopped(self) -> bool:
        """Whether to end."""
        with self._lock:
            is_ending, is_done = self._ends_us is not None, self._inbox.is_empty
        return is_ending and (is_done or self.is_interrupted)

    def place(self) -> OnDesktop | None:
        return self._place()

    def tell(self, news: News) -> None:
        self._report(news)

    def wait(self, timeout_us: int | None, fd: int | None = None) -> None:
        """Sleep until somebody calls, `fd` is readable, or the time is over."""
        self._waker.wait(timeout_us, *(() if fd is None else (fd,)))
