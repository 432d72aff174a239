"""Clipboards between a host and a relay: the same messages both ways. Pure.

One clip at a time is on its way in each direction, in parts, and a part leaves only when the other
side took the one before. So no more than one part is ever ahead of a picture on the connection.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from samescreen.errors import ProtocolError

MOST_BYTES: Final = 1 << 20
"""The largest text or image that goes through a relay."""
TOO_LARGE: Final = f"the clipboard takes at most {MOST_BYTES >> 20} MiB through a relay"
PART_BYTES: Final = 10_500
"""24 ms of a connection of 4 Mbit/s, in base64."""
_MOST_TEXT: Final = PART_BYTES // 3 * 4
MOST_GUESTS: Final = 200
_MOST_NAMES: Final = 12_000
"""Characters of all guests in one message; a text message has 16 KiB at most."""

_Text = Annotated[str, Meta(max_length=200)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]


class Carry(Struct, frozen=True, tag="clip"):
    """A clip follows in parts; or, with "none", what was copied before is out of date.

    Of the host: `guests` may see it. Of the relay: its one guest sets it. `detail`: why a copied
    thing does not travel.
    """

    number: _Count
    kind: Literal["text", "image", "none"]
    size_bytes: _Count
    guests: Annotated[list[_Text], Meta(max_length=MOST_GUESTS)]
    detail: _Text = ""


class Part(Struct, frozen=True, tag="part"):
    """The next part of clip `number`, in base64."""

    number: _Count
    content: Annotated[str, Meta(max_length=_MOST_TEXT)]


class Took(Struct, frozen=True, tag="took"):
    """The other side took what came of clip `number`. `refused`: it takes no more of it, and why.

    `done`: it has all of it; what a relay sent is then in the host's clipboard.
    """

    number: _Count
    done: bool = False
    refused: _Text = ""


Carried = Carry | Part | Took


class Leaving:
    """A clip that leaves part by part."""

    def __init__(self, number: int, content: bytes) -> None:
        self.number = number
        self._content = content
        self._at = 0

    def next(self) -> Part | None:
        """The next part; None: all of them have left."""
        part = self._content[self._at : self._at + PART_BYTES]
        if not part:
            return None
        self._at += len(part)
        return Part(self.number, base64.b64encode(part).decode())


class Coming:
    """A clip that comes part by part. `carry`: the message that announced it."""

    def __init__(self, carry: Carry) -> None:
        self.carry = carry
        self._content = bytearray()

    def add(self, part: Part) -> bytes | None:
        """Take the next part. Returns the whole clip once it is there.

        Raises:
            ProtocolError: it is no base64, of another clip, or more than was announced.
        """
        try:
            content = base64.b64decode(part.content, validate=True)
        except (binascii.Error, ValueError):
            raise ProtocolError("a clip that is no base64") from None
        self._content += content
        most = min(self.carry.size_bytes, MOST_BYTES)
        if part.number != self.carry.number or not content or len(self._content) > most:
            raise ProtocolError("a clip other than announced")
        return bytes(self._content) if len(self._content) == self.carry.size_bytes else None


class ClipSender:
    """The sending half of a clipboard: at most one clip leaves at a time.

    `send` sends to the other side.
    """

    def __init__(self, send: Callable[[Carry | Part], None]) -> None:
        self._send = send
        self._number = 0
        self._leaving: Leaving | None = None

    def begin(self, kind: Literal["text", "image"], content: bytes, guests: list[str]) -> None:
        """Announce this clip in place of the one before; its parts follow."""
        self._number += 1
        self._leaving = Leaving(self._number, content)
        self._send(Carry(self._number, kind, len(content), guests))

    def withdraw(self, detail: str) -> None:
        """Say that what was copied before is out of date, and why nothing takes its place."""
        self._number += 1
        self._leaving = None
        self._send(Carry(self._number, "none", 0, [], detail))

    def stop(self) -> None:
        """Send no more of the clip that leaves."""
        self._leaving = None

    def took(self, took: Took) -> Took | None:
        """Send the next part. Returns the answer that ends the clip; None: it does not end it."""
        leaving = self._leaving
        if leaving is None or took.number != leaving.number:
            return None  # its clip was replaced, or nobody waits for it any more
        if took.refused or took.done:
            self._leaving = None
            return took
        part = leaving.next()
        if part is not None:
            self._send(part)
        return None


class ClipReceiver:
    """The receiving half of a clipboard: at most one clip comes at a time.

    `answer` sends to the other side.
    """

    def __init__(self, answer: Callable[[Took], None]) -> None:
        self._answer = answer
        self._coming: Coming | None = None

    def begin(self, carry: Carry, refused: str = "") -> None:
        """Take the announced clip in place of the one before; or refuse it, and say why."""
        self._coming = None if refused else Coming(carry)
        self._answer(Took(carry.number, refused=refused))

    def stop(self) -> None:
        """Take no more of the clip that comes."""
        self._coming = None

    def add(self, part: Part) -> tuple[Carry, bytes] | None:
        """Take the next part. Returns the whole clip once it is there; the caller answers that.

        Raises ProtocolError: see `Coming.add`.
        """
        coming = self._coming
        if coming is None:
            return None  # its clip was refused or replaced
        content = coming.add(part)
        if content is None:
            self._answer(Took(part.number))
            return None
        self._coming = None
        return coming.carry, content


def named(guests: list[str]) -> list[str]:
    """As many of these guests as one message can name."""
    kept: list[str] = []
    length = 0
    for guest in guests[:MOST_GUESTS]:
        length += len(guest) + 3
        if length > _MOST_NAMES:
            break
        kept.append(guest)
    return kept
