"""What a person is shown of the host and of others, beside pictures and sound. Values; any thread.

Each connection turns them into messages of its own, or leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .invitations import ShowRequest
from .roster import RosterState
from .voices import VoiceState


@dataclass(frozen=True, slots=True)
class PersonState:
    """How the host sees a person. `took`: lines of theirs that the host was shown."""

    name: str
    has_hand_up: bool
    may_speak: bool
    took: int


@dataclass(frozen=True, slots=True)
class HostLine:
    """One line of the host's, for everybody or (`is_personal`) for this person."""

    text: str
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class RequestState:
    """How it stands with grants that a person asked the host for.

    waits: the host was asked. off: the host cannot give them, or this link may not ask.
    """

    grants: tuple[str, ...]
    state: Literal["waits", "given", "no", "off"]


@dataclass(frozen=True, slots=True)
class ClipboardNews:
    """A program on the host copied something that this person may see.

    `kind`: "text", "image", or "none": it does not travel, and `detail` says why. `number` counts.
    """

    kind: Literal["text", "image", "none"]
    size_bytes: int
    number: int
    detail: str = ""


Shown = (
    PersonState | HostLine | RequestState | ClipboardNews | VoiceState | ShowRequest | RosterState
)
