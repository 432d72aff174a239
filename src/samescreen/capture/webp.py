"""Animated WebP, which libav does not decode: decodes its frames one by one and blends them.

Runs on a reader thread. The format: developers.google.com/speed/webp/docs/riff_container.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from .decoded import interpolation_at

_HEAD: Final = 12
_CANVAS: Final = 10
_FRAME: Final = 16
_ANIMATED: Final = 0x02
_ALPHA: Final = 0x10
_DISPOSES: Final = 0x01
_REPLACES: Final = 0x02
_MOST_PX: Final = 8192
_SHORTEST_MS: Final = 11
"""Browsers show a frame that is meant to be shorter than this for a tenth of a second."""

_TENTH_MS: Final = 100


@dataclass(frozen=True, slots=True)
class _Part:
    """One frame: a still WebP, and its place on the canvas."""

    file: bytes
    x: int
    y: int
    lasts_ms: int
    flags: int


def is_animated(file: bytes) -> bool:
    """Whether `file` starts like an animated WebP."""
    return (
        file[:4] == b"RIFF"
        and file[8:16] == b"WEBPVP8X"
        and len(file) > _HEAD + 8
        and bool(file[_HEAD + 8] & _ANIMATED)
    )


def animation(file: bytes) -> Iterator[av.VideoFrame]:
    """The pictures of an animated file, each with its time and duration.

    Damaged frames are left out.
    """
    chunks = list(_chunks(file[_HEAD:]))
    head = next((body for name, body in chunks if name == b"VP8X"), b"")
    if len(head) < _CANVAS:
        return
    width, height = _u24(head, 4) + 1, _u24(head, 7) + 1
    if max(width, height) > _MOST_PX:
        return
    canvas = np.zeros((height, width, 4), dtype=np.uint8)
    reformatter, at_ms = VideoReformatter(), 0
    for part in (_part(body) for name, body in chunks if name == b"ANMF" and len(body) > _FRAME):
        pixels = _decoded(part.file, reformatter)
        if pixels is None:
            continue
        spot = canvas[part.y : part.y + pixels.shape[0], part.x : part.x + pixels.shape[1]]
        if spot.shape != pixels.shape:
            continue
        spot[:] = pixels if part.flags & _REPLACES else _over(pixels, spot)
        picture = av.VideoFrame.from_ndarray(canvas, "rgba")
        picture.pts, picture.time_base = at_ms, Fraction(1, 1000)
        picture.duration = part.lasts_ms
        yield picture
        at_ms += part.lasts_ms
        if part.flags & _DISPOSES:
            spot[:] = 0


def _chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(body):
        name, (size,) = body[at : at + 4], struct.unpack_from("<I", body, at + 4)
        yield name, body[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _part(body: bytes) -> _Part:
    width, height = _u24(body, 6), _u24(body, 9)
    lasts_ms = _u24(body, 12)
    chunks = [(name, each) for name, each in _chunks(body[_FRAME:]) if name in _PICTURE]
    if chunks and chunks[0][0] == b"ALPH":
        chunks.insert(0, (b"VP8X", bytes((_ALPHA, 0, 0, 0)) + _bytes24(width) + _bytes24(height)))
    return _Part(
        file=_still(chunks),
        x=2 * _u24(body, 0),
        y=2 * _u24(body, 3),
        lasts_ms=lasts_ms if lasts_ms >= _SHORTEST_MS else _TENTH_MS,
        flags=body[15],
    )


_PICTURE: Final = (b"ALPH", b"VP8 ", b"VP8L")


def _still(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(each)) + each + bytes(len(each) % 2) for name, each in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _decoded(file: bytes, reformatter: VideoReformatter) -> NDArray[np.uint8] | None:
    codec = av.CodecContext.create("webp", "r")
    assert isinstance(codec, av.VideoCodecContext)
    try:
        frames = [*codec.decode(av.Packet(file)), *codec.decode(None)]
        if not frames:
            return None
        how = interpolation_at(frames[0].width)
        turned = reformatter.reformat(frames[0], format="rgba", interpolation=how, threads=1)
        pixels = turned.to_ndarray().astype(np.uint8)
    except av.FFmpegError:
        return None
    if not any(component.is_alpha for component in frames[0].format.components):
        pixels[:, :, 3] = 255  # swscale leaves it unset
    return pixels


def _over(pixels: NDArray[np.uint8], below: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`pixels` blended over `below`. Neither is premultiplied with its alpha."""
    alpha = pixels[:, :, 3:].astype(np.float32) / 255
    under = below[:, :, 3:].astype(np.float32) / 255 * (1 - alpha)
    whole = alpha + under
    colours = (pixels[:, :, :3] * alpha + below[:, :, :3] * under) / np.maximum(whole, 1e-6)
    return np.concatenate((colours, whole * 255), axis=2).round().astype(np.uint8)


def _u24(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 3], "little")


def _bytes24(number: int) -> bytes:
    return number.to_bytes(3, "little")
