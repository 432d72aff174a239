"""What a Mac plays, through ScreenCaptureKit (macOS 13 and later): no virtual device is needed.

`KitSound` runs on the sound track's thread; the sound arrives on a dispatch queue. It uses a stream
of its own beside the pictures' stream, and needs the permission to record the screen.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from samescreen.capture.macos.frameworks import Frameworks, displays, load_frameworks
from samescreen.capture.macos.observer import StreamDelegate
from samescreen.capture.macos.stream import KitStreams
from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable
from samescreen.media import SOUND_CHANNELS, SOUND_RATE, Samples

from .sound_mailbox import CallbackSound, SoundMailbox

VIRTUAL: Final = (
    "macOS lets programs record what it plays from version 13 on; before, install a virtual "
    "device (BlackHole), let the Mac play to it, and share it with --audio BlackHole"
)
_AUDIO: Final = 1  # SCStreamOutputTypeAudio
_PLANAR: Final = 32  # kAudioFormatFlagIsNonInterleaved
_FLAGS: Final = 2  # mFormatFlags' place in an AudioStreamBasicDescription
_NO_PICTURE_PX: Final = 2
"""Side of the smallest picture that a stream can have. The delegate ignores the pictures."""


class KitSound(CallbackSound):
    """The sound that all programs play."""

    def __init__(self) -> None:
        super().__init__()
        self.label = "this machine's output"
        self.backend = "ScreenCaptureKit"
        self._streams = KitStreams()

    def open(self) -> None:
        self.close()
        self._streams.check()
        try:
            frameworks = load_frameworks()
        except BackendMissing as error:
            raise BackendMissing(f"{error}; {VIRTUAL}") from error
        if not hands_out_sound(frameworks):
            raise BackendMissing(VIRTUAL)
        found = displays(frameworks)
        if not found:
            raise SourceUnavailable("macOS records sound with a screen only, and there is none")
        delegate = _SoundDelegate(frameworks, self._begin(), self._streams.note_stop)
        configuration = _configuration(frameworks)
        try:
            self._streams.start(frameworks, found[0], configuration, delegate)
        except (SourceLost, SourceUnavailable):
            self._end()
            raise

    def close(self) -> None:
        self._end()
        self._streams.stop()


class _SoundDelegate(StreamDelegate[SoundMailbox]):
    """Puts the stream's sound into the mailbox."""

    name = "the sound"
    kind = _AUDIO

    def _put(self, sample: Any) -> None:
        samples = _samples(self._frameworks.media, sample)
        if samples is not None:
            self._mailbox.put(samples)


def hands_out_sound(frameworks: Frameworks) -> bool:
    """Whether this macOS lets programs record what it plays (13 and later)."""
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
    """The samples in a CMSampleBuffer, float32, frames × channels; None when there are none."""
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
