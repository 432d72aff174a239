"""Marks of this host's own people, on their way to the relay's viewers. Event loop.

The relay's people draw here as guests (`guests.py`); what they drew does not go back. Where the
pictures have the marks (`--show-marks`), the relay gets none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from samescreen.hub.hub import Hub
from samescreen.hub.mark_feed import Drawn
from samescreen.hub.mark_feeds import MarkFeeds
from samescreen.hub.marks import Inker
from samescreen.hub.people import ON_RELAY, Person
from samescreen.hub.stream import Stream
from samescreen.wire.guests import Drew, Kept, Wiped

from .connection import RelayConnection

MOST_STROKES: Final = 900
"""Of one message, which has at most 16 kB. Older ones are not shown at the relay."""
_MOST_WAITING_BYTES: Final = 64 * 1024


def is_guest(inker: Inker) -> bool:
    """They draw at the relay."""
    return isinstance(inker.person, Person) and inker.person.link_id == ON_RELAY


class MarksDown:
    """Of one connection. `number_of_stream`: of its track there; None: the relay has none of it.

    `number_of_guest`: of somebody who draws there over that track; None: they draw here.
    """

    def __init__(
        self,
        hub: Hub,
        connection: RelayConnection,
        number_of_stream: Callable[[Stream], int | None],
        number_of_guest: Callable[[int, Inker], int | None],
        clock_us: Callable[[], int],
    ) -> None:
        self._ink = hub.ink
        self._connection = connection
        self._number_of_stream = number_of_stream
        self._number_of_guest = number_of_guest
        self._feeds = MarkFeeds(hub.ink, self, clock_us)

    def begin(self, stream: Stream) -> None:
        """The stream was offered: send what stays over it."""
        self._feeds.forget(stream)
        if self._ink.board_of(stream) is not None or self._ink.has_rules_over(stream):
            self._feeds.again(stream)

    def close(self) -> None:
        """The connection is gone."""
        self._feeds.close()

    # What the feeds ask

    def takes(self, stream: Stream) -> bool:
        return self._number_of_stream(stream) is not None

    def goes(self, inker: Inker) -> bool:
        return not is_guest(inker)

    def is_full(self) -> bool:
        return self._connection.buffered_bytes() > _MOST_WAITING_BYTES

    def drew(self, stream: Stream, drawn: Drawn) -> None:
        number, mark = self._number_of_stream(stream), drawn.mark
        if number is None or self._ink.is_in_picture(stream):
            return
        who, points = drawn.inker, list(mark.points)
        self._connection.send_text(
            Drew(
                *(number, who.by, who.name[:200], mark.stroke, mark.tool, points, mark.is_end),
                *(drawn.at, who.is_host),
            )
        )

    def stand(self, stream: Stream, strokes: list[tuple[int, int]]) -> None:
        number, rules = self._number_of_stream(stream), self._ink.rules_over(stream)
        if number is not None:
            kept = [] if rules.in_picture else strokes[-MOST_STROKES:]
            self._connection.send_text(Kept(number, kept, rules.is_on, rules.in_picture))

    def wiped(self, stream: Stream, inker: Inker) -> None:
        number = self._number_of_stream(stream)
        by = None if number is None else self._number_of_guest(number, inker)
        if number is not None and by is not None:
            self._connection.send_text(Wiped(number, by))
