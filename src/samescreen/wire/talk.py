"""/ws/talk: voices as packets, and the messages about them. Pure.

A voice is a run of Opus packets of 20 ms, mono. The page sends them without a speaker; the host
puts in the speaker's number and sends them on. docs/protocol.md draws the layout;
tests/vectors/talk.json holds the bytes. viewer/talk/wire.js is the twin.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

import msgspec
from msgspec import Struct

from samescreen.errors import ProtocolError

from .decoding import decoded

MAX_TALK_BYTES: Final = 1400
"""Longer than any packet of a voice and any text message here."""
VOICE_RATE: Final = 48_000
VOICE_FRAMES: Final = 960
"""Samples of one channel in a packet: 20 ms."""
VOICE_US: Final = 20_000
SEQUENCES: Final = 2**16

_HEAD: Final = struct.Struct(">BBBH")
_BEGINS: Final = 1


class VoiceKind(IntEnum):
    """What a packet holds. OPUS: of one speaker. MIX: 16-bit samples of all speakers together."""

    OPUS = 1
    MIX = 2


@dataclass(frozen=True, slots=True)
class Voice:
    """20 ms of sound. `begins`: somebody begins to speak; the packet before does not count.

    `speaker`: the number of the person, 0 upwards and in a mix. `sequence` counts packets of 20 ms
    while somebody speaks, modulo 65536.
    """

    kind: VoiceKind
    speaker: int
    sequence: int
    payload: bytes
    begins: bool = False


def voice_to_bytes(voice: Voice) -> bytes:
    """One binary message. Raises ValueError: a number does not fit its field."""
    try:
        head = _HEAD.pack(voice.kind, _BEGINS * voice.begins, voice.speaker, voice.sequence)
    except struct.error as error:
        raise ValueError(f"voice does not fit the wire: {error}") from error
    return head + voice.payload


def voice_from_bytes(message: bytes) -> Voice:
    """The packet in one binary message.

    Raises:
        ProtocolError: too short, or an unknown kind or flag.
    """
    if len(message) <= _HEAD.size:
        raise ProtocolError(f"a voice of {len(message)} bytes")
    kind, flags, speaker, sequence = _HEAD.unpack_from(message)
    if flags & ~_BEGINS or kind not in (VoiceKind.OPUS, VoiceKind.MIX):
        raise ProtocolError(f"a voice of kind {kind} with flags {flags}")
    payload = message[_HEAD.size :]
    return Voice(VoiceKind(kind), speaker, sequence, payload, bool(flags & _BEGINS))


Hearing = Literal["opus", "pcm", "none"]


class Hear(Struct, frozen=True, tag="hear"):
    """In which form this page wants to hear voices. "pcm": all of them in one mix."""

    codec: Hearing


class Hush(Struct, frozen=True, tag="hush"):
    """The person stopped to speak: the button is up."""


FromTalker = Hear | Hush


class Speaker(Struct, frozen=True):
    """Somebody who speaks, or did lately. `name` is "" where they chose none."""

    speaker: int
    name: str
    talking: bool
    muted: bool


class Voices(Struct, frozen=True, tag="voices"):
    """Of a later kind, on /ws: who speaks; replaces the one before.

    `on`: the host lets people speak. `muted`: the host has muted this person. `you`: the number of
    this person; 0: none.
    """

    on: bool
    muted: bool
    you: int
    speakers: list[Speaker]


_from_talker: Final[msgspec.json.Decoder[FromTalker]] = msgspec.json.Decoder(FromTalker)


def talker_message(text: str | bytes) -> FromTalker:
    """The message that a page sent on /ws/talk.

    Raises:
        ProtocolError: not JSON, an unknown type, a missing field or one out of range.
    """
    return decoded(_from_talker, text, "talk message")
