"""What travels between clipboards: one text or one PNG image, its limits, and where it came from.

Pure: times are µs of a monotonic clock.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from samescreen.errors import UsageError

MAX_TEXT_BYTES: Final = 1024 * 1024
MAX_IMAGE_BYTES: Final = 16 * 1024 * 1024
MAX_IMAGE_PX: Final = 40_000_000
"""More than two screens of 4K; a program that opens a larger image may run out of memory."""
ECHO_US: Final = 2_000_000
"""What comes back this soon is an echo: of a clipboard manager, or of a page on this desktop."""
_MOST_REMEMBERED: Final = 256
_PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


class ClipKind(StrEnum):
    """What a clip is. The values are its names on the wire."""

    TEXT = "text"
    IMAGE = "image"


MAX_CLIP_BYTES: Final = {ClipKind.TEXT: MAX_TEXT_BYTES, ClipKind.IMAGE: MAX_IMAGE_BYTES}
CONTENT_TYPES: Final = {ClipKind.TEXT: "text/plain; charset=utf-8", ClipKind.IMAGE: "image/png"}


@dataclass(frozen=True, slots=True)
class Clip:
    """One text, as UTF-8 with line feeds, or one PNG image. `clip_of` checks it."""

    kind: ClipKind
    content: bytes

    @property
    def fingerprint(self) -> bytes:
        """Equal for equal clips. Clipboard managers may strip white space around a text."""
        content = self.content.strip() if self.kind is ClipKind.TEXT else self.content
        return hashlib.blake2b(self.kind.encode() + content, digest_size=16).digest()


def clip_of(kind: ClipKind, content: bytes) -> Clip:
    """The clip with this content.

    Raises:
        UsageError: it is too large, empty, or not what its kind says.
    """
    most = MAX_CLIP_BYTES[kind]
    if len(content) > most:
        raise UsageError(too_large(kind))
    if kind is ClipKind.IMAGE:
        _check_image(content)
        return Clip(kind, content)
    content = content.replace(b"\r\n", b"\n")
    if not content:
        raise UsageError("there is nothing in this clipboard")
    if b"\0" in content or not _is_utf8(content):
        raise UsageError("the clipboard takes text in UTF-8, without NUL characters")
    return Clip(kind, content)


def too_large(kind: ClipKind) -> str:
    """Why a clip does not travel: one sentence."""
    return f"the clipboard takes {kind}s of at most {MAX_CLIP_BYTES[kind] >> 20} MiB"


def kind_of(content_type: str) -> ClipKind | None:
    """The kind that a Content-Type names; None: no clip has that type."""
    essence = content_type.partition(";")[0].strip().lower()
    return {"text/plain": ClipKind.TEXT, "image/png": ClipKind.IMAGE}.get(essence)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_image(content: bytes) -> None:
    if not content.startswith(_PNG) or len(content) < len(_PNG) + 8:
        raise UsageError("the clipboard takes images as PNG only")
    width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    if not 1 <= width * height <= MAX_IMAGE_PX:
        most = MAX_IMAGE_PX // 10**6
        raise UsageError(f"the clipboard takes images of at most {most} megapixels")


class Origins:
    """Remembers which clips came from viewers and which went to them, by fingerprint.

    A text or image that a viewer put into the host's clipboard is never news for another viewer,
    even if a program on the host copies it again.
    """

    def __init__(self) -> None:
        self._setters: OrderedDict[bytes, str] = OrderedDict()
        self._set_us: dict[ClipKind, int] = {}
        self._told: tuple[bytes, int] | None = None

    def put_by(self, person_id: str, clip: Clip, now_us: int) -> None:
        """A viewer set this."""
        mark = clip.fingerprint
        # Two viewers who set the same text: it is nobody's news any more.
        is_shared = self._setters.get(mark, person_id) != person_id
        self._setters[mark] = "" if is_shared else person_id
        self._setters.move_to_end(mark)
        if len(self._setters) > _MOST_REMEMBERED:
            self._setters.popitem(last=False)
        self._set_us[clip.kind] = now_us

    def readers_of(self, clip: Clip, people: frozenset[str], now_us: int) -> frozenset[str]:
        """Which of these people may see what a program on the host has copied just now."""
        mark = clip.fingerprint
        is_told = self._told is not None and self._told[0] == mark
        told_us = self._told[1] if self._told is not None else 0
        self._told = (mark, now_us)
        if is_told and now_us - told_us < ECHO_US:
            return frozenset()
        set_us = self._set_us.get(clip.kind)
        # A clipboard manager takes over what it sees, and may write an image anew.
        if set_us is not None and now_us - set_us < ECHO_US:
            is_ours = clip.kind is ClipKind.IMAGE or mark in self._setters
            if is_ours:
                return frozenset()
        return people & {self._setters[mark]} if mark in self._setters else people
