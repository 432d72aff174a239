"""RTMP's chunks: messages in pieces, interleaved. Section 5.3 of Adobe's RTMP 1.0. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

SET_CHUNK_SIZE, ABORT, ACKNOWLEDGED, WINDOW, BANDWIDTH = 1, 2, 3, 5, 6
AUDIO, VIDEO, DATA, COMMAND, COMMAND_3 = 8, 9, 18, 20, 17

_CHUNK: Final = 128
"""The size of chunks until a message changes it, in bytes."""

_MOST_CHANNELS: Final = 64
_MOST_PENDING: Final = 32 * 1024 * 1024
"""Bytes of unfinished messages. A picture of 4K is far below."""

_HEADS: Final = (11, 7, 3, 0)
_EXTENDED: Final = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `at_ms` counts from the publisher's own beginning, modulo 2³²."""

    kind: int
    at_ms: int
    body: bytes


@dataclass(slots=True)
class _Channel:
    kind: int = 0
    length: int = 0
    at_ms: int = 0
    step_ms: int = 0
    is_extended: bool = False
    body: bytearray = field(default_factory=bytearray)


class ChunkReader:
    """Turns bytes into messages."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._channels: dict[int, _Channel] = {}
        self._size = _CHUNK

    def messages(self, data: bytes) -> Iterator[Message]:
        """The messages that these bytes complete.

        Raises:
            ValueError: this is no RTMP, or more than one publisher needs.
        """
        self._data += data
        while True:
            message, is_taken = self._chunk()
            if not is_taken:
                return
            if message is None:
                continue
            if message.kind == SET_CHUNK_SIZE:
                self._size = _number(message.body) & 0x7FFFFFFF
                if not self._size:
                    raise ValueError("chunks have no size")
            elif message.kind == ABORT:
                self._channels.pop(_number(message.body), None)
            else:
                yield message

    def _chunk(self) -> tuple[Message | None, bool]:
        """The message that the next chunk ends, if it ends one; whether there was a chunk."""
        data = self._data
        basic = 1
        if data and data[0] & 63 < 2:
            basic = 2 + (data[0] & 63)
        if len(data) < basic:
            return None, False
        form, number = data[0] >> 6, data[0] & 63
        if number < 2:
            number = 64 + int.from_bytes(data[1:basic], "little")
        channel = self._channel(number, form)
        head = basic + _HEADS[form]
        if len(data) < head:
            return None, False
        step = int.from_bytes(data[basic : basic + 3], "big") if form < 3 else 0
        is_extended = step == _EXTENDED if form < 3 else channel.is_extended
        after = head + 4 * is_extended
        length = int.from_bytes(data[basic + 3 : basic + 6], "big") if form < 2 else channel.length
        is_new = not channel.body
        done = 0 if is_new else len(channel.body)
        size = min(self._size, length - done)
        if len(data) < after + size:
            return None, False
        if is_extended:
            step = int.from_bytes(data[head:after], "big")
        if form < 3 or is_new:
            self._begin(channel, form, step, is_extended)
        if form < 2:
            channel.length, channel.kind = length, data[basic + 6]
        channel.body += data[after : after + size]
        del data[: after + size]
        return self._ended(channel), True

    def _channel(self, number: int, form: int) -> _Channel:
        channel = self._channels.get(number)
        if channel is not None:
            if form < 3 and channel.body:
                raise ValueError("a message begins inside another one")
            return channel
        if form or len(self._channels) >= _MOST_CHANNELS:
            raise ValueError("a channel begins without its head, or is one too many")
        return self._channels.setdefault(number, _Channel())

    @staticmethod
    def _begin(channel: _Channel, form: int, step: int, is_extended: bool) -> None:
        """A message begins: when it is."""
        channel.is_extended = is_extended
        if form == 0:
            channel.at_ms, channel.step_ms = step, 0
            return
        if form < 3:
            channel.step_ms = step
        channel.at_ms = (channel.at_ms + channel.step_ms) & 0xFFFFFFFF

    def _ended(self, channel: _Channel) -> Message | None:
        if len(channel.body) < channel.length:
            if sum(len(each.body) for each in self._channels.values()) > _MOST_PENDING:
                raise ValueError("unfinished messages are too large")
            return None
        body, channel.body = bytes(channel.body), bytearray()
        return Message(channel.kind, channel.at_ms, body)


def chunked(channel: int, kind: int, body: bytes, stream: int = 0) -> bytes:
    """A message at time 0 as chunks of the size that counts from the start. `channel`: 2 to 63."""
    pieces = [body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK)] or [b""]
    head = bytes([channel]) + bytes(3) + len(body).to_bytes(3, "big") + bytes([kind])
    return head + struct.pack("<I", stream) + bytes([0xC0 | channel]).join(pieces)


def _number(body: bytes) -> int:
    if len(body) < 4:
        raise ValueError("a control message is too short")
    return int.from_bytes(body[:4], "big")
