"""What one other relay shows in a room, as streams of this one. Event loop; nothing here waits.

Everything passes the gate, as what a host publishes does: one relay must not harm another. Only
what viewers here need is subscribed to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from samescreen.gate.profiles import Profile
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream
from samescreen.publish.remote_streams import RemoteStreams
from samescreen.wire.publishing import (
    Clock,
    Configure,
    Ended,
    Figures,
    FromPublisher,
    Offer,
    Refuse,
    Repaired,
    State,
    ToPublisher,
    Want,
    Withdraw,
)

from .messages import Answer, Ask, Beat
from .pictures import Pictures
from .readers import Readers
from .seat import Seat
from .wire import Numbered, Payload
from .wishes import Wishes

ASK_US: Final = 1_000_000
SILENT_US: Final = 4_000_000
"""A relay that says nothing for so long is gone."""
PATIENCE_US: Final = 30_000_000
"""How long viewers keep the last picture while the broker is away."""
_AWAY: Final = "the connection between the relays is broken; it is tried again"
_NOBODY: Final = -1


class Taker:
    """The streams of relay `origin`. `refuse` runs a function and logs what breaks the protocol."""

    def __init__(
        self,
        hub: Hub,
        seat: Seat,
        origin: str,
        profile: Profile,
        clock_us: Callable[[], int],
        refuse: Callable[[Callable[[], None]], None],
    ) -> None:
        self._seat = seat
        self._origin = origin
        self._clock_us = clock_us
        self._new_streams = partial(RemoteStreams, hub, profile, self._send, clock_us)
        self._streams = self._new_streams()
        self._wishes = Wishes()
        self._pictures = Pictures(profile, clock_us(), self._read_now, self._wishes)
        self._readers = Readers(seat, origin, self._take, refuse)
        self._known = _Known()
        self._times = _Times(clock_us())

    @property
    def shown(self) -> list[Stream]:
        """Its streams of pictures here."""
        return list(self._streams.shown.values())

    # What the other relay says

    def heard(self, beat: Beat) -> None:
        """A heartbeat, perhaps with news."""
        self._times.heard_us = self._clock_us()
        self._begin(beat.epoch)
        known = self._known
        if beat.news and known.revision == beat.revision - len(beat.news):
            known.revision = beat.revision
            self._apply(beat.news)
        elif known.revision < beat.revision:
            self._ask([], is_measuring=True)

    def answered(self, answer: Answer) -> None:
        """An answer to a question."""
        now_us = self._times.heard_us = self._clock_us()
        self._begin(answer.epoch)
        rtt_us = now_us - answer.sent_us
        if answer.sent_us and rtt_us >= 0:
            self._streams.read(Clock(answer.host_us, rtt_us), now_us)
        if answer.all is not None and answer.revision > self._known.revision:
            self._known.revision = answer.revision
            self._replace(answer.all)

    def is_gone(self, now_us: int) -> bool:
        """It has said nothing for long, or the broker is away for long."""
        if not self._seat.bus.is_open:
            return now_us - self._times.heard_us > PATIENCE_US
        return now_us - max(self._times.heard_us, self._times.opened_us) > SILENT_US

    # The connection to the broker

    def tick(self) -> None:
        """A few times a second."""
        now_us = self._clock_us()
        if not self._seat.bus.is_open:
            return
        self._pictures.ask_for_pieces(self._known.offers)
        if now_us - self._times.asked_us >= ASK_US:
            self._ask(self._wishes.again(now_us), is_measuring=True)

    def lost_broker(self) -> None:
        """Viewers see why the picture stands still."""
        for track in self._known.offers:
            away = State(track, "waiting", "source-lost", _AWAY)
            self._streams.read(away, self._clock_us())

    def found_broker(self) -> None:
        """The broker is back: ask for the whole state, and for fresh pictures."""
        self._times.opened_us = self._clock_us()
        self._known.revision = _NOBODY
        self._wishes.start_again()
        self._pictures.lost_all()
        self._ask(self._wishes.again(self._times.opened_us), is_measuring=True)

    def close(self) -> None:
        """End its streams here."""
        self._readers.close()
        self._streams.close()

    # Inside

    def _begin(self, epoch: int) -> None:
        """Another epoch: the relay has begun again, and nothing of before holds."""
        if self._known.epoch == epoch:
            return
        if self._known.epoch is not None:
            self._readers.close()
            self._streams.close()
            self._wishes = Wishes()
            self._pictures.begin(self._wishes)
            self._streams = self._new_streams()
        self._known = _Known(epoch)

    def _replace(self, everything: list[FromPublisher]) -> None:
        offers = {each.track: each for each in everything if isinstance(each, Offer)}
        for track, offer in list(self._known.offers.items()):
            if track not in offers or offers[track].stream != offer.stream:
                self._apply([Withdraw(track)])
        self._apply(everything)

    def _apply(self, news: Iterable[FromPublisher]) -> None:
        for each in news:
            if isinstance(each, Offer):
                if each.track not in self._known.ended:
                    self._known.offers[each.track] = each
                    self._read_now(each)
            elif isinstance(each, Configure):
                place = each.track, each.rendition
                self._pictures.announced(each, is_read=self._readers.has_read(place))
            elif isinstance(each, Withdraw):
                self._withdraw(each)
            elif isinstance(each, State | Figures):
                self._read_now(each)
            elif isinstance(each, Repaired):
                self._pictures.repaired(each.track)
                self._read_now(each)

    def _withdraw(self, message: Withdraw) -> None:
        track = message.track
        self._read_now(message)
        self._readers.follow(track, ())
        self._pictures.drop(track)
        self._known.offers.pop(track, None)
        self._known.ended.discard(track)

    def _read_now(self, message: FromPublisher) -> None:
        self._streams.read(message, self._clock_us())

    def _take(self, place: tuple[int, int], payload: Payload, is_first: bool) -> None:
        now_us = self._clock_us()
        published = self._pictures.taken(place, payload, now_us, is_first=is_first)
        if published is not None:
            self._streams.take(published, now_us)

    def _send(self, message: ToPublisher) -> None:
        """What the streams say to their publisher."""
        if isinstance(message, Want):
            self._wishes.demand(message, self._clock_us())
            self._readers.follow(message.track, self._wishes.renditions(message.track))
            self._ask([message])
        elif isinstance(message, Ended | Refuse):
            self._known.ended.add(message.track)
            self._known.offers.pop(message.track, None)

    def _ask(self, wants: list[Want], *, is_measuring: bool = False) -> None:
        now_us = self._clock_us()
        if is_measuring:
            self._times.asked_us = now_us
        sent_us = now_us if is_measuring else 0
        ask = Ask(self._seat.node, sent_us, self._known.revision, wants)
        self._seat.say(self._seat.subjects.ask(self._origin), Numbered(0), ask)


class _Known:
    """What is known of the other relay since it began. `ended`: tracks that were ended here."""

    __slots__ = ("ended", "epoch", "offers", "revision")

    def __init__(self, epoch: int | None = None) -> None:
        self.epoch = epoch
        self.revision = _NOBODY
        self.offers: dict[int, Offer] = {}
        self.ended: set[int] = set()


class _Times:
    """When it said something, when it was asked, and when the broker came back."""

    __slots__ = ("asked_us", "heard_us", "opened_us")

    def __init__(self, now_us: int) -> None:
        self.heard_us = self.opened_us = now_us
        self.asked_us = now_us - ASK_US
