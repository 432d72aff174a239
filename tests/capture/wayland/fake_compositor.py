"""A small Wayland compositor on a thread: one output, both capture protocols, by script.

It holds clients to the protocols: an object that it does not know, a buffer of another size, or two
frames at once in a session is an error that it sends.
"""

from __future__ import annotations

import mmap
import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from samescreen.media import Region
from samescreen.wayland.wire import Argument, Body, Cutter, Message, packed

EXT: Final = (
    "ext_image_copy_capture_manager_v1",
    "ext_output_image_capture_source_manager_v1",
)
WLR: Final = ("zwlr_screencopy_manager_v1",)
_VERSIONS: Final = {"wl_output": 4, "zwlr_screencopy_manager_v1": 3}

Memory = NDArray[np.uint8]


class FakeCompositor:
    """Listens at `folder`/fake-0. `rows` is what the output's buffer holds: (height, stride)."""

    def __init__(
        self, folder: Path, rows: Memory, *, offers: tuple[str, ...] = EXT, code: int = 1
    ) -> None:
        self.path = folder / "fake-0"
        self.rows, self.code, self.pixel_bytes = rows, code, 4
        self.transform, self.is_upside_down, self.is_silent = 0, False, False
        self.stamp_us = 0
        self.failures: list[int] = []
        self.requests: list[tuple[str, int]] = []
        self._offers = ("wl_shm", "wl_output", *offers)
        self._lock = threading.RLock()
        self._reset()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.path))
        self._listening.listen()
        self._ending, self._end = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="fake-compositor", daemon=True)
        self._thread.start()

    @property
    def env(self) -> dict[str, str]:
        return {"XDG_RUNTIME_DIR": str(self.path.parent), "WAYLAND_DISPLAY": self.path.name}

    def show(self, rows: Memory, *damage: Region, code: int | None = None) -> None:
        """Another picture. One of another size or format is first announced to the session."""
        with self._lock:
            is_other = rows.shape != self.rows.shape or code not in (None, self.code)
            self.rows, self.code = rows, self.code if code is None else code
            self._damage += damage or (Region(0, 0, self._width, len(rows)),)
            self._has_news = True
            if is_other and self._session:
                self._constrain()
                if self._pending:
                    self._fail(1)
            self._complete()

    def stop_session(self) -> None:
        with self._lock:
            self._send(self._session, 5)

    def unplug(self) -> None:
        with self._lock:
            self._send(self._registry, 1, 1 + self._offers.index("wl_output"))

    def say(self, raw: bytes) -> None:
        """Bytes of the test's own."""
        with self._lock:
            assert self._client is not None
            self._client.sendall(raw)

    def drop(self) -> None:
        """Ends the connection."""
        with self._lock:
            if self._client is not None:
                self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._end.send(b"!")
        self._thread.join(5)
        for each in (self._listening, self._ending, self._end, self._client):
            if each is not None:
                each.close()
        self._reset()
        self.path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The thread

    def _reset(self) -> None:
        self._client: socket.socket | None = None
        self._objects = {1: "wl_display"}
        self._memories: dict[int, Memory] = {}
        self._fds: list[int] = []
        self._registry = self._session = self._pending = self._attached = 0
        self._damage: list[Region] = []
        self._has_news = True

    def _serve(self) -> None:
        cutter = Cutter()
        while True:
            sources = [self._ending, self._client or self._listening]
            ready, _, _ = select.select(sources, [], [])
            if self._ending in ready:
                return
            with self._lock:
                if self._client is None:
                    self._client, _ = self._listening.accept()
                    cutter = Cutter()
                    continue
                with suppress(ConnectionError):
                    raw, fds, _, _ = socket.recv_fds(self._client, 65536, 16)
                    self._fds += fds
                    if raw and not self.is_silent:
                        for message in cutter.feed(raw):
                            self._take(message)
                    if raw:
                        continue
                self._client.close()
                for fd in self._fds:
                    os.close(fd)
                self._reset()

    def _take(self, message: Message) -> None:
        interface = self._objects.get(message.object_id)
        if interface is None:
            self._send(1, 0, message.object_id, 0, f"no object {message.object_id}")
            return
        self.requests.append((interface, message.opcode))
        doing: Callable[[Message, Body], None] | None
        doing = getattr(self, f"_{interface}_{message.opcode}", None)
        if doing is not None:
            doing(message, Body(message))

    def _send(self, object_id: int, opcode: int, *arguments: Argument) -> None:
        if self._client is not None:
            with suppress(OSError):
                self._client.sendall(packed(object_id, opcode, *arguments))

    def _delete(self, object_id: int) -> None:
        self._objects.pop(object_id, None)
        self._send(1, 1, object_id)

    @property
    def _width(self) -> int:
        return int(self.rows.shape[1]) // self.pixel_bytes

    # wl_display, wl_registry, wl_shm

    def _wl_display_0(self, _: Message, body: Body) -> None:
        callback = body.number()
        self._send(callback, 0, 0)
        self._send(1, 1, callback)

    def _wl_display_1(self, _: Message, body: Body) -> None:
        self._registry = body.number()
        self._objects[self._registry] = "wl_registry"
        for number, interface in enumerate(self._offers, start=1):
            self._send(self._registry, 0, number, interface, _VERSIONS.get(interface, 1))

    def _wl_registry_0(self, _: Message, body: Body) -> None:
        body.number()
        interface, _version, number = body.text(), body.number(), body.number()
        self._objects[number] = interface
        if interface == "wl_output":
            height, width = len(self.rows), self._width
            self._send(number, 0, 0, 0, 0, 0, 0, "fake", "fake", self.transform)
            self._send(number, 1, 1, width, height, 60_000)
            self._send(number, 4, "FAKE-1")
            self._send(number, 2)

    def _wl_shm_0(self, _: Message, body: Body) -> None:
        pool, size = body.numbers(2)
        fd = self._fds.pop(0)
        self._objects[pool] = "wl_shm_pool"
        self._memories[pool] = np.frombuffer(mmap.mmap(fd, size), np.uint8)
        os.close(fd)

    def _wl_shm_pool_0(self, message: Message, body: Body) -> None:
        buffer, offset, width, height, stride, code = body.numbers(6)
        assert (offset, code) == (0, self.code)
        assert width * self.pixel_bytes <= stride
        self._objects[buffer] = "wl_buffer"
        self._memories[buffer] = self._memories[message.object_id].reshape(height, stride)

    def _wl_shm_pool_1(self, message: Message, _: Body) -> None:
        del self._memories[message.object_id]
        self._delete(message.object_id)

    def _wl_buffer_0(self, message: Message, _: Body) -> None:
        del self._memories[message.object_id]
        self._delete(message.object_id)

    # ext-image-copy-capture

    def _ext_output_image_capture_source_manager_v1_0(self, _: Message, body: Body) -> None:
        source, output = body.numbers(2)
        assert self._objects[output] == "wl_output"
        self._objects[source] = "ext_image_capture_source_v1"

    def _ext_image_copy_capture_manager_v1_0(self, _: Message, body: Body) -> None:
        self._session, source, options = body.numbers(3)
        assert self._objects[source] == "ext_image_capture_source_v1"
        assert options == 1, "the cursor is to be painted"
        self._objects[self._session] = "ext_image_copy_capture_session_v1"
        self._constrain()

    def _constrain(self) -> None:
        self._send(self._session, 0, self._width, len(self.rows))
        self._send(self._session, 2, b"\0" * 8)
        for code in (0x3432564E, self.code):
            self._send(self._session, 1, code)
        self._send(self._session, 4)

    def _ext_image_copy_capture_session_v1_0(self, _: Message, body: Body) -> None:
        frame = body.number()
        if "ext_image_copy_capture_frame_v1" in self._objects.values():
            self._send(1, 0, frame, 1, "duplicate frame")
        self._objects[frame] = "ext_image_copy_capture_frame_v1"

    def _ext_image_copy_capture_frame_v1_0(self, message: Message, _: Body) -> None:
        self._end_frame(message.object_id)

    def _ext_image_copy_capture_frame_v1_1(self, _: Message, body: Body) -> None:
        self._attached = body.number()

    def _ext_image_copy_capture_frame_v1_3(self, message: Message, _: Body) -> None:
        self._pending = message.object_id
        self._complete()

    # wlr-screencopy

    def _zwlr_screencopy_manager_v1_0(self, _: Message, body: Body) -> None:
        frame, with_cursor, output = body.numbers(3)
        assert with_cursor
        assert self._objects[output] == "wl_output"
        self._objects[frame] = "zwlr_screencopy_frame_v1"
        self._send(frame, 0, self.code, self._width, *self.rows.shape)
        self._send(frame, 6)

    def _zwlr_screencopy_frame_v1_0(self, message: Message, body: Body) -> None:
        self._has_news = True
        self._zwlr_screencopy_frame_v1_2(message, body)

    def _zwlr_screencopy_frame_v1_1(self, message: Message, _: Body) -> None:
        self._end_frame(message.object_id)

    def _zwlr_screencopy_frame_v1_2(self, message: Message, body: Body) -> None:
        self._pending, self._attached = message.object_id, body.number()
        self._complete()

    # Pictures

    def _end_frame(self, frame: int) -> None:
        if frame == self._pending:
            self._pending = 0
        self._delete(frame)

    def _fail(self, reason: int) -> None:
        frame, self._pending = self._pending, 0
        if self._session:
            self._send(frame, 4, reason)
        else:
            self._send(frame, 3)

    def _complete(self) -> None:
        if not self._pending or not self._has_news:
            return
        memory = self._memories[self._attached]
        if self.failures or memory.shape != self.rows.shape:
            self._fail(self.failures.pop() if self.failures else 1)
            return
        memory[:] = self.rows
        frame, self._pending, self._has_news = self._pending, 0, False
        stamp = (0, self.stamp_us // 1_000_000, self.stamp_us % 1_000_000 * 1000)
        damage = [(each.x, each.y, each.width, each.height) for each in self._damage]
        self._damage = []
        if self._session:
            self._send(frame, 0, self.transform)
            for box in damage:
                self._send(frame, 1, *box)
            self._send(frame, 2, *stamp)
            self._send(frame, 3)
        else:
            self._send(frame, 1, int(self.is_upside_down))
            for box in damage:
                self._send(frame, 4, *box)
            self._send(frame, 2, stamp[1] >> 32, *stamp[1:])
