"""Encodes stills of whole pictures, and exact pieces of a picture that does not change, as JPEG
files; a first still that must be small may be a PNG file.

Whole stills serve the first paint, snapshots, and pages that decode nothing else. Pieces are exact
enough to read red text on black. No still depends on another, so any may be dropped. The encoder
runs on the track's thread; the functions run on any thread.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Final

import av
import numpy as np
import simplejpeg
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from samescreen.errors import EncodeError
from samescreen.media import (
    Codec,
    Damage,
    Frame,
    Packet,
    PacketKind,
    Pixels,
    Region,
    Rendition,
    TrackConfig,
)

from .base import EncodeRequest, StillCodec, VideoEncoder
from .few_colours import few_colours_png

_Words = NDArray[np.uint32]

AT_REST: Final = 90
"""The minimum quality of a still of an unchanging picture."""

AS_DELIVERED: Final = 75
"""At or above this quality, the encoder forwards the source's own JPEG file unchanged."""

EXACT: Final = 98
"""The quality of a piece, with full colour: at least 45 dB for the worst text and lines."""


SKETCH_WIDTH: Final = 960
SKETCH_SIDE: Final = 200
SKETCH_QUALITIES: Final = (50, 35, 20)
SKETCH_BYTES: Final = 40_000
"""A sketch: 2 Mbit/s carry it in a sixth of a second. Text is legible at half its size."""

_SMALLEST_SHARE: Final = 0.55
"""A file of quality 20 has at least so much of one of quality 50 (0.57 to 0.6: pages of text)."""

COARSEST: Final = 20
"""The lowest quality of a whole still. Small text (10 px) can be read: its structural similarity
(SSIM) is 0.92; at half the size it is 0.43."""

AT_ONCE: Final = 20
"""A file of so small a share of the limit is there within a tenth of a second, as it is."""

_SHARES: Final = ((75, 1.0), (60, 0.82), (50, 0.73), (40, 0.65), (30, 0.56), (COARSEST, 0.45))
"""Qualities, and the bytes of a page of text as shares of those at 75 (two pages: ± 0.01)."""

FORWARDED: Final = "JPEG as the camera makes it"
_LIBRARY: Final = "libjpeg-turbo"


def encode_jpeg(frame: Frame, *, quality: int) -> bytes:
    """Encode a frame as a JPEG file, 4:2:0, `quality` 1…100.

    Raises:
        EncodeError: libjpeg-turbo refuses (a side over 65500 pixels).
    """
    try:
        jpeg: bytes = simplejpeg.encode_jpeg(
            frame.pixels, quality=quality, colorspace="BGRX", colorsubsampling="420"
        )
    except ValueError as error:
        raise EncodeError(f"JPEG failed: {error}") from error
    return jpeg


def encode_within(
    frame: Frame, quality: int, limit_bytes: int | None, *, may_be_png: bool = False
) -> bytes:
    """Encode a frame as a JPEG file of `quality`, or of less where it would exceed the limit.

    At least `COARSEST`, whatever the limit. Encodes three times at most. If it `may_be_png`, a page
    of text becomes a PNG file, which is smaller and sharper.

    Raises:
        EncodeError: libjpeg-turbo refuses.
    """
    jpeg = encode_jpeg(frame, quality=quality)
    if limit_bytes is None:
        return jpeg
    png = None
    if may_be_png and len(jpeg) > limit_bytes // AT_ONCE:
        png = few_colours_png(frame, most_bytes=len(jpeg) - 1)
    if png is not None and len(png) <= limit_bytes:
        return png
    jpeg = _fitting(frame, jpeg, quality, limit_bytes)
    return jpeg if png is None or len(jpeg) <= min(limit_bytes, len(png)) else png


def _fitting(frame: Frame, jpeg: bytes, quality: int, limit_bytes: int) -> bytes:
    """`jpeg`, which has this quality, or a coarser file that fits into the limit."""
    for _ in range(2):
        if len(jpeg) <= limit_bytes or quality <= COARSEST:
            break
        quality = _coarser(quality, len(jpeg), limit_bytes)
        jpeg = encode_jpeg(frame, quality=quality)
    return jpeg


def _coarser(quality: int, size_bytes: int, limit_bytes: int) -> int:
    """The highest known quality below this one whose file should fit into the limit."""
    now = next((share for known, share in _SHARES if known <= quality), 0.45)
    lower = ((known, share) for known, share in _SHARES if known < quality)
    fitting = (known for known, share in lower if size_bytes * share <= limit_bytes * now)
    return next(fitting, COARSEST)


def encode_piece(frame: Frame, region: Region) -> bytes:
    """Encode a part of a frame as a JPEG file, 4:4:4, visually equal to the screen.

    Raises:
        EncodeError: libjpeg-turbo refuses.
    """
    part = frame.pixels[region.y : region.bottom, region.x : region.right]
    try:
        jpeg: bytes = simplejpeg.encode_jpeg(
            np.ascontiguousarray(part), quality=EXACT, colorspace="BGRX", colorsubsampling="444"
        )
    except ValueError as error:
        raise EncodeError(f"JPEG failed: {error}") from error
    return jpeg


def encode_sketch(frame: Frame) -> bytes:
    """Encode a small, coarse JPEG file of the whole frame, which a page stretches to its size.

    At most `SKETCH_WIDTH` wide; coarser and then smaller where that would take more than
    `SKETCH_BYTES`, unless a side is below `SKETCH_SIDE` already.

    Raises:
        EncodeError: libjpeg-turbo refuses.
    """
    width, height = frame.width, frame.height
    while width > SKETCH_WIDTH:
        width, height = -(-width // 2), -(-height // 2)
    shrunk = frame.pixels
    while True:
        shrunk = _shrunk(shrunk, width, height)
        small = Frame(shrunk, frame.pts_us, frame.damage)
        for quality in SKETCH_QUALITIES:
            jpeg = encode_jpeg(small, quality=quality)
            if len(jpeg) <= SKETCH_BYTES:
                return jpeg
            if len(jpeg) * _SMALLEST_SHARE > SKETCH_BYTES:
                break
        if min(width, height) < SKETCH_SIDE:
            return jpeg
        width, height = -(-width // 2), -(-height // 2)


def _shrunk(pixels: Pixels, width: int, height: int) -> Pixels:
    """The picture at this size, each pixel the mean of those it covers."""
    while pixels.shape[:2] != (height, width):
        if pixels.shape[0] % 2 or pixels.shape[1] % 2 or pixels.shape[1] < 2 * width:
            break
        pixels = _halved(pixels)
    else:
        return pixels
    picture = av.VideoFrame.from_numpy_buffer(pixels, "bgra")
    small = picture.reformat(width=width, height=height, interpolation=Interpolation.AREA)
    return np.asarray(small.to_ndarray(), np.uint8)


def _halved(pixels: Pixels) -> Pixels:
    """The picture at half its size, which is even: each pixel the mean of four, rounded down.

    Four channels at once, as words. swscale's area filter takes three times as long.
    """
    words = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    rows = _mean(words[::2], words[1::2])
    return _mean(rows[:, ::2], rows[:, 1::2])[..., np.newaxis].view(np.uint8)


def _mean(one: _Words, other: _Words) -> _Words:
    """The mean of each byte (Dietz, "The Aggregate Magic Algorithms"), rounded down."""
    mean: _Words = (one & other) + (((one ^ other) & np.uint32(0xFEFEFEFE)) >> np.uint32(1))
    return mean


@lru_cache(maxsize=4)
def black_jpeg(width: int, height: int) -> bytes:
    """A black picture of that size as a JPEG file."""
    black = np.zeros((height, width, 1), np.uint8)
    jpeg: bytes = simplejpeg.encode_jpeg(black, quality=50, colorspace="GRAY")
    return jpeg


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of one of our JPEG files."""
    height, width, _, _ = simplejpeg.decode_jpeg_header(jpeg)
    return width, height


class StillEncoder(VideoEncoder):
    """A rendition of stills of a track, for frames of exactly `width`×`height`.

    `quality`: of stills in motion, unless a request asks for less. The encoder forwards a source's
    own JPEG file when a request allows that, and its quality is at least `AS_DELIVERED` or a new
    file would not be smaller.
    """

    name = _LIBRARY

    def __init__(
        self,
        *,
        track: int,
        width: int,
        height: int,
        fps: int,
        quality: int,
        sequence: int = 0,
        rendition: Rendition = Rendition.JPEG,
    ) -> None:
        self._in_motion = quality
        self._sequence = sequence
        self._config = TrackConfig(
            track=track,
            rendition=rendition,
            codec=Codec.JPEG,
            codec_string="",
            width=width,
            height=height,
            coded_width=width,
            coded_height=height,
            fps=fps,
        )

    @property
    def config(self) -> TrackConfig:
        return self._config

    @property
    def next_sequence(self) -> int:
        return self._sequence

    def needs_pixels(self, frame: Frame, request: EncodeRequest) -> bool:
        if request.sketch or request.region is not None or not self._delivered(frame, request):
            return True
        return self._quality_for(request.quality) < AS_DELIVERED

    def apart(self, frame: Frame, request: EncodeRequest) -> StillCodec | None:
        if request.region is not None or not self.needs_pixels(frame, request):
            return None
        if request.sketch:
            return encode_sketch
        quality = self._quality_for(request.quality)
        return partial(
            encode_within,
            quality=quality,
            limit_bytes=request.limit_bytes,
            may_be_png=request.may_be_png,
        )

    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        sequence, self._sequence = self._sequence, (self._sequence + 1) % 2**32
        return Packet(
            kind=PacketKind.STILL,
            rendition=self._config.rendition,
            track=self._config.track,
            sequence=sequence,
            pts_us=frame.pts_us,
            is_keyframe=request.region is None,
            damage=Damage.of(request.region or frame.bounds),
            payload=self._payload(frame, request),
        )

    def _payload(self, frame: Frame, request: EncodeRequest) -> bytes:
        if request.region is not None:
            return encode_piece(frame, request.region)
        if request.sketch:
            return request.made or encode_sketch(frame)
        delivered = self._delivered(frame, request)
        self.name = FORWARDED
        if not self.needs_pixels(frame, request):
            return delivered
        quality = self._quality_for(request.quality)
        made = request.made or encode_within(
            frame, quality, request.limit_bytes, may_be_png=request.may_be_png
        )
        if delivered and len(delivered) <= len(made):
            return delivered
        self.name = _LIBRARY
        return made

    @staticmethod
    def _delivered(frame: Frame, request: EncodeRequest) -> bytes:
        """The source's own file, if there is one and the request allows to forward it."""
        return frame.jpeg if request.may_forward else b""

    def _quality_for(self, limit: int | None) -> int:
        if limit is None:
            return max(self._in_motion, AT_REST)
        return min(self._in_motion, limit)

    def close(self) -> None:
        """There is nothing to release."""
