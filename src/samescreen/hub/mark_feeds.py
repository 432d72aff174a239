"""The marks over all streams on their way to one place: a relay, a host, a bus. Event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from .ink import Ink
from .mark_feed import INTERVAL_US, Drawn, MarkFeed
from .marks import Inker, Mark
from .stream import Stream

HOST: Final = "host"
"""The origin of marks that come from the machine that publishes the stream here."""


def later(delay_s: float, call: Callable[[], None]) -> None:
    """Call it on the running event loop, after so many seconds."""
    asyncio.get_running_loop().call_later(delay_s, call)


class MarkOutlet(Protocol):
    """Where marks go to. Nothing here waits."""

    def takes(self, stream: Stream) -> bool:
        """Whether marks over this stream go there now."""

    def goes(self, inker: Inker) -> bool:
        """Whether this person's marks do: not back to where they come from."""

    def is_full(self) -> bool:
        """So much waits that marks would delay pictures."""

    def drew(self, stream: Stream, drawn: Drawn) -> None:
        """Send points."""

    def stand(self, stream: Stream, strokes: list[tuple[int, int]]) -> None:
        """Say which strokes stay (person, stroke), and which rules hold."""

    def wiped(self, stream: Stream, inker: Inker) -> None:
        """This machine removed all marks of somebody."""


class MarkFeeds:
    """Open until closed. Follows `ink`, and sends to `outlet` in rounds."""

    def __init__(self, ink: Ink, outlet: MarkOutlet, clock_us: Callable[[], int]) -> None:
        self._ink = ink
        self._outlet = outlet
        self._clock_us = clock_us
        self._feeds: dict[Stream, MarkFeed] = {}
        self._sent_us = -INTERVAL_US
        self._is_due = self._is_over = False
        ink.followers.append(self)

    def close(self) -> None:
        """Send nothing more; may be called twice."""
        self._is_over = True
        if self in self._ink.followers:
            self._ink.followers.remove(self)
        self._feeds.clear()

    # What the hub says

    def drew(self, stream: Stream, inker: Inker, mark: Mark) -> None:
        if self._outlet.takes(stream):
            self._feed(stream).drew(inker, mark)
            self._schedule()

    def changed(self, stream: Stream) -> None:
        if self._outlet.takes(stream):
            self._feed(stream).changed()
            self._schedule()

    def wiped(self, stream: Stream, inker: Inker) -> None:
        if self._outlet.takes(stream):
            self._outlet.wiped(stream, inker)

    # What its owner says

    def again(self, stream: Stream) -> None:
        """Send all that stays over this stream."""
        if self._outlet.takes(stream):
            self._feed(stream).again(self._ink.board_of(stream))
            self._schedule()

    def repeat(self) -> None:
        """Say again what stays, wherever anything was drawn."""
        for stream, feed in list(self._feeds.items()):
            if not self._outlet.takes(stream):
                del self._feeds[stream]
            else:
                feed.changed()
                self._schedule()

    def forget(self, stream: Stream) -> None:
        """Nothing of it has gone there yet."""
        self._feeds.pop(stream, None)

    def _feed(self, stream: Stream) -> MarkFeed:
        if stream not in self._feeds:
            self._feeds[stream] = MarkFeed(self._outlet.goes)
        return self._feeds[stream]

    def _schedule(self) -> None:
        """Send now, or with what comes until the interval ends."""
        if self._is_due or not any(feed.is_due for feed in self._feeds.values()):
            return
        wait_us = self._sent_us + INTERVAL_US - self._clock_us()
        if wait_us <= 0 and not self._outlet.is_full():
            self._send()
        else:
            self._is_due = True
            later((wait_us if wait_us > 0 else INTERVAL_US) / 1e6, self._send_late)

    def _send_late(self) -> None:
        self._is_due = False
        if not self._is_over:
            self._schedule()

    def _send(self) -> None:
        self._sent_us = self._clock_us()
        for stream, feed in list(self._feeds.items()):
            if not self._outlet.takes(stream):
                del self._feeds[stream]
                continue
            due = feed.take(self._ink.board_of(stream))  # nothing, where nothing is due
            if due.strokes is not None:
                self._outlet.stand(stream, due.strokes)
            for drawn in due.drawn:
                self._outlet.drew(stream, drawn)
        self._schedule()
