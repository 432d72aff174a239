"""The streams of this host, which come and go while it runs; there may be none. Event loop.

The hub knows publishers and subscribers through two protocols only.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Final

from samescreen.labels import label

from .acts import Acts
from .agents import Agents
from .broadcast import Broadcast
from .clipboard import Clipboard
from .control import Control
from .demand import Demand
from .events import SourceStatus, TrackEvent
from .ink import Ink
from .people import People
from .publisher import MediaTrack, Publisher
from .roster import StreamLists
from .stream import Stream
from .subscriber import Gathered, StreamName, StreamsChanged
from .transfers import Transfers

TRACKS: Final = 254
SOUND_TRACKS: Final = (255, 254)
"""Track numbers are one byte on the wire. This machine's sound has the last ones in turn."""

_PROCESS: Final = secrets.token_bytes(16)

NOTHING_SHARED: Final = SourceStatus(
    "waiting", "nothing-shared", "nothing is shared at the moment"
)


class Hub:
    """All streams. `clock_us`: the host's clock. `on_status`: called after each new status."""

    def __init__(
        self,
        clock_us: Callable[[], int],
        on_status: Callable[[Stream], None] = lambda stream: None,
    ) -> None:
        self.streams: dict[str, Stream] = {}
        self.acts = Acts()
        """What the host did."""
        self.people = People(self.acts)
        """The people who are connected, and their grants."""
        self.nothing = Stream("", "", NoPublisher(), clock_us, status=NOTHING_SHARED)
        """What subscribers watch while nothing is shared."""
        self.broadcast = Broadcast(lambda: self.streams.values())
        """What the host lets out: paused, blanked, muted."""
        self.control = Control(
            lambda: self.streams.values(), self.people, self.broadcast, self.acts, clock_us
        )
        """Who acts on the shared sources, and who asks to."""
        self.clipboard = Clipboard(
            lambda: self.streams.values(), self.people, self.broadcast, self.acts, clock_us
        )
        """The clipboard of the shared desktop."""
        self.agents = Agents(self.control, self.people, clock_us)
        """Programs that act, request by request."""
        self.ink = Ink(lambda: self.streams.values(), self.people, self.broadcast, clock_us)
        """What people draw over the pictures."""
        self.people.roster.streams = self._lists
        self._track_numbers = itertools.count()
        self.transfers = Transfers(self.acts, clock_us)
        """Files between viewers and this machine."""
        self._stream = partial(Stream, clock_us=clock_us, on_status=on_status)

    @property
    def host_id(self) -> str:
        """The id of this hub: by it another host recognises a stream that leads back to it."""
        return blake2b(str(id(self)).encode(), digest_size=8, key=_PROCESS).hexdigest()

    @property
    def first(self) -> Stream:
        """The stream for subscribers that name none: the one that the host shows to everybody."""
        return self.streams.get(self.broadcast.forward) or next(iter(self.public), self.nothing)

    @property
    def public(self) -> list[Stream]:
        """The streams that everybody may watch, without those that only the host sees."""
        private = self.broadcast.private - {self.broadcast.forward}
        return [stream for key, stream in self.streams.items() if key not in private]

    def listed(self, watching: Stream) -> tuple[StreamName, ...]:
        """The list of streams for somebody who watches this one: the public ones, and it."""
        public = self.public
        streams = self.streams.values()
        return tuple(each.listed for each in streams if each in public or each is watching)

    def _lists(self) -> StreamLists:
        public, forward = self.public, self.broadcast.forward
        private = tuple(each.listed for each in self.streams.values() if each not in public)
        return StreamLists(frozenset(each.stream_id for each in public), private, forward)

    def find(self, stream_id: str, *, sees_all: bool = False) -> Stream | None:
        """The stream with this id, or the first for an empty id; None: there is no such stream.

        `sees_all`: also those that only the host sees.
        """
        found = self.streams.get(stream_id) if stream_id else self.first
        return found if sees_all or found is self.nothing or found in self.public else None

    def next_track(self) -> int:
        """A track number that no stream has, and that none had lately; 0 to 253.

        A viewer tells the packets of a new source from those of the one before by this number.
        There are fewer streams than numbers.
        """
        taken = {stream.track for stream in self.streams.values()}
        return next(n for each in self._track_numbers if (n := each % TRACKS) not in taken)

    def add(
        self, stream_id: str, name: str, publisher: Publisher, *, is_private: bool = False
    ) -> Stream:
        """Add a stream for this publisher; the caller starts the publisher later.

        `is_private`: only the host sees it until it shows the stream to everybody.
        """
        if is_private:
            self.broadcast.private.add(stream_id)
        stream = self._stream(stream_id, name, publisher)
        self.streams[stream_id] = stream
        self.broadcast.apply(stream)
        self.announce()
        return stream

    async def remove(self, stream_id: str) -> None:
        """End a stream and its publisher; its viewers move to the first of the others.

        Raises:
            KeyError: there is no such stream.
        """
        await self.end(stream_id).close()

    def end(self, stream_id: str) -> Publisher:
        """End a stream; returns its publisher, which the caller closes.

        Raises:
            KeyError: there is no such stream.
        """
        stream = self.streams.pop(stream_id)
        self.broadcast.private.discard(stream_id)
        self.people.roster.discard(stream_id)
        if self.broadcast.forward == stream_id:
            self.broadcast.forward = ""
        stream.end("gone")
        self.announce()
        return stream.publisher

    def replace(self, stream: Stream, name: str, publisher: Publisher) -> None:
        """Give a stream another publisher, which starts later; its subscribers stay."""
        stream.replace_publisher(name, publisher)
        self.announce()
        stream.restart()

    def rename(self, stream: Stream, name: str) -> None:
        """The stream has this name from now on."""
        if stream.name != (name := label(name)):
            stream.name = name
            self.announce()

    def replace_sound(self, stream: Stream, sound: Stream | None) -> None:
        """This is heard with that stream from now on; None: nothing."""
        stream.replace_sound(sound)
        self.broadcast.apply(stream)

    def show_to_all(self, stream_id: str) -> None:
        """Have everybody watch this stream, and newcomers too; "": as before, back to the others.

        A stream that only the host saw is seen by the host alone again afterwards.

        Raises:
            KeyError: there is no such stream.
        """
        before = self.streams.get(self.broadcast.forward)
        if stream_id:
            self.streams[stream_id]
        self.broadcast.forward = stream_id
        self.announce()
        gathered = self.streams.values() if stream_id else [before] if before is not None else []
        for stream in (*gathered, self.nothing):
            stream.notify(Gathered())

    def announce(self) -> None:
        """Notify all subscribers of the current list of streams."""
        for stream in (self.nothing, *self.streams.values()):
            stream.notify(StreamsChanged(self.listed(stream), stream.stream_id))

    def tick(self) -> None:
        """Refresh the demands; called a few times a second."""
        for stream in self.streams.values():
            stream.refresh()
        self.agents.tick()
        self.control.tick()
        self.clipboard.tick()
        self.ink.tick()

    def close(self) -> None:
        """End all streams for their subscribers, because the host stops."""
        self.control.close()
        for stream in (self.nothing, *self.streams.values()):
            stream.end("stopping")
        self.people.close()


class NoPublisher:
    """The publisher of the stream that subscribers watch while nothing is shared."""

    tracks = (MediaTrack("video", 0),)
    control = None
    clipboard = None
    loop_lag_us = 0
    dropped = 0
    hosts: tuple[str, ...] = ()

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """There is nothing to start."""

    def set_demand(self, demand: Demand) -> None:
        """Nothing can be encoded."""

    async def close(self) -> None:
        """There is nothing to end."""
