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
from .messages import Answer, Ask, Beat
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
"""With answers so late, the way from the broker is full: nothing more is read for a while."""
SOON_US: Final = 300_000
PATIENCE_US: Final = 30_000_000
"""How long viewers keep the last picture while the broker is away."""
_AWAY: Final = "the connection between the relays is broken; it is tried again"
_NOBODY: Final = -1


class Taker:
    """The streams of relay `origin`. `refuse` runs a function and logs what breaks the protocol."""

    def __init__(
        self,
        hub: Hub,
        endpoint: Endpoint,
        origin: str,
        profile: Profile,
        clock_us: Callable[[], int],
        refuse: Callable[[Callable[[], None]], None],
    ) -> None:
        self._endpoint = endpoint
        self._origin = origin
        self._clock_us = clock_us
        self._new_streams = partial(RemoteStreams, hub, profile, self._send, clock_us)
        self._streams = self._new_streams()
        self._wants = Wants()
        self._pictures = Pictures(profile, clock_us(), self._read_now, self._wants)
        self._readers = Readers(endpoint, origin, self._take, refuse)
        self._known = _Known()
        self._way = _Way(clock_us())

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
        return names_in(self._known.offers.values())

    # What the other relay says

    def heard(self, beat: Beat) -> None:
        """A heartbeat, perhaps with news."""
        self._way.heard_us = self._clock_us()
        self._begin(beat.epoch)
        known = self._known
        if beat.news and known.revision == beat.revision - len(beat.news):
            known.revision = beat.revision
            self._apply(beat.news)
        elif known.revision < beat.revision:
            self._ask([], is_measuring=True)

    def answered(self, answer: Answer) -> None:
        """An answer to a question."""
        now_us = self._way.heard_us = self._clock_us()
        self._begin(answer.epoch)
        rtt_us = now_us - answer.sent_us
        if answer.sent_us and rtt_us >= 0:
            self._streams.read(Clock(answer.host_us, rtt_us), now_us)
            self._way.answered(answer.sent_us)
            if self._way.is_full and rtt_us < SOON_US:
                self._way.is_full = False
                self._resync()
        if answer.all is not None and answer.revision > self._known.revision:
            self._known.revision = answer.revision
            self._replace(answer.all)

    def is_gone(self, now_us: int) -> bool:
        """It has said nothing for long, or the broker is away for long."""
        if not self._endpoint.bus.is_open:
            return now_us - self._way.heard_us > PATIENCE_US
        return self._silent_us(now_us) > SILENT_US

    def gives_way(self, names: Collection[str], now_us: int) -> bool:
        """It has missed a heartbeat, and another relay shows one of its streams by now."""
        is_silent = self._endpoint.bus.is_open and self._silent_us(now_us) > MISSED_US
        return is_silent and not self.names.isdisjoint(names)

    def _silent_us(self, now_us: int) -> int:
        return now_us - max(self._way.heard_us, self._way.opened_us)

    # The connection to the broker

    def tick(self) -> None:
        """A few times a second."""
        now_us = self._clock_us()
        if not self._endpoint.bus.is_open:
            return
        if self._way.is_late(now_us) and not self._way.is_full:
            self._way.is_full = True
            self._follow_all()
        self._pictures.ask_for_pieces(self._known.offers)
        if now_us - self._way.asked_us >= ASK_US:
            self._ask(self._wants.again(now_us), is_measuring=True)

    def lost_broker(self) -> None:
        """Viewers see why the picture stands still."""
        for track in self._known.offers:
            away = State(track, "waiting", "source-lost", _AWAY)
            self._streams.read(away, self._clock_us())

    def found_broker(self) -> None:
        """The broker is back: ask for the whole state, and for fresh pictures."""
        self._way.begin(self._clock_us())
        self._known.revision = _NOBODY
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
        for track in self._known.offers:
            self._follow(track)

    def _follow(self, track: int) -> None:
        """Read what viewers here need; nothing while the way is full.

        The broker would keep it for this relay, and make others wait when that is too much.
        """
        self._readers.follow(track, () if self._way.is_full else self._wants.renditions(track))

    def _begin(self, epoch: int) -> None:
        """Another epoch: the relay has begun again, and nothing of before holds."""
        if self._known.epoch == epoch:
            return
        if self._known.epoch is not None:
            self._readers.close()
            self._streams.close()
            self._wants = Wants()
            self._pictures.begin(self._wants)
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
            self._wants.demand(message, self._clock_us())
            self._follow(message.track)
            self._ask([message])
        elif isinstance(message, Ended | Refuse):
            self._known.ended.add(message.track)
            self._known.offers.pop(message.track, None)

    def _ask(self, wants: list[Want], *, is_measuring: bool = False) -> None:
        now_us = self._clock_us()
        if is_measuring:
            self._way.asked(now_us)
        sent_us = now_us if is_measuring else 0
        ask = Ask(self._endpoint.node, sent_us, self._known.revision, wants)
        self._endpoint.send(self._endpoint.subjects.ask(self._origin), Numbered(0), ask)


def names_in(news: Iterable[FromPublisher]) -> set[str]:
    """The streams of pictures that these messages offer."""
    return {each.stream for each in news if isinstance(each, Offer) and not each.sounds}


class _Known:
    """What is known of the other relay since it began. `ended`: tracks that were ended here."""

    __slots__ = ("ended", "epoch", "offers", "revision")

    def __init__(self, epoch: int | None = None) -> None:
        self.epoch = epoch
        self.revision = _NOBODY
        self.offers: dict[int, Offer] = {}
        self.ended: set[int] = set()


class _Way:
    """The way to the other relay, as questions and answers show it. `is_full`: nothing is read."""

    __slots__ = ("asked_us", "heard_us", "is_full", "opened_us", "unanswered_us")

    def __init__(self, now_us: int) -> None:
        self.heard_us = self.opened_us = now_us
        self.asked_us = now_us - ASK_US
        self.unanswered_us: int | None = None
        """When the first question was asked that has no answer yet."""
        self.is_full = False

    def begin(self, now_us: int) -> None:
        """The broker is back."""
        self.opened_us = now_us
        self.unanswered_us, self.is_full = None, False

    def asked(self, now_us: int) -> None:
        self.asked_us = now_us
        if self.unanswered_us is None:
            self.unanswered_us = now_us

    def answered(self, sent_us: int) -> None:
        """The answer to what was asked then."""
        is_newest = sent_us >= self.asked_us
        self.unanswered_us = None if is_newest else self.asked_us

    def is_late(self, now_us: int) -> bool:
        """An answer has been on its way for long."""
        return self.unanswered_us is not None and now_us - self.unanswered_us > LATE_US
