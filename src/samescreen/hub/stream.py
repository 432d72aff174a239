"""One stream: a publisher's packets for any number of subscribers.

Event loop. The stream keeps the newest state of its source, and passes the merged demand of its
subscribers to its publisher. Nothing on a packet's way awaits: its bytes are built once, and each
subscriber takes it or skips it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from samescreen.flow.first_still import NO_LIMIT
from samescreen.labels import label
from samescreen.media import Packet, Rendition, TrackConfig

from .demand import IDLE, Demand
from .events import (
    IN_PICTURE,
    CursorState,
    Piece,
    RepairDone,
    ScreenLocked,
    Sketch,
    SourceStatus,
    TrackEvent,
    TrackStats,
)
from .held import NOT_HELD, Held
from .packet import EncodedPacket
from .publisher import Publisher
from .subscriber import (
    Ending,
    FellBehind,
    Notice,
    Offer,
    ProgramSubscriber,
    SoundReplaced,
    SourceReplaced,
    StatusChanged,
    StreamName,
    Subscriber,
)
from .subscriptions import Subscriptions

STARTING: Final = SourceStatus("waiting", "starting", "the screen is being opened")
NO_STATS: Final = TrackStats(0, 0, 0, 0, "")
_OF_OPEN_SCREENS: Final = ("live", "no-picture")
"""Reasons that a locked screen replaces."""


@dataclass(slots=True)
class _Newest:
    """What the publisher said last, of what a later word replaces."""

    stats: TrackStats = NO_STATS
    cursor: CursorState = IN_PICTURE
    is_locked: bool = False


class Stream:
    """`clock_us`: the host's clock. The stream calls `on_status` after each new status."""

    def __init__(
        self,
        stream_id: str,
        name: str,
        publisher: Publisher,
        clock_us: Callable[[], int],
        on_status: Callable[[Stream], None] = lambda stream: None,
        status: SourceStatus = STARTING,
    ) -> None:
        self.stream_id = stream_id
        self.name = label(name)
        self.publisher = publisher
        self._status = status
        self._withheld: SourceStatus | None = None
        self.held = NOT_HELD
        """What the host holds it to; only `hold` changes it."""
        self._newest = _Newest()
        self.configs: dict[Rendition, TrackConfig] = {}
        self.sound: Stream | None = None
        """The stream of its sound; None: it has none. Several streams may share one."""
        self._clock_us = clock_us
        self._on_status = on_status
        self._subscriptions = Subscriptions(self._pass_on)

    @property
    def status(self) -> SourceStatus:
        """What subscribers see: why the stream is withheld, or else how its source is."""
        if self._withheld is not None:
            return self._withheld
        if self._newest.is_locked and self._status.reason in _OF_OPEN_SCREENS:
            return replace(self._status, reason="screen-locked")
        return self._status

    @property
    def stats(self) -> TrackStats:
        """The publisher's work during the last second."""
        return self._newest.stats

    @property
    def cursor(self) -> CursorState:
        """Where the publisher has the cursor now."""
        return self._newest.cursor

    @property
    def is_withheld(self) -> bool:
        """The host lets nothing of it out at the moment."""
        return self._withheld is not None

    @property
    def track(self) -> int:
        """The number of its main track; a new source has a new number."""
        return self.publisher.tracks[0].number

    @property
    def is_sealed(self) -> bool:
        """Nobody but pages with the key of its link reads its packets; this process cannot."""
        return self.publisher.tracks[0].is_sealed

    @property
    def listed(self) -> StreamName:
        """The stream's entry in the list of streams."""
        return StreamName(self.stream_id, self.name, self.track)

    @property
    def demand(self) -> Demand:
        """What all subscribers demand together."""
        return self._subscriptions.merged

    # Subscribers

    @property
    def subscribers(self) -> tuple[Subscriber, ...]:
        """A snapshot of the current subscribers."""
        return self._subscriptions.now()

    @property
    def programs(self) -> int:
        """How many programs of this machine take its pictures, besides the viewers."""
        return sum(isinstance(each, ProgramSubscriber) for each in self.subscribers)

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscriptions.add(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """May be called twice."""
        self._subscriptions.remove(subscriber)

    def changed(
        self,
        subscriber: Subscriber,
        keyframes: frozenset[Rendition] = frozenset(),
        still_bytes: int = NO_LIMIT,
    ) -> None:
        """A subscriber's demand changed; it needs a keyframe of each of `keyframes`, and of the
        jpeg rendition one of at most `still_bytes`."""
        self._subscriptions.changed(subscriber, keyframes, still_bytes)

    def changed_to(self, subscriber: Subscriber, demand: Demand) -> None:
        """A subscriber demands this from now on, the keyframes and the still only once."""
        self.changed(subscriber, demand.keyframes, demand.still_bytes or NO_LIMIT)

    def reduced(self) -> None:
        """A subscriber demands less than before."""
        self._subscriptions.reduce()

    def has_room(self, subscriber: Subscriber) -> None:
        """A subscriber may have room for another packet."""
        self._subscriptions.has_room(subscriber)

    def refresh(self) -> None:
        """Merge all demands again: they change with time. Called a few times a second."""
        self._subscriptions.refresh()

    def notify(self, notice: Notice) -> None:
        """Notify all subscribers."""
        self._subscriptions.notify(notice)

    def end(self, reason: Ending) -> None:
        """End the stream for all subscribers, with this reason."""
        for subscriber in self._subscriptions.clear():
            subscriber.close(reason)

    # The publisher

    def replace_publisher(self, name: str, publisher: Publisher) -> None:
        """Give the stream another publisher; its subscribers stay."""
        self.name, self.publisher = label(name), publisher
        self._newest.cursor, self._newest.is_locked = IN_PICTURE, False
        self.configs.clear()
        self._subscriptions.end_repair()
        self._pass_on(self.demand)

    def restart(self) -> None:
        """Notify the subscribers that a new track starts, of which they have no packet yet."""
        self._status = STARTING
        self.notify(StatusChanged(self.stream_id, self.status))
        self.notify(SourceReplaced(self._clock_us()))

    def withhold(self, why: SourceStatus | None) -> None:
        """Deliver no packet from now on, and have none made; None: deliver again.

        Subscribers see `why` as the stream's status. When the stream is delivered again, each
        subscriber starts on a packet that stands alone.
        """
        if why is self._withheld:
            return
        was_withheld, self._withheld = self._withheld is not None, why
        if why is not None and not was_withheld:
            self.publisher.set_demand(IDLE)
        self.notify(StatusChanged(self.stream_id, self.status))
        if why is None:
            self._pass_on(replace(self.demand, keyframes=self.demand.renditions))
            self.notify(SourceReplaced(self._clock_us()))

    def hold(self, held: Held) -> None:
        """Ask the publisher for no higher rates than these, and for this quality."""
        self.held = held
        self._pass_on(self.demand)

    def replace_sound(self, sound: Stream | None) -> None:
        """Give the stream another sound; None: no sound."""
        if sound is not self.sound:
            self.sound = sound
            self.notify(SoundReplaced())

    def deliver(self, event: TrackEvent) -> None:
        """Take one event of the publisher."""
        _DELIVER[type(event)](self, event)

    def _pass_on(self, demand: Demand) -> None:
        if self._withheld is not None:
            return
        self.publisher.set_demand(self.held.of(demand, self.publisher.tracks[0]))

    def _on_packet(self, packet: Packet) -> None:
        self._fan_out(EncodedPacket(packet))

    def _on_piece(self, piece: Piece) -> None:
        self._fan_out(EncodedPacket(piece.packet, is_piece=True, is_repair=piece.is_repair))

    def _on_sketch(self, sketch: Sketch) -> None:
        self._fan_out(EncodedPacket(sketch.packet, is_piece=True, is_sketch=True))

    def _fan_out(self, packet: EncodedPacket) -> None:
        if self._withheld is not None:
            return  # it was on its way when the host withheld the stream
        sent = packet.as_sent(self._clock_us(), self.publisher.loop_lag_us)
        subscribers = self._subscriptions.now()
        offers = [each.offer(packet, sent) for each in subscribers]
        if Offer.FELL_BEHIND in offers:
            fallen = [
                each
                for each, offer in zip(subscribers, offers, strict=True)
                if offer is Offer.FELL_BEHIND
            ]
            notice = FellBehind(len(fallen), offers.count(Offer.SENT), sent.at_us)
            for each in fallen:
                each.notify(notice)
        self._subscriptions.packet_offered()

    def _on_repair_done(self, _: RepairDone) -> None:
        self._subscriptions.end_repair()

    def _on_config(self, config: TrackConfig) -> None:
        self.configs[config.rendition] = config
        self.notify(config)

    def _on_source_status(self, status: SourceStatus) -> None:
        self._status = status
        if self._withheld is None:
            self.notify(StatusChanged(self.stream_id, self.status))
        self._on_status(self)

    def _on_lock(self, lock: ScreenLocked) -> None:
        before = self.status
        self._newest.is_locked = lock.is_locked
        if self.status != before:
            self.notify(StatusChanged(self.stream_id, self.status))

    def _on_cursor(self, cursor: CursorState) -> None:
        self._newest.cursor = cursor
        if self._withheld is None:
            self.notify(cursor)

    def _on_stats(self, stats: TrackStats) -> None:
        if stats != self.stats:  # while nothing changes, they are the same every second
            self._newest.stats = stats
            self.notify(stats)


_DELIVER: Final[dict[type, Callable[[Stream, Any], None]]] = {
    Packet: Stream._on_packet,
    Piece: Stream._on_piece,
    Sketch: Stream._on_sketch,
    RepairDone: Stream._on_repair_done,
    TrackConfig: Stream._on_config,
    SourceStatus: Stream._on_source_status,
    ScreenLocked: Stream._on_lock,
    CursorState: Stream._on_cursor,
    TrackStats: Stream._on_stats,
}
