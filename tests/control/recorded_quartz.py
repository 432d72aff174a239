"""Numbers and signatures of Quartz, as read in a published wheel.

pyobjc-framework-Quartz 13.0, cp312 universal2: Quartz/CoreGraphics/_metadata.py. What the mouse's
motion and pixels of a wheel need was read in 12.0.
"""

from __future__ import annotations

from typing import Final

ARGUMENTS: Final = {
    "CGPreflightPostEventAccess": 0,
    "CGRequestPostEventAccess": 0,
    "CGEventSourceCreate": 1,
    "CGDisplayBounds": 1,
    "CGEventCreateMouseEvent": 4,
    "CGEventCreateKeyboardEvent": 3,
    "CGEventCreateScrollWheelEvent": 5,
    "CGEventGetFlags": 1,
    "CGEventSetFlags": 2,
    "CGEventSetType": 2,
    "CGEventSetIntegerValueField": 3,
    "CGEventGetIntegerValueField": 2,
    "CGEventKeyboardSetUnicodeString": 3,
    "CGEventPost": 2,
    "CGEventCreate": 1,
    "CGEventGetLocation": 1,
    "CGEventTapCreate": 6,
    "CGEventTapEnable": 2,
}
"""How many arguments each takes; of the scroll event's, one for each of two wheels."""

VALUES: Final = {
    "kCGEventSourceStatePrivate": -1,
    "kCGHIDEventTap": 0,
    "kCGHeadInsertEventTap": 0,
    "kCGEventTapOptionListenOnly": 1,
    "kCGScrollEventUnitLine": 1,
    "kCGScrollEventUnitPixel": 0,
    "kCGEventFlagMaskShift": 131072,
    "kCGEventFlagMaskControl": 262144,
    "kCGEventFlagMaskAlternate": 524288,
    "kCGEventFlagMaskCommand": 1048576,
    "kCGMouseEventClickState": 1,
    "kCGMouseEventDeltaX": 4,
    "kCGMouseEventDeltaY": 5,
    "kCGKeyboardEventAutorepeat": 8,
    "kCGKeyboardEventKeycode": 9,
    "kCGEventSourceUnixProcessID": 41,
    "kCGEventSourceUserData": 42,
    "kCGEventMouseMoved": 5,
    "kCGEventLeftMouseDown": 1,
    "kCGEventLeftMouseUp": 2,
    "kCGEventLeftMouseDragged": 6,
    "kCGEventRightMouseDown": 3,
    "kCGEventRightMouseUp": 4,
    "kCGEventRightMouseDragged": 7,
    "kCGEventOtherMouseDown": 25,
    "kCGEventOtherMouseUp": 26,
    "kCGEventOtherMouseDragged": 27,
    "kCGEventKeyDown": 10,
    "kCGEventKeyUp": 11,
    "kCGEventFlagsChanged": 12,
    "kCGEventScrollWheel": 22,
    "kCGEventTapDisabledByTimeout": 4294967294,
    "kCGEventTapDisabledByUserInput": 4294967295,
}
