"""What a Mac plays, through ScreenCaptureKit (macOS 13 and later): no virtual device is needed.

`KitSound` runs on the track's thread; the sound comes on a dispatch queue. The permission is the
screen's. A stream of its own, beside the picture's, and without pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from samescreen.capture.macos.frameworks import Frameworks, displays, load_frameworks
from samescreen.capture.macos.observer import STOPPED, StreamDelegate
from samescreen.capture.macos.stream import KitStream
from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import SOUND_CHANNELS, SOUND_RATE, Samples

from .sound_mailbox import CallbackSound, SoundMailbox

VIRTUAL: Final = (
    "macOS hands out what it plays from version 13 on; before, install a virtual device "
    "(BlackHole), let the Mac play to it, and share it with --audio BlackHole"
)
_AUDIO: Final = 1  # SCStreamOutputTypeAudio
_PLANAR: Final = 32  # kAudioFormatFlagIsNonInterleaved
_FLAGS: Final = 2  # mFormatFlags' place in an AudioStreamBasicDescription
_NO_PICTURE_PX: Final = 2
"""The smallest picture that a stream takes; nobody is handed it."""


class KitSound(CallbackSound):
    """What all programs play."""

    def __init__(self) -> None:
        super().__init__()
        self.label = "this machine's output"
        self.backend = "ScreenCaptureKit"
        self._stream: KitStream | None = None
        self._was_stopped = False

    def open(self) -> None:
        self.close()
        if self._was_stopped:
            raise SourceUnavailable(STOPPED)
        try:
            frameworks = load_frameworks()
        except BackendMissing as error:
            raise BackendMissing(f"{error}; {VIRTUAL}") from error
        if not hands_out_sound(frameworks):
            raise BackendMissing(VIRTUAL)
        found = displays(frameworks)
        if not found:
            raise SourceUnavailable("macOS hands out sound with a screen only, and there is none")
        delegate = _SoundDelegate(frameworks, self._begin(), self._note_stop)
        configuration = _configuration(frameworks)
        try:
            self._stream = KitStream(frameworks, found[0], configuration, delegate)
        except (SourceLost, SourceUnavailable):
            self._end()
            raise

    def _note_stop(self) -> None:
        self._was_stopped = True

    def close(self) -> None:
        stream, self._stream = self._stream, None
        self._end()
        if stream is not None:
            stream.stop()


class _SoundDelegate(StreamDelegate):
    """Hands the stream's sound over."""

    kind = _AUDIO

    def __init__(
        self, frameworks: Frameworks, mailbox: SoundMailbox, note_stop: Callable[[], None]
    ) -> None:
        super().__init__("the sound", mailbox.lose, note_stop)
        self._media = frameworks.media
        self._mailbox = mailbox

    def sample(self, sample: Any) -> None:
        if not self._mailbox.closed.is_set():
            samples = _samples(self._media, sample)
            if samples is not None:
                self._mailbox.put(samples)


def hands_out_sound(frameworks: Frameworks) -> bool:
    """Whether this macOS does."""
    made = frameworks.kit.SCStreamConfiguration.alloc().init()
    return hasattr(made, "setCapturesAudio_")


def _configuration(frameworks: Frameworks) -> Any:
    made = frameworks.kit.SCStreamConfiguration.alloc().init()
    made.setCapturesAudio_(True)
    made.setSampleRate_(SOUND_RATE)
    made.setChannelCount_(SOUND_CHANNELS)
    made.setWidth_(_NO_PICTURE_PX)
    made.setHeight_(_NO_PICTURE_PX)
    made.setMinimumFrameInterval_(frameworks.media.CMTimeMake(1, 1))
    return made


def _samples(media: Any, sample: Any) -> Samples | None:
    """Frames × channels of a sample; None when it has none. Its floats are channel by channel."""
    block, frames = media.CMSampleBufferGetDataBuffer(sample), _frames(media, sample)
    if block is None or not frames:
        return None
    size = media.CMBlockBufferGetDataLength(block)
    status, raw = media.CMBlockBufferCopyDataBytes(block, 0, size, None)
    if status:
        return None
    values = np.frombuffer(raw, dtype="<f4")
    form = media.CMSampleBufferGetFormatDescription(sample)
    flags = media.CMAudioFormatDescriptionGetStreamBasicDescription(form)[_FLAGS]
    return values.reshape(-1, frames).T if flags & _PLANAR else values.reshape(frames, -1)


def _frames(media: Any, sample: Any) -> int:
    return int(media.CMSampleBufferGetNumSamples(sample))
