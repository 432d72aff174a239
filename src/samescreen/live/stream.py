"""One source, live: what is known of it, and who watches.

Event loop; the hub owns it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from samescreen.flow.rate import RateControl
from samescreen.flow.stills import StillAim
from samescreen.hub.events import SourceStatus, TrackStats
from samescreen.media import Packet, Rendition, TrackConfig
from samescreen.publish.bridge import ThreadBridge

from .sound_feed import SoundFeed
from .stills import StillFeed
from .viewer import Viewer

STARTING: Final = SourceStatus("waiting", "starting", "the screen is being opened")
_ACK_INTERVALS: Final = (
    (10, 20), (50, 50), (200, 100), (350, 300), (10**9, 500),
)  # (viewers up to, ms)  # fmt: skip
RISE_SPACING_US: Final = 4_000_000
_NO_STATS: Final = TrackStats(0, 0, 0, 0, "")


@dataclass(slots=True)
class Stream:
    """One source, live: what is known of it, and who watches."""

    stream_id: str
    name: str
    track: int
    rates: dict[Rendition, RateControl]
    bridge: ThreadBridge | None = None
    status: SourceStatus = STARTING
    stats: TrackStats = _NO_STATS
    configs: dict[Rendition, TrackConfig] = field(default_factory=dict)
    viewers: dict[str, Viewer] = field(default_factory=dict)
    cpu_percent: float = 0.0
    untold: deque[Viewer] = field(default_factory=deque)
    """Who has yet to hear of `stats`: with many viewers they are told in slices."""

    risen_us: int = -RISE_SPACING_US
    """When viewers went up from low last: together, for each time costs all a keyframe."""

    stuck: set[str] = field(default_factory=set)
    """Ids of viewers that were told that their connection is stuck."""

    roomy: Viewer | None = None
    """Had room for a piece of refinement when that was asked last."""

    is_repeating: bool = False
    """Pieces of refinement that viewers missed are being made again."""

    awaiting_still: list[asyncio.Future[Packet]] = field(default_factory=list)
    stills: StillFeed = field(default_factory=lambda: StillFeed(StillAim()))
    sound: SoundFeed | None = None
    """What is heard with it; several streams may share one."""


def ack_interval_ms(viewers: int) -> int:
    """How often each may acknowledge: what all of them cost together stays bounded."""
    return next(interval for limit, interval in _ACK_INTERVALS if viewers <= limit)
