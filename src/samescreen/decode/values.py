"""What a decoder is given and what it gives back: limits and pictures. Any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from .inbox import MOST_WAITING

Layout = Literal["bgr", "bgrx"]
"""How pixels lie in memory: three bytes each, as OpenCV has them, or four, as `media.Pixels`."""

CHANNELS: Final[dict[Layout, int]] = {"bgr": 3, "bgrx": 4}


@dataclass(frozen=True, slots=True)
class Limits:
    """What decoding one stream may cost.

    `pixels`: of one picture. `packet_bytes`: of one packet. `memory_bytes`: what the process may
    have besides what it has before the first packet. `packet_s`: how long one packet may take.
    `waiting`: how many packets may wait for the process.
    """

    pixels: int = 3840 * 2160
    packet_bytes: int = 2 << 20
    memory_bytes: int = 288 << 20
    packet_s: float = 2.0
    waiting: int = MOST_WAITING

    @classmethod
    def of(cls, pixels: int, packet_bytes: int = 2 << 20) -> Self:
        """The memory that pictures of that size need: the gate lets at most four be referred to."""
        return cls(pixels, packet_bytes, (64 << 20) + 27 * pixels)


@dataclass(frozen=True, slots=True)
class Decoded:
    """One picture. `pixels`: (height, width, 3 or 4) uint8, a copy of the caller's own.

    `when_us`: the time that came with its packet. H.264 has even sides: the picture may be one
    pixel wider and higher than the `TrackConfig` of its stream says.
    """

    pixels: NDArray[np.uint8]
    when_us: int
