"""Reads what a program on the desktop copied. On the clipboard's thread.

Nothing here waits: each step has a deadline, and a program that does not answer in time, or sends
too much, is left. Only the newest copy is read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import xcffib.xproto

from samescreen.control.clips import MAX_CLIP_BYTES, Clip, ClipKind, clip_of, too_large
from samescreen.errors import UsageError

from .selections import IMAGE_TARGETS, ORIGIN, SECRET, TEXT_TARGETS, SelectionConnection

STEP_US: Final = 3_000_000
"""How long a program may take for each answer, and for each part."""
WHOLE_US: Final = 20_000_000
RETRY_US: Final = 100_000
"""A program that has just become the owner may refuse the first request."""
_RETRIES: Final = 2
_NEW: Final = xcffib.xproto.Property.NewValue


class _Step(Enum):
    IDLE = 0
    RETRY = 1
    TARGETS = 2
    CONTENT = 3
    PARTS = 4


@dataclass(slots=True)
class _Copy:
    """The copy that is being read."""

    time: int
    started_us: int
    property: int = 0
    target: int = 0
    kind: ClipKind = ClipKind.TEXT
    is_latin: bool = False
    tries: int = 0
    parts: list[bytes] = field(default_factory=list)
    size: int = 0


class Reading:
    """Reads one copy after the other. `report` gets each clip; `refuse` why there is none."""

    def __init__(
        self,
        connection: SelectionConnection,
        report: Callable[[Clip], None],
        refuse: Callable[[str], None],
    ) -> None:
        self._x = connection
        self._report = report
        self._refuse = refuse
        self._copy = _Copy(0, 0)
        self._step = _Step.IDLE
        self._due_us = 0
        self._turns = 0

    @property
    def due_us(self) -> int | None:
        """When `tick` is due; None: nothing is being read."""
        return None if self._step is _Step.IDLE else self._due_us

    def begin(self, time: int, now_us: int) -> None:
        """A program owns the selection since that time of the server: read it."""
        self._copy = _Copy(time, now_us)
        self._ask(self._x.atoms["TARGETS"], _Step.TARGETS, now_us)

    def stop(self) -> None:
        """Forget what is being read."""
        self._step, self._copy = _Step.IDLE, _Copy(0, 0)

    def tick(self, now_us: int) -> None:
        """Leave a program that took too long."""
        if self._step is _Step.IDLE or now_us < self._due_us:
            return
        if self._step is _Step.RETRY:
            self._ask(self._x.atoms["TARGETS"], _Step.TARGETS, now_us)
        else:
            self.stop()

    def _ask(self, target: int, step: _Step, now_us: int) -> None:
        # Each question has another property: a late answer to an earlier one is recognized.
        self._turns += 1
        properties = self._x.own_properties
        self._copy.property = properties[self._turns % len(properties)]
        self._copy.target = target
        self._step = step
        self._extend(now_us)
        self._x.convert(target, self._copy.property, self._copy.time)

    def _extend(self, now_us: int) -> None:
        self._due_us = min(now_us + STEP_US, self._copy.started_us + WHOLE_US)

    def answered(self, event: Any, now_us: int) -> None:
        """The owner has answered a request."""
        copy, is_asking = self._copy, self._step in (_Step.TARGETS, _Step.CONTENT)
        if not is_asking or event.target != copy.target:
            return
        if event.property == 0:
            self._refused(now_us)
        elif event.property == copy.property:
            type, format, content = self._x.take(copy.property)
            if type == self._x.atoms["INCR"]:
                self._step = _Step.PARTS
                self._extend(now_us)
            elif self._step is _Step.TARGETS:
                self._choose(_words(content) if format == 32 else (), now_us)
            else:
                self._finish(content)

    def _refused(self, now_us: int) -> None:
        self._copy.tries += 1
        if self._step is _Step.TARGETS and self._copy.tries <= _RETRIES:
            self._step, self._due_us = _Step.RETRY, now_us + RETRY_US
        else:
            self.stop()

    def _choose(self, targets: Iterable[int], now_us: int) -> None:
        atoms, offered = self._x.atoms, frozenset(targets)
        wanted = [*TEXT_TARGETS, *IMAGE_TARGETS]
        found = next((name for name in wanted if atoms[name] in offered), None)
        if found is None or atoms[ORIGIN] in offered or atoms[SECRET] in offered:
            self.stop()
            return
        self._copy.kind = ClipKind.IMAGE if found in IMAGE_TARGETS else ClipKind.TEXT
        self._copy.is_latin = found == "STRING"
        self._ask(atoms[found], _Step.CONTENT, now_us)

    def property_changed(self, event: Any, now_us: int) -> None:
        """The owner has put the next part there."""
        is_part = event.window == self._x.window and event.atom == self._copy.property
        if self._step is not _Step.PARTS or not is_part or event.state != _NEW:
            return
        copy = self._copy
        _, _, part = self._x.take(copy.property)
        self._extend(now_us)
        if part:
            copy.parts.append(part)
            copy.size += len(part)
            if copy.size > MAX_CLIP_BYTES[copy.kind]:
                self.stop()
                self._refuse(too_large(copy.kind))
        elif copy.target == self._x.atoms["TARGETS"]:
            self._choose(_words(b"".join(copy.parts)), now_us)
        else:
            self._finish(b"".join(copy.parts))

    def _finish(self, content: bytes) -> None:
        copy = self._copy
        self.stop()
        if copy.is_latin:
            content = content.decode("latin-1").encode()
        if copy.kind is ClipKind.TEXT:
            content = content.rstrip(b"\0")  # some programs count the end of the string too
        try:
            clip = clip_of(copy.kind, content)
        except UsageError as error:
            if content:
                self._refuse(str(error))
            return
        self._report(clip)


def _words(content: bytes) -> tuple[int, ...]:
    count = len(content) // 4
    return struct.unpack(f"={count}I", content[: 4 * count])
