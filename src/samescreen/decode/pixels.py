"""Makes pixels of packets: H.264 by libav, JPEG by libjpeg-turbo. Runs in a decoding process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Codec

from .values import CHANNELS, Layout, Limits

Canvas = Callable[[int, int], NDArray[np.uint8]]
"""The place for a picture of this width and height; raises ValueError if it is too large."""


class Undecodable(Exception):
    """The packet is none, or its picture is damaged; only a keyframe helps."""


class PacketDecoder(Protocol):
    """Decodes the packets of one stream, in order."""

    def decode(self, packet: bytes, canvas: Canvas | None) -> tuple[int, int] | None:
        """Write the packet's picture, and return its width and height; None without a canvas.

        Raises:
            Undecodable: see there.
            MemoryError: the picture needs more than the process may have.
        """


def packet_decoder(codec: Codec, layout: Layout, limits: Limits) -> PacketDecoder:
    """A decoder of that codec; loads its library."""
    return JpegPixels(layout) if codec is Codec.JPEG else H264Pixels(layout, limits.pixels)


class JpegPixels:
    """Decodes JPEG files."""

    def __init__(self, layout: Layout) -> None:
        import simplejpeg  # one process needs one library

        self._library = simplejpeg
        self._order = "BGR" if CHANNELS[layout] == 3 else "BGRX"

    def decode(self, packet: bytes, canvas: Canvas | None) -> tuple[int, int] | None:
        if canvas is None:
            return None
        try:
            height, width = self._library.decode_jpeg_header(packet, strict=False)[:2]
            place = canvas(width, height)
            self._library.decode_jpeg(packet, self._order, buffer=place, strict=False)
        except (LookupError, ValueError) as error:  # KeyError: colours that it does not know
            raise Undecodable from error
        return width, height


class H264Pixels:
    """Decodes access units in Annex B. `most`: pixels of a picture, at most.

    One thread: its process may start no other, and the host's threads come first.
    """

    _BT709: Final = 1
    _UNSPECIFIED: Final = 2
    _LIMITED, _FULL = 1, 2
    _LOW_DELAY: Final = 1 << 19

    def __init__(self, layout: Layout, most: int) -> None:
        import av  # one process needs one library
        from av.error import FFmpegError
        from av.video.reformatter import Interpolation, VideoReformatter

        av.logging.set_level(av.logging.PANIC)
        context: Any = av.CodecContext.create("h264", "r")
        context.thread_count = 1
        context.flags |= self._LOW_DELAY
        context.options = {"max_pixels": str(most)}
        context.open()
        self._context = context
        self._packet: Callable[[bytes], Any] = av.Packet
        self._fault = FFmpegError
        self._reformatter = VideoReformatter()
        self._filter = Interpolation.POINT
        self._format = "bgr24" if CHANNELS[layout] == 3 else "bgra"
        self._channels = CHANNELS[layout]

    def decode(self, packet: bytes, canvas: Canvas | None) -> tuple[int, int] | None:
        try:
            frame = self._frame(packet)
        except Undecodable:
            self._context.flush_buffers()
            raise
        return self._paint(frame, canvas) if canvas is not None else None

    def _frame(self, packet: bytes) -> Any:
        if not packet:
            raise Undecodable  # libav would take it for the end of the stream
        try:
            frames = self._context.decode(self._packet(packet))
        except MemoryError:
            raise
        except (self._fault, ValueError) as error:
            raise Undecodable from error
        if not frames or frames[-1].is_corrupt:  # without delay, each access unit is a picture
            raise Undecodable
        return frames[-1]

    def _paint(self, frame: Any, canvas: Canvas) -> tuple[int, int]:
        is_known = frame.colorspace not in (0, self._UNSPECIFIED)
        is_full = frame.color_range == self._FULL or frame.format.name.startswith("yuvj")
        converted: Any = self._reformatter.reformat(
            frame,
            format=self._format,
            src_colorspace=frame.colorspace if is_known else self._BT709,
            src_color_range=self._FULL if is_full else self._LIMITED,
            dst_color_range=self._FULL,
            interpolation=self._filter,
            threads=1,
        )
        width, height = frame.width, frame.height
        plane = converted.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        pixels = rows[:height, : width * self._channels].reshape(height, width, self._channels)
        try:
            canvas(width, height)[:] = pixels
        except ValueError as error:
            raise Undecodable from error
        return width, height
