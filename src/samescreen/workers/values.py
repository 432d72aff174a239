"""What crosses between the host's process and its workers. Values only.

Down, from the host's process, everything is pickled: a worker is a child of that process, runs the
same code for the same user, and gets its socket by inheritance. Up come messages with a schema,
which are checked: a worker reads what strangers send, so the host does not trust it blindly.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from samescreen.errors import ProtocolError
from samescreen.hub.events import Piece, Sketch, TrackEvent
from samescreen.hub.publisher import MediaTrack
from samescreen.hub.subscriber import StreamName
from samescreen.media import Packet
from samescreen.subscribe.far_viewer import Facts
from samescreen.wire import messages
from samescreen.wire.publishing import Want
from samescreen.wire.session import MAX_MESSAGE_BYTES

# --- down -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Admit:
    """A viewer's connection, which comes with its descriptor.

    `head`: its handshake, to be answered with `headers`. The three after `protocol`: what it may
    send. `tls`: the number of the connection whose TLS this worker ends; then the descriptor is the
    other end of its plain bytes. None: the descriptor is the viewer's.
    """

    number: int
    address: str
    is_proxied: bool
    head: bytes
    headers: Mapping[str, str]
    protocol: str | None
    message_bytes: int
    bytes_per_s: int
    burst_bytes: int
    tls: int | None = None


@dataclass(frozen=True, slots=True)
class EndTls:
    """End TLS of a connection. It comes with two descriptors: its own, and one for plain bytes.

    `first`: what was read of it. `pem`: certificate and key.
    """

    number: int
    pem: bytes = field(repr=False)
    first: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enter:
    """The viewer is let in and watches this stream; `hello` is its first message."""

    number: int
    key: str
    hello: str
    ack_interval_ms: int


@dataclass(frozen=True, slots=True)
class Move:
    """The viewer watches another stream from now on."""

    number: int
    key: str
    is_requested: bool


@dataclass(frozen=True, slots=True)
class Repeat:
    """The viewer sent this before it was let in, and it concerns the stream."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Write:
    """A finished frame for one viewer."""

    number: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close the viewer's connection."""

    number: int
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Spread:
    """A finished frame of marks, for all viewers of the stream that draw them."""

    key: str
    frame: bytes


@dataclass(frozen=True, slots=True)
class Counted:
    """How many welcomed viewers the stream has in all processes."""

    key: str
    viewers: int


@dataclass(frozen=True, slots=True)
class Added:
    """There is another stream; its events follow."""

    key: str
    stream_id: str
    name: str
    track: MediaTrack


@dataclass(frozen=True, slots=True)
class Restarted:
    """A stream begins again, perhaps with another publisher."""

    key: str
    name: str
    track: MediaTrack


@dataclass(frozen=True, slots=True)
class SoundOf:
    """This sound is heard with the stream from now on; None: none."""

    key: str
    sound: str | None


@dataclass(frozen=True, slots=True)
class Gone:
    """The stream has ended."""

    key: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of streams has changed, for the viewers of this one."""

    key: str
    streams: tuple[StreamName, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """What the publisher of a stream said, but no packet."""

    key: str
    event: TrackEvent


@dataclass(frozen=True, slots=True)
class Media:
    """A packet of a stream, and when the host's process sent it, in µs of the machine's clock."""

    key: str
    packet: Packet | Piece | Sketch
    sent_us: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End, when the goodbyes have left."""


OfViewer = Enter | Move | Repeat | Write | Close
OfStream = Spread | Counted | Added | Restarted | SoundOf | Gone | Listed | Event | Media
OF_STREAM: Final = frozenset(
    {messages.Ack, messages.Listen, messages.Ping, messages.Report, messages.Need}
    | {messages.Accepts, messages.Visibility, messages.Prefer}
)
"""Messages of viewers that a worker acts upon; all others go to the host's process."""


def packed(value: object) -> bytes:
    """A value on its way down."""
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def unpacked(packed: bytes) -> object:
    """The value that the host's process packed. Never for bytes from anywhere else."""
    return pickle.loads(packed)


# --- up -------------------------------------------------------------------------------------------

_Text = Annotated[str, Meta(max_length=2 * MAX_MESSAGE_BYTES)]


class Ready(Struct, frozen=True, tag="ready"):
    """The worker can take viewers."""


class Said(Struct, frozen=True, tag="said"):
    """A viewer sent a message that concerns its person, the host, or which stream it watches."""

    number: int
    text: _Text


class Left(Struct, frozen=True, tag="left"):
    """The viewer's connection is gone, because of `why`."""

    number: int
    why: _Text


class Lagging(Struct, frozen=True, tag="lagging"):
    """A viewer missed marks, and has room for all of them now."""

    number: int


class Wanted(Struct, frozen=True, tag="wanted"):
    """What the worker's viewers demand of a stream."""

    key: str
    want: Want


class Measured(Struct, frozen=True, tag="measured"):
    """How some viewers are; sent every second, if only to show that the worker works."""

    facts: dict[int, Facts]


class Logged(Struct, frozen=True, tag="logged"):
    """A line for the host's log."""

    level: int
    text: _Text


Up = Ready | Said | Left | Lagging | Wanted | Measured | Logged
_up: Final = msgspec.msgpack.Decoder(Up)
_encoder: Final = msgspec.msgpack.Encoder()


def encoded_up(message: Up) -> bytes:
    """A message on its way up."""
    return _encoder.encode(message)


def decoded_up(message: bytes) -> Up:
    """The message that a worker sent. Raises ProtocolError: it is none."""
    try:
        read: Up = _up.decode(message)
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"no message of a worker: {error}") from None
    return read
