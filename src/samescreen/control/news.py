"""What the thread that moves the pointer and types reports to the event loop, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class HandSeen:
    """The person at the machine touched the mouse or the keyboard."""


@dataclass(frozen=True, slots=True)
class Escaped:
    """The person at the machine pressed Esc three times: remote control ends."""


@dataclass(frozen=True, slots=True)
class Obstructed:
    """A click or a key was not carried out: it would have reached another window."""

    cause: Literal["covered", "unfocused"]


@dataclass(frozen=True, slots=True)
class Applied:
    """The events of message `sequence` have been carried out, at `host_us`."""

    sequence: int
    host_us: int


@dataclass(frozen=True, slots=True)
class Passed:
    """Everything before the fence of that number has been carried out."""

    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Input cannot be carried out; `detail` says why, in one line."""

    detail: str


News = HandSeen | Escaped | Obstructed | Applied | Passed | Failed
