"""What a program may give as a source: a spec, a path, an iterable of pictures, or one picture.

Any thread. `check_given` finds the mistakes that can be found without opening anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import replace
from typing import Any, Final

import numpy as np

from samescreen.errors import UsageError

from .arrays import Order, Picture
from .choose import OpenedSource, open_source
from .hiding import NO_RULES, CaptureRules
from .masked import hiding
from .push import IteratedSource, PushSource, check_order, check_picture

Showable = str | os.PathLike[str] | Picture | Iterable[Picture] | None
"""A source's spec, a file's path, one still picture, several pictures, or None: `push` is used."""

_TAKES: Final = (
    'a source is None (what is pushed), words such as "screen", a path, a numpy array, an '
    "iterable of arrays, or a dict of names to these"
)

_MOST_CHANNELS: Final = 4


def check_given(source: object, order: str) -> None:
    """Check that `source` can be a source, or a mapping of names to sources.

    Raises:
        UsageError: it cannot; the message names what can.
    """
    check_order(order)
    if not isinstance(source, Mapping):
        _check_one(source, order)
        return
    for name, each in source.items():
        if not isinstance(name, str):
            raise UsageError(f"the name of a stream is a string, not {type(name).__name__}")
        _check_one(each, order)


def _check_one(source: object, order: str) -> None:
    if source is None or isinstance(source, (str, os.PathLike)):
        return
    if isinstance(source, np.ndarray):
        _check_array(source, order)
    elif hasattr(source, "__array__") or hasattr(source, "__array_interface__"):
        # A tensor is iterable: its rows would be shown one after the other.
        raise UsageError(
            f"{_TAKES}, not {type(source).__name__}: numpy.asarray makes an array of it"
        )
    elif isinstance(source, (bytes, bytearray, memoryview, Mapping)):
        raise UsageError(f"{_TAKES}, not {type(source).__name__}")
    elif isinstance(source, Sequence):
        _check_first(source, order)
    elif not isinstance(source, Iterable) and not hasattr(source, "__getitem__"):
        cure = ": call it" if callable(source) else ""
        raise UsageError(f"{_TAKES}, not {type(source).__name__}{cure}")


def _check_array(array: np.ndarray[Any, Any], order: str) -> None:
    if array.ndim in (3, 4) and not _is_one_picture(array):
        _check_first(array, order)
    else:
        check_picture(array, order)


def _check_first(pictures: Any, order: str) -> None:
    if isinstance(pictures, Sized) and not len(pictures):
        raise UsageError("there is no picture in the source")
    check_picture(pictures[0], order)


def _is_one_picture(array: np.ndarray[Any, Any]) -> bool:
    """Whether the array is one picture. An array of three dimensions may be several gray ones."""
    return array.ndim == 2 or (array.ndim == 3 and array.shape[2] <= _MOST_CHANNELS)


def open_given(
    name: str, source: Showable, order: Order, rules: CaptureRules = NO_RULES
) -> OpenedSource:
    """Open a checked source under `name`; "": under its own name.

    Raises:
        UsageError, CaptureError: as `open_source`.
    """
    if isinstance(source, os.PathLike):
        source = f"file:{os.fspath(source)}"
    if isinstance(source, str):
        choice = open_source(source, rules)
        return replace(choice, name=name) if name else choice
    if isinstance(source, np.ndarray) and _is_one_picture(source):
        source = (source,)
    shown = PushSource() if source is None else IteratedSource(source, order)
    return OpenedSource(hiding(shown, rules.hidden, "pictures from Python"), name or "push")
