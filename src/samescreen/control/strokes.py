"""What the host does to its pointer and keyboard, as values: the output of `hands.py`. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .keymap import Spot


@dataclass(frozen=True, slots=True)
class Go:
    """Move the pointer to this pixel of the picture."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Nudge:
    """Move the pointer by so many pixels of the picture."""

    dx: int
    dy: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn the wheel by so many 1/120 of a notch: right and down are positive."""

    dx: int
    dy: int


@dataclass(frozen=True, slots=True)
class PressButton:
    """Press a button of the pointer, numbered as in X."""

    button: int


@dataclass(frozen=True, slots=True)
class LiftButton:
    button: int


@dataclass(frozen=True, slots=True)
class Press:
    """Press a key and hold it."""

    keycode: int


@dataclass(frozen=True, slots=True)
class Lift:
    keycode: int


@dataclass(frozen=True, slots=True)
class Tap:
    """Press and lift a key while its modifiers are as the spot says."""

    spot: Spot


@dataclass(frozen=True, slots=True)
class TypeMissing:
    """Type a character that no key of the layout has."""

    char: str


Stroke = Go | Nudge | Turn | PressButton | LiftButton | Press | Lift | Tap | TypeMissing
