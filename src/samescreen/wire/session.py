"""One viewer's protocol: what it may say, and when. Pure: text in, messages out."""

from __future__ import annotations

from typing import Final

from samescreen.errors import ProtocolError, VersionMismatch
from samescreen.media import Codec, Rendition

from .messages import (
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
"""No message of a viewer comes near this."""

_MAX_PER_SECOND: Final = 300
_SECOND_US: Final = 1_000_000
_SOUND: Final = {"opus": Rendition.OPUS, "pcm": Rendition.PCM}


class Session:
    """From hello to goodbye. `rendition` is what this viewer decodes, None before hello.

    `visit` is what the page calls its visit; its other connections say the same.
    `track` is the number of the one it watches.
    `listens` is the rendition of the sound that it wants, None while it wants none.
    """

    __slots__ = ("_count", "_second_us", "hidden", "listens", "rendition", "track", "visit")

    def __init__(self) -> None:
        self.rendition: Rendition | None = None
        self.hidden = False
        self.track = 0
        self.visit = ""
        self.listens: Rendition | None = None
        self._second_us = 0
        self._count = 0

    @property
    def is_open(self) -> bool:
        return self.rendition is not None

    def read(self, text: str | bytes, now_us: int) -> FromViewer:
        """The viewer's next message. Whether it may come now is the table's to say.

        Raises:
            VersionMismatch: its page is of another version.
            ProtocolError: refused, or far too many.
        """
        self.count(now_us)
        if not self.is_open:
            _refuse_other_versions(text)
        return message_from_text(text)

    def take(self, message: FromViewer) -> None:
        """Remember what this message says of the viewer."""
        if isinstance(message, Hello):
            self.hidden, self.visit = message.hidden, message.visit
        if isinstance(message, Hello | Accepts):
            accepts_h264 = Codec.H264 in message.accepts
            self.rendition = Rendition.MAIN if accepts_h264 else Rendition.JPEG
        if isinstance(message, Visibility):
            self.hidden = message.hidden
        if isinstance(message, Listen):
            self.listens = _SOUND[message.codec] if message.on else None

    def count(self, now_us: int) -> None:
        """One more frame of any kind came. Raises ProtocolError: far too many in a second."""
        if now_us - self._second_us >= _SECOND_US:
            self._second_us, self._count = now_us, 0
        self._count += 1
        if self._count > _MAX_PER_SECOND:
            raise ProtocolError(f"more than {_MAX_PER_SECOND} messages in a second")


def _refuse_other_versions(text: str | bytes) -> None:
    """Before anything else in it is looked at: another version may say what this one cannot."""
    version = version_of(text)
    if version is not None and version != PROTOCOL_VERSION:
        raise VersionMismatch(ours=PROTOCOL_VERSION, theirs=version)
