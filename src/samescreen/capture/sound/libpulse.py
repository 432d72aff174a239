"""The part of libpulse that recording and playing need, through ctypes.

This module drives the main loop:
libpulse's threaded main loop and its blocking "simple" calls are not used: neither can be
interrupted when the server stops answering. One thread at a time. No call waits longer than its
timeout.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_int,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
)
from ctypes import c_void_p as pointer
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from samescreen.errors import BackendMissing, SourceLost, SourceUnavailable

_READY: Final = 4
_CONTEXT_FAILED: Final = 5
_STREAM_READY: Final = 2
_STREAM_FAILED: Final = 3
_NO_AUTOSPAWN: Final = 1
_ADJUST_LATENCY: Final = 0x2000
_DONT_MOVE: Final = 0x0200
_FLOAT32_LE: Final = 5
_INT16_LE: Final = 3
_ANY: Final = 0xFFFFFFFF
_CONNECT_S: Final = 3.0
_ANSWER_S: Final = 2.0


class _SampleSpec(Structure):
    _fields_ = (("format", c_int), ("rate", c_uint32), ("channels", c_uint8))


class _BufferAttr(Structure):
    _fields_ = tuple(
        (name, c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize")
    )


class _Server(Structure):
    _fields_ = (
        *((name, c_char_p) for name in ("user", "host", "version", "server")),
        ("sample_spec", _SampleSpec),
        ("default_sink", c_char_p),
        ("default_source", c_char_p),
    )


class _Module(Structure):
    """pa_module_info, of which only the first fields are declared."""

    _fields_ = (("index", c_uint32), ("name", c_char_p), ("argument", c_char_p))


class _Source(Structure):
    """pa_source_info, of which only the first fields are declared."""

    _fields_ = (("name", c_char_p), ("index", c_uint32), ("description", c_char_p))


_ServerAnswer = CFUNCTYPE(None, pointer, POINTER(_Server), pointer)
_SourceAnswer = CFUNCTYPE(None, pointer, POINTER(_Source), c_int, pointer)
_ModuleAnswer = CFUNCTYPE(None, pointer, POINTER(_Module), c_int, pointer)
_IndexAnswer = CFUNCTYPE(None, pointer, c_uint32, pointer)
_DoneAnswer = CFUNCTYPE(None, pointer, c_int, pointer)

_SIGNATURES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "mainloop_new": (pointer, ()),
    "mainloop_free": (None, (pointer,)),
    "mainloop_get_api": (pointer, (pointer,)),
    "mainloop_prepare": (c_int, (pointer, c_int)),
    "mainloop_poll": (c_int, (pointer,)),
    "mainloop_dispatch": (c_int, (pointer,)),
    "context_new": (pointer, (pointer, c_char_p)),
    "context_connect": (c_int, (pointer, c_char_p, c_int, pointer)),
    "context_get_state": (c_int, (pointer,)),
    "context_disconnect": (None, (pointer,)),
    "context_unref": (None, (pointer,)),
    "context_errno": (c_int, (pointer,)),
    "strerror": (c_char_p, (c_int,)),
    "context_get_server_info": (pointer, (pointer, _ServerAnswer, pointer)),
    "context_get_source_info_list": (pointer, (pointer, _SourceAnswer, pointer)),
    "context_load_module": (pointer, (pointer, c_char_p, c_char_p, _IndexAnswer, pointer)),
    "context_unload_module": (pointer, (pointer, c_uint32, _DoneAnswer, pointer)),
    "context_get_module_info_list": (pointer, (pointer, _ModuleAnswer, pointer)),
    "operation_unref": (None, (pointer,)),
    "stream_new": (pointer, (pointer, c_char_p, POINTER(_SampleSpec), pointer)),
    "stream_connect_record": (c_int, (pointer, c_char_p, POINTER(_BufferAttr), c_int)),
    "stream_connect_playback": (
        c_int,
        (pointer, c_char_p, POINTER(_BufferAttr), c_int, pointer, pointer),
    ),
    "stream_write": (c_int, (pointer, c_char_p, c_size_t, pointer, c_int64, c_int)),
    "stream_writable_size": (c_size_t, (pointer,)),
    "stream_get_state": (c_int, (pointer,)),
    "stream_peek": (c_int, (pointer, POINTER(pointer), POINTER(c_size_t))),
    "stream_drop": (c_int, (pointer,)),
    "stream_disconnect": (c_int, (pointer,)),
    "stream_unref": (None, (pointer,)),
}


@dataclass(frozen=True, slots=True)
class Device:
    """A device that can be recorded; `name` is the server's name for it."""

    name: str
    description: str

    @property
    def is_output(self) -> bool:
        """Whether it plays sound; otherwise it is a microphone."""
        return self.name.endswith(".monitor")


@cache
def _library() -> Any:
    """libpulse, with its functions' signatures declared.

    Raises:
        BackendMissing: it is not installed.
    """
    try:
        library = ctypes.CDLL("libpulse.so.0")
    except OSError:
        raise BackendMissing("libpulse is not installed (Debian: apt install libpulse0)") from None
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, f"pa_{name}")
        function.restype, function.argtypes = result, arguments
    return library


class Connection:
    """A connection to the sound server: PulseAudio, or PipeWire's replacement for it.

    Raises:
        BackendMissing: libpulse is not installed.
        SourceUnavailable: no server answers.
    """

    def __init__(self) -> None:
        self._pa = _library()
        # ctypes' callbacks must outlive the operations that call them.
        self._listed: Any = None
        self._asked: Any = None
        self._is_asking = False
        self._mainloop = self._pa.pa_mainloop_new()
        api = self._pa.pa_mainloop_get_api(self._mainloop)
        self._context = self._pa.pa_context_new(api, b"samescreen")
        connected = self._pa.pa_context_connect(self._context, None, _NO_AUTOSPAWN, None)
        try:
            if connected < 0:
                raise SourceUnavailable(self._why())
            self._await(lambda: self._state() == _READY, _CONNECT_S)
        except SourceLost:
            why = self._why()
            self.close()
            raise SourceUnavailable(why) from None
        except SourceUnavailable:
            self.close()
            raise

    def _why(self) -> str:
        fault = self._pa.pa_context_errno(self._context)
        if not fault:
            return "the sound server does not answer: restart PulseAudio or PipeWire"
        reason = self._pa.pa_strerror(fault).decode()
        return f"no sound server answers ({reason}): start PulseAudio or PipeWire"

    def _state(self) -> int:
        return int(self._pa.pa_context_get_state(self._context))

    def iterate(self, timeout_us: int) -> None:
        """Run the main loop once: wait for an event or the timeout, and handle the event.

        Raises:
            SourceLost: the server went away.
        """
        self._pa.pa_mainloop_prepare(self._mainloop, max(0, timeout_us))
        self._pa.pa_mainloop_poll(self._mainloop)
        self._pa.pa_mainloop_dispatch(self._mainloop)
        if self._state() >= _CONTEXT_FAILED:
            raise SourceLost("the sound server went away")

    def _await(self, is_done: Callable[[], bool], within_s: float) -> None:
        deadline_s = time.monotonic() + within_s
        while not is_done():
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise SourceLost("the sound server does not answer")
            self.iterate(int(left_s * 1e6))

    def ask_default_output(self, answer: Callable[[str], None]) -> None:
        """Ask for the default output's name. A later `iterate` calls `answer` with it.

        Does nothing while an earlier question is pending.
        """
        if self._is_asking:
            return

        def received(context: int, server: Any, nothing: int) -> None:
            self._is_asking = False
            answer((server.contents.default_sink or b"").decode(errors="replace") if server else "")

        self._is_asking, self._asked = True, _ServerAnswer(received)
        self._end(self._pa.pa_context_get_server_info(self._context, self._asked, None))

    def default_output(self) -> str:
        """The name of the default output; empty when there is none."""
        names: list[str] = []
        self.ask_default_output(names.append)
        self._await(lambda: bool(names), _ANSWER_S)
        return names[0]

    def devices(self) -> list[Device]:
        """All devices that can be recorded."""
        found: list[Device] = []
        ended: list[int] = []

        def received(context: int, source: Any, is_last: int, nothing: int) -> None:
            if is_last:
                ended.append(is_last)
            else:
                name, description = source.contents.name, source.contents.description
                found.append(Device(name.decode(), (description or name).decode(errors="replace")))

        self._listed = _SourceAnswer(received)
        self._end(self._pa.pa_context_get_source_info_list(self._context, self._listed, None))
        self._await(lambda: bool(ended), _ANSWER_S)
        return found

    def _end(self, operation: int | None) -> None:
        if operation:
            self._pa.pa_operation_unref(operation)

    def record(self, device: str, *, rate: int, channels: int, fragment_bytes: int) -> Recording:
        """Start recording 32-bit floats.

        Raises:
            SourceLost: the server refuses, or does not answer.
        """
        spec = _SampleSpec(_FLOAT32_LE, rate, channels)
        stream = self._pa.pa_stream_new(self._context, b"shared sound", ctypes.byref(spec), None)
        buffers = _BufferAttr(_ANY, _ANY, _ANY, _ANY, fragment_bytes)
        recording = Recording(self._pa, stream)
        flags = _ADJUST_LATENCY | _DONT_MOVE
        self._pa.pa_stream_connect_record(stream, device.encode(), ctypes.byref(buffers), flags)
        try:
            self._await(recording.has_begun, _ANSWER_S)
        except SourceLost:
            recording.close()
            raise
        return recording

    def play(self, device: str, *, rate: int, block_bytes: int) -> Playback:
        """Start playing 16-bit samples of one channel; "" is the default output.

        Two to three blocks of `block_bytes` wait in the server.

        Raises:
            SourceLost: the server refuses, or does not answer.
        """
        spec = _SampleSpec(_INT16_LE, rate, 1)
        stream = self._pa.pa_stream_new(self._context, b"voices", ctypes.byref(spec), None)
        buffers = _BufferAttr(10 * block_bytes, 3 * block_bytes, 2 * block_bytes, _ANY, _ANY)
        playback = Playback(self._pa, stream)
        name = device.encode() or None
        self._pa.pa_stream_connect_playback(
            stream, name, ctypes.byref(buffers), _ADJUST_LATENCY, None, None
        )
        try:
            self._await(playback.has_begun, _ANSWER_S)
        except SourceLost:
            playback.close()
            raise
        return playback

    def load_module(self, name: str, arguments: str) -> int:
        """Have the server load a module; its index.

        Raises:
            SourceLost: the server does not answer.
            SourceUnavailable: it refuses.
        """
        answers: list[int] = []
        answer = _IndexAnswer(lambda context, index, nothing: answers.append(index))
        given = (name.encode(), arguments.encode())
        self._end(self._pa.pa_context_load_module(self._context, *given, answer, None))
        self._await(lambda: bool(answers), _ANSWER_S)
        if answers[0] == _ANY:
            raise SourceUnavailable(f"the sound server does not load {name}")
        return answers[0]

    def unload_module(self, index: int) -> None:
        """Have the server unload a module. Raises SourceLost: it does not answer."""
        answers: list[int] = []
        answer = _DoneAnswer(lambda context, is_done, nothing: answers.append(is_done))
        self._end(self._pa.pa_context_unload_module(self._context, index, answer, None))
        self._await(lambda: bool(answers), _ANSWER_S)

    def modules(self) -> dict[int, str]:
        """The arguments of all modules, by index. Raises SourceLost: the server does not answer."""
        found: dict[int, str] = {}
        ended: list[int] = []

        def received(context: int, module: Any, is_last: int, nothing: int) -> None:
            if is_last:
                ended.append(is_last)
            else:
                argument = module.contents.argument or b""
                found[module.contents.index] = argument.decode(errors="replace")

        answer = _ModuleAnswer(received)
        self._end(self._pa.pa_context_get_module_info_list(self._context, answer, None))
        self._await(lambda: bool(ended), _ANSWER_S)
        return found

    def close(self) -> None:
        if self._context:
            self._pa.pa_context_disconnect(self._context)
            self._pa.pa_context_unref(self._context)
            self._pa.pa_mainloop_free(self._mainloop)
        self._context = self._mainloop = None


class _Streaming:
    """A stream from or to a device."""

    def __init__(self, library: Any, stream: int) -> None:
        self._pa = library
        self._stream: int | None = stream

    def has_begun(self) -> bool:
        """Whether the server has started the stream.

        Raises:
            SourceLost: the device is gone, or the server refused it.
        """
        state = self._pa.pa_stream_get_state(self._stream)
        if state >= _STREAM_FAILED:
            raise SourceLost("the sound device went away")
        return bool(state == _STREAM_READY)

    def close(self) -> None:
        """End the stream. May be called twice, but not after its connection was closed."""
        if self._stream is not None:
            self._pa.pa_stream_disconnect(self._stream)
            self._pa.pa_stream_unref(self._stream)
        self._stream = None


class Playback(_Streaming):
    """A stream of samples to a device."""

    def put(self, samples: bytes) -> bool:
        """Play these after what waits. False: enough waits, and they are left out."""
        if self._pa.pa_stream_writable_size(self._stream) < len(samples):
            return False
        return bool(self._pa.pa_stream_write(self._stream, samples, len(samples), None, 0, 0) == 0)


class Recording(_Streaming):
    """A stream of samples from a device."""

    def take(self) -> bytes:
        """The samples that have arrived; empty when none have. Lost samples are zeros."""
        start, size = pointer(), c_size_t()
        self._pa.pa_stream_peek(self._stream, ctypes.byref(start), ctypes.byref(size))
        if not size.value:
            return b""
        taken = ctypes.string_at(start.value, size.value) if start.value else bytes(size.value)
        self._pa.pa_stream_drop(self._stream)
        return taken
