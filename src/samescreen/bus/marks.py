"""Marks over the pictures of a room, between its relays. Event loop; nothing here waits.

Each relay sends what people at it draw, and what comes to it from a stream's own host; so no mark
comes back to where it is from. Messages may get lost: each relay says every second which strokes
stay, and a relay that misses some asks for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from samescreen.hub.hub import Hub
from samescreen.hub.ink import Added, FarRules
from samescreen.hub.mark_feed import Drawn
from samescreen.hub.mark_feeds import MarkFeeds
from samescreen.hub.marks import FarDrawer, Inker
from samescreen.hub.stream import Stream
from samescreen.wire.guests import Drew, Kept, Wiped

from .endpoint import Endpoint
from .messages import Inked, Message, Redraw
from .wire import Numbered

REPEAT_US: Final = 1_000_000
SILENT_US: Final = 4_000_000
"""The marks of a relay that says nothing for so long go."""
ASK_US: Final = 2_000_000
LONGEST_ASK_US: Final = 30_000_000
"""Asking again waits ever longer while it does not help, as where too many people draw."""
MOST_NODES: Final = 64
_MOST_WAITING_BYTES: Final = 1 << 20
_ORIGIN: Final = "bus-"
_MOST_STROKES: Final = 2048

Inking = Drew | Kept | Wiped
Place = tuple[str, int]
"""The relay that a stream comes from, and the number of its track there."""


class BusMarks:
    """Open until closed. `place_of`: of a stream here; `stream_at`: the stream here, if any."""

    def __init__(
        self,
        hub: Hub,
        endpoint: Endpoint,
        clock_us: Callable[[], int],
        place_of: Callable[[Stream], Place | None],
        stream_at: Callable[[Place], Stream | None],
    ) -> None:
        self._hub = hub
        self._endpoint = endpoint
        self._clock_us = clock_us
        self._place_of = place_of
        self._stream_at = stream_at
        self._feeds = MarkFeeds(hub.ink, self, clock_us)
        self._nodes: dict[str, _Node] = {}
        self._sent_us = -REPEAT_US

    def tick(self) -> None:
        """A few times a second."""
        now_us = self._clock_us()
        if not self._endpoint.bus.is_open:
            for node in self._nodes.values():
                node.last_heard_us = now_us
            return
        silent = [n for n, each in self._nodes.items() if now_us - each.last_heard_us > SILENT_US]
        for name in silent:
            del self._nodes[name]
            for stream in self._hub.streams.values():
                self._hub.ink.leave(stream, _ORIGIN + name)
        if now_us - self._sent_us >= REPEAT_US:
            self._sent_us = now_us
            self._feeds.repeat()
            for stream in self._hub.streams.values():
                if self._has_news_of(stream):
                    self._feeds.changed(stream)

    def _has_news_of(self, stream: Stream) -> bool:
        ink = self._hub.ink
        return ink.board_of(stream) is not None or ink.has_rules_over(stream)

    def close(self) -> None:
        """The relay stops: the marks of its people go."""
        for stream in self._hub.streams.values():
            if self._has_news_of(stream) and self.takes(stream):
                self.stand(stream, [])
        self._feeds.close()

    def received(self, name: str, message: Message) -> None:
        """A message of another relay. Raises ProtocolError: it makes no sense."""
        if isinstance(message, Redraw):
            for stream in self._hub.streams.values():
                if self._has_news_of(stream):
                    self._feeds.again(stream)
        elif isinstance(message, Inked) and name != self._endpoint.node:
            if name not in self._nodes and len(self._nodes) >= MOST_NODES:
                return
            node = self._nodes.setdefault(name, _Node())
            node.last_heard_us = self._clock_us()
            over = self._stream_at((message.origin, message.what.track))
            if over is not None and not self._take(name, message, over):
                self._ask(name, node)
            elif over is not None and isinstance(message.what, Kept):
                node.wait_us = ASK_US

    def _take(self, name: str, message: Inked, stream: Stream) -> bool:
        """False: something before this is missing."""
        what, ink = message.what, self._hub.ink
        is_its_own = name == message.origin
        if isinstance(what, Drew):
            drawer = FarDrawer(_ORIGIN + name, what.by, what.name, what.host, what.guest)
            added = Added(what.stroke, what.tool, what.points, what.end, what.at)
            return ink.grow(stream, drawer, added)
        if isinstance(what, Kept):
            if is_its_own:
                ink.rule(stream, FarRules(what.on, what.in_picture))
            return ink.keep(stream, _ORIGIN + name, set(what.strokes))
        if is_its_own and message.of == self._endpoint.node:
            ink.wipe(stream, what.by)
        return True

    def _ask(self, name: str, node: _Node) -> None:
        now_us = self._clock_us()
        if now_us - node.asked_us >= node.wait_us:
            node.wait_us = min(LONGEST_ASK_US, 2 * node.wait_us) if node.asked_us else ASK_US
            node.asked_us = now_us
            redraw = Redraw(self._endpoint.node)
            self._endpoint.send(self._endpoint.subjects.redraw(name), Numbered(0), redraw)

    def _send(self, stream: Stream, what: Callable[[int], Inking], of: str = "") -> None:
        place = self._place_of(stream)
        if place is not None:
            subject = self._endpoint.subjects.ink(self._endpoint.node)
            self._endpoint.send(subject, Numbered(0), Inked(place[0], what(place[1]), of))

    # What the feeds ask

    def takes(self, stream: Stream) -> bool:
        return self._endpoint.bus.is_open and self._place_of(stream) is not None

    def goes(self, inker: Inker) -> bool:
        return not inker.origin.startswith(_ORIGIN)

    def is_full(self) -> bool:
        return self._endpoint.bus.waiting_bytes > _MOST_WAITING_BYTES

    def drew(self, stream: Stream, drawn: Drawn) -> None:
        mark, who = drawn.mark, drawn.inker
        about = who.by, who.name[:200], mark.stroke, mark.tool, list(mark.points), mark.is_end
        rest = drawn.at, who.is_host, who.guest[:200]
        self._send(stream, lambda track: Drew(track, *about, *rest))

    def stand(self, stream: Stream, strokes: list[tuple[int, int]]) -> None:
        rules, kept = self._hub.ink.rules_over(stream), strokes[-_MOST_STROKES:]
        self._send(stream, lambda track: Kept(track, kept, rules.is_on, rules.in_picture))

    def wiped(self, stream: Stream, inker: Inker) -> None:
        """Only the relay that the stream comes from removes what people elsewhere drew."""
        place, far = self._place_of(stream), inker.far
        if far is None or self.goes(inker) or place is None or place[0] != self._endpoint.node:
            return
        self._send(stream, lambda track: Wiped(track, far.by), far.origin.removeprefix(_ORIGIN))


class _Node:
    """Another relay. `wait_us`: between two questions for all its marks."""

    __slots__ = ("asked_us", "last_heard_us", "wait_us")

    def __init__(self) -> None:
        self.last_heard_us = 0
        self.asked_us = 0
        self.wait_us = 0
