"""Owns the selection CLIPBOARD of an X server, and hands its content to programs that ask.

On the clipboard's thread. Nothing here waits for a program: what is large goes by INCR, one part
each time the program has taken the one before, and a program that stops taking is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import xcffib
import xcffib.xproto

from samescreen.control.clips import Clip, ClipKind

from .selections import FILE_TARGETS, IMAGE_TARGETS, ORIGIN, TEXT_TARGETS, SelectionConnection

WHOLE_BYTES: Final = 256 * 1024
"""What is larger goes in parts."""
_PART_BYTES: Final = 128 * 1024
STUCK_US: Final = 10_000_000
_MOST_TRANSFERS: Final = 32
_DELETED: Final = xcffib.xproto.Property.Delete

Content = dict[str, bytes]
"""By target."""


def content_of(clip: Clip) -> Content:
    """A clip in all the types that programs ask for."""
    if clip.kind is ClipKind.IMAGE:
        return dict.fromkeys(IMAGE_TARGETS, clip.content)
    latin = clip.content.decode().encode("latin-1", "replace")
    return {each: latin if each == "STRING" else clip.content for each in TEXT_TARGETS}


def content_of_files(uris: tuple[str, ...]) -> Content:
    """Files, for file managers: as a list of addresses, and as GNOME's copied files."""
    lines = "\r\n".join((*uris, "")).encode(), "\n".join(("copy", *uris)).encode()
    return dict(zip(FILE_TARGETS, lines, strict=True))


@dataclass(slots=True)
class _Transfer:
    """One program that takes one content in parts. `at`: how much was sent."""

    content: bytes
    type: int
    at: int
    moved_us: int
    is_last_sent: bool = False


class Owning:
    """The selection while it is ours."""

    def __init__(self, connection: SelectionConnection) -> None:
        self._x = connection
        self._content: Content = {}
        self._since = 0
        self._transfers: dict[tuple[int, int], _Transfer] = {}

    def take(self, content: Content, time: int) -> bool:
        """Own the selection with this content from that time of the server on."""
        if not self._x.own(time):
            return False
        self._content, self._since = content, time
        return True

    def lost(self, time: int) -> None:
        """Another program owns it since that time. Transfers under way go on."""
        if not _is_before(time, self._since):  # otherwise it is ours again since
            self._content = {}

    def requested(self, event: Any, now_us: int) -> None:
        """A program asks for the selection."""
        property = event.property or event.target  # as programs of old do
        is_past = event.time != xcffib.CurrentTime and _is_before(event.time, self._since)
        is_given = False
        if self._content and event.selection == self._x.clipboard and not is_past:
            try:
                is_given = self._give(event.requestor, event.target, property, now_us)
            except xcffib.xproto.WindowError:
                return  # it is gone
        self._x.answer(event, property if is_given else 0)

    def _give(self, window: int, target: int, property: int, now_us: int) -> bool:
        atoms = self._x.atoms
        if target == atoms["TARGETS"]:
            offered = ("TARGETS", "TIMESTAMP", "MULTIPLE", ORIGIN, *self._content)
            self._x.write_atoms(window, property, [atoms[each] for each in offered])
        elif target == atoms["TIMESTAMP"]:
            self._x.write_integer(window, property, self._since)
        elif target == atoms["MULTIPLE"]:
            self._give_several(window, property, now_us)
        elif target == atoms[ORIGIN]:
            self._x.write(window, property, target, b"viewer")
        else:
            content = self._content.get(self._x.names.get(target, ""))
            return content is not None and self._send(window, property, target, content, now_us)
        return True

    def _give_several(self, window: int, property: int, now_us: int) -> None:
        kind, words = self._x.read(window, property)
        pairs = list(zip(words[::2], words[1::2], strict=False))
        given: list[int] = []
        for target, into in pairs:
            is_nested = target == self._x.atoms["MULTIPLE"]
            done = not is_nested and into != 0 and self._give(window, target, into, now_us)
            given += (target, into if done else 0)
        self._x.write_words(window, property, kind, given)

    def _send(self, window: int, property: int, type: int, content: bytes, now_us: int) -> bool:
        if len(content) <= WHOLE_BYTES:
            self._x.write(window, property, type, content)
            return True
        if len(self._transfers) >= _MOST_TRANSFERS:
            return False
        self._x.watch(window, is_on=True)
        self._transfers[window, property] = _Transfer(content, type, 0, now_us)
        self._x.write_words(window, property, self._x.atoms["INCR"], [len(content)])
        return True

    def property_changed(self, event: Any, now_us: int) -> None:
        """A program has taken a part: send the next. An empty part ends it."""
        transfer = self._transfers.get((event.window, event.atom))
        if transfer is None or event.state != _DELETED:
            return
        if transfer.is_last_sent:
            self._forget(event.window, event.atom)
            return
        part = transfer.content[transfer.at : transfer.at + _PART_BYTES]
        transfer.at += len(part)
        transfer.moved_us = now_us
        transfer.is_last_sent = not part
        self._x.write(event.window, event.atom, transfer.type, part)
        self._x.connection.flush()

    def tick(self, now_us: int) -> None:
        """Drop those who stopped taking."""
        for key, transfer in tuple(self._transfers.items()):
            if now_us - transfer.moved_us > STUCK_US:
                self._forget(*key)

    @property
    def due_us(self) -> int | None:
        """When `tick` is due; None: nobody takes anything."""
        moved = [transfer.moved_us for transfer in self._transfers.values()]
        return min(moved) + STUCK_US + 1 if moved else None

    def _forget(self, window: int, property: int) -> None:
        del self._transfers[window, property]
        if not any(each == window for each, _ in self._transfers):
            self._x.watch(window, is_on=False)
            self._x.connection.flush()


def _is_before(time: int, other: int) -> bool:
    """Whether one time of the server lies before another; they wrap around after 49 days."""
    return 0 < (other - time) & 0xFFFFFFFF < 1 << 31
