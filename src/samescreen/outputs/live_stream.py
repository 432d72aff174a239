"""An output's connection: H.264 as it is and AAC, to a server that speaks RTMP or RTSP.

Runs in the program that sends, because PyAV holds Python's lock while it connects. libav's tee
muxer stands between, only because it passes options to the connection: without them libav would
accept any certificate, and PyAV has no other way to give them.
"""

from __future__ import annotations

import io
import ssl
from contextlib import suppress
from fractions import Fraction
from typing import Any, Final

import av
from av.error import FFmpegError

from samescreen.media import SOUND_RATE
from samescreen.record.sound_line import Sound
from samescreen.record.timeline import Picture

from .aac import BITS_PER_S, DELAY, AacLine
from .feed import Target

_TICKS: Final = Fraction(1, 90_000)
_DELAY_TICKS: Final = DELAY * 90_000 // SOUND_RATE
_INTERLEAVE_US: Final = 500_000
"""Sound comes up to 0.4 s after its picture. The muxer waits so long, to send both in order."""


class LiveStream:
    """Connects and announces the stream, whose first picture is `keyframe`.

    Raises:
        FFmpegError: the server cannot be reached or does not take the stream.
    """

    def __init__(self, target: Target, keyframe: bytes) -> None:
        self._container: Any = av.open(
            _tee(target),
            "w",
            format="tee",
            container_options={"max_interleave_delta": str(_INTERLEAVE_US)},
        )
        with av.open(io.BytesIO(keyframe), format="h264") as template:
            self._video = self._container.add_stream_from_template(template.streams.video[0])
        self._video.time_base = _TICKS
        sound = self._container.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        sound.bit_rate = BITS_PER_S
        sound.codec_context.options = {"flags": "+global_header"}
        self._aac = AacLine(sound)
        self._container.start_encoding()

    def show(self, picture: Picture) -> None:
        """Send one more picture. Raises FFmpegError."""
        packet: Any = av.Packet(picture.payload)
        packet.stream, packet.time_base = self._video, _TICKS
        packet.pts = packet.dts = picture.at_us * 9 // 100 + _DELAY_TICKS
        packet.is_keyframe = picture.is_keyframe
        self._container.mux_one(packet)

    def sound(self, sound: Sound) -> None:
        """Send one more packet of sound. Raises FFmpegError."""
        for packet in self._aac.take(sound):
            self._container.mux_one(packet)

    def close(self) -> None:
        """Say goodbye to the server."""
        with suppress(FFmpegError, OSError, ValueError):
            self._container.close()


def _tee(target: Target) -> str:
    """The options and the URL as the tee muxer reads them. RTSP goes over one TCP connection."""
    if target.is_rtsp:
        options = ["f=rtsp", "rtsp_transport=tcp"]
    else:
        options = ["f=flv", "flvflags=no_duration_filesize", "flush_packets=1"]
    if target.is_secure:
        options.append("tls_verify=1")
        authorities = ssl.get_default_verify_paths().cafile
        if authorities:
            options.append(f"ca_file={_escaped(authorities)}")
    return f"[{':'.join(options)}]{_escaped(target.url)}"


def _escaped(text: str) -> str:
    """For libav's `av_get_token`, twice: the list of outputs, then the options."""
    for character in "\\'|:]":
        text = text.replace(character, f"\\{character}")
    return text
