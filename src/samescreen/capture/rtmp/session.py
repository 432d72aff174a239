"""What one publisher says by RTMP, and what it is answered: bytes in, bytes and FLV out. Pure.

The handshake is the plain one: OBS and ffmpeg take it. Section 7.2 of Adobe's RTMP 1.0 has the
commands.
"""

from __future__ import annotations

import hmac
import struct
from enum import Enum
from typing import Final

from .amf import Value, read_values, written
from .chunks import (
    ACKNOWLEDGED,
    AUDIO,
    BANDWIDTH,
    COMMAND,
    COMMAND_3,
    DATA,
    VIDEO,
    WINDOW,
    ChunkReader,
    Message,
    chunked,
)

_VERSION: Final = 3
_HANDSHAKE: Final = 1536
_WINDOW: Final = 1 << 20
_LONGEST_COMMAND: Final = 64 * 1024
_FLV_HEAD: Final = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"
_SET_DATA_FRAME: Final = written("@setDataFrame")
_STREAM: Final = 1


class Stage(Enum):
    """How far a session has come."""

    GREETING = "greeting"
    ASKED = "asked"
    """It asks to publish, with the right key: `accept` or `refuse` it."""
    PUBLISHING = "publishing"
    WRONG_KEY = "wrong key"
    """It asks to publish with another key: `refuse` it."""
    ENDED = "ended"


class Session:
    """One connection of a publisher that must name `path`: application and key, "live/KEY"."""

    def __init__(self, path: str) -> None:
        self.stage = Stage.GREETING
        self._path = path
        self._app = ""
        self._greeting = bytearray()
        self._is_greeted = False
        self._reader = ChunkReader()
        self._out = bytearray()
        self._flv = bytearray()
        self._received = self._acknowledged = 0

    def take(self, data: bytes) -> None:
        """Read what the publisher sent.

        Raises:
            ValueError: this is no RTMP.
        """
        self._received += len(data)
        if not self._is_greeted:
            self._greet(data)
        else:
            self._read(data)
        if self._received - self._acknowledged >= _WINDOW:
            self._acknowledged = self._received
            received = struct.pack(">I", self._received & 0xFFFFFFFF)
            self._out += chunked(2, ACKNOWLEDGED, received)

    def to_send(self) -> bytes:
        """What the publisher is to get now."""
        out, self._out = bytes(self._out), bytearray()
        return out

    def flv(self) -> bytes:
        """The stream up to now, as an FLV file goes on."""
        flv, self._flv = bytes(self._flv), bytearray()
        return flv

    def accept(self) -> None:
        """Let it publish."""
        self.stage = Stage.PUBLISHING
        self._flv += _FLV_HEAD
        self._status("status", "NetStream.Publish.Start", "go on")

    def refuse(self, why: str) -> None:
        """Refuse it; the connection is to be closed once that is sent."""
        self.stage = Stage.ENDED
        self._status("error", "NetStream.Publish.BadName", why)

    def _greet(self, data: bytes) -> None:
        """C0, C1 and C2; the answer to C1 is sent once C1 is whole."""
        greeting = self._greeting
        had = len(greeting)
        greeting += data
        if greeting and greeting[0] != _VERSION:
            raise ValueError("this is no RTMP")
        asked = 1 + _HANDSHAKE
        if had < asked <= len(greeting):
            # S1 with version 0: then no publisher looks for the digest of Flash.
            self._out += bytes([_VERSION]) + bytes(_HANDSHAKE) + bytes(greeting[1:asked])
        if len(greeting) >= asked + _HANDSHAKE:
            self._is_greeted, self._greeting = True, bytearray()
            self._read(bytes(greeting[asked + _HANDSHAKE :]))

    def _read(self, data: bytes) -> None:
        for message in self._reader.messages(data):
            if message.kind in (COMMAND, COMMAND_3):
                self._obey(message)
            elif self.stage is Stage.PUBLISHING:
                self._pass_on(message)
            elif len(message.body) > _LONGEST_COMMAND:
                raise ValueError("it sends before it may")

    def _pass_on(self, message: Message) -> None:
        body = message.body
        if message.kind not in (AUDIO, VIDEO, DATA) or not body:
            return
        if message.kind == DATA:
            body = body.removeprefix(_SET_DATA_FRAME)
        at = message.at_ms
        head = bytes([message.kind]) + len(body).to_bytes(3, "big")
        head += (at & 0xFFFFFF).to_bytes(3, "big") + bytes([at >> 24]) + bytes(3)
        self._flv += head + body + struct.pack(">I", len(head) + len(body))

    def _obey(self, message: Message) -> None:
        body = message.body
        if len(body) > _LONGEST_COMMAND:
            raise ValueError("a command is too long")
        values = read_values(body[1:] if message.kind == COMMAND_3 else body)
        name = values[0] if values else None
        number = values[1] if len(values) > 1 and isinstance(values[1], float) else 0.0
        if name == "connect":
            self._connect(number, values[2] if len(values) > 2 else None)
        elif name == "createStream":
            self._answer(written("_result", number, None, float(_STREAM)))
        elif name == "publish" and self.stage is Stage.GREETING:
            self._judge(values[3] if len(values) > 3 else None)
        elif name in ("FCUnpublish", "deleteStream", "closeStream"):
            self.stage = Stage.ENDED

    def _connect(self, number: float, wish: Value) -> None:
        app = wish.get("app") if isinstance(wish, dict) else None
        self._app = app.strip("/") if isinstance(app, str) else ""
        self._out += chunked(2, WINDOW, struct.pack(">I", _WINDOW))
        self._out += chunked(2, BANDWIDTH, struct.pack(">IB", _WINDOW, 2))
        server: Value = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0}
        state: Value = {
            "level": "status",
            "code": "NetConnection.Connect.Success",
            "description": "connected",
            "objectEncoding": 0.0,
        }
        self._answer(written("_result", number, server, state))

    def _judge(self, key: Value) -> None:
        named = f"{self._app}/{key}".encode()
        is_right = hmac.compare_digest(named, self._path.encode())
        self.stage = Stage.ASKED if is_right else Stage.WRONG_KEY

    def _status(self, level: str, code: str, description: str) -> None:
        state: Value = {"level": level, "code": code, "description": description}
        self._answer(written("onStatus", 0.0, None, state), _STREAM)

    def _answer(self, body: bytes, stream: int = 0) -> None:
        self._out += chunked(5 if stream else 3, COMMAND, body, stream)
