"""The messages about marks over the picture. Pure; `messages.py` has all others."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Tool = Literal["laser", "fade", "pen"]
_Part = Annotated[int, Meta(ge=0, lt=2**16)]


class Draw(Struct, frozen=True, tag="draw"):
    """Points of one stroke over the picture: x, y and pressure of each, one after the other.

    x and y are shares of the picture (65535: its right or bottom edge). Pressure 0: not measured.
    """

    track: Annotated[int, Meta(ge=0, lt=256)]
    stroke: Annotated[int, Meta(ge=0, lt=2**32)]
    tool: Tool
    points: Annotated[list[_Part], Meta(max_length=192)]
    end: bool = False


class Erase(Struct, frozen=True, tag="erase"):
    """Remove the person's newest stroke that stays, or everything that they drew."""

    all: bool


class Mark(Struct, frozen=True):
    """Points that a stroke grows by. `end`: it grows no more."""

    by: int
    stroke: int
    tool: Tool
    points: list[int]
    end: bool


class Ink(Struct, frozen=True, tag="ink"):
    """Of a later kind: what people drew over the picture of `track`."""

    track: int
    marks: list[Mark]


class Inker(Struct, frozen=True):
    """Who draws. `name` is "" where they chose none. `host`: they have the host link."""

    by: int
    name: str
    colour: int
    host: bool


class Marks(Struct, frozen=True, tag="marks"):
    """Sent with `ink`: who draws, and which strokes stay (`by`, `stroke`). All others are gone."""

    track: int
    on: bool
    """The host lets people draw."""

    people: list[Inker]
    strokes: list[tuple[int, int]]
    in_picture: bool
    """The pictures have the marks. So a page draws only what its own person draws, for a moment."""
