"""The messages about who uses mouse and keyboard. Pure; `messages.py` has all others."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType


class Acting(Struct, frozen=True, tag="acting"):
    """Of a later kind: whether somebody uses mouse and keyboard, who, and if it is a program."""

    on: bool
    by: str
    program: bool


class Control(Struct, frozen=True, tag="control"):
    """On /ws/control only: who has control. `cause`: why something was not carried out.

    `fits`: a picture takes the size of the room that the page names. Left out: none does.
    """

    state: Literal["mine", "held", "paused", "off"]
    by: str
    cause: Literal["", "covered", "unfocused", "failed"] = ""
    fits: bool | UnsetType = UNSET


class Applied(Struct, frozen=True, tag="applied"):
    """On /ws/control only: message `sequence`, which asked for this, was done at `host_us`."""

    sequence: int
    host_us: int
