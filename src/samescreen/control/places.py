"""The places of keys: the names that browsers give them, as Linux key codes (evdev). Pure.

Source: the `code` values of W3C "UI Events KeyboardEvent code Values", and
linux/input-event-codes.h. viewer/control/places.js has the same table; tests/vectors/control.json
keeps the two equal. An X keycode is the Linux code plus 8.
"""

from __future__ import annotations

from typing import Final

_RUNS: Final = (
    (1, "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0"),
    (12, "Minus Equal Backspace Tab KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP"),
    (26, "BracketLeft BracketRight Enter ControlLeft KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK"),
    (38, "KeyL Semicolon Quote Backquote ShiftLeft Backslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM"),
    (51, "Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock"),
    (59, "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock"),
    (71, "Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd"),
    (79, "Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal"),
    (86, "IntlBackslash F11 F12 IntlRo"),
    (92, "Convert KanaMode NonConvert"),
    (96, "NumpadEnter ControlRight NumpadDivide PrintScreen AltRight"),
    (102, "Home ArrowUp PageUp ArrowLeft ArrowRight End ArrowDown PageDown Insert Delete"),
    (117, "NumpadEqual"),
    (119, "Pause"),
    (121, "NumpadComma Lang1 Lang2 IntlYen MetaLeft MetaRight ContextMenu"),
    (183, "F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24"),
)
PLACES: Final[dict[str, int]] = {
    name: first + offset for first, names in _RUNS for offset, name in enumerate(names.split())
}
KNOWN: Final = frozenset(PLACES.values())


def codes(*names: str) -> frozenset[int]:
    """The codes of these places."""
    return frozenset(PLACES[name] for name in names)


SHIFTS: Final = codes("ShiftLeft", "ShiftRight")
CONTROLS: Final = codes("ControlLeft", "ControlRight")
ALTS: Final = codes("AltLeft", "AltRight")
METAS: Final = codes("MetaLeft", "MetaRight")
LOCKS: Final = codes("CapsLock", "NumLock", "ScrollLock")
ALT_RIGHT: Final = PLACES["AltRight"]
TAB: Final = PLACES["Tab"]
LEAVES_THE_SESSION: Final = codes("Backspace", *(f"F{n}" for n in range(1, 13)))
"""With Ctrl and Alt an X server itself obeys these: it switches to another terminal, or ends."""
