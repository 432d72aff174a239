"""What one other relay shows in a room, as streams of this one. Event loop; nothing here waits.

Everything passes the gate, as what a host publishes does: one relay must not harm another. Only
what viewers here need is subscribed to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
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

from .endpoint import Endpoint
from .messages import Answer, Ask, Heartbeat
from .pictures import Pictures
from .readers import Readers
from .wants import Wants
from .wire import Numbered, Payload

ASK_US: Final = 1_000_000
SILENT_US: Final = 4_000_000
"""A relay that says nothing for so long is gone."""
MISSED_US: Final = 1_500_000
"""A relay that says nothing for so long has missed a heartbeat, and an answer too."""
LATE_US: Final = 700_000
"""With answers so late, the path from the broker is congested: nothing more is read for a while."""
PROMPT_US: Final = 300_000
"""With an answer so soon, the path is free again."""
BROKER_AWAY_US: Final = 30_000_000
"""How long viewers keep the last picture while the broker is away."""
_AWAY: Final = "the connection between the relays is broken; it is tried again"
_NO_REVISION: Final = -1


class Peer:
    """The streams of relay `origin`. `guard` runs a function and logs what breaks the protocol."""

    def __init__(
        self,
        hub: Hub,
        endpoint: Endpoint,
        origin: str,
        profile: Profile,
        clock_us: Callable[[], int],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        self._endpoint = endpoint
        self._origin = origin
        self._clock_us = clock_us
        self._new_streams = partial(RemoteStreams, hub, profile, self._send, clock_us)
        self._streams = self._new_streams()
        self._wants = Wants()
        self._pictures = Pictures(profile, clock_us(), self._read_now, self._wants)
        self._readers = Readers(endpoint, origin, self._take, guard)
        self._state = _PeerState()
        self._link = _Link(clock_us())

    @property
    def shown(self) -> list[Stream]:
        """Its streams of pictures here."""
        return list(self.tracks.values())

    @property
    def tracks(self) -> dict[int, Stream]:
        """The same, by the numbers of its tracks."""
        return self._streams.shown

    @property
    def names(self) -> set[str]:
        """The streams of pictures that it offers, by the names that their host gave them."""
        return names_in(self._state.offers.values())

    # What the other relay says

    def receive_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Apply its news; ask for all if some before them are missing."""
        self._link.last_heard_us = self._clock_us()
        self._begin(heartbeat.epoch)
        state = self._state
        if heartbeat.news and state.revision == heartbeat.revision - len(heartbeat.news):
            state.revision = heartbeat.revision
            self._apply(heartbeat.news)
        elif state.revision < heartbeat.revision:
            self._ask([], is_measuring=True)

    def receive_answer(self, answer: Answer) -> None:
        """Measure the round trip, and apply the whole state if the answer has it."""
        now_us = self._link.last_heard_us = self._clock_us()
        self._begin(answer.epoch)
        rtt_us = now_us - answer.sent_us
        if answer.sent_us and rtt_us >= 0:
            self._streams.read(Clock(answer.host_us, rtt_us), now_us)
            self._link.answered(answer.sent_us)
            if self._link.is_congested and rtt_us < PROMPT_US:
                self._link.is_congested = False
                self._resync()
        if answer.all is not None and answer.revision > self._state.revision:
            self._state.revision = answer.revision
            self._replace(answer.all)

    def is_gone(self, now_us: int) -> bool:
        """It has said nothing for long, or the broker is away for long."""
        if not self._endpoint.bus.is_open:
            return now_us - self._link.last_heard_us > BROKER_AWAY_US
        return self._silent_us(now_us) > SILENT_US

    def is_superseded(self, names: Collection[str], now_us: int) -> bool:
        """It has missed a heartbeat, and another relay shows one of its streams now."""
        is_silent = self._endpoint.bus.is_open and self._silent_us(now_us) > MISSED_US
        return is_silent and not self.names.isdisjoint(names)

    def _silent_us(self, now_us: int) -> int:
        return now_us - max(self._link.last_heard_us, self._link.opened_us)

    # The connection to the broker

    def tick(self) -> None:
        """A few times a second."""
        now_us = self._clock_us()
        if not self._endpoint.bus.is_open:
            return
        if self._link.is_late(now_us) and not self._link.is_congested:
            self._link.is_congested = True
            self._follow_all()
        self._pictures.ask_for_pieces(self._state.offers)
        if now_us - self._link.asked_us >= ASK_US:
            self._ask(self._wants.again(now_us), is_measuring=True)

    def lost_broker(self) -> None:
        """Viewers see why the picture stands still."""
        for track in self._state.offers:
            away = State(track, "waiting", "source-lost", _AWAY)
            self._streams.read(away, self._clock_us())

    def found_broker(self) -> None:
        """The broker is back: ask for the whole state, and for fresh pictures."""
        self._link.begin(self._clock_us())
        self._state.revision = _NO_REVISION
        self._resync()

    def close(self) -> None:
        """End its streams here."""
        self._readers.close()
        self._streams.close()

    # Inside

    def _resync(self) -> None:
        """Nobody knows what is lost: ask for fresh pictures of everything."""
        self._wants.resync()
        self._pictures.lost_all()
        self._follow_all()
        self._ask(self._wants.again(self._clock_us()), is_measuring=True)

    def _follow_all(self) -> None:
        for track in self._state.offers:
            self._follow(track)

    def _follow(self, track: int) -> None:
        """Read what viewers here need; nothing while the path is congested.

        The broker would keep it for this relay, and make others wait when that is too much.
        """
        renditions = () if self._link.is_congested else self._wants.renditions(track)
        self._readers.follow(track, renditions)

    def _begin(self, epoch: int) -> None:
        """In another epoch the relay has started again: drop what came before."""
        if self._state.epoch == epoch:
            return
        if self._state.epoch is not None:
            self._readers.close()
            self._streams.close()
            self._wants = Wants()
            self._pictures.begin(self._wants)
            self._streams = self._new_streams()
        self._state = _PeerState(epoch)

    def _replace(self, everything: list[FromPublisher]) -> None:
        offers = {each.track: each for each in everything if isinstance(each, Offer)}
        for track, offer in list(self._state.offers.items()):
            if track not in offers or offers[track].stream != offer.stream:
                self._apply([Withdraw(track)])
        self._apply(everything)

    def _apply(self, news: Iterable[FromPublisher]) -> None:
        for each in news:
            if isinstance(each, Offer):
                if each.track not in self._state.ended:
                    self._state.offers[each.track] = each
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
        self._state.offers.pop(track, None)
        self._state.ended.discard(track)

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
            self._wants.demand(message, self._clock_us())
            self._follow(message.track)
            self._ask([message])
        elif isinstance(message, Ended | Refuse):
            self._state.ended.add(message.track)
            self._state.offers.pop(message.track, None)

    def _ask(self, wants: list[Want], *, is_measuring: bool = False) -> None:
        now_us = self._clock_us()
        if is_measuring:
            self._link.asked(now_us)
        sent_us = now_us if is_measuring else 0
        ask = Ask(self._endpoint.node, sent_us, self._state.revision, wants)
        self._endpoint.send(self._endpoint.subjects.ask(self._origin), Numbered(0), ask)


def names_in(news: Iterable[FromPublisher]) -> set[str]:
    """The streams of pictures that these messages offer."""
    return {each.stream for each in news if isinstance(each, Offer) and not each.sounds}


class _PeerState:
    """What the other relay has said since it started. `ended`: tracks that were ended here."""

    __slots__ = ("ended", "epoch", "offers", "revision")

    def __init__(self, epoch: int | None = None) -> None:
        self.epoch = epoch
        self.revision = _NO_REVISION
        self.offers: dict[int, Offer] = {}
        self.ended: set[int] = set()


class _Link:
    """The path to the other relay and back, as asks and answers measure it."""

    __slots__ = ("asked_us", "is_congested", "last_heard_us", "opened_us", "unanswered_us")

    def __init__(self, now_us: int) -> None:
        self.last_heard_us = self.opened_us = now_us
        self.asked_us = now_us - ASK_US
        self.unanswered_us: int | None = None
        """When the first ask was sent that has no answer yet."""
        self.is_congested = False

    def begin(self, now_us: int) -> None:
        """The broker is back."""
        self.opened_us = now_us
        self.unanswered_us, self.is_congested = None, False

    def asked(self, now_us: int) -> None:
        self.asked_us = now_us
        if self.unanswered_us is None:
            self.unanswered_us = now_us

    def answered(self, sent_us: int) -> None:
        """The ask that was sent then has its answer."""
        is_newest = sent_us >= self.asked_us
        self.unanswered_us = None if is_newest else self.asked_us

    def is_late(self, now_us: int) -> bool:
        """An answer has been on its way for long."""
        return self.unanswered_us is not None and now_us - self.unanswered_us > LATE_US
