"""Reads FFmpeg's option tables in PyAV's libraries, without any device."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Final

import av

_SEARCH_CHILDREN: Final = 1


class OptionTable:
    """The options of one encoder of this build."""

    def __init__(self, name: str) -> None:
        """Raises LookupError when the build has no such encoder."""
        util, codec = _library("avutil"), _library("avcodec")
        codec.avcodec_find_encoder_by_name.restype = ctypes.c_void_p
        codec.avcodec_alloc_context3.restype = ctypes.c_void_p
        codec.avcodec_alloc_context3.argtypes = [ctypes.c_void_p]
        found = codec.avcodec_find_encoder_by_name(name.encode())
        if not found:
            raise LookupError(f"this build of PyAV has no {name}")
        text = ctypes.c_char_p
        util.av_opt_set.argtypes = [ctypes.c_void_p, text, text, ctypes.c_int]
        self._set = util.av_opt_set
        self._context = codec.avcodec_alloc_context3(found)

    def takes(self, option: str, value: str) -> bool:
        """Whether this option exists and accepts this value."""
        done: int = self._set(self._context, option.encode(), value.encode(), _SEARCH_CHILDREN)
        return done >= 0


@cache
def _library(name: str) -> ctypes.CDLL:
    package = Path(av.__file__).parent
    folders = (package.parent / "av.libs", package / ".dylibs", package)
    for folder in folders:
        for path in sorted(folder.glob(f"*{name}*")):
            if path.suffix != ".py":
                return ctypes.CDLL(str(path))
    raise LookupError(f"PyAV brings no {name}")
