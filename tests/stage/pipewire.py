"""A private PipeWire daemon with its session manager, and a producer of pictures for it."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from samescreen.capture.pipewire import libpipewire as pw
from samescreen.capture.pipewire.formats import (
    BGRX,
    META_CROP,
    META_CURSOR,
    META_HEADER,
    META_TRANSFORM,
)
from samescreen.capture.pipewire.loop import Loop
from samescreen.capture.pipewire.pods import Choosing, Object, Pod, choice
from samescreen.media import Pixels, Region
from tests.stage.timing import MS, eventually
from tests.stage.tools import find_tool, spawn

_MODIFIER = 0x20002
_AGAIN_S = 0.05


class PipeWire:
    """A daemon and WirePlumber on a session bus of their own. `env` is what clients need."""

    def __init__(self, *, manager: bool = True) -> None:
        for tool in ("pipewire", "wireplumber", "dbus-daemon"):
            find_tool(tool)
        self.folder = Path(tempfile.mkdtemp(prefix="pipewire-"))
        self.folder.chmod(0o700)
        self.bus = f"unix:path={self.folder}/bus"
        self._manager = manager
        self._running: list[subprocess.Popen[str]] = []

    @property
    def env(self) -> dict[str, str]:
        names = ("XDG_RUNTIME_DIR", "HOME", "PIPEWIRE_RUNTIME_DIR", "XDG_STATE_HOME")
        folders = dict.fromkeys(names, str(self.folder))
        return {**folders, "DBUS_SESSION_BUS_ADDRESS": self.bus, "DISABLE_RTKIT": "1"}

    def run(self, *command: str, **more: str) -> subprocess.Popen[str]:
        """Start a program of this session, which ends with it."""
        environment = {"PATH": os.environ["PATH"], **self.env, **more}
        started = spawn(command, env=environment)
        self._running.append(started)
        return started

    def start(self) -> Self:
        options = ("--session", "--nofork", "--nopidfile", f"--address={self.bus}")
        self.run(find_tool("dbus-daemon"), *options)
        eventually((self.folder / "bus").exists, what="the bus listens")
        self.run(find_tool("pipewire"))
        eventually((self.folder / "pipewire-0").exists, what="PipeWire listens")
        if self._manager:
            self.run(find_tool("wireplumber"))
        return self

    def stop(self) -> None:
        for each in reversed(self._running):  # some of them take seconds to end in peace
            each.kill()
            each.wait(5000 * MS)
        self._running = []
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a producer sends beside its pixels. `stride`: bytes of padding after each row."""

    crop: Region | None = None
    transform: int = 0
    cursor: bytes = b""
    is_broken: bool = False
    is_flagged: bool = False


class _StreamTime(ctypes.Structure):
    """`struct pw_time` of pipewire/stream.h, 0.3.50 and later."""

    _fields_ = (
        ("now", ctypes.c_int64),
        ("rate", ctypes.c_uint32 * 2),
        ("ticks", ctypes.c_uint64),
        ("delay", ctypes.c_int64),
        ("queued", ctypes.c_uint64),
        ("buffered", ctypes.c_uint64),
        ("queued_buffers", ctypes.c_uint32),
        ("avail_buffers", ctypes.c_uint32),
    )


class Producer:
    """A node that gives pictures. Use it in the environment of a `PipeWire`."""

    def __init__(
        self,
        width: int,
        height: int,
        *,
        code: int = BGRX,
        padding: int = 0,
        buffers: int = 4,
        modifier: bool = False,
        metas: bool = True,
    ) -> None:
        self._size = (width, height)
        self._code, self._padding, self._buffers = code, padding, buffers
        self._modifier, self._metas = modifier, metas
        self.state = pw.UNCONNECTED
        self.is_agreed = False
        self._has_run = threading.Event()
        self._loop = Loop()
        self._pw = self._loop.library
        self._hook = pw.Hook()
        self._events = pw.StreamEvents(
            version=2,
            state_changed=pw.StateChanged(self._on_state),
            param_changed=pw.ParamChanged(self._on_param),
            process=pw.Process(lambda _: self._has_run.set()),
        )
        with self._loop.locked():
            properties = self._pw.pw_properties_new_string(
                b"media.class=Video/Source node.name=fake-screen"
            )
            self._stream = self._pw.pw_stream_new(self._loop.core, b"fake", properties)
            self._pw.pw_stream_add_listener(self._stream, self._hook, self._events, None)
            flags = pw.DRIVER | pw.MAP_BUFFERS
            offered = pw.pods(self._format())
            self._pw.pw_stream_connect(self._stream, pw.OUTPUT, pw.ANY_NODE, flags, *offered)
        eventually(lambda: self.node != pw.ANY_NODE, what="the producer's node")

    @property
    def node(self) -> int:
        with self._loop.locked():
            return int(self._pw.pw_stream_get_node_id(self._stream))

    def resize(self, width: int, height: int) -> None:
        """Offer another size from now on."""
        with self._loop.locked():
            self._size, self.is_agreed = (width, height), False
            self._pw.pw_stream_update_params(self._stream, *pw.pods(self._format()))
        eventually(lambda: self.is_agreed, what="the new size")

    def show(self, pixels: Pixels | None, beside: Beside = Beside()) -> None:
        """Send a picture, once a buffer is free for it; None: metadata alone."""
        eventually(lambda: self._show(pixels, beside), what="a free buffer")
        # PipeWire drops a trigger that comes before everybody has taken the buffer before. Only
        # the count of what still waits says so: a late run may be that of an earlier trigger.
        while self._waits() and self.state == pw.STREAMING:
            self._has_run.wait(_AGAIN_S)
            self._has_run.clear()
            with self._loop.locked():
                if self._waits():
                    self._pw.pw_stream_trigger_process(self._stream)

    def _waits(self) -> bool:
        """Whether a buffer waits to be sent."""
        time = _StreamTime()
        stream, size = ctypes.c_void_p(self._stream), ctypes.c_size_t(ctypes.sizeof(time))
        self._pw.pw_stream_get_time_n(stream, ctypes.byref(time), size)
        return bool(time.queued)

    def _show(self, pixels: Pixels | None, beside: Beside) -> bool:
        with self._loop.locked():
            buffer = self._pw.pw_stream_dequeue_buffer(self._stream)
            if not buffer:
                return False
            self._fill(buffer.contents.buffer.contents, pixels, beside)
            buffer.contents.size = 1  # what `queued` counts
            self._has_run.clear()
            self._pw.pw_stream_queue_buffer(self._stream, buffer)
            self._pw.pw_stream_trigger_process(self._stream)
        return True

    def until_streaming(self) -> Self:
        eventually(lambda: self.state == pw.STREAMING, what="somebody takes the pictures")
        # What is sent before the link is active is lost, although this node streams already.
        eventually(self._is_linked, what="an active link")
        return self

    def _is_linked(self) -> bool:
        dumped = subprocess.run([find_tool("pw-dump")], capture_output=True, check=False).stdout
        links = [each.get("info") or {} for each in json.loads(dumped or b"[]")]
        return any(
            link.get("state") == "active" and link.get("output-node-id") == self.node
            for link in links
        )

    def close(self) -> None:
        if self._stream is not None:
            with self._loop.locked():
                self._pw.pw_stream_destroy(self._stream)
                self._stream = None
        self._loop.close()

    def _format(self) -> bytes:
        width, height = self._size
        rates = [Pod.fraction(each, 1) for each in (60, 1, 60)]
        properties = {1: Pod.ident(2), 2: Pod.ident(1), 0x20001: Pod.ident(self._code)}
        if self._modifier:
            properties[_MODIFIER] = Pod(5, bytes(8))
        properties[0x20003], properties[0x20004] = Pod.rectangle(width, height), Pod.fraction(0, 1)
        properties[0x20005] = choice(Choosing.RANGE, *rates)
        packed = Object(0x40003, 3, properties).packed
        if not self._modifier:
            return packed
        # The flag MANDATORY: a consumer that knows no modifier cannot take it.
        key = _MODIFIER.to_bytes(4, "little")
        return packed.replace(key + bytes(4), key + (8).to_bytes(4, "little"))

    def _on_state(self, _: int, old: int, state: int, error: bytes | None) -> None:
        self.state = state

    def _on_param(self, _: int, purpose: int, param: int | None) -> None:
        if purpose != 4 or not param:
            return
        width, height = self._size
        stride = width * 4 + self._padding
        count = [Pod.integer(self._buffers)] * 3
        buffers = Object(
            0x40004,
            5,
            {
                1: choice(Choosing.RANGE, *count),
                2: Pod.integer(1),
                3: Pod.integer(stride * height),
                4: Pod.integer(stride),
                6: choice(Choosing.FLAGS, Pod.integer(1 << pw.MEM_FD)),
            },
        )
        sizes = {META_HEADER: 32, META_CROP: 16, META_TRANSFORM: 4, META_CURSOR: 28 + 20 + 64 * 64}
        asked = [
            Object(0x40005, 6, {1: Pod.ident(kind), 2: Pod.integer(size)})
            for kind, size in sizes.items()
            if self._metas
        ]
        params = [each.packed for each in (buffers, *asked)]
        self._pw.pw_stream_update_params(self._stream, *pw.pods(*params))
        self.is_agreed = True

    def _fill(self, buffer: Any, pixels: Pixels | None, beside: Beside) -> None:
        width, height = self._size
        stride = width * 4 + self._padding
        block = buffer.datas[0]
        chunk = block.chunk.contents
        chunk.offset, chunk.stride = 0, stride
        chunk.size = stride * height if pixels is not None else 0
        chunk.flags = pw.CHUNK_CORRUPTED if beside.is_broken else 0
        if pixels is not None:
            rows = np.full((height, stride), 77, np.uint8)
            rows[:, : width * 4] = pixels.reshape(height, width * 4)
            ctypes.memmove(block.data, rows.ctypes.data, rows.nbytes)
        crop = beside.crop or Region(0, 0, width, height)
        words = np.array((crop.x, crop.y, crop.width, crop.height), np.int32).tobytes()
        flags = pw.HEADER_CORRUPTED if beside.is_flagged else 0
        given = {
            META_HEADER: flags.to_bytes(4, "little"),
            META_CROP: words,
            META_TRANSFORM: beside.transform.to_bytes(4, "little"),
            META_CURSOR: beside.cursor or bytes(28),
        }
        for at in range(buffer.n_metas):
            meta = buffer.metas[at]
            if meta.type in given:
                ctypes.memmove(meta.data, given[meta.type], min(meta.size, len(given[meta.type])))
