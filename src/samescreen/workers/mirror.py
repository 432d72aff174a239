"""The host's streams in a worker: the same events, in the same order. Event loop of the worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatchmethod
from typing import Final

from samescreen.hub.demand import Demand
from samescreen.hub.events import TrackEvent
from samescreen.hub.hub import Hub
from samescreen.hub.publisher import MediaTrack
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import SourceReplaced, StreamsChanged
from samescreen.hub.wanted import want_of
from samescreen.subscribe.audience import Audience
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.publishing import Want

from .values import (
    Added,
    Counted,
    Event,
    Gone,
    Listed,
    Media,
    Restarted,
    SoundOf,
    Spread,
    Up,
    Wanted,
)

LATE_US: Final = 100_000
"""Nothing may wait longer than 150 ms on its way to a healthy viewer."""


class Source:
    """The publisher of a stream: the host's process."""

    control = None
    clipboard = None
    hosts: tuple[str, ...] = ()

    def __init__(self, key: str, track: MediaTrack, say: Callable[[Up], None]) -> None:
        self.tracks = (track,)
        self._key = key
        self._say = say
        self._told: Want | None = None
        self.loop_lag_us = 0
        """How long packets lately waited for this process."""
        self.dropped = 0
        """Packets that came too late, because this process is busy."""

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """There is nothing to start: `Mirror` delivers."""

    def set_demand(self, demand: Demand) -> None:
        """Demand this of the host's process, unless it knows."""
        number = self.tracks[0].number
        want = want_of(demand, number)
        if want != self._told:
            self._told = want_of(demand.lasting(), number)
            self._say(Wanted(self._key, want))

    async def close(self) -> None:
        """There is nothing to end."""

    def is_late(self, waited_us: int) -> bool:
        """Note how long a packet waited; whether it waited so long that it must go.

        Nothing else bounds what waits between the processes. Viewers see the gap in the numbers,
        and wait for a keyframe.
        """
        self.loop_lag_us = max(waited_us, self.loop_lag_us - self.loop_lag_us // 8)
        is_late = waited_us > LATE_US
        self.dropped += is_late
        return is_late


class Mirror:
    """The streams by key; those of pictures are the hub's too. `clock_us`: the host's clock."""

    def __init__(
        self,
        hub: Hub,
        audience: Audience,
        clock_us: Callable[[], int],
        say: Callable[[Up], None],
    ) -> None:
        self._hub = hub
        self._audience = audience
        self._clock_us = clock_us
        self._say = say
        self._streams: dict[str, Stream] = {}
        self._counts: dict[str, int] = {}

    def find(self, key: str) -> Stream:
        """The stream of that key; the empty stream if there is none."""
        return self._streams.get(key, self._hub.nothing)

    def tick(self) -> None:
        """Merge the demands again, and count viewers. A few times a second."""
        for key, stream in self._streams.items():
            stream.refresh()
            statistics = self._audience.of(stream).statistics if key in self._counts else None
            if statistics is not None:
                here = statistics.open_viewers() - statistics.others
                statistics.others = max(0, self._counts[key] - here)

    @singledispatchmethod
    def take(self, value: object) -> None:
        """Take what the host's process says of a stream."""
        raise TypeError(f"{value!r} is nothing about a stream")

    @take.register
    def _(self, added: Added) -> None:
        source = Source(added.key, added.track, self._say)
        stream = Stream(added.stream_id, added.name, source, self._clock_us)
        self._streams[added.key] = stream
        if added.track.medium == "video":
            self._hub.streams[added.key] = stream

    @take.register
    def _(self, event: Event) -> None:
        stream = self._streams.get(event.key)
        if stream is not None:
            stream.deliver(event.event)

    @take.register
    def _(self, media: Media) -> None:
        stream = self._streams.get(media.key)
        if stream is not None:
            source = stream.publisher
            waited_us = self._clock_us() - media.sent_us
            if not (isinstance(source, Source) and source.is_late(waited_us)):
                stream.deliver(media.packet)

    @take.register
    def _(self, restarted: Restarted) -> None:
        stream = self._streams[restarted.key]
        if restarted.track != stream.publisher.tracks[0]:
            source = Source(restarted.key, restarted.track, self._say)
            stream.replace_publisher(restarted.name, source)
        stream.notify(SourceReplaced(self._clock_us()))

    @take.register
    def _(self, news: SoundOf) -> None:
        sound = None if news.sound is None else self._streams[news.sound]
        self._streams[news.key].replace_sound(sound)

    @take.register
    def _(self, gone: Gone) -> None:
        stream = self._streams.pop(gone.key)
        self._hub.streams.pop(gone.key, None)
        self._counts.pop(gone.key, None)
        stream.end("gone")

    @take.register
    def _(self, listed: Listed) -> None:
        stream = self._streams[listed.key]
        stream.notify(StreamsChanged(listed.streams, stream.stream_id))

    @take.register
    def _(self, counted: Counted) -> None:
        self._counts[counted.key] = counted.viewers

    @take.register
    def _(self, spread: Spread) -> None:
        stream = self._streams.get(spread.key)
        if stream is not None:
            self._audience.of(stream).ink.spread(Outgoing(b"", spread.frame))
