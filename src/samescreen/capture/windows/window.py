"""A single window through windows-capture (Windows Graphics Capture), whole even when covered.

Runs on the track's thread; the pictures arrive on the library's. Windows draws the pointer.
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
    """windows_capture.Frame. Its pixels are BGRA; its rows are not contiguous."""

    frame_buffer: Pixels


class Control(Protocol):
    """windows_capture.CaptureControl."""

    def stop(self) -> None: ...

    def is_finished(self) -> bool: ...


class Capture(Protocol):
    """windows_capture.WindowsCapture. `event` recognises a handler by its function's name."""

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
    """The window that `spec` names by its handle, its title or a part of the title."""

    silent = "the window shows no picture: it is minimised; restore it"

    def __init__(
        self, spec: str, find: Callable[[str], Window] = lambda spec: window_of(spec, windows())
    ) -> None:
        super().__init__()
        self._spec = spec
        self._find = find
        self._control: Control | None = None

    def open(self) -> None:
        module = _load()
        window = self._find(self._spec)
        self.label = f"window {window.title}"
        self.backend = "windows-capture (Windows Graphics Capture)"
        mailbox = self._begin()
        try:
            capture = module.WindowsCapture(cursor_capture=True, window_hwnd=window.handle)
            _listen(capture, mailbox, window)
            self._control = capture.start_free_threaded()
        except Exception as error:  # its native part raises plain Exception
            self._end()
            raise SourceLost(f"the window cannot be captured now: {error}") from error

    def close(self) -> None:
        control, self._control = self._control, None
        self._end()
        if control is not None and not control.is_finished():
            # `stop` joins the library's thread, which may be waiting for the window.
            threading.Thread(target=_stop, args=(control,), daemon=True).start()


def _load() -> WindowsCaptureModule:
    try:
        return cast(WindowsCaptureModule, importlib.import_module("windows_capture"))
    except (ImportError, OSError) as error:
        raise BackendMissing(f"windows-capture cannot be used: {error}") from error


def _listen(capture: Capture, mailbox: FrameMailbox, window: Window) -> None:
    """Register the two handlers, whose names `event` recognises."""

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
    with suppress(Exception):  # raised when it has ended already
        control.stop()
