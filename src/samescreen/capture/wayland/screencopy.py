"""Captures an output by zwlr_screencopy_manager_v1: sway, Hyprland, labwc, river, niri, Wayfire.

Runs on the track's thread. Each picture has a frame object, which first names the buffer that it
needs. `copy` comes at once; `copy_with_damage` waits until something has changed, so that a screen
at rest costs nothing. Source: wlr-screencopy-unstable-v1.xml.
"""

from __future__ import annotations

from typing import Final

from samescreen.errors import SourceUnavailable
from samescreen.media import Region
from samescreen.wayland.desktop import Desktop, Global, Output
from samescreen.wayland.wire import Body, Message

from .capture import Asked, Capture, stamp_us
from .pixel_format import Layout
from .transform import undo

MANAGER: Final = "zwlr_screencopy_manager_v1"
OLDEST: Final = 2
"""The first version with `copy_with_damage`."""

_CAPTURE_OUTPUT: Final = 0
_COPY, _DESTROY, _COPY_WITH_DAMAGE = 0, 1, 2
_BUFFER, _FLAGS, _READY, _FAILED, _DAMAGE, _BUFFER_DONE = 0, 1, 2, 3, 4, 6
_WITH_BUFFER_DONE: Final = 3
_Y_INVERT: Final = 1
_WITH_CURSOR: Final = 1
_ANSWER_US: Final = 4_000


class Screencopy(Capture):
    """Captures `output` by the global that the compositor offers."""

    name = "wlr-screencopy"

    def __init__(self, desktop: Desktop, offered: Global, output: Output) -> None:
        super().__init__(desktop)
        self._version = min(offered.version, _WITH_BUFFER_DONE)
        self._manager = desktop.bind(offered, self._version)
        self._output = output
        self._layout: Layout | None = None

    def turn(self, output: Output) -> bool:
        self._output = output
        self._taken = None
        self._cancel()
        return True

    def rest(self) -> None:
        # While a frame waits, the compositor may draw the cursor itself, without the hardware's.
        self._cancel()

    def _request(self, asked: Asked) -> None:
        self._layout = None
        asked.way = undo(self._output.transform)
        asked.frame = self._connection.create(lambda message: self._take_event(asked, message))
        self._connection.send(
            self._manager, _CAPTURE_OUTPUT, asked.frame, _WITH_CURSOR, self._output.object_id
        )
        # The copy is asked for in the answer. Without this wait, that would be at the next grab,
        # and the compositor would miss what changes until then.
        self._connection.wait_for(
            lambda: asked.buffer is not None or self._asked is not asked, _ANSWER_US
        )

    def _destroy_frame(self, frame: int) -> None:
        self._connection.destroy(frame, _DESTROY)

    def _take_event(self, asked: Asked, message: Message) -> None:
        body = Body(message)
        if message.opcode == _BUFFER:
            code, width, height, stride = body.numbers(4)
            self._layout = Layout(width, height, stride, code)
            if self._version < _WITH_BUFFER_DONE:
                self._copy(asked)
        elif message.opcode == _BUFFER_DONE:
            self._copy(asked)
        elif message.opcode == _FLAGS:
            asked.is_upside_down = bool(body.number() & _Y_INVERT)
        elif message.opcode == _DAMAGE:
            asked.damage.append(Region(*body.numbers(4)))
        elif message.opcode == _READY:
            asked.stamp_us = stamp_us(*body.numbers(3))
            self._finish(asked)
        elif message.opcode == _FAILED:
            self._fail(asked)

    def _copy(self, asked: Asked) -> None:
        if self._layout is None:
            raise SourceUnavailable("this desktop offers GPU buffers only; update it")
        buffer = self._buffer_for(asked, self._layout)
        how = _COPY if asked.is_urgent else _COPY_WITH_DAMAGE
        self._connection.send(asked.frame, how, buffer.object_id)
