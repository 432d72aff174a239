"""What limits one viewer's picture now, in a word. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samescreen.media import Limit

_BUSY_CPU_PERCENT: Final = 90.0
_CLOSE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known. `fps`: pictures a second that are wanted."""

    hidden: bool
    stuck: bool
    link_is_narrow: bool
    decode_us: int
    encode_us: int
    fps: int
    cpu_percent: float


def limit_of(evidence: Evidence) -> Limit:
    """The first of: hidden tab, stuck connection, its decoder, its network, host's encoder, CPU.

    The decoder comes before the network because acks are sent after decoding: a slow decoder
    looks like a narrow link, and not the other way round.
    """
    interval_us = 1_000_000 / evidence.fps
    if evidence.hidden:
        return "hidden"
    if evidence.stuck:
        return "stalled"
    if evidence.decode_us > _CLOSE * interval_us:
        return "decoder"
    if evidence.link_is_narrow:
        return "network"
    if evidence.encode_us > _CLOSE * interval_us:
        return "encoder"
    return "host" if evidence.cpu_percent > _BUSY_CPU_PERCENT else "none"
