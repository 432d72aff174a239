"""How to turn an output's pixels upright, by its wl_output.transform. Pure values.

A transform says what the compositor does to a picture before it puts it on the output: mirror it
left to right (4 to 7), then turn it counter-clockwise by 0, 90, 180 or 270 degrees.
"""

from __future__ import annotations

from typing import Final

from samescreen.capture.upright import AS_STORED, Orientation

_UNDO: Final = (
    AS_STORED,
    Orientation(True, True, False),
    Orientation(False, True, True),
    Orientation(True, False, True),
    Orientation(False, True, False),
    Orientation(True, False, False),
    Orientation(False, False, True),
    Orientation(True, True, True),
)


def undo(transform: int) -> Orientation:
    """What turns the pixels upright again; AS_STORED for a number that the protocol lacks."""
    return _UNDO[transform] if transform < len(_UNDO) else AS_STORED
