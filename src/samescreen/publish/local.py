"""The publisher of a source of pictures of this machine.

Event loop. It knows no viewer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from samescreen.capture.choose import OpenedSource
from samescreen.clock import clock_us
from samescreen.encode.base import MakeEncoder
from samescreen.flow.rate import RateTarget, ceilings
from samescreen.flow.stills import StillTarget
from samescreen.hub.events import TrackEvent
from samescreen.hub.publisher import ControlSink, MediaTrack
from samescreen.hub.stream import Stream

from .bridge import ThreadBridge
from .local_clipboard import LocalClipboard
from .local_control import LocalControl
from .local_sound import sound_stream
from .thread_publisher import ThreadPublisher
from .video_track import VideoTrack


class LocalPublisher(ThreadPublisher):
    """Publishes track `number`; `ceiling` and `stills` limit what video and stills may cost.

    `takes_input`: viewers with the grant may act on what it shows, if that is possible.

    `sound` is the stream of the source's own sound, once started; None if it has none.
    """

    def __init__(
        self,
        choice: OpenedSource,
        number: int,
        make_encoder: MakeEncoder,
        ceiling: RateTarget,
        stills: StillTarget | None = None,
        *,
        takes_input: bool = True,
    ) -> None:
        track = MediaTrack("video", number, ceilings(ceiling), stills or StillTarget())
        super().__init__(track, ceiling)
        self.source = choice.source
        self.sound: Stream | None = None
        can_act = takes_input and self.source.takes_input
        self._control = LocalControl(self.source) if can_act else None
        self.control: ControlSink | None = self._control
        has_clipboard = can_act and self.source.has_clipboard
        self.clipboard = self._clipboard = LocalClipboard(self.source) if has_clipboard else None
        self._own_sound = choice.sound
        self._make_encoder = make_encoder

    def _make_thread(self, bridge: ThreadBridge) -> VideoTrack:
        return VideoTrack(self.source, bridge, self._make_encoder, self._ceiling)

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Start the threads of the track and of its own sound; they capture on demand."""
        if self._own_sound is not None:
            self.sound = sound_stream("", self._own_sound, self.tracks[0].number, clock_us)
        super().start(deliver)

    async def close(self) -> None:
        """End the track and its sound, and dispose of the source; within two seconds."""
        sound, self.sound = self.sound, None
        sounds = () if sound is None else (sound.publisher.close(),)
        desktop = (self._control, self._clipboard)
        closing = [each.close() for each in desktop if each is not None]
        await asyncio.gather(super().close(), *sounds, *closing)
