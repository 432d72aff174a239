"""The streams of this host. Event loop; it may be empty, and streams come and go while it runs.

It knows publishers and subscribers by two protocols and nothing else of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .acts import Acts
from .broadcast import Broadcast
from .demand import Demand
from .events import SourceStatus, TrackEvent
from .people import People
from .publisher import MediaTrack, Publisher
from .stream import Stream
from .subscriber import StreamsChanged

NOTHING_SHARED: Final = SourceStatus(
    "waiting", "nothing-shared", "nothing is shared at the moment"
)


class Hub:
    """`clock_us` is the host's monotonic clock; `on_status` is called after each new status."""

    def __init__(
        self,
        clock_us: Callable[[], int],
        on_status: Callable[[Stream], None] = lambda stream: None,
    ) -> None:
        self.streams: dict[str, Stream] = {}
        self.people = People()
        """Who is here, with which grants."""
        self.nothing = Stream("", "", NoPublisher(), clock_us, status=NOTHING_SHARED)
        """What is watched while nothing is shared."""
        self.acts = Acts()
        """What the host did."""
        self.broadcast = Broadcast(lambda: self.streams.values())
        """What the host lets out: paused, blanked, muted."""
        self._clock_us = clock_us
        self._on_status = on_status

    @property
    def first(self) -> Stream:
        """What is watched by whoever names no stream."""
        return next(iter(self.streams.values()), self.nothing)

    def find(self, stream_id: str) -> Stream | None:
        """The stream of that id, the first for an empty one; None: there is no such stream."""
        return self.streams.get(stream_id) if stream_id else self.first

    def add(self, stream_id: str, name: str, publisher: Publisher) -> Stream:
        """A stream for this publisher, which starts later and delivers to it."""
        stream = Stream(stream_id, name, publisher, self._clock_us, self._on_status)
        self.streams[stream_id] = stream
        self.broadcast.apply(stream)
        self.announce()
        return stream

    async def remove(self, stream_id: str) -> None:
        """End this stream; its viewers see the first of the others.

        Raises:
            KeyError: there is no such stream.
        """
        stream = self.streams.pop(stream_id)
        stream.end("gone")
        self.announce()
        await stream.publisher.close()

    def replace(self, stream: Stream, name: str, publisher: Publisher) -> None:
        """Another source takes this stream over, before it starts; subscribers learn of it."""
        stream.replace_publisher(name, publisher)
        self.announce()
        stream.restart()

    def replace_sound(self, stream: Stream, sound: Stream | None) -> None:
        """This is heard with that stream from now on; None: nothing."""
        stream.replace_sound(sound)
        self.broadcast.apply(stream)

    def announce(self) -> None:
        """Tell all subscribers which streams there are."""
        listed = tuple(stream.listed for stream in self.streams.values())
        for stream in (self.nothing, *self.streams.values()):
            stream.notify(StreamsChanged(listed, stream.stream_id))

    def tick(self) -> None:
        """A few times a second."""
        for stream in self.streams.values():
            stream.refresh()

    def close(self) -> None:
        """The host stops: end all streams for their subscribers."""
        for stream in (self.nothing, *self.streams.values()):
            stream.end("stopping")
        self.people.close()


class NoPublisher:
    """The publisher of the stream that stands for none."""

    tracks = (MediaTrack("video", 0),)
    control = None
    loop_lag_us = 0
    dropped = 0

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """There is nothing to start."""

    def set_demand(self, demand: Demand) -> None:
        """There is nobody to make it."""

    async def close(self) -> None:
        """There is nothing to end."""
