"""A whole screen through ScreenCaptureKit, with the pointer.

Runs on the track's thread; samples come on a dispatch queue, and of these only the newest is
kept, to be copied when the track wants it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from samescreen.capture.mailbox import CallbackSource, FrameMailbox
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Frame, Pixels

from .frameworks import Frameworks, displays, load_frameworks, size_px
from .observer import STOPPED, StreamDelegate
from .stream import KitStream

_BGRA: Final = 0x42475241  # kCVPixelFormatType_32BGRA
_READ_ONLY: Final = 1  # kCVPixelBufferLock_ReadOnly
_SCREEN: Final = 0  # SCStreamOutputTypeScreen
_SAMPLES: Final = 4  # one is kept here, one is on its way; the rest is the system's
_MAX_FPS: Final = 120
_LOOK_US: Final = 1_000_000


class KitScreen(CallbackSource):
    """Screen `number` (1 is the main one)."""

    silent = "macOS hands out no picture: the screen is locked or asleep"

    def __init__(self, number: int | None = None) -> None:
        super().__init__()
        self._number = number or 1
        self._stream: KitStream | None = None
        self._was_stopped = False
        self._size_now: Callable[[], tuple[int, int]] = lambda: (0, 0)
        self._size = (0, 0)
        self._looked_us = 0

    def open(self) -> None:
        if self._was_stopped:
            raise SourceUnavailable(STOPPED)
        frameworks = load_frameworks()
        found = displays(frameworks)
        if not 1 <= self._number <= len(found):
            raise SourceUnavailable(
                f"there is no screen {self._number}: this machine has {len(found)}; "
                "`samescreen sources` lists them"
            )
        display = found[self._number - 1]
        self._size_now = lambda: size_px(frameworks, display)
        width, height = self._size = self._size_now()
        self.label = f"screen {self._number} {width}×{height}"
        self.backend = "ScreenCaptureKit"
        delegate = _ScreenDelegate(frameworks, self._begin(), self._note_stop)
        configuration = _configuration(frameworks, self._size)
        try:
            self._stream = KitStream(frameworks, display, configuration, delegate)
        except (SourceLost, SourceUnavailable):
            self._end()
            raise

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        now_us = clock_us()
        if now_us - self._looked_us > _LOOK_US:
            self._looked_us = now_us
            if self._size_now() != self._size:  # the stream would go on, scaled to the old size
                raise SourceLost("the screen changed its size")
        return super().grab(deadline_us, needs_pixels=needs_pixels)

    def _note_stop(self) -> None:
        self._was_stopped = True

    def close(self) -> None:
        stream, self._stream = self._stream, None
        self._end()
        if stream is not None:
            stream.stop()


class _ScreenDelegate(StreamDelegate):
    """Hands the stream's pictures over."""

    kind = _SCREEN

    def __init__(
        self,
        frameworks: Frameworks,
        mailbox: FrameMailbox,
        note_stop: Callable[[], None],
    ) -> None:
        super().__init__("the screen", mailbox.lose, note_stop)
        self._frameworks = frameworks
        self._mailbox = mailbox

    def sample(self, sample: Any) -> None:
        """A picture, or word that there is no new one (then without an image)."""
        image = self._frameworks.media.CMSampleBufferGetImageBuffer(sample)
        if image is not None and not self._mailbox.closed.is_set():
            quartz = self._frameworks.quartz
            self._mailbox.put_lazy(lambda: _pixels(quartz, image))


def _configuration(frameworks: Frameworks, size: tuple[int, int]) -> Any:
    made = frameworks.kit.SCStreamConfiguration.alloc().init()
    made.setWidth_(size[0])
    made.setHeight_(size[1])
    made.setPixelFormat_(_BGRA)
    made.setShowsCursor_(True)
    made.setQueueDepth_(_SAMPLES)
    made.setMinimumFrameInterval_(frameworks.media.CMTimeMake(1, _MAX_FPS))
    return made


def _pixels(quartz: Any, image: Any) -> Pixels:
    """A copy of the image's rows, which are longer than its pixels."""
    if quartz.CVPixelBufferLockBaseAddress(image, _READ_ONLY):
        raise SourceLost("the picture cannot be read")
    try:
        width, height = quartz.CVPixelBufferGetWidth(image), quartz.CVPixelBufferGetHeight(image)
        row_bytes = quartz.CVPixelBufferGetBytesPerRow(image)
        memory = quartz.CVPixelBufferGetBaseAddress(image).as_buffer(row_bytes * height)
        rows = np.frombuffer(memory, dtype=np.uint8).reshape(height, row_bytes)
        return np.array(rows[:, : width * 4], order="C").reshape(height, width, 4)
    finally:
        quartz.CVPixelBufferUnlockBaseAddress(image, _READ_ONLY)
