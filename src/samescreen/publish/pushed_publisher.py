"""The publisher of H.264 that a program pushes. Event loop; it encodes nothing and never waits.

It has the main rendition only. While a viewer waits for a keyframe, it asks the program for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from samescreen.clock import clock_us
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import SourceStatus, TrackEvent
from samescreen.hub.publisher import ClipboardSink, ControlSink, MediaTrack
from samescreen.hub.stream import Stream
from samescreen.media import Packet, Rendition, TrackConfig

from .meter import TrackMeter
from .pushed_video import PushedVideo

KEYFRAME_AGAIN_US: Final = 500_000


class PushedPublisher:
    """Publishes what is pushed to `source` as track `number`."""

    control: ControlSink | None = None
    clipboard: ClipboardSink | None = None
    hosts: tuple[str, ...] = ()
    loop_lag_us = 0
    sound: Stream | None = None

    def __init__(self, source: PushedVideo, number: int) -> None:
        self.source = source
        self.tracks = (MediaTrack("video", number, {Rendition.MAIN: source.ceiling}),)
        self._deliver: Callable[[TrackEvent], None] | None = None
        self._demand = IDLE
        self._asked_us = -KEYFRAME_AGAIN_US
        self._needs_keyframe = False
        self._is_live = False
        self._meter = TrackMeter()

    @property
    def dropped(self) -> int:
        """Pictures that the event loop did not take in time."""
        return self.source.dropped

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Pass on what is pushed from now on."""
        self._deliver = deliver
        deliver(SourceStatus("waiting", "no-picture", self.source.waiting, self.source.backend))
        loop = asyncio.get_running_loop()

        def call() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._drain)

        self.source.connect(call)

    def set_demand(self, demand: Demand) -> None:
        """Ask the program for a keyframe where somebody needs one."""
        self._demand = demand.lasting()
        self._needs_keyframe |= Rendition.MAIN in demand.keyframes
        self._ask()

    async def close(self) -> None:
        """Pass on nothing more. May be called twice."""
        self._deliver = None
        self.source.dispose()

    def _drain(self) -> None:
        now_us = clock_us()
        for event in self.source.taken():
            if self._deliver is None:
                return
            if isinstance(event, Packet):
                self._pass_on(event, now_us)
            elif isinstance(event, TrackConfig):
                self._deliver(replace(event, track=self.tracks[0].number))
        stats = self._meter.report(now_us, "pushed")
        if stats is not None and self._deliver is not None:
            self._deliver(stats)
        self._ask()

    def _pass_on(self, packet: Packet, now_us: int) -> None:
        assert self._deliver is not None
        if not self._is_live:
            self._is_live = True
            self._deliver(SourceStatus("live", "live", self.source.label, self.source.backend))
        self._needs_keyframe &= not packet.is_keyframe
        self._meter.captured(now_us)
        self._meter.encoded(packet, 0)
        self._deliver(replace(packet, track=self.tracks[0].number))

    def _ask(self) -> None:
        """Ask again and again, but not too often, until a keyframe comes."""
        is_watched = Rendition.MAIN in self._demand.renditions
        is_needed = self._needs_keyframe or self.source.needs_keyframe
        now_us = clock_us()
        if not is_watched or not is_needed or now_us - self._asked_us < KEYFRAME_AGAIN_US:
            return
        self._asked_us = now_us
        # Later, so that what it raises goes to the loop's exception handler.
        asyncio.get_running_loop().call_soon(self.source.on_keyframe)
