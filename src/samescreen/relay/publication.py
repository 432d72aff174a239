"""All streams of this host on one connection to a relay. Event loop; nothing here waits.

It offers what the hub has, in numbers of its own: on the connection a sound never has the number
of a stream. What the relay answers goes to the stream that it concerns.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from samescreen.flow.claims import Claim
from samescreen.flow.up_link import UpLink
from samescreen.grants import Grant
from samescreen.hub.hub import Hub
from samescreen.hub.people import ON_RELAY
from samescreen.hub.stream import Stream
from samescreen.wire.carried import Carry, Part, Took
from samescreen.wire.files import FileAsk
from samescreen.wire.guests import Act, Drew, Gone, Kept, Rest, Wish
from samescreen.wire.publishing import (
    Clock,
    ClockAnswer,
    Ended,
    Got,
    Refuse,
    ToPublisher,
    Want,
    Withdraw,
)

from .connection import RelayConnection
from .guests import Guests
from .track_news import offer_of, sound_offer_of
from .up_sound import UpSound
from .up_stream import UpStream

if TYPE_CHECKING:  # importing what it needs takes a while
    from .seal import Seal

NUMBERS: Final = 256
"""A track number is one byte."""
_CLOCK_EVERY_US: Final = 1_000_000


class Publication:
    """From the relay's welcome to the end of the connection.

    `on_refusal`: called with a stream's name and why the relay does not show it. `guests`: the
    people of the relay; None: they may do nothing here. `seal`: the relay cannot read what has it.
    `takes_marks`: the relay shows those of this host's own people.
    """

    def __init__(
        self,
        hub: Hub,
        connection: RelayConnection,
        clock_us: Callable[[], int],
        report_us: int,
        on_refusal: Callable[[str, str], None] = lambda name, why: None,
        guests: Guests | None = None,
        seal: Seal | None = None,
        *,
        takes_marks: bool = False,
    ) -> None:
        self._hub = hub
        self._seal = seal
        self._connection = connection
        self._guests = guests or Guests(hub, connection, frozenset(), lambda stream, mark: None)
        self._clock_us = clock_us
        self._link = UpLink(report_us)
        self._on_refusal = on_refusal
        self._streams: dict[Stream, UpStream] = {}
        self._sounds: dict[Stream, UpSound] = {}
        self._refused: set[int] = set()
        self._numbers = itertools.count()
        self._round_trips = _RoundTrips(connection)
        hub.transfers.queue_of_link[ON_RELAY] = lambda: self._link.queue_us
        if takes_marks:
            self._guests.show_marks(self._number_of, clock_us)

    @property
    def watched(self) -> list[UpStream]:
        """The streams that the relay has viewers for."""
        return [each for each in self._streams.values() if each.is_watched]

    @property
    def _all(self) -> list[UpStream | UpSound]:
        return [*self._streams.values(), *self._sounds.values()]

    def tick(self) -> None:
        """A few times a second: offer new streams, forget ended ones, fit the rates."""
        now_us = self._clock_us()
        self._guests.tick()
        self._follow()
        watched = self.watched
        capacity_bps = self._link.capacity_bps()
        share_bps = None if capacity_bps is None else capacity_bps // max(1, len(watched))
        for each in watched:
            each.fit(Claim("relay", "relay", share_bps), now_us)
            each.resume(now_us)
        self._round_trips.tick(now_us)

    def read(self, message: ToPublisher) -> None:
        """A message of the relay."""
        now_us = self._clock_us()
        if isinstance(message, Got):
            self._link.got(message.bytes, message.held_us, now_us)
            for each in self.watched:
                each.resume(now_us)
        elif isinstance(message, ClockAnswer):
            rtt_us = self._round_trips.took(message, now_us)
            if self._link.is_idle:
                self._link.round_trip(rtt_us, now_us)
        elif isinstance(message, Want):
            for one in self._all:
                if one.number == message.track:
                    one.want(message)
        elif isinstance(message, Wish | Gone | Act | Rest | Drew | Kept):
            track = getattr(message, "track", None)
            of_track = (up.stream for up in self._streams.values() if up.number == track)
            self._guests.read(message, next(of_track, None))
        elif isinstance(message, Carry | Part | Took):
            self._guests.carried(message)
        elif isinstance(message, FileAsk):
            self._guests.asked_for_file(message)
        elif isinstance(message, Refuse | Ended):
            self._refuse(message.track, message.detail)

    def close(self) -> None:
        """The connection is gone."""
        self._hub.transfers.queue_of_link.pop(ON_RELAY, None)
        self._guests.close()
        for each in self._all:
            each.leave()
        self._streams.clear()
        self._sounds.clear()

    def _follow(self) -> None:
        """Offer what is new in the hub, and forget what is gone."""
        streams = self._hub.public
        for stream in [each for each in self._streams if each not in streams]:
            self._streams.pop(stream).leave()
        for stream in streams:
            if stream not in self._streams:
                renew = partial(self._renew, stream)
                up = UpStream(stream, self._free(), self._connection, self._link, renew, self._seal)
                self._streams[stream] = up
                self._offer(up)
            elif (up := self._streams[stream]).name != stream.name:
                self._rename(up)
        self._forget_sounds()

    def _renew(self, stream: Stream) -> None:
        """The stream has another source or another sound, or is let out again."""
        up = self._streams.get(stream)
        if up is not None:
            up.begin(self._free())
            self._offer(up)
            self._forget_sounds()

    def _rename(self, up: UpStream) -> None:
        up.name = up.stream.name
        if up.number not in self._refused:
            self._say_offer(up)

    def _offer(self, up: UpStream) -> None:
        up.name = up.stream.name
        self._say_offer(up)
        up.announce()
        self._guests.offered(up.stream)

    def _say_offer(self, up: UpStream) -> None:
        stream = up.stream
        sound = self._sound_of(stream)
        takes_input = Grant.CONTROL in self._guests.allowed and stream.publisher.control is not None
        self._connection.send_text(
            offer_of(
                stream,
                up.number,
                None if sound is None else sound.number,
                is_sealed=self._seal is not None,
                takes_input=takes_input,
            )
        )

    def _number_of(self, stream: Stream) -> int | None:
        up = self._streams.get(stream)
        return None if up is None or up.number in self._refused else up.number

    def _sound_of(self, stream: Stream) -> UpSound | None:
        """The sound of a stream, offered before the stream that names it."""
        sound = stream.sound
        if sound is None:
            return None
        if sound not in self._sounds:
            up = UpSound(sound, self._free(), self._connection, self._link, self._seal)
            self._sounds[sound] = up
            offer = sound_offer_of(sound, up.number, is_sealed=self._seal is not None)
            self._connection.send_text(offer)
            up.announce()
        return self._sounds[sound]

    def _forget_sounds(self) -> None:
        heard = {stream.sound for stream in self._streams}
        for sound in [each for each in self._sounds if each not in heard]:
            up = self._sounds.pop(sound)
            up.leave()
            self._connection.send_text(Withdraw(up.number))

    def _free(self) -> int:
        """A number that no track has, and that none had lately."""
        taken = {each.number for each in self._all}
        return next(n for each in self._numbers if (n := each % NUMBERS) not in taken)

    def _refuse(self, number: int, detail: str) -> None:
        for stream, up in self._streams.items():
            if up.number == number and number not in self._refused:
                self._refused.add(number)
                up.leave()
                self._on_refusal(stream.name, detail)


class _RoundTrips:
    """Asks the relay for its clock once a second, and keeps the shortest round trip."""

    def __init__(self, connection: RelayConnection) -> None:
        self._connection = connection
        self._sent_us: int | None = None
        self._shortest_us = 0

    def tick(self, now_us: int) -> None:
        """A few times a second."""
        if self._sent_us is None or now_us - self._sent_us >= _CLOCK_EVERY_US:
            self._sent_us = now_us
            self._connection.send_text(Clock(now_us, self._shortest_us))

    def took(self, answer: ClockAnswer, now_us: int) -> int:
        """The relay answered: how long that took, in microseconds."""
        rtt_us = max(1, now_us - answer.sent_us)
        self._shortest_us = min(rtt_us, self._shortest_us or rtt_us)
        return rtt_us
