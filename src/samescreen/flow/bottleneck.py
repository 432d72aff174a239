"""What limits one viewer's picture now: its tab, link or decoder, or the host. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samescreen.media import Limit

_BUSY_CPU_PERCENT: Final = 90.0
_CLOSE: Final = 0.9
_BUSY_US: Final = 500_000
"""Work that takes less of the last second limits nothing, however long one picture takes."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the host knows of one viewer and of itself. `fps`: the wanted pictures a second.

    `encoded_fps`, `painted_fps`: pictures that the host encoded, and that the page reported as
    painted, in the last second.
    """

    hidden: bool
    stuck: bool
    link_is_narrow: bool
    decode_us: int
    encode_us: int
    fps: int
    cpu_percent: float
    encoded_fps: float
    painted_fps: float
    in_flight_bytes: int
    saves_data: bool = False
    """The viewer chose the low rendition."""


def find_bottleneck(conditions: Conditions) -> Limit:
    """The first that applies: hidden tab, stuck connection, decoder, network, the viewer's choice
    to save data, encoder, host CPU.

    The decoder comes before the network because the viewer acknowledges a packet after decoding
    it. A slow decoder therefore looks like a narrow link, and not the other way round.

    Without pictures in the last second only the first two and that choice can apply. One slow
    picture, such as the first of all, makes neither decoder nor encoder the bottleneck.
    """
    interval_us = 1_000_000 / conditions.fps
    if conditions.hidden:
        return "hidden"
    if conditions.stuck:
        return "stalled"
    if _is_busy(conditions.decode_us, conditions.painted_fps, interval_us):
        return "decoder"
    is_moving = conditions.encoded_fps > 0 or conditions.in_flight_bytes > 0
    if conditions.link_is_narrow and is_moving:
        return "network"
    if conditions.saves_data:
        return "preference"
    if _is_busy(conditions.encode_us, conditions.encoded_fps, interval_us):
        return "encoder"
    lacks_pictures = conditions.encoded_fps > 0 and conditions.painted_fps < _CLOSE * conditions.fps
    return "host" if lacks_pictures and conditions.cpu_percent > _BUSY_CPU_PERCENT else "none"


def _is_busy(took_us: int, fps: float, interval_us: float) -> bool:
    """Whether a picture takes almost all of its time, and enough pictures came to show it."""
    return took_us > _CLOSE * interval_us and took_us * fps > _BUSY_US
