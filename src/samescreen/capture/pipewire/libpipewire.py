"""The system's libpipewire, by ctypes: its structures and the functions that are used.

Functions marked so may be called only with the loop locked, or on the loop's thread. The library is
the system's own, never a bundled one, because it has to fit the running daemon. Source: pipewire.h,
stream.h, spa/buffer/buffer.h; the structures have only grown at their ends since 0.3.65.
"""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int32, c_int64, c_uint32, c_uint64
from ctypes import c_void_p as pointer
from functools import cache
from typing import Any, Final

from samescreen.errors import SourceUnavailable

ERROR, UNCONNECTED, CONNECTING, PAUSED, STREAMING = -1, 0, 1, 2, 3
"""States of a stream."""

INPUT, OUTPUT = 0, 1
AUTOCONNECT, MAP_BUFFERS, DRIVER, DONT_RECONNECT = 1, 4, 8, 128
ANY_NODE: Final = 0xFFFFFFFF
MEM_PTR, MEM_FD = 1, 2
CHUNK_CORRUPTED, HEADER_CORRUPTED = 1, 2


class Meta(ctypes.Structure):
    _fields_ = (("type", c_uint32), ("size", c_uint32), ("data", pointer))


class Chunk(ctypes.Structure):
    _fields_ = (
        ("offset", c_uint32), ("size", c_uint32), ("stride", c_int32), ("flags", c_int32)
    )  # fmt: skip


class Block(ctypes.Structure):
    """struct spa_data: memory of a buffer."""

    _fields_ = (
        *(("type", c_uint32), ("flags", c_uint32), ("fd", c_int64)),
        *(("mapoffset", c_uint32), ("maxsize", c_uint32), ("data", pointer)),
        ("chunk", POINTER(Chunk)),
    )


class SpaBuffer(ctypes.Structure):
    _fields_ = (
        *(("n_metas", c_uint32), ("n_datas", c_uint32)),
        *(("metas", POINTER(Meta)), ("datas", POINTER(Block))),
    )


class Buffer(ctypes.Structure):
    """struct pw_buffer."""

    _fields_ = (("buffer", POINTER(SpaBuffer)), ("user_data", pointer), ("size", c_uint64))


class Hook(ctypes.Structure):
    """struct spa_hook; the library fills it."""

    _fields_ = (("words", pointer * 6),)


StateChanged = CFUNCTYPE(None, pointer, c_int, c_int, c_char_p)
ParamChanged = CFUNCTYPE(None, pointer, c_uint32, pointer)
BufferEvent = CFUNCTYPE(None, pointer, POINTER(Buffer))
Process = CFUNCTYPE(None, pointer)


class StreamEvents(ctypes.Structure):
    """struct pw_stream_events; an event without a function is ignored."""

    _fields_ = (
        *(("version", c_uint32), ("destroy", pointer), ("state_changed", StateChanged)),
        *(("control_info", pointer), ("io_changed", pointer), ("param_changed", ParamChanged)),
        *(("add_buffer", BufferEvent), ("remove_buffer", BufferEvent), ("process", Process)),
        *(("drained", pointer), ("command", pointer), ("trigger_done", pointer)),
    )


_SIGNATURES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "pw_init": (None, (pointer, pointer)),
    "pw_get_library_version": (c_char_p, ()),
    "pw_properties_new_string": (pointer, (c_char_p,)),
    "pw_thread_loop_new": (pointer, (c_char_p, pointer)),
    "pw_thread_loop_get_loop": (pointer, (pointer,)),
    "pw_thread_loop_start": (c_int, (pointer,)),
    "pw_thread_loop_stop": (None, (pointer,)),
    "pw_thread_loop_destroy": (None, (pointer,)),
    "pw_thread_loop_lock": (None, (pointer,)),
    "pw_thread_loop_unlock": (None, (pointer,)),
    # With the loop locked:
    "pw_context_new": (pointer, (pointer, pointer, ctypes.c_size_t)),
    "pw_context_destroy": (None, (pointer,)),
    "pw_context_connect": (pointer, (pointer, pointer, ctypes.c_size_t)),
    "pw_context_connect_fd": (pointer, (pointer, c_int, pointer, ctypes.c_size_t)),
    "pw_core_disconnect": (c_int, (pointer,)),
    "pw_stream_new": (pointer, (pointer, c_char_p, pointer)),
    "pw_stream_destroy": (None, (pointer,)),
    "pw_stream_add_listener": (None, (pointer, POINTER(Hook), POINTER(StreamEvents), pointer)),
    "pw_stream_connect": (
        *(c_int,),
        (pointer, c_int, c_uint32, c_int, POINTER(c_char_p), c_uint32),
    ),
    "pw_stream_disconnect": (c_int, (pointer,)),
    "pw_stream_set_active": (c_int, (pointer, ctypes.c_bool)),
    "pw_stream_get_node_id": (c_uint32, (pointer,)),
    "pw_stream_update_params": (c_int, (pointer, POINTER(c_char_p), c_uint32)),
    "pw_stream_set_error": (c_int, (pointer, c_int, c_char_p)),
    "pw_stream_dequeue_buffer": (POINTER(Buffer), (pointer,)),
    "pw_stream_queue_buffer": (c_int, (pointer, POINTER(Buffer))),
    "pw_stream_trigger_process": (c_int, (pointer,)),
}


@cache
def load_pipewire() -> Any:
    """The library, ready for use.

    Raises:
        SourceUnavailable: it is not installed, or is too old.
    """
    try:
        library = ctypes.CDLL("libpipewire-0.3.so.0")
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise SourceUnavailable(
            "PipeWire is missing, which carries the desktop's pictures (Debian: apt install "
            "libpipewire-0.3-0 pipewire wireplumber)"
        ) from error
    library.pw_init(None, None)
    return library


def pods(*packed: bytes) -> tuple[Any, int]:
    """An array of pointers to these pods, and how many; it keeps them alive."""
    return (c_char_p * len(packed))(*packed), len(packed)
