"""Captures an output by ext-image-copy-capture-v1: COSMIC, sway 1.11 and others of 2025 and later.

Runs on the track's thread. A session names the size and the formats that it takes, and names them
again when they change. The first picture comes at once, each later one when something has changed.
Source: ext-image-copy-capture-v1.xml, ext-image-capture-source-v1.xml.
"""

from __future__ import annotations

from typing import Final

from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Region
from samescreen.wayland.desktop import Desktop, Global, Output
from samescreen.wayland.wire import Body, Message

from .capture import Asked, Capture, stamp_us
from .pixel_format import Layout, best, bytes_a_pixel, format_name
from .transform import undo

MANAGER: Final = "ext_image_copy_capture_manager_v1"
SOURCES: Final = "ext_output_image_capture_source_manager_v1"

_CREATE_SOURCE, _CREATE_SESSION, _CREATE_FRAME = 0, 0, 0
_DESTROY, _ATTACH, _DAMAGE_BUFFER, _CAPTURE = 0, 1, 2, 3
_SIZE, _SHM_FORMAT, _DONE, _STOPPED = 0, 1, 4, 5
_TRANSFORM, _DAMAGE, _TIME, _READY, _FAILED = 0, 1, 2, 3, 4
_PAINT_CURSORS: Final = 1


class ImageCopy(Capture):
    """Captures `output` by the two globals that the compositor offers."""

    name = "ext-image-copy-capture"

    def __init__(self, desktop: Desktop, sources: Global, offered: Global, output: Output) -> None:
        super().__init__(desktop)
        self._size = (0, 0)
        self._codes: list[int] = []
        self._layout: Layout | None = None
        self._is_stopped = False
        connection = self._connection
        source = connection.create(lambda _: None)
        connection.send(desktop.bind(sources, 1), _CREATE_SOURCE, source, output.object_id)
        self._session = connection.create(self._take_session_event)
        manager = desktop.bind(offered, 1)
        connection.send(manager, _CREATE_SESSION, self._session, source, _PAINT_CURSORS)
        connection.roundtrip()

    def _request(self, asked: Asked) -> None:
        if self._is_stopped:
            raise SourceLost("the Wayland compositor ended the capture")
        if self._layout is None:
            return  # `_take_session_event` goes on
        buffer = self._buffer_for(asked, self._layout)
        asked.frame = frame = self._connection.create(
            lambda message: self._take_event(asked, message)
        )
        send = self._connection.send
        send(self._session, _CREATE_FRAME, frame)
        send(frame, _ATTACH, buffer.object_id)
        send(frame, _DAMAGE_BUFFER, 0, 0, self._layout.width, self._layout.height)
        send(frame, _CAPTURE)

    def _destroy_frame(self, frame: int) -> None:
        self._connection.destroy(frame, _DESTROY)

    def _take_session_event(self, message: Message) -> None:
        body = Body(message)
        if message.opcode == _SIZE:
            width, height = body.numbers(2)
            self._size = (width, height)
        elif message.opcode == _SHM_FORMAT:
            self._codes.append(body.number())
        elif message.opcode == _DONE:
            self._layout = self._agreed()
            if self._asked is not None and not self._asked.frame:
                self._request(self._asked)
        elif message.opcode == _STOPPED:
            self._is_stopped = True
            raise SourceLost("the Wayland compositor ended the capture")

    def _agreed(self) -> Layout:
        """What the session takes. The formats of the next batch are named from the start."""
        codes, self._codes = self._codes, []
        if not codes:
            raise SourceUnavailable("this desktop offers GPU buffers only; update it")
        code = best(codes)
        if code is None:
            names = ", ".join(map(format_name, codes))
            raise SourceUnavailable(
                f"this screen's pixels have the format {names}, which cannot be read; please "
                "report it"
            )
        width, height = self._size
        return Layout(width, height, width * bytes_a_pixel(code) + 3 & ~3, code)

    def _take_event(self, asked: Asked, message: Message) -> None:
        body = Body(message)
        if message.opcode == _TRANSFORM:
            asked.way = undo(body.number())
        elif message.opcode == _DAMAGE:
            asked.damage.append(Region(*(body.signed() for _ in range(4))))
        elif message.opcode == _TIME:
            asked.stamp_us = stamp_us(*body.numbers(3))
        elif message.opcode == _READY:
            self._finish(asked)
        elif message.opcode == _FAILED:
            self._fail(asked)
