"""One MP4 file: H.264 and Opus as they are, playable at any moment. Runs on the writing thread.

While it grows the file is a fragmented MP4, with a fragment each `FRAGMENT_US`, so that a program
that is killed loses no more than that. `finish` makes it an ordinary MP4 with one index, in place,
which phones play too (movflags hybrid_fragmented of FFmpeg's mov muxer). Nothing is encoded.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any, Final

import av
from av.error import FFmpegError

from samescreen.media import SOUND_RATE

from .output_file import OutputFile
from .sound_line import Sound
from .timeline import Picture

FRAGMENT_US: Final = 120_000
_TICKS: Final = Fraction(1, 90_000)
"""Of pictures. A rest of 13 hours fits into the 32 bits of a duration."""

_FRAMES: Final = Fraction(1, SOUND_RATE)
_OPTIONS: Final = {
    "movflags": "hybrid_fragmented+default_base_moof",
    "frag_duration": str(FRAGMENT_US),
    "flush_packets": "1",
    # The muxer must not hold pictures back until sound has come; 0 would mean for ever.
    "max_interleave_delta": "1",
}


class Mp4File:
    """Writes into an open file, whose handle it closes; `width` and `height` in pixels.

    Every method raises OSError when the disk does not take it; then call `abandon`.
    """

    def __init__(self, handle: int, width: int, height: int) -> None:
        self._output = OutputFile(handle)
        self._container = av.open(self._output, "w", format="mp4", options=_OPTIONS)
        self._video = self._container.add_mux_stream("h264", width=width, height=height)
        self._video.time_base = _TICKS
        self._end = 0
        """Of the picture before, in ticks."""
        self._header_bytes = 0
        """What the muxer writes with the first packet, and what no player shows alone."""
        self._sound: Any = self._container.add_stream("libopus", rate=SOUND_RATE, layout="stereo")

    @property
    def size_bytes(self) -> int:
        """What is in the file."""
        return self._output.size_bytes

    def show(self, picture: Picture) -> None:
        """One more picture."""
        packet = av.Packet(picture.payload)
        packet.stream, packet.time_base = self._video, _TICKS
        # The muxer may have written the picture before this one, which rested, with its length so
        # far. It then takes the end of that for the time of this one, unless `pts` says otherwise.
        packet.pts, packet.dts = _ticks(picture.at_us), self._end
        self._end = _ticks(picture.at_us + picture.length_us)
        packet.duration = self._end - packet.dts
        packet.is_keyframe = picture.is_keyframe
        self._mux(packet)

    def sound(self, sound: Sound) -> None:
        """One more packet of sound."""
        packet = av.Packet(sound.payload)
        packet.stream, packet.time_base = self._sound, _FRAMES
        packet.pts = packet.dts = sound.at
        packet.duration = sound.frames
        packet.is_keyframe = True
        self._mux(packet)

    def finish(self) -> None:
        """Write the index. Where the disk has no room for it, the file stays as it is, and good.

        Raises:
            OSError: there was no room.
        """
        try:
            self._container.close()
        except (FFmpegError, OSError, ValueError) as error:
            raise self._output.fault or OSError(str(error)) from error
        finally:
            self._output.close()
        if self._output.fault is not None:
            raise self._output.fault

    def abandon(self) -> None:
        """Close the file as it is; after a fault."""
        self._output.close()
        with suppress(FFmpegError, OSError, ValueError):
            self._container.close()

    def _mux(self, packet: av.Packet[Any]) -> None:
        try:
            self._container.mux_one(packet)
        except (FFmpegError, ValueError) as error:
            raise self._output.fault or OSError(str(error)) from error
        if self._output.fault is not None:
            raise self._output.fault
        self._header_bytes = self._header_bytes or self.size_bytes
        if self.size_bytes > self._header_bytes:
            self._output.mark()


def _ticks(us: int) -> int:
    return us * 9 // 100
