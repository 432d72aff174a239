"""The messages of /ws/publish about people: their wishes, input and marks. Pure.

The relay asks; the host that publishes decides, and says what each may do. A person of the relay
is a *guest* to the host. `publishing.py` has all other messages.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from .ink import Tool

MAX_INPUT_TEXT: Final = 4096
"""An input message of 2048 bytes, in base64."""

_Text = Annotated[str, Meta(max_length=200)]
_Word = Annotated[str, Meta(max_length=32)]
_Words = Annotated[list[_Word], Meta(max_length=16)]
_Track = Annotated[int, Meta(ge=0, lt=256)]
_Part = Annotated[int, Meta(ge=0, lt=2**16)]
_Stroke = Annotated[int, Meta(ge=0, lt=2**32)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]


class Allows(Struct, frozen=True, tag="allows"):
    """Of the host: which grants guests may ask it for, and whether it wants to be asked at logins.

    Replaces all before it. Without this message the relay asks for nothing.
    """

    grants: _Words
    login: bool = False


class Answered(Struct, frozen=True, tag="answer"):
    """Of the host: all that this guest may do now. `watch`: the relay lets them in.

    `out`: the host put them out, so the relay does too. `detail`: why; "" otherwise.
    """

    guest: _Text
    grants: _Words
    detail: Annotated[str, Meta(max_length=600)] = ""
    out: bool = False


class Acted(Struct, frozen=True, tag="acted"):
    """Of the host: what became of input. applied: message `sequence` has been carried out."""

    track: _Track
    what: Literal["applied", "hand", "escaped", "covered", "unfocused", "failed"]
    sequence: _Count = 0
    detail: _Text = ""


class Wish(Struct, frozen=True, tag="wish"):
    """Of the relay: a guest asks for these grants. `watch`: they wait to be let in."""

    guest: _Text
    name: _Text
    address: _Text
    grants: _Words


class Gone(Struct, frozen=True, tag="gone"):
    """Of the relay: the guest has left, or wishes nothing any more."""

    guest: _Text


class Act(Struct, frozen=True, tag="act"):
    """Of the relay: what a guest did. `input`: a message of /ws/control, in base64."""

    guest: _Text
    track: _Track
    input: Annotated[str, Meta(max_length=MAX_INPUT_TEXT)]


class Rest(Struct, frozen=True, tag="rest"):
    """Of the relay: the guest acts no more. `cut`: what waits is dropped."""

    guest: _Text
    cut: bool = False


class Drew(Struct, frozen=True, tag="drew"):
    """Of both: a stroke grew. `by`: the sender's number for this person and picture.

    `at`: how many numbers the stroke has before these; None: not known. `host`: the person has the
    sender's host link. `guest`, of the relay: the person, as in its `wish`.
    """

    track: _Track
    by: _Stroke
    name: _Text
    stroke: _Stroke
    tool: Tool
    points: Annotated[list[_Part], Meta(max_length=192)]
    end: bool = False
    at: _Count | None = None
    host: bool = False
    guest: _Text = ""


class Kept(Struct, frozen=True, tag="kept"):
    """Of both: these strokes stay (`by`, `stroke`). All others of the sender's people are gone.

    Of the host: `on`: it lets people draw; `in_picture`: its pictures have the marks.
    """

    track: _Track
    strokes: Annotated[list[tuple[_Stroke, _Stroke]], Meta(max_length=2048)]
    on: bool = True
    in_picture: bool = False


class Wiped(Struct, frozen=True, tag="wiped"):
    """Of the host: all marks of that person of the relay are gone. `by`: as in its `drew`."""

    track: _Track
    by: _Stroke
