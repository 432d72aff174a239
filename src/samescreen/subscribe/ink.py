"""Sends the marks over one stream to its viewers. Event loop; nothing here waits.

What several people draw within an interval goes out as one message for all viewers, whose bytes
are built once. A viewer whose connection is busy gets the whole board later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from samescreen.hub.ink import Ink
from samescreen.hub.marks import Board, Mark
from samescreen.hub.stream import Stream
from samescreen.wire import messages
from samescreen.wire.outgoing import Outgoing, text

from .connection import CONTROL_BACKLOG_BYTES
from .viewer import Viewer

SHORTEST_US: Final = 15_000
"""Pages draw sixty times a second."""
PER_VIEWER_US: Final = 250
"""The interval grows with the viewers, so that marks never cost more than a part of the loop."""
LONGEST_US: Final = 250_000
POINTS_AT_ONCE: Final = 600
"""A message has about so many points at most."""
_KIND: Final = messages.Ink.__struct_config__.tag


def later(delay_s: float, call: Callable[[], None]) -> None:
    """Call it on the running event loop, after so many seconds."""
    asyncio.get_running_loop().call_later(delay_s, call)


class InkFanout:
    """The marks of `stream` on their way to `viewers`."""

    def __init__(
        self,
        ink: Ink,
        stream: Stream,
        viewers: Mapping[str, Viewer],
        clock_us: Callable[[], int],
    ) -> None:
        self._ink = ink
        self._stream = stream
        self._viewers = viewers
        self._clock_us = clock_us
        self._waiting: dict[tuple[int, int], Mark] = {}
        self._is_due = False
        self._sent_us = 0
        self._behind: set[str] = set()
        """Viewers that missed a message."""
        self.others: list[Callable[[Outgoing], None]] = []
        """Each sends a message to all viewers of another process that draw marks."""
        self.ask: Callable[[Viewer], None] | None = None
        """Has the host's process send a viewer all marks; None: this is the host's process."""

    @property
    def interval_us(self) -> int:
        """The shortest time between two messages."""
        return min(LONGEST_US, max(SHORTEST_US, PER_VIEWER_US * len(self._viewers)))

    def add(self, mark: Mark) -> None:
        """Somebody drew this: send it now, or with what others draw until the interval ends."""
        key = mark.by, mark.stroke
        before = self._waiting.get(key)
        if before is not None:
            mark = replace(mark, points=before.points + mark.points)
        self._waiting[key] = mark
        if not self._is_due:
            wait_us = self._sent_us + self.interval_us - self._clock_us()
            if wait_us <= 0:
                self._flush()
            else:
                self._is_due = True
                later(wait_us / 1e6, self._flush)

    def _flush(self) -> None:
        self._is_due, self._sent_us = False, self._clock_us()
        marks, self._waiting = list(self._waiting.values()), {}
        if marks:
            self._send_all(text(_ink(self._stream.track, marks)))

    def changed(self) -> None:
        """Strokes are gone, or people came, went or chose another name."""
        board = self._ink.board_of(self._stream)
        kept = {(each.by, each.stroke) for each in board.strokes} if board is not None else set()
        known = {each.by for each in board.inkers} if board is not None else set()
        self._waiting = {
            key: mark
            for key, mark in self._waiting.items()
            if key in kept or (mark.tool != "pen" and mark.by in known)
        }
        self._send_all(text(self._state(board, kept)))

    def greet(self, viewer: Viewer) -> None:
        """Send a viewer that has just come everything that stays, if there is anything to say."""
        board = self._ink.board_of(self._stream)
        is_on = self._ink.is_on_over(self._stream)
        if board is not None or not is_on or viewer.viewer_id in self._behind:
            self._send_board(viewer, board)

    def tick(self) -> None:
        """Send the whole board to viewers that missed something. A few times a second."""
        for viewer_id in tuple(self._behind):
            viewer = self._viewers.get(viewer_id)
            if viewer is None:
                self._behind.discard(viewer_id)
            elif self.ask is None:
                self.resend(viewer)
            elif viewer.is_idle:
                self._behind.discard(viewer_id)
                self.ask(viewer)

    def resend(self, viewer: Viewer) -> None:
        """Send a viewer that missed something the whole board."""
        self._send_board(viewer, self._ink.board_of(self._stream))

    def _send_board(self, viewer: Viewer, board: Board | None) -> None:
        if _KIND not in viewer.session.kinds:
            return
        self._behind.discard(viewer.viewer_id)
        for outgoing in self._whole(board):
            if not viewer.send_unless_behind(outgoing, CONTROL_BACKLOG_BYTES):
                self._behind.add(viewer.viewer_id)
                return

    def _whole(self, board: Board | None) -> Iterator[Outgoing]:
        """Messages that replace all that a page shows: first nothing, then every stroke."""
        yield text(self._state(board, set()))
        part: list[Mark] = []
        for mark in board.strokes if board is not None else ():
            part.append(mark)
            if sum(len(each.points) for each in part) >= 3 * POINTS_AT_ONCE:
                yield text(_ink(self._stream.track, part))
                part = []
        if part:
            yield text(_ink(self._stream.track, part))

    def _state(self, board: Board | None, strokes: set[tuple[int, int]]) -> messages.Marks:
        inkers = () if board is None else board.inkers
        people = [
            messages.Inker(each.by, each.name, each.colour, each.is_host)
            for each in inkers
        ]
        is_in_picture = self._ink.is_in_picture(self._stream)
        track, is_on = self._stream.track, self._ink.is_on_over(self._stream)
        return messages.Marks(track, is_on, people, sorted(strokes), is_in_picture)

    def spread(self, outgoing: Outgoing) -> None:
        """Send this message to all viewers of this process that draw marks."""
        for viewer in self._viewers.values():
            is_asked = _KIND in viewer.session.kinds and viewer.viewer_id not in self._behind
            if is_asked and not viewer.send_unless_behind(outgoing, CONTROL_BACKLOG_BYTES):
                self._behind.add(viewer.viewer_id)

    def _send_all(self, outgoing: Outgoing) -> None:
        self.spread(outgoing)
        for spread in self.others:
            spread(outgoing)


def _ink(track: int, marks: list[Mark]) -> messages.Ink:
    return messages.Ink(
        track,
        [messages.Mark(m.by, m.stroke, m.tool, list(m.points), m.is_end) for m in marks],
    )
