"""A whole screen through dxcam (Desktop Duplication).

`DuplicatedScreen` runs on the track's thread. dxcam wants its camera to be created, used and
released on one thread, so a `_CaptureThread` does all three. While Windows withholds the desktop
(locked, a secure prompt, another user), dxcam waits inside `grab` and that thread hangs. The
track's thread never waits for it, and opens no second camera meanwhile.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

import numpy as np

from samescreen.capture.mailbox import CallbackSource, FrameMailbox
from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.clock import clock_us
from samescreen.errors import SourceLost
from samescreen.media import OnDesktop

from .cursor import Pointer, area_of
from .outputs import Camera, Dxcam, Output, load_dxcam, native_errors, output_of

_log = logging.getLogger(__name__)
_errors: Final = RecurringErrors(_log)

_RETRY_S: Final = 0.004
_START_S: Final = 2.0
_STOP_S: Final = 0.5
_STUCK_US: Final = 2_000_000
WITHHELD: Final = "Windows withholds the desktop: it is locked or asks for permission"


class DuplicatedScreen(CallbackSource):
    """Screen `number` (1 is dxcam's first; None: the primary one)."""

    silent = WITHHELD
    takes_input = True

    def __init__(self, number: int | None = None) -> None:
        super().__init__()
        self._number = number
        self._capture_thread: _CaptureThread | None = None

    def open(self) -> None:
        if self._capture_thread is not None and self._capture_thread.is_alive:
            raise SourceLost(WITHHELD)
        dxcam = load_dxcam()
        number, output = output_of(dxcam, self._number)
        self.label = f"screen {number} {output.width}×{output.height}"
        self.backend = "dxcam (Desktop Duplication)"
        thread = _CaptureThread(dxcam, output, self._begin())
        self._capture_thread = thread
        if not thread.started.wait(_START_S):
            self.close()
            raise SourceLost(WITHHELD)
        if thread.failure:
            self.close()
            raise SourceLost(f"the screen cannot be duplicated now: {thread.failure}")
        self.place = thread.place

    def close(self) -> None:
        self.place = None
        self._end()
        if self._capture_thread is not None and self._capture_thread.join(_STOP_S):
            self._capture_thread = None

    def _check(self, now_us: int) -> None:
        super()._check(now_us)
        if self._capture_thread is not None and self._capture_thread.is_stuck(now_us):
            raise SourceLost(WITHHELD)


class _CaptureThread:
    """The thread that creates, uses and releases one camera."""

    def __init__(self, dxcam: Dxcam, output: Output, mailbox: FrameMailbox) -> None:
        self._dxcam = dxcam
        self._output = output
        self._mailbox = mailbox
        self.started = threading.Event()
        self.failure = ""
        self.place: OnDesktop | None = None
        # Written by this thread, read by the track's; 0 while not inside a grab:
        self._grabbing_since_us = 0
        self._thread = threading.Thread(target=self._run, name="dxcam-capture", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def is_stuck(self, now_us: int) -> bool:
        """Whether a grab has lasted for more than two seconds."""
        since_us = self._grabbing_since_us
        return since_us > 0 and now_us - since_us > _STUCK_US

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        expected = native_errors()
        try:
            camera = self._dxcam.create(
                device_idx=self._output.device,
                output_idx=self._output.output,
                output_color="BGRA",
                processor_backend="numpy",
            )
            self.place = OnDesktop("", 0, area_of(camera))
        except expected as error:
            self.failure = str(error) or type(error).__name__
            return
        finally:
            self.started.set()
        try:
            self._grab_wanted(camera)
        except expected as error:
            self._mailbox.lose(SourceLost(f"the screen went away: {error}"))
        except Exception as error:  # the thread's outermost edge: pictures must not stop silently
            _errors.log("the camera's thread", error)
            reason = "an unexpected error ended the capture; see the host's log"
            self._mailbox.lose(SourceLost(reason))
        finally:
            try:
                camera.release()
            except expected as error:
                _log.debug("! releasing the camera: %s", error)

    def _grab_wanted(self, camera: Camera) -> None:
        """Grab only when the track waits for a picture, so that none is copied for nothing."""
        pointer = Pointer(camera)
        closed = self._mailbox.closed
        while not closed.is_set():
            self._mailbox.wanted.wait()
            if closed.is_set():  # closing ended the wait
                return
            self._grabbing_since_us = clock_us()
            pixels = camera.grab(copy=True, new_frame_only=True)
            self._grabbing_since_us = 0
            if pixels is None:
                closed.wait(_RETRY_S)
                continue
            pixels = np.ascontiguousarray(pixels)
            pointer.draw(pixels)
            self._mailbox.put(pixels)
