"""Sends the cursor to the viewers of one stream that draw it. Event loop; nothing here waits.

A viewer gets each shape once and only the newest position. While too much waits in its transport
it gets neither, so the cursor never adds to what a slow link has to carry.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from samescreen.hub.events import CursorShape
from samescreen.hub.stream import Stream
from samescreen.wire import messages
from samescreen.wire.outgoing import Outgoing, text

from .viewer import Viewer

BACKLOG_BYTES: Final = 64 * 1024


@dataclass(slots=True)
class _Sent:
    """What one viewer was sent: the numbers of shapes, and whether it has the newest position."""

    shapes: set[int] = field(default_factory=set)
    is_behind: bool = False


class Cursors:
    """The cursor of `stream`, for those of its viewers whose pages draw it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._sent: dict[Viewer, _Sent] = {}

    def show(self, viewers: Iterable[Viewer]) -> None:
        """The cursor has changed: send it to these viewers."""
        position = self._position()
        for viewer in viewers:
            self._send(viewer, position)

    def greet(self, viewer: Viewer) -> None:
        """A viewer watches the stream from now on, or a new track of it."""
        if viewer.is_far:
            return  # the process that serves it sends it the cursor
        was_sent = self._sent.pop(viewer, None) is not None
        is_news = self._stream.cursor.is_apart or was_sent
        if is_news and not self._stream.is_withheld:
            self._send(viewer, self._position())

    def forget(self, viewer: Viewer) -> None:
        """The viewer watches the stream no more."""
        self._sent.pop(viewer, None)

    def catch_up(self) -> None:
        """Send the position to those that could not be sent it; a few times a second."""
        behind = [viewer for viewer, sent in self._sent.items() if sent.is_behind]
        if behind and not self._stream.is_withheld:
            self.show(behind)

    def _position(self) -> Outgoing:
        state = self._stream.cursor
        number = 0 if state.shape is None else state.shape.number
        return text(
            messages.Cursor(
                track=self._stream.track,
                apart=state.is_apart,
                from_us=state.from_us,
                shape=number,
                x=state.x,
                y=state.y,
            )
        )

    def _send(self, viewer: Viewer, position: Outgoing) -> None:
        session = viewer.session
        if messages.CURSOR not in session.kinds or not session.is_open:
            return
        sent = self._sent.setdefault(viewer, _Sent())
        shape = self._stream.cursor.shape
        if session.hidden or not self._send_shape(viewer, sent, shape):
            sent.is_behind = True
        else:
            sent.is_behind = not viewer.send_unless_behind(position, BACKLOG_BYTES)

    def _send_shape(self, viewer: Viewer, sent: _Sent, shape: CursorShape | None) -> bool:
        """Whether the viewer has the shape, which is sent now if it was not before."""
        if shape is None or shape.number in sent.shapes:
            return True
        message = _shape_message(self._stream.track, shape)
        if not viewer.send_unless_behind(message, BACKLOG_BYTES):
            return False
        sent.shapes.add(shape.number)
        return True


@lru_cache(maxsize=64)
def _shape_message(track: int, shape: CursorShape) -> Outgoing:
    """The message of a shape, built once for all viewers."""
    return text(
        messages.Shape(
            track=track,
            number=shape.number,
            width=shape.width,
            height=shape.height,
            hot_x=shape.hot_x,
            hot_y=shape.hot_y,
            png=b64encode(shape.png).decode("ascii"),
        )
    )
