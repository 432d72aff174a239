"""The publisher of `host:URL`: connects, goes on connecting, and hands packets on. Event loop.

The stream stays while the other host is away. Each time that host is back, or shows another source,
the stream has a new track here, as after any change of source.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from samescreen.capture.far import FarSource
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import SourceStatus, TrackEvent
from samescreen.hub.publisher import MediaTrack
from samescreen.hub.stream import Stream
from samescreen.publish.remote import RemotePublisher
from samescreen.wire.messages import StatusReason

from . import reasons
from .door import Door
from .reasons import Again, Failure, Reason
from .visit import Visit

_log = logging.getLogger(__name__)

_CLOSE_S: Final = 1.5


class Here(Protocol):
    """What the publisher needs of the streams of this host."""

    @property
    def host_id(self) -> str:
        """What tells this host from all others."""

    def next_track(self) -> int:
        """A track number that is free."""

    def renewed(self, publisher: FarPublisher, name: str) -> None:
        """The publisher's stream has another track and this name."""

    def sound_changed(self, publisher: FarPublisher) -> None:
        """The publisher's stream has another sound."""


class Waits:
    """How long to wait before the next try, in seconds. Pure."""

    _FIRST_S: Final = 0.25
    _LONGEST_S: Final = 1.0
    _FIRST_LATER_S: Final = 5.0
    _LONGEST_LATER_S: Final = 30.0

    def __init__(self) -> None:
        self._tries = 0

    def reset(self) -> None:
        """It worked."""
        self._tries = 0

    def after(self, reason: Reason) -> float:
        """After it failed for that reason, or ended."""
        is_soon = reason.again is Again.SOON
        first_s = self._FIRST_S if is_soon else self._FIRST_LATER_S
        longest_s = self._LONGEST_S if is_soon else self._LONGEST_LATER_S
        wait_s = min(longest_s, first_s * float(1 << min(self._tries, 10)))
        self._tries += 1
        return max(wait_s, reason.wait_s)


class FarPublisher:
    """Publishes what another host shares. `hosts`: those that it comes through, nearest first."""

    control = None
    clipboard = None
    loop_lag_us = 0

    def __init__(self, source: FarSource, here: Here) -> None:
        self.source = source
        self.sound: Stream | None = None
        self.hosts: tuple[str, ...] = ()
        self.host_id = here.host_id
        self._here = here
        self._first = MediaTrack("video", here.next_track())
        self._pictures: RemotePublisher | None = None
        self._deliver: Callable[[TrackEvent], None] | None = None
        self._demand = IDLE
        self._waits = Waits()
        self._task: asyncio.Task[None] | None = None

    @property
    def tracks(self) -> tuple[MediaTrack, ...]:
        return (self._first,) if self._pictures is None else self._pictures.tracks

    @property
    def dropped(self) -> int:
        """Packets that the gate refused."""
        return 0 if self._pictures is None else self._pictures.dropped

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Begin to connect."""
        self._deliver = deliver
        self._task = asyncio.get_running_loop().create_task(self._run())

    def set_demand(self, demand: Demand) -> None:
        """Ask the other host for this; while it is away, once it is back."""
        if self._pictures is not None:
            self._pictures.set_demand(demand)
        else:
            kept = self._demand.keyframes | demand.keyframes
            self._demand = replace(demand, keyframes=kept)

    async def close(self) -> None:
        """Leave the other host, and dispose of the source; under two seconds. May be called twice.
        """
        task, self._task = self._task, None
        self._deliver = None
        self.source.dispose()
        if task is not None:
            task.cancel()
            await asyncio.wait((task,), timeout=_CLOSE_S)

    # What a visit reports

    def next_track(self) -> int:
        """A track number that is free here."""
        return self._here.next_track()

    def begin(self, publisher: RemotePublisher, name: str, hosts: tuple[str, ...]) -> None:
        """The stream has another source from now on, which came through these hosts."""
        if self._deliver is None:
            return
        publisher.set_demand(self._demand)
        self._demand = IDLE
        self._pictures, self.hosts = publisher, hosts
        self._waits.reset()
        self._here.renewed(self, name)
        publisher.start(self._deliver)

    def show(self, status: SourceStatus) -> None:
        """The state of the stream."""
        if self._deliver is not None:
            self._deliver(status)

    def play(self, sound: Stream | None) -> None:
        """The sound of the stream; None: it has none."""
        self.sound = sound
        if self._deliver is not None:
            self._here.sound_changed(self)

    async def _run(self) -> None:
        while True:
            reason = await self._visit()
            is_soon = reason.again is Again.SOON
            code: StatusReason = "source-lost" if is_soon else "source-unavailable"
            self.show(SourceStatus("lost", code, reason.why))
            _log.info("%s: %s", self.source.label, reason.why)
            await asyncio.sleep(self._waits.after(reason) * random.uniform(0.8, 1.0))

    async def _visit(self) -> Reason:
        """Take the stream as long as it can be had; returns why it ended."""
        try:
            async with Door(self.source.address) as door:
                await Visit(door, self.source.address, self).run()
        except Failure as failure:
            return failure.reason
        except Exception:
            _log.exception("taking the stream of %s failed", self.source.label)
        return reasons.BROKE
