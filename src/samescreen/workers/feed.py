"""The host's streams on their way to one worker. Event loop; nothing here waits.

Each stream, and each sound, has one subscriber for the worker: it sends each packet once, whatever
the number of the worker's viewers, and demands what they demand together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from samescreen.flow.in_flight import SentPacket
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import CursorState, Piece, RepairDone, Sketch, TrackEvent, TrackStats
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import (
    Ending,
    Notice,
    Offer,
    RepairBegun,
    SoundReplaced,
    SourceReplaced,
    StatusChanged,
    StreamsChanged,
)
from samescreen.hub.wanted import demand_of
from samescreen.media import Damage, Packet, Rendition, TrackConfig
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.ink import InkFanout
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.publishing import Want

from .channel import framed
from .values import Added, Event, Gone, Listed, Media, Restarted, SoundOf, Spread, packed

MOST_WAITING_BYTES: Final = 8 << 20
"""With more than this waiting, the worker gets no packets: it is stuck, and its viewers too."""


def key_of(stream: Stream) -> str:
    """What names this stream between the processes: unique while the stream is held."""
    return f"{id(stream):x}"


def is_sound(stream: Stream) -> bool:
    """Whether it is the sound of other streams."""
    return stream.publisher.tracks[0].medium == "sound"


class Feed:
    """One stream for one worker: a subscriber. `send` takes what is to be sent.

    `waiting_bytes` says how much the worker has not read yet; `on_sound` and `on_end` are called
    when the stream has another sound, and when it has ended.
    """

    def __init__(
        self,
        stream: Stream,
        send: Callable[[bytes], None],
        waiting_bytes: Callable[[], int],
        on_sound: Callable[[Stream], None],
        on_end: Callable[[Stream], None],
    ) -> None:
        self.stream = stream
        self.key = key_of(stream)
        self._send = send
        self._waiting_bytes = waiting_bytes
        self._on_sound = on_sound
        self._on_end = on_end
        self._demand = IDLE
        self.ink: InkFanout | None = None
        """The marks over the stream; None: it is a sound."""

    def begin(self) -> None:
        """Send the stream's state, and subscribe."""
        stream = self.stream
        self.tell(Added(self.key, stream.stream_id, stream.name, stream.publisher.tracks[0]))
        state: list[TrackEvent] = [stream.status, *stream.configs.values()]
        for event in (*state, stream.stats, stream.cursor):
            self.tell(Event(self.key, event))
        stream.subscribe(self)

    def tell(self, value: object) -> None:
        """Send the worker this value."""
        self._send(framed(packed(value)))

    def spread(self, outgoing: Outgoing) -> None:
        """Send marks to all of the worker's viewers."""
        self.tell(Spread(self.key, outgoing.frame))

    def wants(self, want: Want) -> None:
        """The worker's viewers demand this from now on."""
        demand = self._demand = demand_of(want)
        self.stream.changed_to(self, demand)
        self._demand = replace(demand.lasting(), repair=demand.repair)
        self.stream.reduced()

    # What the hub asks

    def demand(self) -> Demand:
        return self._demand

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send it, if any of the worker's viewers may take it and the worker reads."""
        wanted = self._demand.renditions
        is_of_use = sent.rendition in wanted or (wanted and sent.rendition is Rendition.JPEG)
        if not is_of_use or self._waiting_bytes() > MOST_WAITING_BYTES:
            return Offer.SKIPPED
        self._send(packet_message(self.key, packet, sent.at_us))
        return Offer.SENT

    def notify(self, notice: Notice) -> None:
        """Pass on what the worker's own stream must know."""
        if isinstance(notice, TrackConfig | CursorState | TrackStats | RepairDone):
            self.tell(Event(self.key, notice))
        elif isinstance(notice, StatusChanged):
            self.tell(Event(self.key, notice.status))
        elif isinstance(notice, SourceReplaced):
            track = self.stream.publisher.tracks[0]
            self.tell(Restarted(self.key, self.stream.name, track))
        elif isinstance(notice, RepairBegun):
            self._demand = replace(self._demand, repair=Damage.NONE)
        elif isinstance(notice, SoundReplaced):
            self._on_sound(self.stream)
        elif isinstance(notice, StreamsChanged):
            self.tell(Listed(self.key, notice.streams))

    def close(self, reason: Ending) -> None:
        self._on_end(self.stream)


class NewStreams:
    """Calls `follow` when there are other streams: a subscriber of the hub's empty stream."""

    def __init__(self, follow: Callable[[], None]) -> None:
        self._follow = follow

    def demand(self) -> Demand:
        return IDLE

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        if isinstance(notice, StreamsChanged):
            self._follow()

    def close(self, reason: Ending) -> None:
        """The host stops."""


@lru_cache(maxsize=4)
def packet_message(key: str, packet: EncodedPacket, sent_us: int) -> bytes:
    """A packet's message, built once for all workers."""
    bare = packet.packet
    media: Packet | Piece | Sketch = bare
    if packet.is_sketch:
        media = Sketch(bare)
    elif packet.is_piece:
        media = Piece(bare, packet.is_repair)
    return framed(packed(Media(key, media, sent_us)))


class Feeds:
    """All streams for one worker; `audience` has the marks over them."""

    def __init__(
        self,
        audience: Audience,
        send: Callable[[bytes], None],
        waiting_bytes: Callable[[], int],
    ) -> None:
        self._audience = audience
        self._send = send
        self._waiting_bytes = waiting_bytes
        self._feeds: dict[Stream, Feed] = {}

    def __contains__(self, stream: Stream) -> bool:
        return stream in self._feeds

    def find(self, key: str) -> Feed | None:
        """The feed of that key."""
        return next((each for each in self._feeds.values() if each.key == key), None)

    def add(self, stream: Stream) -> Feed:
        """Send this stream from now on."""
        feed = self._feeds.get(stream)
        if feed is None:
            parts = self._send, self._waiting_bytes, self._replace_sound, self._end
            feed = self._feeds[stream] = Feed(stream, *parts)
            feed.begin()
            if not is_sound(stream):
                feed.ink = self._audience.of(stream).ink
                feed.ink.others.append(feed.spread)
            if stream.sound is not None:
                self._replace_sound(stream)
        return feed

    def hide(self, streams: Iterable[Stream]) -> None:
        """Send these no more."""
        for stream in streams:
            feed = self._feeds.get(stream)
            if feed is not None:
                stream.unsubscribe(feed)
                if feed.ink is not None:
                    feed.ink.others.remove(feed.spread)
                self._end(stream)

    def close(self) -> None:
        """The worker is gone."""
        feeds, self._feeds = list(self._feeds.values()), {}
        for feed in feeds:
            feed.stream.unsubscribe(feed)
            if feed.ink is not None:
                feed.ink.others.remove(feed.spread)

    def _replace_sound(self, stream: Stream) -> None:
        feed, sound = self._feeds[stream], stream.sound
        key = None if sound is None else self.add(sound).key
        feed.tell(SoundOf(feed.key, key))
        used = {each.sound for each in self._feeds}
        for unused in [each for each in self._feeds if is_sound(each) and each not in used]:
            unused.unsubscribe(self._feeds[unused])
            self._end(unused)

    def _end(self, stream: Stream) -> None:
        feed = self._feeds.pop(stream, None)
        if feed is not None:
            feed.tell(Gone(feed.key))
