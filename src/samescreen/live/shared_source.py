"""One stream's source on its way into the hub: its track started, replaced, ended.

Runs on the event loop. It encodes nothing and knows no viewer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from samescreen.capture.choose import Choice
from samescreen.encode.base import MakeEncoder
from samescreen.flow.rate import Aim

from .ending import has_ended
from .hub import Hub
from .shared_sound import SharedSound
from .slot import Slot, TrackEvent
from .sound_feed import move_ears
from .stream import Stream
from .track import VideoTrack

_log = logging.getLogger(__name__)


class SharedSource:
    """`make_for` gives the encoders of a track by its number; `ceiling` is what they may cost.

    The sound that a source has of its own is shared with it, where the stream has no other.
    """

    def __init__(
        self,
        hub: Hub,
        stream: Stream,
        choice: Choice,
        make_for: Callable[[int], MakeEncoder],
        ceiling: Aim,
    ) -> None:
        self.stream = stream
        self.source = choice.source
        self._own_sound = choice.sound
        self._hub = hub
        self._make_for = make_for
        self._ceiling = ceiling
        self._track: VideoTrack | None = None
        self._sound: SharedSound | None = None
        self._changing = asyncio.Lock()

    def start(self) -> None:
        """Share it on the stream's track, whose thread disposes of it at the end."""
        stream = self.stream
        if stream.sound is None and self._own_sound is not None:
            self._sound = SharedSound(self._own_sound, stream.track)
            stream.sound = self._sound.start()
        loop = asyncio.get_running_loop()
        slot = Slot(loop, lambda event: self._deliver(slot, event), self._ceiling)
        slot.wish_aims({rendition: rate.aim for rendition, rate in stream.rates.items()})
        stream.slot = slot
        self._track = VideoTrack(self.source, slot, self._make_for(stream.track), self._ceiling)
        self._track.start()

    async def change(self, choice: Choice, track: int) -> None:
        """Share another source in its place, as track number `track`; viewers stay."""
        async with self._changing:
            heard = self.stream.sound
            await self.end()
            self._hub.rename(self.stream, choice.label, track)
            self.source, self._own_sound = choice.source, choice.sound
            self.start()
            self._hub.start_afresh(self.stream)
            for viewer in self.stream.viewers.values():
                move_ears(viewer, heard, self.stream.sound)

    async def end(self) -> None:
        """End the track and let go of its source; under two seconds."""
        if self._sound is None:
            await self._end_track()
        else:
            await asyncio.gather(self._sound.end(), self._end_track())
            # Last, with the next source's in the same breath: who turns away until then leaves it.
            self._sound = self.stream.sound = None

    async def _end_track(self) -> None:
        if self._track is None or self.stream.slot is None:
            return
        self.stream.slot.stop()
        if not await has_ended(self._track.join):
            _log.error("the capture did not end in time; leaving it behind")
        self._track = None

    def _deliver(self, slot: Slot, event: TrackEvent) -> None:
        if slot is self.stream.slot:  # else: the last words of a source that was replaced
            self._hub.deliver(self.stream, event)
