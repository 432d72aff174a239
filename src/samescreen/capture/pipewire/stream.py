"""A stream of pictures from a node of PipeWire's.

PipeWire's thread takes each buffer's cursor, copies the newest buffer's picture, and gives all
buffers back at once: a producer with two buffers would stand still otherwise. While nobody watches,
it copies nothing and holds the newest buffer instead, if there are enough others. `open`, `rest`,
`watch` and `close` are called on the track's thread.
"""

from __future__ import annotations

import ctypes
import logging
import mmap
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from samescreen.errors import CaptureError, SourceLost, SourceUnavailable

from . import libpipewire as pw
from .formats import FORMAT, CursorMeta, Format, offer, wishes
from .loop import Loop
from .picture import Taken, has_picture, map_block, take_cursor, take_picture
from .pods import PodError, total_size

_log: Final = logging.getLogger(__name__)
START_S: Final = 5.0
"""A session manager links a stream to its node within this."""

UNCLEAR: Final = "no reason given"
_CHANGE_S: Final = 1.0
"""A stream pauses, or goes on, within this."""

_ENOUGH: Final = 3
"""Buffers, of which one may be held."""

GPU_ONLY: Final = (
    "this desktop offers pictures in GPU buffers only, which cannot be read; update it"
)
STOPPED: Final = "sharing was stopped at that computer; share again to ask once more"
_UNLINKED: Final = (
    "PipeWire links no pictures: it has no session manager (systemctl --user start wireplumber), "
    "or this desktop offers GPU buffers only"
)


@dataclass(frozen=True, slots=True)
class Node:
    """Which node to take: by its `serial`, where that is known, since numbers are used again."""

    number: int
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets what a stream brings, on PipeWire's thread."""

    picture: Callable[[Taken], None]
    cursor: Callable[[CursorMeta], None]
    end: Callable[[CaptureError], None]


@dataclass(slots=True)
class _Agreed:
    """What this program and the producer agreed on. On PipeWire's thread."""

    form: Format | None = None
    buffers: int = 0
    mapped: dict[int, mmap.mmap] = field(default_factory=dict)
    has_changed: threading.Event = field(default_factory=threading.Event)
    """Set when the stream's state changes."""


class Stream:
    """Takes pictures of a node from the daemon behind `fd`, which it takes over.

    `size`: of a screen that the desktop makes for this stream; None: whatever the node has.

    Raises:
        SourceUnavailable: something is missing, or the formats do not fit; the message says which.
        SourceLost: no daemon answers.
    """

    def __init__(
        self,
        fd: int | None,
        node: Node,
        receiver: Receiver,
        *,
        fps: int = 60,
        size: tuple[int, int] | None = None,
    ) -> None:
        self._receiver = receiver
        self._loop = Loop(fd)
        self._pw = self._loop.library
        self._agreed = _Agreed()
        self._held: Any = None
        self._is_watched = True
        self._is_linked = threading.Event()
        self._error: CaptureError | None = None
        self._hook = pw.Hook()
        self._events = self._listening()
        self._stream: int | None = None
        self._connect(node, offer(fps, size))
        if not self._is_linked.wait(START_S):
            self._error = self._error or SourceUnavailable(_UNLINKED)
        if self._error is not None:
            error = self._error
            self.close()
            raise error

    def start_again(self) -> None:
        """Have the producer begin anew: some send no picture when a screen at rest is linked."""
        for is_active in (False, True):
            with self._loop.locked():
                if self._stream is None:
                    return
                self._agreed.has_changed.clear()
                self._pw.pw_stream_set_active(self._stream, is_active)
            self._agreed.has_changed.wait(_CHANGE_S)

    def rest(self) -> None:
        """Nobody watches: copy nothing until `watch`, if that is possible."""
        self._is_watched = False

    def watch(self) -> None:
        """Somebody watches again: the newest picture comes before this returns, if one is held."""
        if self._is_watched:
            return
        with self._loop.locked():
            self._is_watched = True
            held, self._held = self._held, None
            if held is not None:
                self._finish(held)

    def close(self) -> None:
        """End the stream. May be called twice."""
        if self._stream is not None:
            with self._loop.locked():
                stream, self._stream, self._held = self._stream, None, None
                self._pw.pw_stream_disconnect(stream)
                self._pw.pw_stream_destroy(stream)
                self._forget()
        self._loop.close()

    # On the track's thread, once

    def _listening(self) -> pw.StreamEvents:
        return pw.StreamEvents(
            version=2,
            state_changed=pw.StateChanged(self._guarded(self._on_state)),
            param_changed=pw.ParamChanged(self._guarded(self._on_param)),
            add_buffer=pw.BufferEvent(self._guarded(self._on_add)),
            remove_buffer=pw.BufferEvent(self._guarded(self._on_remove)),
            process=pw.Process(self._guarded(self._on_process)),
        )

    def _connect(self, node: Node, offered: bytes) -> None:
        words = "media.type=Video media.category=Capture media.role=Screen"
        if node.serial:
            words += f" target.object={node.serial}"
        target = pw.ANY_NODE if node.serial else node.number
        flags = pw.AUTOCONNECT | pw.MAP_BUFFERS | pw.DONT_RECONNECT
        with self._loop.locked():
            properties = self._pw.pw_properties_new_string(words.encode())
            made = self._pw.pw_stream_new(self._loop.core, b"samescreen", properties)
            self._stream = made
            self._pw.pw_stream_add_listener(made, self._hook, self._events, None)
            self._pw.pw_stream_connect(made, pw.INPUT, target, flags, *pw.pods(offered))

    def _guarded(self, function: Callable[..., None]) -> Callable[..., None]:
        """So that an error ends the stream: nobody is above PipeWire's thread."""

        def guarded(*arguments: Any) -> None:
            try:
                function(*arguments)
            except Exception:
                _log.exception("PipeWire's stream failed, please report this")
                self._fail(SourceLost("the desktop's pictures cannot be read; the log says why"))

        return guarded

    # On PipeWire's thread

    def _on_state(self, _: int, old: int, state: int, error: bytes | None) -> None:
        self._agreed.has_changed.set()
        if state == pw.STREAMING:
            self._is_linked.set()
        elif state == pw.ERROR:
            self._fail(_failure((error or b"").decode(errors="replace")))
        elif state == pw.UNCONNECTED and old > pw.UNCONNECTED and self._stream is not None:
            # A node whose formats do not fit is let go without a word, before any picture.
            self._fail(SourceUnavailable(STOPPED if self._is_linked.is_set() else GPU_ONLY))

    def _fail(self, error: CaptureError) -> None:
        if self._error is None:
            self._error = error
            self._is_linked.set()
            self._receiver.end(error)

    def _on_param(self, _: int, purpose: int, param: int | None) -> None:
        if purpose != FORMAT or not param:
            return
        try:
            self._agreed.form = Format.read(_bytes_at(param))
        except PodError as error:
            self._agreed.form = None
            self._pw.pw_stream_set_error(self._stream, -22, str(error).encode())
            return
        self._pw.pw_stream_update_params(self._stream, *pw.pods(*wishes()))

    def _on_add(self, _: int, buffer: Any) -> None:
        self._agreed.buffers += 1
        inner = buffer.contents.buffer.contents
        if inner.n_datas and (memory := map_block(inner.datas[0])) is not None:
            self._agreed.mapped[_address(buffer)] = memory

    def _on_remove(self, _: int, buffer: Any) -> None:
        self._agreed.buffers -= 1
        if self._held is not None and _address(self._held) == _address(buffer):
            self._held = None
        self._agreed.mapped.pop(_address(buffer), None)

    def _on_process(self, _: int) -> None:
        while buffer := self._pw.pw_stream_dequeue_buffer(self._stream):
            cursor = take_cursor(buffer.contents.buffer.contents)
            if cursor is not None:
                self._receiver.cursor(cursor)
            if not has_picture(buffer.contents.buffer.contents):
                self._give_back(buffer)
                continue
            if self._held is not None:
                self._give_back(self._held)
            self._held = buffer
        may_hold = not self._is_watched and self._agreed.buffers >= _ENOUGH
        if self._held is not None and not may_hold:
            held, self._held = self._held, None
            self._finish(held)

    def _finish(self, buffer: Any) -> None:
        """Copy the buffer's picture, and give the buffer back."""
        try:
            form = self._agreed.form
            if form is not None and (form.width, form.height) != (1, 1):  # niri's placeholder
                memory = self._agreed.mapped.get(_address(buffer))
                taken = take_picture(buffer.contents.buffer.contents, form, memory)
                if taken is not None:
                    self._receiver.picture(taken)
        finally:
            self._give_back(buffer)

    def _give_back(self, buffer: Any) -> None:
        self._pw.pw_stream_queue_buffer(self._stream, buffer)

    def _forget(self) -> None:
        self._agreed.mapped.clear()


def _failure(words: str) -> CaptureError:
    """What an error of PipeWire's means."""
    if "no more input formats" in words:
        return SourceUnavailable(GPU_ONLY)
    if "no target node" in words or "no node available" in words:
        return SourceUnavailable(STOPPED)
    return SourceLost(f"PipeWire ended the pictures: {words or UNCLEAR}")


def _bytes_at(pod: int) -> bytes:
    return ctypes.string_at(pod, total_size(ctypes.string_at(pod, 8)))


def _address(buffer: Any) -> int:
    return ctypes.addressof(buffer.contents)
