"""Win32's input interface: its structures and numbers, and the library itself. Any thread.

Source: learn.microsoft.com, "SendInput", "INPUT", "MOUSEINPUT", "KEYBDINPUT", "MSLLHOOKSTRUCT",
"KBDLLHOOKSTRUCT", "ToUnicodeEx". The types have fixed sizes, so that tests on other systems see the
layout that Windows sees.
"""

from __future__ import annotations

import ctypes
from ctypes import c_int32, c_size_t, c_uint16, c_uint32, c_void_p
from functools import cache
from typing import Any, Final

MOUSE, KEYBOARD = 0, 1
"""INPUT_MOUSE, INPUT_KEYBOARD."""

MOVE, WHEEL, HWHEEL, VIRTUALDESK, ABSOLUTE = 0x0001, 0x0800, 0x1000, 0x4000, 0x8000
"""MOUSEEVENTF_…"""

DOWN_UP: Final = {
    1: (0x0002, 0x0004, 0),
    2: (0x0020, 0x0040, 0),
    3: (0x0008, 0x0010, 0),
    8: (0x0080, 0x0100, 1),
    9: (0x0080, 0x0100, 2),
}
"""MOUSEEVENTF_LEFTDOWN and so on by X button: down, up, and `mouseData` (XBUTTON1, XBUTTON2)."""

EXTENDEDKEY, KEYUP, UNICODE, SCANCODE = 1, 2, 4, 8
"""KEYEVENTF_…"""

X_VIRTUAL, Y_VIRTUAL, CX_VIRTUAL, CY_VIRTUAL, SWAPBUTTON = 76, 77, 78, 79, 23
"""SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN, SM_SWAPBUTTON."""

VK_SHIFT, VK_CONTROL, VK_MENU, VK_CAPITAL, VK_ESCAPE = 0x10, 0x11, 0x12, 0x14, 0x1B
SCAN_TO_VK: Final = 3
"""MAPVK_VSC_TO_VK_EX."""

PER_MONITOR_AWARE_V2: Final = -4
MOUSE_LL, KEYBOARD_LL = 14, 13
"""WH_MOUSE_LL, WH_KEYBOARD_LL."""

MOUSE_INJECTED, KEY_INJECTED = 0x01, 0x10
"""LLMHF_INJECTED, LLKHF_INJECTED."""

WM_QUIT, WM_KEYDOWN, WM_SYSKEYDOWN = 0x0012, 0x0100, 0x0104
MARK: Final = 0x53414D45
"""`dwExtraInfo` of what this program sends."""


class MouseInput(ctypes.Structure):
    """MOUSEINPUT."""

    _fields_ = (
        ("dx", c_int32),
        ("dy", c_int32),
        ("mouseData", c_uint32),
        ("dwFlags", c_uint32),
        ("time", c_uint32),
        ("dwExtraInfo", c_size_t),
    )


class KeyboardInput(ctypes.Structure):
    """KEYBDINPUT."""

    _fields_ = (
        ("wVk", c_uint16),
        ("wScan", c_uint16),
        ("dwFlags", c_uint32),
        ("time", c_uint32),
        ("dwExtraInfo", c_size_t),
    )


class HardwareInput(ctypes.Structure):
    """HARDWAREINPUT."""

    _fields_ = (("uMsg", c_uint32), ("wParamL", c_uint16), ("wParamH", c_uint16))


class _Union(ctypes.Union):
    _fields_ = (("mi", MouseInput), ("ki", KeyboardInput), ("hi", HardwareInput))


class Input(ctypes.Structure):
    """INPUT."""

    _anonymous_ = ("u",)
    _fields_ = (("type", c_uint32), ("u", _Union))


class Point(ctypes.Structure):
    """POINT."""

    _fields_ = (("x", c_int32), ("y", c_int32))


class MouseHook(ctypes.Structure):
    """MSLLHOOKSTRUCT."""

    _fields_ = (
        ("pt", Point),
        ("mouseData", c_uint32),
        ("flags", c_uint32),
        ("time", c_uint32),
        ("dwExtraInfo", c_size_t),
    )


class KeyHook(ctypes.Structure):
    """KBDLLHOOKSTRUCT."""

    _fields_ = (
        ("vkCode", c_uint32),
        ("scanCode", c_uint32),
        ("flags", c_uint32),
        ("time", c_uint32),
        ("dwExtraInfo", c_size_t),
    )


class Message(ctypes.Structure):
    """MSG."""

    _fields_ = (
        ("hwnd", c_void_p),
        ("message", c_uint32),
        ("wParam", c_size_t),
        ("lParam", ctypes.c_ssize_t),
        ("time", c_uint32),
        ("pt", Point),
    )


HookFunction: Final[Any] = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)(
    ctypes.c_ssize_t, ctypes.c_int, c_size_t, ctypes.c_ssize_t
)
"""HOOKPROC: code, wParam, lParam."""

_ANSWERS: Final = {
    "GetForegroundWindow": (c_void_p,),
    "GetWindowThreadProcessId": (c_uint32, c_void_p, c_void_p),
    "GetKeyboardLayout": (c_void_p, c_uint32),
    "GetKeyState": (ctypes.c_int16, ctypes.c_int),
    "MapVirtualKeyExW": (c_uint32, c_uint32, c_uint32, c_void_p),
    "SetThreadDpiAwarenessContext": (c_void_p, c_void_p),
    "SetWindowsHookExW": (c_void_p, ctypes.c_int, HookFunction, c_void_p, c_uint32),
    "CallNextHookEx": (ctypes.c_ssize_t, c_void_p, ctypes.c_int, c_size_t, ctypes.c_ssize_t),
    "UnhookWindowsHookEx": (c_int32, c_void_p),
    "PostThreadMessageW": (c_int32, c_uint32, c_uint32, c_size_t, ctypes.c_ssize_t),
}
"""Types of the result and the arguments where C's int is wrong."""


@cache
def user32() -> Any:
    """The library, loaded privately: types set on it do not affect other code.

    Raises:
        AttributeError: this is not Windows.
    """
    load: Any = getattr(ctypes, "WinDLL")  # noqa: B009  (a plain attribute is no type on Linux)
    library = load("user32")
    for name, (answer, *takes) in _ANSWERS.items():
        function = getattr(library, name, None)  # old systems lack some
        if function is not None:
            function.restype, function.argtypes = answer, takes
    return library
