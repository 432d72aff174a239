"""Adds, starts, replaces and ends the streams of the sources that were named here.

Event loop. `host` decides which sources there are and how they are encoded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from samescreen.capture.base import Source
from samescreen.capture.choose import OpenedSource
from samescreen.capture.far import FarSource
from samescreen.capture.sound.choose import SoundChoice
from samescreen.encode.base import MakeEncoder
from samescreen.errors import NotSharing, UsageError
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.hub import Hub
from samescreen.hub.publishers import Encoding
from samescreen.hub.stream import Stream

from .desktop_lock import DesktopLock
from .far.publisher import FarPublisher
from .local import LocalPublisher
from .pushed_publisher import PushedPublisher
from .pushed_video import PushedVideo
from .shared_sound import SharedSound

MOST_STREAMS: Final = 100

_Local = LocalPublisher | FarPublisher | PushedPublisher


class LocalStreams:
    """The streams and their publishers.

    `make_for` returns the encoder factory of a track number. `ceiling` and `stills` limit what
    video and stills may cost. With `takes_input` viewers may act on sources that allow it. All
    streams share `sound`; without it, each source may bring its own.
    """

    def __init__(
        self,
        hub: Hub,
        make_for: Callable[[int], MakeEncoder],
        ceiling: RateTarget,
        stills: StillTarget,
        sound: SoundChoice | None = None,
        *,
        takes_input: bool = True,
    ) -> None:
        self._hub = hub
        self.sound = SharedSound(sound)
        self._lock = DesktopLock()
        self._make_for = make_for
        self._ceiling = ceiling
        self._stills = stills
        self._takes_input = takes_input
        self._publishers: dict[str, _Local] = {}
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
        """The sources of all streams."""
        return [publisher.source for publisher in self._publishers.values()]

    def source_of(self, stream_id: str) -> Source | None:
        """The source of a stream; None: there is no such stream."""
        publisher = self._publishers.get(stream_id)
        return None if publisher is None else publisher.source

    async def replace_sound(self, choice: SoundChoice | None) -> None:
        """Play this with all streams from now on; None: each plays the sound of its source, if any.

        Raises:
            NotSharing: all streams have been ended.
        """
        async with self._changing:
            if self._is_closed:
                raise NotSharing
            former = self.sound.replace(choice)
            for stream_id, publisher in self._publishers.items():
                stream = self._hub.streams[stream_id]
                self._hub.replace_sound(stream, self.sound.stream or publisher.sound)
            if former is not None:
                await former.publisher.close()

    def start(self, stream_id: str) -> None:
        """Start the stream: it captures whenever somebody watches."""
        stream, publisher = self._hub.streams[stream_id], self._publishers[stream_id]
        publisher.start(stream.deliver)
        self._lock.watch(stream, publisher.source)
        self._hub.replace_sound(stream, self.sound.stream or publisher.sound)

    def start_all(self) -> None:
        """Start this machine's own streams. Others may have been published here already."""
        for stream_id in self._publishers:
            self.start(stream_id)

    async def replace(self, stream_id: str, choice: OpenedSource) -> None:
        """Replace the source of a stream; its viewers stay.

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
        """End a stream, also one that another machine publishes; its viewers see another one.

        Raises:
            KeyError: there is no such stream.
        """
        async with self._changing:
            self._publishers.pop(stream_id, None)
            self._lock.forget(stream_id)
            await self._hub.remove(stream_id)

    async def close(self) -> None:
        """End the capture of all streams, for good; under two seconds."""
        self._is_closed = True
        async with self._changing:
            publishers = self._publishers.values()
            await asyncio.gather(self._lock.close(), *(each.close() for each in publishers))

    # What the publisher of another host's stream, or of what a program encodes, asks

    @property
    def host_id(self) -> str:
        """What tells this host from all others."""
        return self._hub.host_id

    def next_track(self) -> int:
        """A track number that is free."""
        return self._hub.next_track()

    def renewed(self, publisher: FarPublisher | PushedPublisher, name: str) -> None:
        """The publisher's stream has another track and this name."""
        if (stream := self._stream_of(publisher)) is not None:
            self._hub.replace(stream, name, publisher)

    def sound_changed(self, publisher: FarPublisher) -> None:
        """The publisher's stream has another sound."""
        if (stream := self._stream_of(publisher)) is not None:
            self._hub.replace_sound(stream, self.sound.stream or publisher.sound)

    def _stream_of(self, publisher: FarPublisher | PushedPublisher) -> Stream | None:
        ids = (each for each, known in self._publishers.items() if known is publisher)
        return self._hub.streams.get(next(ids, ""))

    def _publisher(self, choice: OpenedSource) -> _Local:
        if isinstance(choice.source, FarSource):
            return FarPublisher(choice.source, self)
        if isinstance(choice.source, PushedVideo):
            encoding = Encoding(self._make_for, self._ceiling, self._stills)
            return PushedPublisher(choice.source, self, encoding)
        number = self._hub.next_track()
        make_encoder = self._make_for(number)
        return LocalPublisher(
            choice,
            number,
            make_encoder,
            self._ceiling,
            self._stills,
            takes_input=self._takes_input,
        )
