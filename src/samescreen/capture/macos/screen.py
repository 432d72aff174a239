"""A whole screen through ScreenCaptureKit, with the pointer.

Runs on the track's thread. Samples arrive on a dispatch queue; only the newest is kept, and it is
copied when the track takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from samescreen.capture.mailbox import CallbackSource, FrameMailbox
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Frame, OnDesktop, Pixels, Region

from .frameworks import Frameworks, displays, load_frameworks, size_px
from .observer import StreamDelegate
from .stream import KitStreams

_BGRA: Final = 0x42475241  # kCVPixelFormatType_32BGRA
_READ_ONLY: Final = 1  # kCVPixelBufferLock_ReadOnly
_SCREEN: Final = 0  # SCStreamOutputTypeScreen
_SAMPLES: Final = 4  # one is kept here, one is on its way; the rest is the system's
_MAX_FPS: Final = 120
_LOOK_US: Final = 1_000_000


class KitScreen(CallbackSource):
    """Screen `number` (1 is the main one)."""

    silent = "macOS delivers no picture: the screen is locked or asleep"
    takes_input = True

    def __init__(self, number: int | None = None) -> None:
        super().__init__()
        self._number = number or 1
        self._streams = KitStreams()
        self._size_now: Callable[[], tuple[int, int]] = lambda: (0, 0)
        self._size = (0, 0)
        self._looked_us = 0

    def open(self) -> None:
        self._streams.check()
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
        delegate = _ScreenDelegate(frameworks, self._begin(), self._streams.note_stop)
        configuration = _configuration(frameworks, self._size)
        try:
            self._streams.start(frameworks, display, configuration, delegate)
        except (SourceLost, SourceUnavailable):
            self._end()
            raise
        self.place = OnDesktop(str(display.displayID()), 0, Region(0, 0, width, height))

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        now_us = clock_us()
        if now_us - self._looked_us > _LOOK_US:
            self._looked_us = now_us
            if self._size_now() != self._size:  # the stream would go on, scaled to the old size
                raise SourceLost("the screen changed its size")
        return super().grab(deadline_us, needs_pixels=needs_pixels)

    def close(self) -> None:
        self.place = None
        self._end()
        self._streams.stop()


class _ScreenDelegate(StreamDelegate[FrameMailbox]):
    """Puts the stream's pictures into the mailbox."""

    name = "the screen"
    kind = _SCREEN

    def _put(self, sample: Any) -> None:
        """A sample without an image says that nothing on the screen changed."""
        image = self._frameworks.media.CMSampleBufferGetImageBuffer(sample)
        if image is not None:
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
    """A copy of the image. Its rows have padding behind the pixels."""
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
