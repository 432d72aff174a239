"""One run of the clipboard's thread on Wayland: what programs copy, and what they paste of ours.

Content goes through pipes. None of them is waited for: each has a deadline, and a program that
gives or takes nothing in time is left.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from samescreen.clock import clock_us
from samescreen.control.clips import MAX_CLIP_BYTES, Clip, ClipKind, clip_of, too_large
from samescreen.control.x11.selections import IMAGE_TARGETS, ORIGIN, SECRET, TEXT_TARGETS
from samescreen.errors import SourceLost, UsageError
from samescreen.wayland.desktop import Desktop

from .selection import Offer, SeatSelection

Content = dict[str, bytes]
"""By type."""

READ_US: Final = 20_000_000
STUCK_US: Final = 10_000_000
"""So long a program may take nothing of what it pastes."""
_MOST_PASTES: Final = 32
_PART_BYTES: Final = 1 << 16


class Wishes(Protocol):
    """What the thread is asked to do."""

    @property
    def is_stopped(self) -> bool: ...

    @property
    def is_reading(self) -> bool: ...

    def take(self) -> list[tuple[Content, Future[bool]]]: ...

    def wait(self, until_us: int | None, fd: Any) -> None: ...


@dataclass(slots=True)
class _Copy:
    """What is being read of a program."""

    kind: ClipKind
    due_us: int
    content: bytearray


@dataclass(slots=True)
class _Paste:
    """What a program has not taken yet."""

    left: memoryview
    due_us: int


def select_on_wayland(
    wishes: Wishes, display: str, report: Callable[[Clip], None], refuse: Callable[[str], None]
) -> None:
    """Own and read the clipboard of the compositor at that path until stopped.

    Raises:
        CaptureError: the compositor is gone, or has no clipboard for programs like this.
    """
    desktop = Desktop(Path(display))
    try:
        with select.epoll() as ready:
            Selecting(wishes, desktop, report, refuse, ready).run()
    finally:
        desktop.close()


class Selecting:
    """The loop over events, pipes and wishes. `ready`: waits for all descriptors at once."""

    def __init__(
        self,
        wishes: Wishes,
        desktop: Desktop,
        report: Callable[[Clip], None],
        refuse: Callable[[str], None],
        ready: select.epoll,
    ) -> None:
        self._wishes, self._desktop, self._ready = wishes, desktop, ready
        self._report, self._refuse = report, refuse
        self._owned: tuple[int, Content] = (0, {})
        self._copies: dict[int, _Copy] = {}
        self._pastes: dict[int, _Paste] = {}
        self._is_first = True
        self._control = SeatSelection(desktop, self._copied, self._asked)
        self._ready.register(desktop.connection.fd, select.EPOLLIN)

    def run(self) -> None:
        try:
            self._desktop.connection.roundtrip()
            self._is_first = False  # what was there before is no news
            while not self._wishes.is_stopped:
                self._own_newest()
                if not self._wishes.is_reading:
                    self._forget(self._copies)
                self._desktop.connection.dispatch()
                for fd, _ in self._ready.poll(0):
                    self._move(fd)
                self._give_up(clock_us())
                dues = [each.due_us for each in self._copies.values()]
                dues += [each.due_us for each in self._pastes.values()]
                self._wishes.wait(min(dues, default=None), self._ready.fileno())
        finally:
            self._forget(self._copies)
            self._forget(self._pastes)

    # From viewers to programs

    def _own_newest(self) -> None:
        new = self._wishes.take()
        if not new:
            return
        content = new[-1][0]  # those before it were replaced already
        try:
            self._owned = (self._control.own((*content, ORIGIN)), content)
            self._desktop.connection.roundtrip()
        except SourceLost:
            for _, done in new:
                done.set_result(False)
            raise
        for _, done in new:
            done.set_result(True)

    def _asked(self, source: int, kind: str, fd: int) -> None:
        """A program pastes."""
        owned, content = self._owned
        given = content.get(kind, b"")
        if source != owned or not given or len(self._pastes) >= _MOST_PASTES:
            os.close(fd)
            return
        os.set_blocking(fd, False)
        try:
            self._ready.register(fd, select.EPOLLOUT)
        except PermissionError:  # a file, which no program passes
            os.close(fd)
            return
        self._pastes[fd] = _Paste(memoryview(given), clock_us() + STUCK_US)

    # From programs to viewers

    def _copied(self, offer: Offer | None) -> None:
        """A program has copied something, or we have."""
        self._forget(self._copies)  # only the newest is read
        if offer is None:
            return
        wanted = [*TEXT_TARGETS[:-1], *IMAGE_TARGETS]
        found = next((each for each in wanted if each in offer.types), None)
        is_theirs = not {ORIGIN, SECRET} & {*offer.types}
        if found is not None and is_theirs and self._wishes.is_reading and not self._is_first:
            reads, writes = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                os.set_blocking(writes, True)
                offer.receive(found, writes)
            finally:
                os.close(writes)
            kind = ClipKind.IMAGE if found in IMAGE_TARGETS else ClipKind.TEXT
            self._copies[reads] = _Copy(kind, clock_us() + READ_US, bytearray())
            self._ready.register(reads, select.EPOLLIN)
        offer.destroy()

    # Pipes

    def _move(self, fd: int) -> None:
        with suppress(BlockingIOError):
            if (copy := self._copies.get(fd)) is not None:
                self._read(fd, copy)
            elif (paste := self._pastes.get(fd)) is not None:
                self._write(fd, paste)

    def _read(self, fd: int, copy: _Copy) -> None:
        part = os.read(fd, _PART_BYTES)
        copy.content += part
        if part and len(copy.content) <= MAX_CLIP_BYTES[copy.kind]:
            return
        self._close(self._copies, fd)
        if part:
            self._refuse(too_large(copy.kind))
            return
        try:
            self._report(clip_of(copy.kind, bytes(copy.content)))
        except UsageError as error:
            if copy.content:
                self._refuse(str(error))

    def _write(self, fd: int, paste: _Paste) -> None:
        try:
            count = os.write(fd, paste.left[:_PART_BYTES])
        except BrokenPipeError:
            count = len(paste.left)  # the program wants no more of it
        paste.left, paste.due_us = paste.left[count:], clock_us() + STUCK_US
        if not paste.left:
            self._close(self._pastes, fd)

    def _give_up(self, now_us: int) -> None:
        pipes: tuple[dict[int, Any], ...] = (self._copies, self._pastes)
        for those in pipes:
            for fd in [fd for fd, each in those.items() if each.due_us <= now_us]:
                self._close(those, fd)

    def _forget(self, those: dict[int, Any]) -> None:
        for fd in tuple(those):
            self._close(those, fd)

    def _close(self, those: dict[int, Any], fd: int) -> None:
        del those[fd]
        self._ready.unregister(fd)
        os.close(fd)
