"""Reads H.264 back: a decoder, the colours of a picture, and a bit writer for parameter sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from samescreen.encode.sps import NAL_IDR, nal_type, nal_units
from samescreen.media import Damage, Frame, Packet, Pixels, Region

Bgr = tuple[int, int, int]


def picture(pixels: Pixels, pts_us: int = 0, *damage: Region) -> Frame:
    """A frame; without `damage`, everything in it is new."""
    height, width = pixels.shape[:2]
    return Frame(pixels, pts_us, Damage.of(*(damage or (Region(0, 0, width, height),))))


def noise(width: int, height: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


def patches(width: int, height: int, colours: Sequence[Bgr]) -> Pixels:
    """Vertical stripes of flat colours."""
    pixels = np.zeros((height, width, 4), dtype=np.uint8)
    share = width // len(colours)
    for index, colour in enumerate(colours):
        pixels[:, index * share :, :3] = colour
    return pixels


class Decoder:
    """FFmpeg's H.264 decoder: one packet in, one picture out."""

    def __init__(self) -> None:
        context = av.CodecContext.create("h264", "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1
        context.options = {"flags": "low_delay"}
        self._context: Any = context

    def decode(self, packet: Packet) -> list[NDArray[np.uint8]]:
        """The Y, U and V planes of the packet's picture, decoded without delay."""
        (decoded,) = self._context.decode(av.Packet(packet.payload))
        return planes_of(decoded)


def planes_of(decoded: Any) -> list[NDArray[np.uint8]]:
    """Copies of a YUV frame's planes."""
    planes = []
    for plane in decoded.planes:
        rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        planes.append(rows[: plane.height, : plane.width].copy())
    return planes


def bgr_at(planes: list[NDArray[np.uint8]], x: int, y: int) -> NDArray[np.float64]:
    """The colour around a point, by BT.709 limited range (Rec. ITU-R BT.709-6, §3)."""
    luma, blue, red = (
        float(np.median(plane[y // by - 1 : y // by + 2, x // by - 1 : x // by + 2]))
        for plane, by in zip(planes, (1, 2, 2), strict=True)
    )
    grey = (luma - 16) * 255 / 219
    pb, pr = (blue - 128) * 255 / 224, (red - 128) * 255 / 224
    channels = (grey + 1.8556 * pb, grey - 0.1873 * pb - 0.4681 * pr, grey + 1.5748 * pr)
    return np.array([min(max(channel, 0.0), 255.0) for channel in channels])


def nal_types(packet: Packet) -> list[int]:
    return [nal_type(unit) for unit in nal_units(packet.payload)]


def pictures_in(packet: Packet) -> int:
    """Slices that begin a picture: first_mb_in_slice is 0, which is a 1 bit."""
    return sum(unit[1] >> 7 for unit in _slices(packet))


def slices_in(packet: Packet) -> int:
    """All slices, of one picture or of several."""
    return len(_slices(packet))


def _slices(packet: Packet) -> list[bytes]:
    return [bytes(u) for u in nal_units(packet.payload) if nal_type(u) in (1, NAL_IDR)]


class BitWriter:
    """Writes the codes of H.264 §7.2 and §9.1."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def u(self, count: int, value: int) -> BitWriter:
        self._bits.append(format(value, f"0{count}b") if count else "")
        return self

    def ue(self, *values: int) -> BitWriter:
        for value in values:
            code = format(value + 1, "b")
            self._bits.append("0" * (len(code) - 1) + code)
        return self

    def se(self, *values: int) -> BitWriter:
        return self.ue(*(2 * abs(value) - (value > 0) for value in values))

    def append(self, more: BitWriter) -> BitWriter:
        self._bits += more._bits
        return self

    def nal(self, header: int = 0x67) -> bytes:
        """The NAL unit: stop bit, alignment, emulation prevention."""
        bits = "".join(self._bits) + "1"
        bits += "0" * (-len(bits) % 8)
        payload = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
        out, zeros = bytearray([header]), 0
        for byte in payload:
            if zeros == 2 and byte <= 3:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return bytes(out)
