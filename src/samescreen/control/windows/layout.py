"""Reads the keyboard layout of the program that has the focus. On the injecting thread."""

from __future__ import annotations

import ctypes
from typing import Any, Final

from samescreen.control import places
from samescreen.control.as_typed import ALTGR, MODIFIERS, NAMED, SHIFT
from samescreen.control.keyboard import Layout
from samescreen.control.keymap import LOCK, Group, Keymap
from samescreen.control.keysyms import keysym_of

from . import user32 as win
from .scancodes import SCANCODES

_TO_X: Final = 8
_KEEP_STATE: Final = 4
"""ToUnicodeEx leaves the keyboard's state alone (Windows 10, 1607)."""
_LEVELS: Final = (0, SHIFT, LOCK, SHIFT | LOCK, ALTGR, SHIFT | ALTGR)
_DOWN, _ON = 0x80, 0x01
_KEYPAD: Final = places.codes(
    *(f"Numpad{n}" for n in range(10)), *("NumpadAdd", "NumpadSubtract", "NumpadMultiply"),
    *("NumpadDivide", "NumpadDecimal", "NumpadComma", "NumpadEqual"),
)  # fmt: skip


class WindowsLayout:
    """The layouts of this machine; each is read once."""

    def __init__(self, user32: Any) -> None:
        self._user32 = user32
        self._keymaps: dict[int, Keymap] = {}

    def layout(self) -> Layout:
        """The layout and the locks of this moment."""
        thread = self._user32.GetWindowThreadProcessId(self._user32.GetForegroundWindow(), None)
        handle = int(self._user32.GetKeyboardLayout(thread) or 0)
        if handle not in self._keymaps:
            self._keymaps[handle] = self._read(handle)
        has_caps = bool(self._user32.GetKeyState(win.VK_CAPITAL) & _ON)
        return Layout(self._keymaps[handle], 0, LOCK if has_caps else 0)

    def _read(self, handle: int) -> Keymap:
        keys = dict(NAMED)
        for code, scan in SCANCODES.items():
            if code in _KEYPAD or code + _TO_X in keys:
                continue
            vk = self._user32.MapVirtualKeyExW(scan, win.SCAN_TO_VK, handle)
            keysyms = {mods: self._keysym(vk, scan, mods, handle) for mods in _LEVELS} if vk else {}
            if any(keysyms.values()):
                keys[code + _TO_X] = (Group(SHIFT | LOCK | ALTGR, keysyms),)
        has_altgr = any(row.keysyms.get(ALTGR) for groups in keys.values() for row in groups)
        modifiers = dict(MODIFIERS)
        if not has_altgr:
            modifiers[places.ALT_RIGHT + _TO_X] = MODIFIERS[places.PLACES["AltLeft"] + _TO_X]
        return Keymap(keys, modifiers)

    def _keysym(self, vk: int, scan: int, mods: int, handle: int) -> int:
        """What a key makes; 0 for nothing, and for dead keys."""
        state = (ctypes.c_uint8 * 256)()
        if mods & SHIFT:
            state[win.VK_SHIFT] = _DOWN
        if mods & LOCK:
            state[win.VK_CAPITAL] = _ON
        if mods & ALTGR:
            state[win.VK_CONTROL] = state[win.VK_MENU] = _DOWN
        text = ctypes.create_unicode_buffer(8)
        count = self._user32.ToUnicodeEx(
            vk, scan, state, text, 8, _KEEP_STATE, ctypes.c_void_p(handle)
        )
        char = text[0] if count == 1 else ""
        return keysym_of(char) if char and char.isprintable() else 0
