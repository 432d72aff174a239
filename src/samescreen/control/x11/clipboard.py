"""The thread of a desktop's clipboard, on X11 and Wayland.

It has a connection of its own, and waits for nobody.

A program that hangs while it gives or takes the selection delays neither pictures nor input.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.control.clips import Clip
from samescreen.errors import CaptureError
from samescreen.waker import Waker

_log: Final = logging.getLogger(__name__)


class ClipboardThread:
    """The clipboard of `display`, as `OnDesktop` names it.

    `start` once; `stop` ends it, and what it owned is gone. It calls `report` with each clip that
    a program copied, and `refuse` with why there is none, on its own thread.
    """

    def __init__(
        self, display: str, report: Callable[[Clip], None], refuse: Callable[[str], None]
    ) -> None:
        self._display = display
        self._report, self._refuse = report, refuse
        self._lock = threading.Lock()
        self._waiting: list[tuple[dict[str, bytes], Future[bool]]] = []
        self._is_reading = False
        self._is_stopped = False
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name="clipboard", daemon=True)

    # Any thread

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def put(self, content: dict[str, bytes]) -> Future[bool]:
        """Own the selection with this content, by target. The result: whether that came about."""
        done: Future[bool] = Future()
        with self._lock:
            if not self._is_stopped:
                self._waiting.append((content, done))
                self._waker.wake()
                return done
        done.set_result(False)
        return done

    def read(self, is_on: bool) -> None:
        """Report what programs copy from now on, or no longer."""
        with self._lock:
            self._is_reading = is_on
        self._waker.wake()

    def stop(self) -> None:
        """End soon."""
        with self._lock:
            self._is_stopped = True
        self._waker.wake()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The thread

    def _run(self) -> None:
        try:
            # On this thread: loading the libraries would hold up the event loop.
            if self._display.startswith("/"):
                from samescreen.control.wayland.selecting import select_on_wayland as select
            else:
                from .selecting import select_for as select
            select(self, self._display, self._report, self._refuse)
        except CaptureError as error:
            _log.info("the clipboard is out of reach: %s", error)
        except Exception:
            _log.exception("the clipboard's thread ended, please report this")
        finally:
            with self._lock:
                self._is_stopped = True
                waiting, self._waiting = self._waiting, []
            for _, done in waiting:
                done.set_result(False)
            self._waker.close()

    @property
    def is_stopped(self) -> bool:
        return self._is_stopped

    @property
    def is_reading(self) -> bool:
        return self._is_reading

    def take(self) -> list[tuple[dict[str, bytes], Future[bool]]]:
        """What is to be owned, the newest last."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return waiting

    def wait(self, until_us: int | None, fd: Any) -> None:
        """Sleep until somebody calls, the server reports something, or that time has come."""
        self._waker.wait(None if until_us is None else until_us - clock_us(), fd)
