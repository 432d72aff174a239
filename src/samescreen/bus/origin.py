"""What this relay shows in a room, for all other relays. Event loop; nothing here waits.

It sends a heartbeat while there are streams, answers other relays, and forgets those that ask for
nothing any more.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Final

from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream
from samescreen.media import Rendition
from samescreen.relay.track_news import offer_of, sound_offer_of
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.publishing import (
    Configure,
    FromPublisher,
    Offer,
    Withdraw,
)

from .endpoint import Endpoint
from .export import Export
from .messages import Answer, Ask, Heartbeat
from .wire import Kind, Numbered

HEARTBEAT_US: Final = 1_000_000
SILENT_US: Final = 4_000_000
"""A relay that has asked nothing for so long has no viewers here any more."""
MOST_NODES: Final = 256
_NUMBERS: Final = 256


class Origin:
    """This relay in one room. `others`: the streams that come from other relays."""

    def __init__(
        self,
        hub: Hub,
        endpoint: Endpoint,
        clock_us: Callable[[], int],
        others: Callable[[], Collection[Stream]],
    ) -> None:
        self._hub = hub
        self._out = _Outlet(endpoint)
        self._clock_us = clock_us
        self._others = others
        self._exports: dict[Stream, Export] = {}
        self._sounds: dict[Stream, Export] = {}
        self._numbers = itertools.count()
        self._asked_us: dict[str, int] = {}
        self._heartbeat_us = -HEARTBEAT_US

    @property
    def wanted(self) -> list[Stream]:
        """The streams that other relays have viewers for."""
        return [each.stream for each in self._all if each.is_wanted]

    def number_of(self, stream: Stream) -> int | None:
        """The number of its track on the bus; None: it does not come from here."""
        export = self._exports.get(stream)
        return None if export is None else export.number

    def stream_of(self, number: int) -> Stream | None:
        """The stream with that number."""
        return next((s for s, export in self._exports.items() if export.number == number), None)

    @property
    def _all(self) -> list[Export]:
        return [*self._exports.values(), *self._sounds.values()]

    def tick(self) -> None:
        """A few times a second: follow the hub, send the heartbeat, forget who is gone."""
        now_us = self._clock_us()
        self._follow()
        for export in self._all:
            export.tick()
        for node in [n for n, at_us in self._asked_us.items() if now_us - at_us > SILENT_US]:
            self.forget(node)
        if self._exports and now_us - self._heartbeat_us >= HEARTBEAT_US:
            self._heartbeat_us = now_us
            self._out.heartbeat()

    def asked(self, ask: Ask) -> None:
        """Another relay says what its viewers need."""
        if ask.node not in self._asked_us and len(self._asked_us) >= MOST_NODES:
            return
        now_us = self._clock_us()
        self._asked_us[ask.node] = now_us
        for want in ask.wants:
            for export in self._all:
                if export.number == want.track:
                    export.want(ask.node, want)
        if ask.has != self._out.revision:
            self._out.answer(ask, now_us, list(self._whole()))
        elif ask.sent_us:
            self._out.answer(ask, now_us, None)

    def forget(self, node: str) -> None:
        """That relay is gone."""
        self._asked_us.pop(node, None)
        for export in self._all:
            export.forget(node)

    def close(self) -> None:
        """The relay stops: its streams end elsewhere too."""
        for export in self._all:
            export.leave()
        if self._exports:
            self._out.heartbeat(is_last=True)
        self._exports.clear()
        self._sounds.clear()

    def _whole(self) -> Iterator[FromPublisher]:
        for sound in self._sounds.values():
            yield _sound_offer(sound)
            yield from sound.state()
        for export in self._exports.values():
            yield self._offer_of(export)
            yield from export.state()

    def _follow(self) -> None:
        """Offer what is new in the hub, and forget what is gone."""
        others = self._others()
        streams = [each for each in self._hub.streams.values() if each not in others]
        for stream in [each for each in self._exports if each not in streams]:
            self._exports.pop(stream).leave()
        for stream in streams:
            if stream not in self._exports:
                renew = partial(self._renew, stream)
                self._exports[stream] = Export(stream, self._free(), self._out, renew)
                self._announce(self._exports[stream])
        self._forget_sounds()

    def _renew(self, stream: Stream) -> None:
        """The stream has another source or another sound, or is let out again."""
        export = self._exports.get(stream)
        if export is not None:
            export.begin(self._free())
            self._announce(export)
            self._forget_sounds()

    def _announce(self, export: Export) -> None:
        sound = export.stream.sound
        if sound is not None and sound not in self._sounds:
            new = self._sounds[sound] = Export(sound, self._free(), self._out, lambda: None)
            for news in (_sound_offer(new), *new.state()):
                self._out.announce(news)
        for news in (self._offer_of(export), *export.state()):
            self._out.announce(news)

    def _offer_of(self, export: Export) -> Offer:
        stream = export.stream
        sound = None if stream.sound is None else self._sounds.get(stream.sound)
        number = None if sound is None else sound.number
        return offer_of(stream, export.number, number, is_sealed=stream.is_sealed)

    def _forget_sounds(self) -> None:
        heard = {stream.sound for stream in self._exports}
        for sound in [each for each in self._sounds if each not in heard]:
            export = self._sounds.pop(sound)
            export.leave()
            self._out.announce(Withdraw(export.number))

    def _free(self) -> int:
        """A number that no track has, and that none had lately."""
        taken = {each.number for each in self._all}
        return next(n for each in self._numbers if (n := each % _NUMBERS) not in taken)


def _sound_offer(export: Export) -> Offer:
    return sound_offer_of(export.stream, export.number, is_sealed=export.stream.is_sealed)


class _Outlet:
    """Puts what a room shows on the bus."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.epoch = secrets.randbits(32)
        self.revision = 0
        self._states = Numbered(self.epoch)
        self._media: dict[tuple[int, Rendition], Numbered] = {}

    @property
    def waiting_bytes(self) -> int:
        return self.endpoint.bus.waiting_bytes

    def announce(self, news: FromPublisher) -> None:
        self.revision += 1
        self.heartbeat([news])

    def heartbeat(self, news: list[FromPublisher] | None = None, *, is_last: bool = False) -> None:
        heartbeat = Heartbeat(PROTOCOL_VERSION, self.epoch, self.revision, news or [], is_last)
        subject = self.endpoint.subjects.state(self.endpoint.node)
        self.endpoint.send(subject, self._states, heartbeat)

    def answer(self, ask: Ask, now_us: int, everything: list[FromPublisher] | None) -> None:
        answer = Answer(ask.sent_us, now_us, self.epoch, self.revision, everything)
        subject = self.endpoint.subjects.answer(ask.node, self.endpoint.node)
        self.endpoint.send(subject, Numbered(self.epoch), answer)

    def configure(self, message: Configure) -> None:
        place = message.track, message.rendition
        self.endpoint.send(self._subject(place), self._numbered(place), message)
        self.announce(message)

    def send(self, number: int, rendition: Rendition, body: bytes | None) -> None:
        place = number, rendition
        if body is None or not self.endpoint.bus.is_open:
            self._numbered(place).skip()
            return
        messages = self._numbered(place).messages(Kind.MEDIA, body)
        self.endpoint.bus.publish(self._subject(place), messages)

    def _subject(self, place: tuple[int, Rendition]) -> str:
        return self.endpoint.subjects.media(self.endpoint.node, *place)

    def _numbered(self, place: tuple[int, Rendition]) -> Numbered:
        return self._media.setdefault(place, Numbered(self.epoch))
