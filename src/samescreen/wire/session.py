"""One viewer's side of the protocol: it reads texts into messages and keeps their state. Pure."""

from __future__ import annotations

from typing import Final

from samescreen.errors import ProtocolError, VersionMismatch
from samescreen.media import Codec, Rendition

from .messages import (
    OLDEST_OF_PROGRAMS,
    PNG,
    PROTOCOL_VERSION,
    Accepts,
    FromViewer,
    Hello,
    Listen,
    Visibility,
    message_from_text,
    version_of,
)

MAX_MESSAGE_BYTES: Final = 4096
"""Far more than any message of a viewer has."""

MAX_PER_SECOND: Final = 300
_SECOND_US: Final = 1_000_000
_SOUND: Final = {"opus": Rendition.OPUS, "pcm": Rendition.PCM}


class FrameCount:
    """Counts the frames of the current second, and refuses more than `most`."""

    __slots__ = ("_count", "_most", "_second_us")

    def __init__(self, most: int) -> None:
        self._most = most
        self._second_us = 0
        self._count = 0

    def count(self, now_us: int) -> None:
        """One more frame of any kind came. Raises ProtocolError: far too many in a second."""
        if now_us - self._second_us >= _SECOND_US:
            self._second_us, self._count = now_us, 0
        self._count += 1
        if self._count > self._most:
            raise ProtocolError(f"more than {self._most} messages in a second")


class Session:
    """What one viewer has said. `rendition` is what it decodes, None before hello.

    `visit` is the secret that its hello shows, then (set by the hub) that of its visit.
    `kinds` are the messages it understands beyond those of every viewer.
    `version` is the protocol version that it speaks.
    A program (`is_program`) may speak the version before this host's.
    `track` is the number of the one it watches.
    `listens` is the rendition of the sound that it wants; None: no sound.
    """

    __slots__ = (
        *("_frames", "_is_program", "hidden", "kinds", "listens"),
        *("rendition", "track", "version", "visit"),
    )

    def __init__(self, *, is_program: bool = False) -> None:
        self.rendition: Rendition | None = None
        self.hidden = False
        self.track = 0
        self.visit = ""
        self.kinds: frozenset[str] = frozenset()
        self.version = PROTOCOL_VERSION
        self._is_program = is_program
        self.listens: Rendition | None = None
        self._frames = FrameCount(MAX_PER_SECOND)

    @property
    def is_open(self) -> bool:
        return self.rendition is not None

    @property
    def reads_png(self) -> bool:
        """Whether its first still may be a PNG file."""
        return PNG in self.kinds

    def read(self, text: str | bytes, now_us: int) -> FromViewer:
        """Decode the viewer's next message. `subscribe/dispatch.py` decides whether it may come.

        Raises:
            VersionMismatch: its page speaks another version.
            ProtocolError: no valid message, or far too many.
        """
        self.count(now_us)
        if not self.is_open:
            self._refuse_other_versions(text)
        return message_from_text(text)

    def take(self, message: FromViewer) -> None:
        """Keep what this message says about the viewer."""
        if isinstance(message, Hello):
            self.hidden, self.visit = message.hidden, message.visit
            self.kinds, self.version = frozenset(message.kinds), message.version
        if isinstance(message, Hello | Accepts):
            accepts_h264 = Codec.H264 in message.accepts
            self.rendition = Rendition.MAIN if accepts_h264 else Rendition.JPEG
        if isinstance(message, Visibility):
            self.hidden = message.hidden
        if isinstance(message, Listen):
            self.listens = _SOUND[message.codec] if message.on else None

    def count(self, now_us: int) -> None:
        """One more frame of any kind came. Raises ProtocolError: far too many in a second."""
        self._frames.count(now_us)

    def _refuse_other_versions(self, text: str | bytes) -> None:
        """Read the version only: the rest of another version's hello may be unknown here."""
        version = version_of(text)
        oldest = OLDEST_OF_PROGRAMS if self._is_program else PROTOCOL_VERSION
        if version is not None and not oldest <= version <= PROTOCOL_VERSION:
            raise VersionMismatch(ours=PROTOCOL_VERSION, theirs=version)
