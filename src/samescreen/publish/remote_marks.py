"""Marks over another host's pictures, between people here and those at that host. Event loop.

The pages here draw what either draws. That host decides about the marks of people here: it may
forbid them, and remove them.
"""

from __future__ import annotations

from collections.abc import Callable

from samescreen.hub.ink import Added, FarRules, Ink
from samescreen.hub.mark_feed import Drawn
from samescreen.hub.mark_feeds import HOST, MarkFeeds
from samescreen.hub.marks import FarDrawer, Inker
from samescreen.hub.stream import Stream
from samescreen.wire.guests import Drew, Kept, Wiped

from .remote import RemotePublisher

MarkMessage = Drew | Kept | Wiped


class RemoteMarks:
    """Of one connection. `publisher_of`: what publishes a stream; None: another connection."""

    def __init__(
        self,
        ink: Ink,
        publisher_of: Callable[[Stream], RemotePublisher | None],
        clock_us: Callable[[], int],
    ) -> None:
        self._ink = ink
        self._publisher_of = publisher_of
        self._feeds = MarkFeeds(ink, self, clock_us)

    def read(self, message: MarkMessage, stream: Stream) -> None:
        """What that host says of a stream. Raises ProtocolError: it makes no sense."""
        if isinstance(message, Drew):
            drawer = FarDrawer(HOST, message.by, message.name, message.host)
            added = Added(message.stroke, message.tool, message.points, message.end, message.at)
            self._ink.grow(stream, drawer, added)
        elif isinstance(message, Kept):
            self._ink.keep(stream, HOST, set(message.strokes))
            is_ours = self.takes(stream)
            rules = FarRules(message.on, message.in_picture) if is_ours else FarRules()
            self._ink.rule(stream, rules)
        elif self.takes(stream):
            self._ink.wipe(stream, message.by)

    def let(self, stream: Stream) -> None:
        """That host takes marks of people here from now on: send what stays."""
        self._feeds.again(stream)

    def close(self) -> None:
        """The connection is gone."""
        self._feeds.close()

    # What the feeds ask

    def takes(self, stream: Stream) -> bool:
        publisher = self._publisher_of(stream)
        return publisher is not None and publisher.takes_marks

    def goes(self, inker: Inker) -> bool:
        return inker.origin != HOST

    def is_full(self) -> bool:
        return False

    def drew(self, stream: Stream, drawn: Drawn) -> None:
        publisher = self._publisher_of(stream)
        if publisher is not None:
            publisher.drew(drawn.mark, drawn.inker, drawn.at)

    def stand(self, stream: Stream, strokes: list[tuple[int, int]]) -> None:
        publisher = self._publisher_of(stream)
        if publisher is not None:
            publisher.kept(strokes)

    def wiped(self, stream: Stream, inker: Inker) -> None:
        """`kept` says so to that host: its own people's marks are its own affair."""
