"""The local publisher: a source of this machine, on a thread that captures and encodes it.

Runs on the event loop. It encodes nothing itself and knows no viewer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from samescreen.capture.choose import OpenedSource
from samescreen.clock import clock_us
from samescreen.encode.base import MakeEncoder
from samescreen.flow.rate import RateTarget, ceilings
from samescreen.flow.stills import StillTarget
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import TrackEvent
from samescreen.hub.publisher import MediaTrack
from samescreen.hub.stream import Stream

from .bridge import ThreadBridge
from .ending import has_ended
from .local_sound import sound_stream
from .video_track import VideoTrack

_log = logging.getLogger(__name__)


class LocalPublisher:
    """`number` is its track's; `ceiling` and `stills` are the most that video and stills may cost.

    A source with a sound of its own brings it as `sound`, once it was started.
    """

    control = None

    def __init__(
        self,
        choice: OpenedSource,
        number: int,
        make_encoder: MakeEncoder,
        ceiling: RateTarget,
        stills: StillTarget | None = None,
    ) -> None:
        self.source = choice.source
        self._own_sound = choice.sound
        self.tracks = (MediaTrack("video", number, ceilings(ceiling), stills or StillTarget()),)
        self.sound: Stream | None = None
        self._make_encoder = make_encoder
        self._ceiling = ceiling
        self._demand = IDLE
        self._bridge: ThreadBridge | None = None
        self._track: VideoTrack | None = None

    @property
    def loop_lag_us(self) -> int:
        """How long events lately waited for the event loop."""
        return self._bridge.loop_lag_us if self._bridge else 0

    @property
    def dropped(self) -> int:
        """Packets that never reached the hub because the event loop was held up."""
        return self._bridge.dropped if self._bridge else 0

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Capture from now on, whenever there is a demand; the thread disposes of the source."""
        if self._own_sound is not None:
            number = self.tracks[0].number
            self.sound = sound_stream("", self._own_sound, number, clock_us)
        loop = asyncio.get_running_loop()
        bridge = ThreadBridge(loop, deliver, self._ceiling)
        bridge.set_demand(self._demand)
        self._bridge = bridge
        self._track = VideoTrack(self.source, bridge, self._make_encoder, self._ceiling)
        self._track.start()

    def set_demand(self, demand: Demand) -> None:
        """Make this from now on; before the start, it is remembered."""
        if self._bridge is not None:
            self._bridge.set_demand(demand)
        else:
            kept = self._demand.keyframes | demand.keyframes
            self._demand = replace(demand, keyframes=kept)

    async def close(self) -> None:
        """End the track and its sound, and let go of the source; under two seconds."""
        sound, self.sound = self.sound, None
        if sound is None:
            await self._end_track()
        else:
            await asyncio.gather(sound.publisher.close(), self._end_track())

    async def _end_track(self) -> None:
        track, self._track = self._track, None
        if track is None or self._bridge is None:
            return
        self._bridge.stop()
        if not await has_ended(track.join):
            _log.error("the capture did not end in time; leaving it behind")
