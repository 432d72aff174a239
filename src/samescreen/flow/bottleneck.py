"""What limits one viewer's picture now: its tab, link or decoder, or the host. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samescreen.media import Limit

_BUSY_CPU_PERCENT: Final = 90.0
_CLOSE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the host knows of one viewer and of itself. `fps`: the wanted pictures a second."""

    hidden: bool
    stuck: bool
    link_is_narrow: bool
    decode_us: int
    encode_us: int
    fps: int
    cpu_percent: float


def find_bottleneck(conditions: Conditions) -> Limit:
    """The first that applies: hidden tab, stuck connection, decoder, network, encoder, host CPU.

    The decoder comes before the network because the viewer acknowledges a packet after decoding
    it. A slow decoder therefore looks like a narrow link, and not the other way round.
    """
    interval_us = 1_000_000 / conditions.fps
    if conditions.hidden:
        return "hidden"
    if conditions.stuck:
        return "stalled"
    if conditions.decode_us > _CLOSE * interval_us:
        return "decoder"
    if conditions.link_is_narrow:
        return "network"
    if conditions.encode_us > _CLOSE * interval_us:
        return "encoder"
    return "host" if conditions.cpu_percent > _BUSY_CPU_PERCENT else "none"
