"""Whole pictures as JPEG: first paint, snapshots, and pages that can decode nothing else; and
pieces of a picture that rests, exact enough to read red text on black.

Runs on the track's thread. Stateless: any still may be dropped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import simplejpeg

from samescreen.errors import EncodeError
from samescreen.media import (
    Codec,
    Damage,
    Frame,
    Packet,
    PacketKind,
    Region,
    Rendition,
    TrackConfig,
)

from .base import EncodeRequest, VideoEncoder

AT_REST: Final = 90
"""A still of a picture that rests is this good, or as good as asked, if that is better."""

AS_DELIVERED: Final = 75
"""Who may have pictures this good may have those that a source has as JPEG, as they are."""

EXACT: Final = 98
"""With full colour, of a piece of what rests: at least 45 dB of the worst text and lines."""


FORWARDED: Final = "JPEG as the camera makes it"
_LIBRARY: Final = "libjpeg-turbo"


def encode_jpeg(frame: Frame, *, quality: int) -> bytes:
    """A frame as a JPEG file, 4:2:0, `quality` 1…100.

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


def encode_piece(frame: Frame, region: Region) -> bytes:
    """A part of a frame as a JPEG file, 4:4:4, visually equal to the screen.

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
    """The JPEG rendition of a track, for frames of exactly `width`×`height`.

    `quality`: of stills in motion, unless less is asked for. A picture that came as JPEG is
    handed on as it is while that much may be spent on it, or where a new one would be no smaller.
    """

    name = _LIBRARY

    def __init__(
        self, *, track: int, width: int, height: int, fps: int, quality: int, sequence: int = 0
    ) -> None:
        self._in_motion = quality
        self._sequence = sequence
        self._config = TrackConfig(
            track=track,
            rendition=Rendition.JPEG,
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

    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        sequence, self._sequence = self._sequence, (self._sequence + 1) % 2**32
        return Packet(
            kind=PacketKind.STILL,
            rendition=Rendition.JPEG,
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
        quality, delivered = self._quality_for(request.quality), frame.jpeg
        self.name = FORWARDED
        if delivered and quality >= AS_DELIVERED:
            return delivered
        made = encode_jpeg(frame, quality=quality)
        if delivered and len(delivered) <= len(made):
            return delivered
        self.name = _LIBRARY
        return made

    def _quality_for(self, limit: int | None) -> int:
        if limit is None:
            return max(self._in_motion, AT_REST)
        return min(self._in_motion, limit)

    def close(self) -> None:
        """Nothing to let go of."""
