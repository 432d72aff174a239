"""What relays tell each other about a room, as JSON. Pure.

The news are the messages of /ws/publish, with the sender's own track numbers: a relay hands a
stream to another one as a host hands it to a relay.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from samescreen.wire.decoding import decoded
from samescreen.wire.guests import Drew, Kept, Wiped
from samescreen.wire.publishing import Configure, FromPublisher, Want

_Count = Annotated[int, Meta(ge=0, le=2**53)]
_Node = Annotated[str, Meta(pattern="^[a-z0-9]{8,32}$")]
_MOST_NEWS: Final = 1024
"""More than 32 tracks have."""


class Heartbeat(Struct, frozen=True, tag="beat"):
    """Sent by a relay that shows streams, every second and with each news.

    `protocol`: the version of /ws/publish. `revision`: how many news there were, with these; a
    relay that misses some asks for all. `is_last`: the relay stops.
    """

    protocol: int
    epoch: _Count
    revision: _Count
    news: Annotated[list[FromPublisher], Meta(max_length=_MOST_NEWS)] = []
    is_last: bool = False


class Ask(Struct, frozen=True, tag="ask"):
    """What the viewers of relay `node` need, every second and at once when it changes.

    `has`: the revision that it has; -1: none. Each of `wants` replaces the one before of its track.
    `sent_us` comes back, to measure the way.
    """

    node: _Node
    sent_us: _Count
    has: Annotated[int, Meta(ge=-1, le=2**53)]
    wants: Annotated[list[Want], Meta(max_length=256)] = []


class Answer(Struct, frozen=True, tag="answer"):
    """`host_us`: the sender's clock. `all`: its whole state, for a relay with another revision."""

    sent_us: _Count
    host_us: _Count
    epoch: _Count
    revision: _Count
    all: Annotated[list[FromPublisher], Meta(max_length=_MOST_NEWS)] | None = None


class Inked(Struct, frozen=True, tag="inked"):
    """Marks over a stream of relay `origin`, whose track `what` names; `by` is the sender's number.

    `of`: with `wiped`, the relay at which that person draws; `by` is then a number of that relay.
    """

    origin: _Node
    what: Drew | Kept | Wiped
    of: Annotated[str, Meta(pattern="^([a-z0-9]{8,32})?$")] = ""


class Redraw(Struct, frozen=True, tag="redraw"):
    """Relay `node` misses marks: send all that stay."""

    node: _Node


Message = Heartbeat | Ask | Answer | Configure | Inked | Redraw

_encoder: Final = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[Message]] = msgspec.json.Decoder(Message)


def to_text(message: Message) -> bytes:
    """UTF-8 JSON of a message."""
    return _encoder.encode(message)


def from_text(text: bytes) -> Message:
    """The message of a text.

    Raises:
        ProtocolError: not JSON, an unknown type, a missing field or one out of range.
    """
    return decoded(_decoder, text, "a message of the bus")
