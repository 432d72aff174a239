"""The virtual keycodes of macOS by Linux key code. Pure.

Source: HIToolbox/Events.h (kVK_…), by place on an ANSI keyboard; keys that no Mac has are left out.
"""

from __future__ import annotations

from typing import Final

from samescreen.control.places import PLACES

_TABLE: Final = (
    "KeyA:00 KeyB:0b KeyC:08 KeyD:02 KeyE:0e KeyF:03 KeyG:05 KeyH:04 KeyI:22 KeyJ:26 KeyK:28 "
    "KeyL:25 KeyM:2e KeyN:2d KeyO:1f KeyP:23 KeyQ:0c KeyR:0f KeyS:01 KeyT:11 KeyU:20 KeyV:09 "
    "KeyW:0d KeyX:07 KeyY:10 KeyZ:06 Digit1:12 Digit2:13 Digit3:14 Digit4:15 Digit5:17 Digit6:16 "
    "Digit7:1a Digit8:1c Digit9:19 Digit0:1d Enter:24 Escape:35 Backspace:33 Tab:30 Space:31 "
    "Minus:1b Equal:18 BracketLeft:21 BracketRight:1e Backslash:2a Semicolon:29 Quote:27 "
    "Backquote:32 Comma:2b Period:2f Slash:2c F1:7a F2:78 F3:63 F4:76 F5:60 F6:61 F7:62 F8:64 "
    "F9:65 F10:6d F11:67 F12:6f F13:69 F14:6b F15:71 F16:6a F17:40 F18:4f F19:50 F20:5a Insert:72 "
    "Home:73 PageUp:74 Delete:75 End:77 PageDown:79 ArrowRight:7c ArrowLeft:7b ArrowDown:7d "
    "ArrowUp:7e NumpadDivide:4b NumpadMultiply:43 NumpadSubtract:4e NumpadAdd:45 NumpadEnter:4c "
    "Numpad1:53 Numpad2:54 Numpad3:55 Numpad4:56 Numpad5:57 Numpad6:58 Numpad7:59 Numpad8:5b "
    "Numpad9:5c Numpad0:52 NumpadDecimal:41 NumpadEqual:51 NumpadComma:5f IntlBackslash:0a "
    "ContextMenu:6e IntlRo:5e IntlYen:5d Lang1:68 Lang2:66 ControlLeft:3b ShiftLeft:38 AltLeft:3a "
    "MetaLeft:37 ControlRight:3e ShiftRight:3c AltRight:3d MetaRight:36"
)
KEYCODES: Final[dict[int, int]] = {
    PLACES[name]: int(code, 16) for name, code in (each.split(":") for each in _TABLE.split())
}
ESCAPE: Final = KEYCODES[PLACES["Escape"]]
