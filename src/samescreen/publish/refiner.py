"""Sends the unchanged parts of the picture again, as exact 4:4:4 stills.

Runs on the track's thread. Refining has the lowest priority: it encodes a piece only when no event
waits for the event loop, and only while a viewer has room for it.
"""

from __future__ import annotations

from typing import Final

from samescreen.flow.refine import Refining
from samescreen.hub.demand import Demand
from samescreen.hub.events import Piece, RepairDone
from samescreen.media import Damage, Frame

from .bridge import ThreadBridge
from .encoders import Encoders
from .meter import TrackMeter

BUSY_US: Final = 4_000
"""When to check again whether the loop has taken what was posted."""


class Refiner:
    """Refines the picture of one track; `meter` counts the bytes."""

    def __init__(self, encoders: Encoders, bridge: ThreadBridge, meter: TrackMeter) -> None:
        self._encoders = encoders
        self._bridge = bridge
        self._meter = meter
        self._tiles = Refining()

    def apply(self, demand: Demand) -> None:
        """Schedule the pieces that viewers lost."""
        if demand.repair:
            self._tiles.request_repair(demand.repair)

    def resize(self, frame: Frame, now_us: int) -> None:
        """All following frames have this size."""
        self._tiles.resize(frame.width, frame.height, now_us)

    def painted(self, damage: Damage, now_us: int) -> None:
        """The picture changed here, or a packet of main paints over it."""
        self._tiles.painted(damage, now_us)

    def due_us(self, demand: Demand, now_us: int) -> int | None:
        """How long until a piece is due; None: nothing to refine, or no viewer has room."""
        if not demand.refine or not demand.renditions:
            return None
        due_us = self._tiles.due_us(now_us)
        return BUSY_US if due_us == 0 and not self._bridge.is_clear() else due_us

    def refine(self, frame: Frame, now_us: int) -> None:
        """Send a piece of this picture, if one is due. Main must have shown all its changes."""
        rested = self._tiles.take(now_us)
        if rested is not None:
            packet = self._encoders.piece(frame, rested.region)
            self._meter.refined(packet)
            self._bridge.post(Piece(packet, is_repair=rested.is_repair))
        if self._tiles.end_repair():
            self._bridge.post(RepairDone())
