"""What is read of one other relay's media: a subscription for each rendition. Event loop."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from samescreen.media import Rendition

from .endpoint import Endpoint
from .wire import Joined, Payload

Place = tuple[int, Rendition]
"""A track of the other relay, and a rendition of it."""


class Readers:
    """`origin`: the other relay. `take`: gets each payload. `guard`: runs what may raise
    ProtocolError.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        origin: str,
        take: Callable[[Place, Payload, bool], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        self._endpoint = endpoint
        self._origin = origin
        self._take = take
        self._guard = guard
        self._open: dict[Place, _Reader] = {}

    def follow(self, track: int, renditions: Collection[Rendition]) -> None:
        """Read these renditions of that track, and no others."""
        for place in [each for each in self._open if each[0] == track]:
            if place[1] not in renditions:
                self._open.pop(place).end()
        for rendition in renditions:
            place = track, rendition
            if place not in self._open:
                subject = self._endpoint.subjects.media(self._origin, *place)
                reader = _Reader()
                reader.end = self._endpoint.bus.subscribe(
                    subject, partial(self._receive, place, reader)
                )
                self._open[place] = reader

    def has_read(self, place: Place) -> bool:
        """Something came there since it is read."""
        return place in self._open and self._open[place].has_read

    def close(self) -> None:
        """Read nothing more."""
        for reader in self._open.values():
            reader.end()
        self._open.clear()

    def _receive(self, place: Place, reader: _Reader, subject: str, message: bytes) -> None:
        if self._open.get(place) is reader:
            self._guard(lambda: self._join(place, reader, message))

    def _join(self, place: Place, reader: _Reader, message: bytes) -> None:
        payload = reader.joined.take(message)
        if payload is not None:
            is_first, reader.has_read = not reader.has_read, True
            self._take(place, payload, is_first)


class _Reader:
    """One subscription. `end` ends it."""

    __slots__ = ("end", "has_read", "joined")

    def __init__(self) -> None:
        self.joined = Joined()
        self.has_read = False
        self.end: Callable[[], None] = lambda: None
