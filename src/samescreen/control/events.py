"""What a viewer's pointer and keyboard did, as values. Pure.

Positions are pixels of the shared picture. Places of keys are Linux key codes (evdev), which
`places.py` names.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

HERE: Final = 65535
"""As both coordinates of a button or a wheel: where the pointer is now. No picture is so large."""


class Mods(IntFlag):
    """The modifiers that the viewer's own machine reports for a key."""

    NONE = 0
    SHIFT = 1
    CTRL = 2
    ALT = 4
    META = 8
    ALTGR = 16


@dataclass(frozen=True, slots=True)
class Move:
    """The pointer moved to this place."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Shift:
    """The mouse moved by so many pixels of the picture: right and down are positive."""

    dx: int
    dy: int


@dataclass(frozen=True, slots=True)
class Pen:
    """A pen moved to this place. Buttons say whether it touches.

    `pressure`: 0 to 65535, 0 while it hovers. Tilts: -90° to 90°, towards the right and the viewer.
    """

    x: int
    y: int
    pressure: int
    tilt_x: int = 0
    tilt_y: int = 0


@dataclass(frozen=True, slots=True)
class Button:
    """A button went down or up there: 0 left, 1 middle, 2 right, 3 back, 4 forward."""

    number: int
    is_down: bool
    x: int
    y: int

    @property
    def is_here(self) -> bool:
        """Whether it is where the pointer is, wherever that may be."""
        return self.x == self.y == HERE


@dataclass(frozen=True, slots=True)
class Wheel:
    """The wheel turned there, in 1/120 of a notch: right and down are positive."""

    dx: int
    dy: int
    x: int
    y: int

    @property
    def is_here(self) -> bool:
        """Whether it is where the pointer is, wherever that may be."""
        return self.x == self.y == HERE


@dataclass(frozen=True, slots=True)
class Key:
    """A key went down or up. `char`: the character that it makes for the viewer, "" for none."""

    is_down: bool
    code: int
    mods: Mods = Mods.NONE
    char: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Text that no single key made: from an input method, or a phone's keyboard."""

    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that is down at the viewer now: the buttons as bits, and the keys."""

    buttons: int
    codes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Release:
    """Nothing is down at the viewer any more."""


@dataclass(frozen=True, slots=True)
class Room:
    """The page has so much room for the picture, in CSS pixels. A desktop may take that size."""

    width: int
    height: int


Event = Move | Shift | Pen | Button | Wheel | Key | Text | Held | Release


@dataclass(frozen=True, slots=True)
class Mark:
    """The end of message `sequence`, whose sender wants to know when it was carried out."""

    sequence: int


@dataclass(frozen=True, slots=True)
class At:
    """What follows happened then, by the page's clock in ms, which wraps at 2**32."""

    page_ms: int


Order = Event | Room | Mark | At
"""What the injecting thread takes."""


@dataclass(frozen=True, slots=True)
class Input:
    """One message of a viewer, about the picture of `track`. `page_ms`: when, by the page's clock.

    The page numbers its messages in `sequence`, and wants to know when this one was carried out if
    it is `answered`.
    """

    track: int
    sequence: int
    page_ms: int
    events: tuple[Event | Room, ...]
    answered: bool = False

    @property
    def orders(self) -> tuple[Order, ...]:
        """The events, the time before those that hold something, and the mark of an answer."""
        holds = any(isinstance(each, Key | Held) for each in self.events)
        at = (At(self.page_ms),) if holds else ()
        return (*at, *self.events, *((Mark(self.sequence),) if self.answered else ()))
