"""A viewer whose pictures another process of this host sends. Event loop.

This process lets it in, sends it what concerns its person and the host, and decides which stream it
watches. It does not subscribe: packets, acks and everything else about the stream are the other
process's, which reports how the viewer is (`Facts`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from samescreen.media import Limit, Rendition
from samescreen.wire.messages import Report

from .viewer import NO_REPORT, Viewer


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """How one viewer is, as the process measures that serves it.

    `sound`: the rendition that it listens to, the packets it got, and those that were too late.
    """

    rendition: Rendition | None = None
    hidden: bool = False
    limit: Limit = "none"
    rtt_us: int | None = None
    queue_us: int = 0
    in_flight_bytes: int = 0
    gated: bool = False
    gated_us: int = 0
    dropped: int = 0
    is_stuck: bool = False
    report: Report = NO_REPORT
    sound: tuple[Rendition, int, int] | None = None


NO_FACTS: Final = Facts()


class FarViewer(Viewer):
    """`on_move` is called when the viewer watches another stream, or a new track of it."""

    is_far = True
    facts = NO_FACTS
    ack_interval_ms = 0
    on_move: Callable[[bool], None] | None = None

    def is_told(self, facts: Facts) -> None:
        """Take what the other process measured."""
        self.facts, self.report = facts, facts.report
        self.rendition = None if facts.hidden else facts.rendition

    def acknowledge_every(self, interval_ms: int) -> None:
        """Keep the interval for the process that gets the acks."""
        self.ack_interval_ms = interval_ms

    def switch_track(self, track: int, now_us: int, *, is_requested: bool = False) -> None:
        """Have the other process show it another stream."""
        self.session.track = track
        if self.on_move is not None:
            self.on_move(is_requested)


def is_stuck(viewer: Viewer, now_us: int) -> bool:
    """Whether nothing reaches this viewer at the moment, near or far."""
    if isinstance(viewer, FarViewer):
        return viewer.facts.is_stuck
    return viewer.outbox.is_stuck(now_us)


def queue_us(viewer: Viewer) -> int:
    """How long a picture waits on its way to this viewer, near or far; 0: none is on its way."""
    if isinstance(viewer, FarViewer):
        return viewer.facts.queue_us if viewer.facts.in_flight_bytes else 0
    window = viewer.outbox.window
    return window.queue_us if window.in_flight_bytes else 0
