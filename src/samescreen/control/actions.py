"""What a program asks the host to do with mouse and keyboard, as JSON, to input events. Pure.

A program says what it wants done ("click here", "ctrl+s"), and not which keys go down and up.
Positions are pixels of the picture, as /snapshot.jpg shows it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from samescreen.errors import UsageError

from .events import Button, Event, Key, Mods, Move, Text, Wheel
from .places import PLACES
from .wire import MAX_TEXT_BYTES

MOST_ACTIONS: Final = 64
_Pixel = Annotated[int, Meta(ge=0, lt=2**16)]
_Notches = Annotated[float, Meta(ge=-64, le=64)]
_NOTCH: Final = 120
_BUTTONS: Final = {"left": 0, "middle": 1, "right": 2}


class MoveTo(Struct, frozen=True, tag_field="do", tag="move", forbid_unknown_fields=True):
    """Move the pointer."""

    x: _Pixel
    y: _Pixel


class Click(Struct, frozen=True, tag_field="do", tag="click", forbid_unknown_fields=True):
    """Click there, `count` times; or press there and let go at `to`."""

    x: _Pixel
    y: _Pixel
    button: Literal["left", "middle", "right"] = "left"
    count: Annotated[int, Meta(ge=1, le=3)] = 1
    to: tuple[_Pixel, _Pixel] | None = None


class Scroll(Struct, frozen=True, tag_field="do", tag="scroll", forbid_unknown_fields=True):
    """Turn the wheel there, by so many notches: right and down are positive."""

    x: _Pixel
    y: _Pixel
    dx: _Notches = 0
    dy: _Notches = 0


class Press(Struct, frozen=True, tag_field="do", tag="key", forbid_unknown_fields=True):
    """Press a key and let it go, with others held: "Enter", "ctrl+s"."""

    key: Annotated[str, Meta(min_length=1, max_length=60)]


class Type(Struct, frozen=True, tag_field="do", tag="text", forbid_unknown_fields=True):
    """Type a text."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_BYTES)]


Action = MoveTo | Click | Scroll | Press | Type


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """One request: the actions, in order. `stream`: the id of one of several streams."""

    actions: Annotated[list[Action], Meta(min_length=1, max_length=MOST_ACTIONS)]
    stream: str = ""


_decoder: Final = msgspec.json.Decoder(Order)


def order_from_json(body: bytes) -> Order:
    """The actions of a request.

    Raises:
        UsageError: not JSON, an unknown action, a field that is missing, unknown or out of range.
    """
    try:
        order: Order = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UsageError(f"these actions make no sense: {error}") from None
    return order


def events_of(action: Action) -> list[Event]:
    """The events that this action is made of.

    Raises:
        UsageError: there is no key of that name.
    """
    if isinstance(action, MoveTo):
        return [Move(action.x, action.y)]
    if isinstance(action, Click):
        return _click(action)
    if isinstance(action, Scroll):
        turned = round(action.dx * _NOTCH), round(action.dy * _NOTCH)
        return [Wheel(*turned, action.x, action.y)]
    return [Text(action.text)] if isinstance(action, Type) else _press(action.key)


def _click(click: Click) -> list[Event]:
    number, at = _BUTTONS[click.button], (click.x, click.y)
    if click.to is None:
        pair: list[Event] = [Button(number, is_down, *at) for is_down in (True, False)]
        return pair * click.count
    middle = ((click.x + click.to[0]) // 2, (click.y + click.to[1]) // 2)
    return [
        Button(number, True, *at),
        *(Move(*each) for each in (middle, click.to)),
        Button(number, False, *click.to),
    ]


_HELD: Final = {
    "shift": ("ShiftLeft", Mods.SHIFT),
    "ctrl": ("ControlLeft", Mods.CTRL),
    "control": ("ControlLeft", Mods.CTRL),
    "alt": ("AltLeft", Mods.ALT),
    "meta": ("MetaLeft", Mods.META),
    "super": ("MetaLeft", Mods.META),
    "cmd": ("MetaLeft", Mods.META),
}
_ALIASES: Final = {
    "esc": "Escape",
    "return": "Enter",
    "del": "Delete",
    "ins": "Insert",
    "up": "ArrowUp",
    "down": "ArrowDown",
    "left": "ArrowLeft",
    "right": "ArrowRight",
} | {held: place for held, (place, _) in _HELD.items()}
_BY_NAME: Final = {name.lower(): code for name, code in PLACES.items()} | {
    alias: PLACES[name] for alias, name in _ALIASES.items()
}
_SIGN_PLACES: Final = (
    *("Minus", "Equal", "Equal", "BracketLeft", "BracketRight", "Semicolon", "Quote"),
    *("Backquote", "Backslash", "Comma", "Period", "Slash", "Space"),
)
_SIGNS: Final = dict(zip("-=+[];'`\\,./ ", _SIGN_PLACES, strict=True))
"""Where characters lie on a US keyboard: for chords, and only where no key makes the character."""


def _press(name: str) -> list[Event]:
    *held, last = _parts(name)
    try:
        places = [_HELD[each.lower()] for each in held]
    except KeyError as error:
        raise UsageError(f"{error} cannot be held: shift, ctrl, alt and meta can") from None
    mods = Mods.NONE
    for _, mod in places:
        mods |= mod
    if len(last) == 1 and not places:
        return [Text(last)]
    code = _code_of(last)
    char = last if len(last) == 1 else ""
    down = [Key(True, PLACES[place], mods) for place, _ in places]
    up = [Key(False, PLACES[place], mods) for place, _ in reversed(places)]
    return [*down, Key(True, code, mods, char), Key(False, code, mods, char), *up]


def _parts(name: str) -> list[str]:
    """The keys of a chord; the last one may be "+" itself."""
    if name.endswith("+"):
        held = name[:-1].removesuffix("+")
        return [*held.split("+"), "+"] if held else ["+"]
    return name.split("+")


def _code_of(name: str) -> int:
    if len(name) == 1:
        place = _SIGNS.get(name) or (f"Digit{name}" if name.isdigit() else f"Key{name.upper()}")
        return PLACES.get(place, PLACES["KeyA"])
    found = _BY_NAME.get(name.lower())
    if found is None:
        raise UsageError(f"there is no key {name!r:.40}; keys are named as in browsers: Enter, F5")
    return found
