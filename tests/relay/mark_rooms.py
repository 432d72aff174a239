"""A host and a relay whose pages draw, connected in this process, with a fake clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest

from samescreen.gate.profiles import HOST
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub import mark_feeds
from samescreen.hub.mark_feed import INTERVAL_US
from samescreen.publish.remote_streams import RemoteStreams
from samescreen.relay.guests import Guests
from samescreen.relay.publication import Publication
from samescreen.subscribe import ink as fanout
from samescreen.wire.publishing import (
    FromPublisher,
    ToPublisher,
    message_to_publisher,
    publisher_message,
    text_from_publisher,
    text_to_publisher,
)
from tests.subscribe.test_ink import Page, Stage

POINT = WATCH_ONLY | {Grant.POINT}


class Hall(Stage):
    """A room with pages that draw. `shows`: it has the stream itself."""

    def __init__(self, *, shows: bool) -> None:
        super().__init__()
        if not shows:
            self.hub.end("screen")

    def joined(self, name: str) -> Page:
        """A page of somebody with this name, who may draw."""
        self.stream = self.hub.streams["screen"]
        page = self.page()
        page.say({"type": "name", "name": name})
        return page


def seen(page: Page) -> dict[tuple[str, int], list[int]]:
    """What the page shows: the points of each stroke, by name and number."""
    shown: dict[tuple[int, int], list[int]] = {}
    names: dict[int, str] = {}
    for message in page.transport.messages:
        if message["type"] == "marks":
            kept = {(by, stroke) for by, stroke in message["strokes"]}
            shown = {key: points for key, points in shown.items() if key in kept}
            names = {each["by"]: each["name"] for each in message["people"]}
        elif message["type"] == "ink":
            for mark in message["marks"]:
                shown.setdefault((mark["by"], mark["stroke"]), []).extend(mark["points"])
    return {(names[by], stroke): points for (by, stroke), points in shown.items()}


class Clockwork:
    """Calls what is delayed, in its time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_us = 0
        self._calls: list[tuple[int, Callable[[], None]]] = []
        for module in (fanout, mark_feeds):
            monkeypatch.setattr(module, "later", self.later)

    def later(self, delay_s: float, call: Callable[[], None]) -> None:
        self._calls.append((self.now_us + round(delay_s * 1e6), call))

    def step(self, us: int) -> None:
        self.now_us += us
        due = [each for each in self._calls if each[0] <= self.now_us]
        self._calls = [each for each in self._calls if each not in due]
        for _, call in due:
            call()


class Joined:
    """A host, a relay, and the connection between. `grants`: what `--allow-via` names.

    `halls`: of the host and of the relay, where they are there already.
    """

    def __init__(
        self,
        clockwork: Clockwork,
        *grants: Grant,
        halls: tuple[Hall, Hall] | None = None,
        takes_marks: bool = True,
    ) -> None:
        self.clockwork = clockwork
        self.host, self.relay = halls or (Hall(shows=True), Hall(shows=False))
        self.told: list[FromPublisher] = []
        self._waiting: deque[tuple[str, bytes]] = deque()
        self.waiting_bytes = 0
        clock = lambda: self.host.now_us  # noqa: E731
        hub, audience = self.host.hub, self.host.audience
        draw = lambda stream, mark: audience.of(stream).ink.add(mark)  # noqa: E731
        self.barred: set[str] = set()
        is_barred = self.barred.__contains__
        guests = Guests(hub, self, frozenset(grants), draw, is_barred=is_barred)
        self.publication = Publication(
            hub, self, clock, 100_000, guests=guests, takes_marks=takes_marks
        )
        self.remote = RemoteStreams(self.relay.hub, HOST, self._answer, clock)
        self.run()

    def send_text(self, message: FromPublisher) -> None:
        self.told.append(message)
        self._waiting.append(("up", text_from_publisher(message)))

    def send_media(self, message: bytes) -> None:
        """No pictures here."""

    def buffered_bytes(self) -> int:
        return self.waiting_bytes

    def _answer(self, message: ToPublisher) -> None:
        self._waiting.append(("down", text_to_publisher(message)))

    def move(self) -> None:
        """Deliver until nothing waits."""
        while self._waiting:
            way, text = self._waiting.popleft()
            if way == "up":
                self.remote.read(publisher_message(text), self.host.now_us)
            else:
                self.publication.read(message_to_publisher(text))

    def run(self, seconds: float = 0.5) -> None:
        """Let time pass at both, with their ticks."""
        for step in range(round(seconds * 1e6 / INTERVAL_US)):
            self.host.now_us += INTERVAL_US
            self.relay.now_us = self.host.now_us
            self.clockwork.step(INTERVAL_US)
            self.move()
            if step % 8 == 0:
                for each in (self.host, self.relay):
                    each.tick()
                self.publication.tick()
                self.remote.tick()
                self.move()

    def close(self) -> None:
        self.publication.close()
        self.remote.close()
