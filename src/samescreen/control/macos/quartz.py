"""The edge to Quartz: its numbers, and the module of pyobjc. Any thread.

Source: CGEventTypes.h, CGEvent.h, CGEventSource.h. The functions exist at run time only, so they
are untyped.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

from samescreen.errors import SourceUnavailable

PERMISSION: Final = (
    "macOS does not let this program move the pointer and type: allow it (or the terminal it runs "
    "in) in System Settings, Privacy & Security, Accessibility, then start it again"
)

MOVED: Final = 5
DOWN, UP, DRAGGED = 0, 1, 2
BUTTONS: Final = {
    1: (0, (1, 2, 6)),
    2: (2, (25, 26, 27)),
    3: (1, (3, 4, 7)),
    8: (3, (25, 26, 27)),
    9: (4, (25, 26, 27)),
}
"""By X button: CGMouseButton, and the types of events for down, up and dragged."""

KEY_DOWN, KEY_UP, FLAGS_CHANGED, SCROLL = 10, 11, 12, 22
TAP_TIMED_OUT, TAP_TURNED_OFF = 0xFFFFFFFE, 0xFFFFFFFF
ALL_INPUT: Final = sum(1 << kind for kind in (1, 2, 3, 4, 5, 6, 7, 10, 12, 22, 25, 26, 27))
"""CGEventMask of what a hand does."""

CLICK_STATE, DELTA_X, DELTA_Y = 1, 4, 5
"""kCGMouseEventClickState, kCGMouseEventDeltaX, kCGMouseEventDeltaY."""

AUTOREPEAT, KEYCODE, SOURCE_PID, SOURCE_USER = 8, 9, 41, 42
"""kCGKeyboardEventAutorepeat, kCGKeyboardEventKeycode, kCGEventSourceUnixProcessID,
kCGEventSourceUserData."""

MARK: Final = 0x53414D45
"""The user data of what this program sends."""

PRIVATE_STATE, HID_TAP, HEAD, LISTEN_ONLY, PIXELS, LINES = -1, 0, 0, 1, 0, 1
"""kCGEventSourceStatePrivate, kCGHIDEventTap, kCGHeadInsertEventTap, kCGEventTapOptionListenOnly,
kCGScrollEventUnitPixel, kCGScrollEventUnitLine."""

SHIFT, CONTROL, ALTERNATE, COMMAND = 0x20000, 0x40000, 0x80000, 0x100000
"""kCGEventFlagMask…"""


def load_quartz() -> Any:
    """The module.

    Raises:
        SourceUnavailable: it is not installed.
    """
    try:
        return importlib.import_module("Quartz")
    except (ImportError, OSError) as error:
        raise SourceUnavailable(f"Quartz cannot be used: {error}") from error
