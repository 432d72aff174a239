"""The streams that this machine's own sources make: added, started, replaced, ended.

Event loop. `host` says which sources and how they are encoded.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

from samescreen.capture.base import Source
from samescreen.capture.choose import OpenedSource
from samescreen.capture.sound.base import SoundSource
from samescreen.clock import clock_us
from samescreen.encode.base import MakeEncoder
from samescreen.errors import NotSharing, UsageError
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream

from .local import LocalPublisher
from .local_sound import sound_stream

MOST_STREAMS: Final = 100
_TRACKS: Final = 255
_SOUND: Final = 255
"""Track numbers are a byte on the wire; the sound's is its last."""


class LocalStreams:
    """`make_for` gives the encoders of a track by its number; `ceiling` and `stills`: their cost.

    The sound of this machine is heard with all streams; without it, each source brings its own.
    """

    def __init__(
        self,
        hub: Hub,
        make_for: Callable[[int], MakeEncoder],
        ceiling: RateTarget,
        stills: StillTarget,
    ) -> None:
        self._hub = hub
        self._make_for = make_for
        self._ceiling = ceiling
        self._stills = stills
        self._numbers = itertools.count()
        self._publishers: dict[str, LocalPublisher] = {}
        self._sound: Stream | None = None
        self._changing = asyncio.Lock()
        self._is_closed = False

    def add(self, stream_id: str, choice: OpenedSource, title: str = "") -> None:
        """A stream of this source, which starts later; `title` is shown in place of its label.

        Raises:
            UsageError: there are as many streams as there may be.
            NotSharing: all streams have been ended.
        """
        if self._is_closed:
            raise NotSharing
        if len(self._publishers) >= MOST_STREAMS:
            raise UsageError(f"there are {MOST_STREAMS} streams already; end one of them first")
        publisher = self._publisher(choice)
        self._hub.add(stream_id, title or choice.label, publisher)
        self._publishers[stream_id] = publisher

    @property
    def sources(self) -> list[Source]:
        """Of all streams."""
        return [publisher.source for publisher in self._publishers.values()]

    def start_sound(self, source: SoundSource, note: str) -> None:
        """This is heard with all streams; `note` says why it cannot be heard yet, if so."""
        self._sound = sound_stream(note, source, _SOUND, clock_us)

    async def end_sound(self) -> None:
        """Nothing is recorded any more; takes a second at most."""
        if self._sound is not None:
            await self._sound.publisher.close()

    def start(self, stream_id: str) -> None:
        """Capture from now on, whenever somebody watches."""
        stream, publisher = self._hub.streams[stream_id], self._publishers[stream_id]
        publisher.start(stream.deliver)
        self._hub.replace_sound(stream, self._sound or publisher.sound)

    async def replace(self, stream_id: str, choice: OpenedSource) -> None:
        """Share another source on that stream; its viewers stay.

        Raises:
            KeyError: there is no such stream.
            NotSharing: all streams have been ended.
        """
        async with self._changing:
            stream = self._hub.streams[stream_id]
            await self._publishers[stream_id].close()
            if self._is_closed:
                raise NotSharing
            publisher = self._publishers[stream_id] = self._publisher(choice)
            self._hub.replace(stream, choice.label, publisher)
            self.start(stream_id)

    async def remove(self, stream_id: str) -> None:
        """End that stream; its viewers see another one.

        Raises:
            KeyError: there is no such stream.
        """
        async with self._changing:
            del self._publishers[stream_id]
            await self._hub.remove(stream_id)

    async def close(self) -> None:
        """End the capture of all streams, for good; under two seconds."""
        self._is_closed = True
        async with self._changing:
            await asyncio.gather(*(each.close() for each in self._publishers.values()))

    def _publisher(self, choice: OpenedSource) -> LocalPublisher:
        taken = {each.tracks[0].number for each in self._publishers.values()}
        number = next(n for each in self._numbers if (n := each % _TRACKS) not in taken)
        make_encoder = self._make_for(number)
        return LocalPublisher(choice, number, make_encoder, self._ceiling, self._stills)
