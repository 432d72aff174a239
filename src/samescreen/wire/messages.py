"""Control messages: one frozen struct each, JSON text on the wire.

Pure. Field meanings are in docs/protocol.md; tests/vectors/messages.json holds the texts.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from samescreen.media import Codec, Limit, Quality, Rendition, TrackConfig

from .acting import Acting as Acting
from .acting import Applied as Applied
from .acting import Control as Control
from .decoding import decoded
from .ink import Draw as Draw
from .ink import Erase as Erase
from .ink import Ink as Ink
from .ink import Inker as Inker
from .ink import Mark as Mark
from .ink import Marks as Marks
from .roster import Roster as Roster
from .showing import ShowAnswer as ShowAnswer
from .showing import ShowRequest as ShowRequest
from .talk import Voices as Voices

PROTOCOL_VERSION: Final = 2
OLDEST_OF_PROGRAMS: Final = 1
"""The oldest version of programs (a relay, a script). A page always has this host's version."""

_Count = Annotated[int, Meta(ge=0, le=2**53)]
_Sequence = Annotated[int, Meta(ge=0, lt=2**32)]
_StreamId = Annotated[str, Meta(max_length=200)]
_Kind = Annotated[str, Meta(max_length=32)]
_Accepts = Annotated[list[Codec], Meta(min_length=1, max_length=4)]


class Hello(Struct, frozen=True, tag="hello"):
    version: int
    accepts: _Accepts
    hidden: bool = False
    stream: _StreamId = ""
    visit: Annotated[str, Meta(max_length=64)] = ""
    kinds: Annotated[list[_Kind], Meta(max_length=32)] = []
    quality: Quality = Quality.AUTO


class Ack(Struct, frozen=True, tag="ack"):
    rendition: Rendition
    sequence: _Sequence
    held_us: _Count
    track: Annotated[int, Meta(ge=0, lt=256)] = 0


class Watch(Struct, frozen=True, tag="watch"):
    stream: _StreamId


class Ping(Struct, frozen=True, tag="ping"):
    sent_us: _Count


class Need(Struct, frozen=True, tag="need"):
    """Asks for a picture that decodes alone."""


class Accepts(Struct, frozen=True, tag="accepts"):
    accepts: _Accepts


class Visibility(Struct, frozen=True, tag="visibility"):
    hidden: bool


class Report(Struct, frozen=True, tag="report"):
    fps: Annotated[float, Meta(ge=0, le=1000)]
    latency_us: _Count
    decode_us: _Count
    decoder: Literal["webcodecs", "wasm", "jpeg"]
    dropped: _Count


class Name(Struct, frozen=True, tag="name"):
    """What the person wants to be called; "" for nothing."""

    name: Annotated[str, Meta(max_length=60)]


class Hand(Struct, frozen=True, tag="hand"):
    """The person raises a hand, or takes it down."""

    up: bool


class Line(Struct, frozen=True, tag="line"):
    """One line of plain text for the host."""

    text: Annotated[str, Meta(min_length=1, max_length=300)]


class Ask(Struct, frozen=True, tag="ask"):
    """The person asks the host for grants, by name."""

    grants: Annotated[list[_Kind], Meta(min_length=1, max_length=8)]


class Prefer(Struct, frozen=True, tag="prefer"):
    """Which renditions the viewer prefers. It holds for this connection only."""

    quality: Quality


class Listen(Struct, frozen=True, tag="listen"):
    on: bool
    codec: Literal["opus", "pcm"] = "opus"


class _AnyHello(Struct, frozen=True, tag="hello"):
    """The part that the hello of every version has."""

    version: int


FromViewer = (
    Hello
    | Ack
    | Watch
    | Ping
    | Need
    | Accepts
    | Visibility
    | Report
    | Listen
    | Name
    | Hand
    | Line
    | Ask
    | Prefer
    | Draw
    | Erase
    | ShowAnswer
)


class Stream(Struct, frozen=True):
    stream: str
    name: str
    track: int


class Welcome(Struct, frozen=True, tag="welcome"):
    version: int
    viewer: str
    host: str
    ack_interval_ms: int
    streams: list[Stream]
    watching: str
    visit: str


class Lobby(Struct, frozen=True, tag="lobby"):
    """The host has not decided yet whether to let this page in."""


class Streams(Struct, frozen=True, tag="streams"):
    streams: list[Stream]
    watching: str


class Config(Struct, frozen=True, tag="config"):
    track: int
    rendition: Rendition
    codec: Codec
    codec_string: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    fps: int


StatusState = Literal["live", "waiting", "lost", "failed"]
SoundState = Literal["live", "waiting", "lost", "failed", "none"]
"""none: the viewer's stream has no sound."""

StatusReason = Literal[
    "live",
    "starting",
    "nothing-shared",
    "no-picture",
    "screen-locked",
    "source-lost",
    "source-unavailable",
    "encoder-failed",
    "paused",
    "blanked",
    "muted",
]


class Status(Struct, frozen=True, tag="status"):
    stream: str
    state: StatusState
    reason: StatusReason
    detail: str


class Audio(Struct, frozen=True, tag="audio"):
    track: int
    state: SoundState
    detail: str
    rate: int
    channels: int


class Pong(Struct, frozen=True, tag="pong"):
    sent_us: int
    host_us: int


class Stats(Struct, frozen=True, tag="stats"):
    viewers: int
    captured_fps: float
    encoded_fps: float
    bitrate_bps: int
    capture: str
    encoder: str
    encode_us: int
    rendition: Rendition
    limit: Limit
    ack_interval_ms: int
    rtt_us: int
    queue_us: int
    in_flight_bytes: int
    dropped: int
    gated_us: int


class Bye(Struct, frozen=True, tag="bye"):
    reason: str
    """A reason of `CloseCode`."""

    detail: str


class Grants(Struct, frozen=True, tag="grants", omit_defaults=True):
    """What the person may do. Sent to viewers whose hello names this kind.

    `may_ask`: what they may ask the host for; left out where that is nothing.
    """

    grants: list[str]
    may_ask: list[str] = []


class You(Struct, frozen=True, tag="you"):
    """Of a later kind: how the host sees this person, after each change.

    `speaks`: whether hands and lines are taken now. `took`: lines that the host was shown so far.
    """

    name: str
    hand: bool
    speaks: bool
    took: int


class FromHost(Struct, frozen=True, tag="from-host"):
    """Of a later kind: one line of the host's, for everybody or for this person."""

    text: str
    to_you: bool


class Recording(Struct, frozen=True, tag="recording"):
    """Of a later kind: sent to those whose hello names it."""

    on: bool
    """What is shown now may be seen later."""


class Asked(Struct, frozen=True, tag="asked"):
    """Of a later kind: how it stands with grants that the person asked for."""

    grants: list[str]
    state: Literal["waits", "given", "no", "off"]


class Clipboard(Struct, frozen=True, tag="clipboard"):
    """Of a later kind: what a program on the host copied, to be had at /api/clipboard."""

    kind: Literal["text", "image", "none"]
    size_bytes: int
    number: int
    detail: str = ""


class Shape(Struct, frozen=True, tag="shape"):
    """Of a later kind: how a cursor looks, before the first `cursor` that names its number.

    `png`: a PNG file in base64. `hot_x`, `hot_y`: its hot spot.
    """

    track: int
    number: int
    width: int
    height: int
    hot_x: int
    hot_y: int
    png: str


class Cursor(Struct, frozen=True, tag="cursor"):
    """Of a later kind: where the cursor is; replaces all before it.

    `apart`: pictures grabbed at `from_us` or later are without it. `shape`: a number, or 0 while it
    is not over the picture. `x`, `y`: its hot spot, in pixels of the picture.
    """

    track: int
    apart: bool
    from_us: int
    shape: int
    x: int
    y: int


CURSOR: Final = "cursor"
"""Whose hello names this kind draws the cursor, and gets `shape` and `cursor`."""

PNG: Final = "png"
"""Whose hello names this kind may get its first still as a PNG file."""

ToViewer = (
    Lobby
    | Welcome
    | Streams
    | Config
    | Status
    | Audio
    | Pong
    | Stats
    | Bye
    | Grants
    | You
    | FromHost
    | Recording
    | Shape
    | Cursor
    | Asked
    | Clipboard
    | Ink
    | Marks
    | Voices
    | ShowRequest
    | Roster
    | Acting
    | Control
    | Applied
)

_encoder: Final = msgspec.json.Encoder()
_from_viewer: Final[msgspec.json.Decoder[FromViewer]] = msgspec.json.Decoder(FromViewer)
_any_hello: Final = msgspec.json.Decoder(_AnyHello)


def config_of(config: TrackConfig) -> Config:
    """The message that carries a track's configuration; both have the same fields."""
    return msgspec.convert(config, Config, from_attributes=True)


def message_to_text(message: ToViewer) -> bytes:
    """UTF-8 JSON of a message to a viewer."""
    return _encoder.encode(message)


def version_of(text: str | bytes) -> int | None:
    """The protocol version in a hello of any version; None when it is no hello."""
    try:
        hello: _AnyHello = _any_hello.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return hello.version


def message_from_text(text: str | bytes) -> FromViewer:
    """The message a viewer sent.

    Raises:
        ProtocolError: not JSON, an unknown type, a missing field or one out of range.
    """
    return decoded(_from_viewer, text, "control message")
