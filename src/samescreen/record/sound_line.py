"""The sound of a recording as one line without holes: Opus packets, and silence between them. Pure.

A recording always has sound. Where the host sent none, silence stands, so that picture and sound
stay in step, a later sound needs no new file, and a file grows while the picture rests.
Times are frames of 48 kHz since the file began.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from samescreen.media import SOUND_RATE

FRAMES_10_MS: Final = SOUND_RATE // 100
_LONGEST: Final = 12
"""Of 10 ms, in one packet: RFC 6716 §3.2.5 allows 120 ms."""

_SILENT_STEREO: Final = 0xF7
"""TOC (RFC 6716 §3.1): CELT, fullband, 10 ms, stereo, any number of frames of one size."""

_SILENT_FRAME: Final = b"\xff\xfe"
_TOLERANCE: Final = 3 * FRAMES_10_MS
"""The times of sound jitter by a few milliseconds. Within this, packets just follow each other."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One Opus packet of `frames`, from `at` on."""

    at: int
    frames: int
    payload: bytes


class SoundLine:
    """The sound of one file; `end` is where the next packet begins."""

    __slots__ = ("end",)

    def __init__(self) -> None:
        self.end = 0

    def take(self, at: int, payload: bytes) -> Iterator[Sound]:
        """A packet that was recorded at `at`: silence up to it, then the packet.

        One that overlaps what is there already is left out.
        """
        frames = frames_of(payload)
        if frames == 0 or at < self.end - _TOLERANCE:
            return
        if at > self.end + _TOLERANCE:
            yield from self.fill(at)
        yield Sound(self.end, frames, payload)
        self.end += frames

    def fill(self, until: int) -> Iterator[Sound]:
        """Silence up to `until`, in whole 10 ms."""
        while (missing := (until - self.end) // FRAMES_10_MS) > 0:
            count = min(missing, _LONGEST)
            frames = count * FRAMES_10_MS
            yield Sound(self.end, frames, silence(count))
            self.end += frames


def silence(count: int) -> bytes:
    """An Opus packet of `count` (1 to 12) times 10 ms of silence, stereo."""
    return bytes((_SILENT_STEREO, count)) + _SILENT_FRAME * count


def frames_of(payload: bytes) -> int:
    """How many frames of 48 kHz an Opus packet holds (RFC 6716 §3.1); 0: it is none."""
    if not payload:
        return 0
    config, code = payload[0] >> 3, payload[0] & 3
    if config < 12:
        size = (480, 960, 1920, 2880)[config % 4]
    elif config < 16:
        size = (480, 960)[config % 2]
    else:
        size = (120, 240, 480, 960)[config % 4]
    if code < 3:
        return size * (1 if code == 0 else 2)
    return size * (payload[1] & 0x3F) if len(payload) > 1 else 0
