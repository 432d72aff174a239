"""A single window through windows-capture (Windows Graphics Capture), right when it is covered.

Runs on the track's thread; the pictures come on the library's. The pointer is drawn by Windows.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, cast

import numpy as np

from samescreen.capture.mailbox import CallbackSource, FrameMailbox
from samescreen.errors import BackendMissing, SourceLost
from samescreen.media import Pixels

from .windows import Window, window_of, windows


class CapturedFrame(Protocol):
    """windows_capture.Frame; its pixels are BGRA, rows cut out of longer ones."""

    frame_buffer: Pixels


class Control(Protocol):
    """windows_capture.CaptureControl."""

    def stop(self) -> None: ...

    def is_finished(self) -> bool: ...


class Capture(Protocol):
    """windows_capture.WindowsCapture; `event` goes by the name of what it is given."""

    def event(self, handler: Callable[..., None]) -> Callable[..., None]: ...

    def start_free_threaded(self) -> Control: ...


class WindowsCaptureModule(Protocol):
    """The module."""

    def WindowsCapture(  # noqa: N802  (its name)
        self,
        cursor_capture: bool | None = True,
        draw_border: bool | None = None,
        secondary_window: bool | None = None,
        minimum_update_interval: int | None = None,
        dirty_region: bool | None = None,
        monitor_index: int | None = None,
        window_name: str | None = None,
        window_hwnd: int | None = None,
    ) -> Capture: ...


class CapturedWindow(CallbackSource):
    """The window that `words` name: its handle, its title or a part of it."""

    silent = "the window shows no picture: it is minimised; restore it"

    def __init__(
        self, words: str, find: Callable[[str], Window] = lambda words: window_of(words, windows())
    ) -> None:
        super().__init__()
        self._words = words
        self._find = find
        self._control: Control | None = None

    def open(self) -> None:
        module = _load()
        window = self._find(self._words)
        self.label = f"window {window.title}"
        self.backend = "windows-capture (Windows Graphics Capture)"
        mailbox = self._begin()
        try:
            capture = module.WindowsCapture(cursor_capture=True, window_hwnd=window.handle)
            _listen(capture, mailbox, window)
            self._control = capture.start_free_threaded()
        except Exception as error:  # its native part raises nothing narrower
            self._end()
            raise SourceLost(f"the window cannot be captured now: {error}") from error

    def close(self) -> None:
        control, self._control = self._control, None
        self._end()
        if control is not None and not control.is_finished():
            # It waits for its own thread, which may be waiting for the window.
            threading.Thread(target=_stop, args=(control,), daemon=True).start()


def _load() -> WindowsCaptureModule:
    try:
        return cast(WindowsCaptureModule, importlib.import_module("windows_capture"))
    except (ImportError, OSError) as error:
        raise BackendMissing(f"windows-capture cannot be used: {error}") from error


def _listen(capture: Capture, mailbox: FrameMailbox, window: Window) -> None:
    """The names of the two functions are what `event` knows them by."""

    def on_frame_arrived(frame: CapturedFrame, capture_control: Any) -> None:
        if mailbox.closed.is_set():
            capture_control.stop()
        else:
            mailbox.put(np.array(frame.frame_buffer, order="C"))

    def on_closed() -> None:
        mailbox.lose(SourceLost(f"the window {window.title!r} was closed"))

    capture.event(on_frame_arrived)
    capture.event(on_closed)


def _stop(control: Control) -> None:
    with suppress(Exception):  # it had ended by itself
        control.stop()
