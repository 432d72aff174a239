"""The publisher of H.264 that a program pushes. Event loop; it encodes no main and never waits.

Main is passed on as it is. The low rendition and stills are made of it while somebody needs them
(`smaller_pictures`). While somebody waits for a keyframe, it asks the program for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final, Protocol

from samescreen.clock import clock_us
from samescreen.flow.rate import LOW_CEILING
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import Sketch, SourceStatus, TrackEvent
from samescreen.hub.publisher import ClipboardSink, ControlSink, MediaTrack
from samescreen.hub.publishers import Encoding
from samescreen.hub.stream import Stream
from samescreen.media import Packet, Rendition, TrackConfig

from .meter import TrackMeter
from .pushed_video import PushedVideo
from .smaller_pictures import SmallerPictures

KEYFRAME_AGAIN_US: Final = 500_000


class Here(Protocol):
    """What the publisher needs of the streams of this host."""

    def next_track(self) -> int:
        """A track number that is free."""

    def renewed(self, publisher: PushedPublisher, name: str) -> None:
        """The publisher's stream has another track and this name."""


class PushedPublisher:
    """Publishes what is pushed to `source`, on a track of `here`, with smaller pictures of it."""

    control: ControlSink | None = None
    clipboard: ClipboardSink | None = None
    hosts: tuple[str, ...] = ()
    loop_lag_us = 0
    sound: Stream | None = None

    def __init__(self, source: PushedVideo, here: Here, encoding: Encoding) -> None:
        self.source = source
        number = here.next_track()
        main = {Rendition.MAIN: source.ceiling}
        low = {Rendition.LOW: LOW_CEILING.within(source.ceiling)}
        track = MediaTrack("video", number, main | low, encoding.stills, is_passed_on=True)
        self.tracks = (track,)
        self._here = here
        self._smaller: SmallerPictures | None = SmallerPictures(
            source.label, number, encoding, self._needed, answers=source.on_keyframe is not None
        )
        self._deliver: Callable[[TrackEvent], None] | None = None
        self._demand = IDLE
        self._asked_us = -KEYFRAME_AGAIN_US
        self._asking: asyncio.TimerHandle | None = None
        self._needs_keyframe = False
        self._config: TrackConfig | None = None
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

        if self._smaller is not None:
            self._smaller.start(self._made)
        self.source.connect(call)

    def set_demand(self, demand: Demand) -> None:
        """Make smaller pictures, and ask the program for a keyframe, where somebody needs one."""
        self._demand = demand.lasting()
        self._needs_keyframe |= Rendition.MAIN in demand.keyframes
        if self._smaller is not None:
            self._smaller.set_demand(demand)
        self._ask()

    async def close(self) -> None:
        """Pass on nothing more; within a second. May be called twice."""
        self._deliver = None
        if self._asking is not None:
            self._asking.cancel()
        self.source.dispose()
        if self._smaller is not None:
            await self._smaller.close()

    def _drain(self) -> None:
        now_us = clock_us()
        for event in self.source.taken():
            if self._deliver is None:
                return
            if isinstance(event, Packet):
                self._pass_on(event, now_us)
            elif isinstance(event, TrackConfig):
                self._configure(event)
        stats = self._meter.report(now_us, "pushed")
        if stats is not None and self._deliver is not None:
            self._deliver(stats)
        self._ask()

    def _configure(self, config: TrackConfig) -> None:
        assert self._deliver is not None
        self._config = config
        if self._smaller is not None:
            self._smaller.configured(config)
        self._deliver(replace(config, track=self.tracks[0].number))

    def _pass_on(self, packet: Packet, now_us: int) -> None:
        assert self._deliver is not None
        if not self._is_live:
            self._is_live = True
            self._deliver(SourceStatus("live", "live", self.source.label, self.source.backend))
        self._needs_keyframe &= not packet.is_keyframe
        self._meter.captured(now_us)
        self._meter.encoded(packet, 0)
        self._deliver(replace(packet, track=self.tracks[0].number))
        if self._smaller is not None:
            self._smaller.take(packet)

    def _made(self, event: TrackEvent) -> None:
        """A smaller picture, or what its track says before."""
        if self._deliver is None:
            return
        if isinstance(event, Packet):
            self._meter.refined(event)
        elif isinstance(event, Sketch):
            self._meter.refined(event.packet)
        self._deliver(event)

    def _needed(self) -> None:
        """Smaller pictures need a keyframe of main, or cannot be made any more."""
        smaller = self._smaller
        if smaller is not None and smaller.ended and self._deliver is not None:
            self._smaller = None
            smaller.stop()
            self._go_on_with_main()
        self._ask()

    def _go_on_with_main(self) -> None:
        """Begin a new track of main alone: those on another rendition come back to it."""
        main = {Rendition.MAIN: self.source.ceiling}
        number = self._here.next_track()
        self.tracks = (MediaTrack("video", number, main, is_passed_on=True),)
        self._is_live, config = False, self._config
        self._here.renewed(self, self.source.label)
        if config is not None:
            self._configure(config)

    def _ask(self) -> None:
        """Ask again and again, but not too often, until a keyframe comes."""
        smaller = self._smaller
        is_for_smaller = smaller is not None and smaller.needs_keyframe
        is_watched = Rendition.MAIN in self._demand.renditions
        is_for_main = is_watched and (self._needs_keyframe or self.source.needs_keyframe)
        on_keyframe, now_us = self.source.on_keyframe, clock_us()
        is_needed = self._deliver is not None and (is_for_main or is_for_smaller)
        if not is_needed or on_keyframe is None or self._asking is not None:
            return
        loop, wait_us = asyncio.get_running_loop(), self._asked_us + KEYFRAME_AGAIN_US - now_us
        if wait_us > 0:
            self._asking = loop.call_later(wait_us / 1e6, self._ask_again)
            return
        self._asked_us = now_us
        # Later, so that what it raises goes to the loop's exception handler.
        loop.call_soon(on_keyframe)

    def _ask_again(self) -> None:
        self._asking = None
        self._ask()
