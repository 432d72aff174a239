"""Sends what rests once more, exactly: pieces of the picture as 4:4:4 stills. Track's thread.

Idle priority: a piece is made when nothing waits to cross to the loop, and only while somebody
has room for it.
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
"""Before it is looked again whether the loop has taken what was posted."""


class Refiner:
    """Of one track; `meter` counts the bytes."""

    def __init__(self, encoders: Encoders, bridge: ThreadBridge, meter: TrackMeter) -> None:
        self._encoders = encoders
        self._bridge = bridge
        self._meter = meter
        self._tiles = Refining()

    def apply(self, demand: Demand) -> None:
        """Take what viewers lost."""
        if demand.repair:
            self._tiles.request_repair(demand.repair)

    def resize(self, frame: Frame, now_us: int) -> None:
        """Frames are of this size from now on."""
        self._tiles.resize(frame.width, frame.height, now_us)

    def painted(self, damage: Damage, now_us: int) -> None:
        """The picture changed here, or a packet of main paints it again."""
        self._tiles.painted(damage, now_us)

    def due_us(self, demand: Demand, now_us: int) -> int | None:
        """How long until a piece is due; None: nothing to refine, or nobody has room."""
        if not demand.refine or not demand.renditions:
            return None
        due_us = self._tiles.due_us(now_us)
        return BUSY_US if due_us == 0 and not self._bridge.is_clear() else due_us

    def refine(self, frame: Frame, now_us: int) -> None:
        """Send a piece of this picture, whose every change main has shown."""
        rested = self._tiles.take(now_us)
        if rested is not None:
            packet = self._encoders.piece(frame, rested.region)
            self._meter.refined(packet)
            self._bridge.post(Piece(packet, is_repair=rested.is_repair))
        if self._tiles.end_repair():
            self._bridge.post(RepairDone())
