"""The messages of /ws/publish: one frozen struct each, JSON text on the wire.

Pure. A publisher is a page or another host. Field meanings are in docs/protocol.md;
tests/vectors/publishing.json holds the texts. Track numbers are the publisher's own.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from samescreen.media import Codec, Rendition

from .carried import Carry, Part, Took
from .decoding import decoded
from .files import FileAnswer, FileAsk
from .guests import Act, Acted, Allows, Answered, Drew, Gone, Kept, Rest, Wiped, Wish
from .messages import Bye, StatusReason, StatusState

MAX_TEXT_BYTES: Final = 16_384
"""Far more than any text message of a publisher has."""

_Count = Annotated[int, Meta(ge=0, le=2**53)]
_Rate = Annotated[int, Meta(ge=0, le=10**10)]
_Track = Annotated[int, Meta(ge=0, lt=256)]
_Side = Annotated[int, Meta(ge=1, le=2**14)]
_Fps = Annotated[int, Meta(ge=1, le=1000)]
_Name = Annotated[str, Meta(max_length=200)]
_Sentence = Annotated[str, Meta(max_length=600)]
_Kind = Annotated[str, Meta(max_length=32)]
_Part = Annotated[int, Meta(ge=0, lt=2**16)]
_Box = tuple[_Part, _Part, _Part, _Part]
_Percent = Annotated[int, Meta(ge=1, le=100)]
_Figure = Annotated[float, Meta(ge=0, le=10_000)]

RefuseReason = Literal["not-allowed", "full", "asked", "format"]
"""asked: the host is being asked, and the offer may be accepted later."""

EndReason = Literal["revoked", "format", "stalled", "replaced", "stopping"]


class VideoCost(Struct, frozen=True):
    """The most that a video rendition may cost."""

    rendition: Rendition
    bitrate_bps: _Rate
    fps: _Fps


class StillCost(Struct, frozen=True):
    """The best stills, and the most of them in a second."""

    quality: _Percent
    fps: _Fps


class Publish(Struct, frozen=True, tag="publish"):
    """The first message. `name`: of the publishing program or machine.

    `program`: a random text of this run of it, by which a later connection replaces an earlier one.
    """

    version: int
    name: _Name = ""
    kinds: Annotated[list[_Kind], Meta(max_length=32)] = []
    program: _Name = ""


class Offer(Struct, frozen=True, tag="offer"):
    """A track that can be had, or new facts about it.

    `stream`: the publisher's name of its stream, the same for its pictures and after each new
    source. `video`: its renditions. `stills`: None: it makes none. `sounds`: renditions of sound.
    `sound`: the number of the track with the sound of these pictures; None: they have none.
    `input`: the source takes input of guests whom the host lets act. `sealed`: so is each packet.
    `passed_on`: main came encoded: nobody can make it cheaper, and a first still takes long.
    """

    track: _Track
    stream: _Name
    name: _Name
    video: Annotated[list[VideoCost], Meta(max_length=2)] = []
    stills: StillCost | None = None
    sounds: Annotated[list[Rendition], Meta(max_length=2)] = []
    sound: _Track | None = None
    input: bool = False
    sealed: bool = False
    passed_on: bool = False


class Configure(Struct, frozen=True, tag="config"):
    """As `config` to viewers: before the first packet of a rendition, and before a change."""

    track: _Track
    rendition: Rendition
    codec: Codec
    codec_string: Annotated[str, Meta(max_length=40)]
    width: _Side
    height: _Side
    coded_width: _Side
    coded_height: _Side
    fps: _Fps


class State(Struct, frozen=True, tag="state"):
    """How the source of a track is. `backend`, `notes`: what captures it, and what is special."""

    track: _Track
    state: StatusState
    reason: StatusReason
    detail: _Sentence
    backend: _Sentence = ""
    notes: Annotated[list[_Sentence], Meta(max_length=16)] = []


class Figures(Struct, frozen=True, tag="stats"):
    """The work of a track during the last second."""

    track: _Track
    captured_fps: _Figure
    encoded_fps: _Figure
    bitrate_bps: _Rate
    encode_us: _Count
    encoder: _Name
    main_bps: _Rate = 0


class Repaired(Struct, frozen=True, tag="repaired"):
    """All pieces that were wanted again have been sent, or are out of date."""

    track: _Track


class Clock(Struct, frozen=True, tag="clock"):
    """The publisher's clock, and the shortest round trip that it has seen; 0: none yet."""

    sent_us: _Count
    rtt_us: _Count = 0


class Withdraw(Struct, frozen=True, tag="end"):
    """The publisher ends a track."""

    track: _Track


FromPublisher = (
    Publish | Offer | Configure | State | Figures | Repaired | Clock | Withdraw
    | Allows | Answered | Acted | Drew | Kept | Wiped | Carry | Part | Took | FileAnswer
)


class Welcomed(Struct, frozen=True, tag="published"):
    """The answer to `publish`. `profile`: by which rules it may send; `message_bytes`: at most in
    one message. `got_interval_ms`: how often `got` comes while media comes. `seals`: it takes
    sealed packets. `marks`: it takes those of the publisher's own people."""

    version: int
    host: str
    profile: Literal["page", "host"]
    message_bytes: int
    got_interval_ms: int
    seals: bool = False
    marks: bool = False


class Accepted(Struct, frozen=True, tag="grant"):
    """The track is taken, up to this size, frame rate and bitrate. Nothing is sent before `want`.

    `long_side`, `short_side`: in pixels, either way round.
    """

    track: int
    long_side: int
    short_side: int
    fps: int
    bitrate_bps: int


class Refuse(Struct, frozen=True, tag="refuse"):
    """The track is not taken."""

    track: int
    reason: RefuseReason
    detail: str


class Want(Struct, frozen=True, tag="want"):
    """What is demanded of a track now; replaces all before it. `hub/demand.py` explains the fields.

    Keyframes, repairs, sketches and `still_bytes` add up until they are made. `repair`: rectangles
    as in a media packet: none means everything, one of size 0×0 nothing.
    """

    track: _Track
    renditions: Annotated[list[Rendition], Meta(max_length=8)] = []
    keyframes: Annotated[list[Rendition], Meta(max_length=8)] = []
    targets: Annotated[list[VideoCost], Meta(max_length=2)] = []
    stills: StillCost | None = None
    paused: bool = True
    refine: bool = False
    repair: Annotated[tuple[_Box, ...], Meta(max_length=32)] = ((0, 0, 0, 0),)
    sketch: bool = False
    still_bytes: _Count = 0
    quality: _Percent | None = None
    cursor_apart: bool = False
    cursor_in_picture: bool = True
    jpeg_only: bool = True


class Got(Struct, frozen=True, tag="got"):
    """So many bytes of media came on this connection; the only true measure of the way up.

    `held_us`: how long before this report the last of them came.
    """

    bytes: int
    host_us: int
    held_us: int = 0


class ClockAnswer(Struct, frozen=True, tag="clock"):
    """The answer to `clock`: its `sent_us`, and the host's clock."""

    sent_us: int
    host_us: int


class Faulty(Struct, frozen=True, tag="faulty"):
    """A packet was refused. `want` asks for a keyframe; too many of these end the track.

    `reason`: a word of `gate/refusal.py`.
    """

    track: int
    rendition: Rendition
    reason: str
    detail: str


class Ended(Struct, frozen=True, tag="ended"):
    """The host has ended a track."""

    track: int
    reason: EndReason
    detail: str


class Seen(Struct, frozen=True, tag="seen"):
    """Who watches a track now; for publishers whose `publish` names it. `viewers`: how many visits.
    `names`: those that they gave. `recorded`: it may be seen later."""

    track: int
    viewers: int
    names: list[str]
    recorded: bool


ToPublisher = (
    Welcomed | Accepted | Refuse | Want | Got | ClockAnswer | Faulty | Ended | Seen | Bye
    | Wish | Gone | Act | Rest | Drew | Kept | Carry | Part | Took | FileAsk
)

_encoder: Final = msgspec.json.Encoder()
_from_publisher: Final[msgspec.json.Decoder[FromPublisher]] = msgspec.json.Decoder(FromPublisher)
_to_publisher: Final[msgspec.json.Decoder[ToPublisher]] = msgspec.json.Decoder(ToPublisher)


def text_to_publisher(message: ToPublisher) -> bytes:
    """UTF-8 JSON of a message to a publisher."""
    return _encoder.encode(message)


def text_from_publisher(message: FromPublisher) -> bytes:
    """UTF-8 JSON of a publisher's message."""
    return _encoder.encode(message)


def publisher_message(text: str | bytes) -> FromPublisher:
    """The message that a publisher sent.

    Raises:
        ProtocolError: not JSON, an unknown type, a missing field or one out of range.
    """
    return decoded(_from_publisher, text, "publisher's message")


def message_to_publisher(text: str | bytes) -> ToPublisher:
    """The message that a publisher got: for a host that publishes.

    Raises:
        ProtocolError: as for `publisher_message`.
    """
    return decoded(_to_publisher, text, "message to a publisher")
