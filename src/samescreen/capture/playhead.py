"""Where a file is: which of its moments belongs to which moment of the host's clock.

The feed of the file's pictures tells, the thread of its sound asks; neither waits for the other.
Nothing here reads a clock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

ALONE_US: Final = 500_000
"""Sound goes on for so long after the newest picture; then something holds the pictures up."""


@dataclass(frozen=True, slots=True)
class Place:
    """A moment of the file: in which of its passes, and what its timestamps call it."""

    turn: int
    at_us: int


class Playhead:
    """`shows` is told of every picture as soon as it is known when it is due."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = 0
        self._is_seam = True
        self._first_us = 0
        self._offset_us = 0
        self._offset_before_us: int | None = None
        self._until_us: int | None = None
        self._length_us: int | None = None
        self._is_measured = False

    def begins(self, length_us: int | None) -> None:
        """The next picture is the first of a pass; `length_us` as the file says, None: unsaid."""
        with self._lock:
            self._is_seam = True
            if not self._is_measured:
                self._length_us = length_us

    def shows(self, pts_us: int, due_us: int) -> None:
        """The picture with this timestamp is due then, on the host's clock."""
        with self._lock:
            if self._is_seam:
                is_joined = self._measure(due_us)
                self._offset_before_us = self._offset_us if is_joined else None
                self._turn += 1
                self._first_us = pts_us
                self._is_seam = False
            self._offset_us = due_us - pts_us
            if self._length_us is not None and due_us >= self._began_us + self._length_us:
                self._length_us = None  # longer than was thought
            self._until_us = due_us + ALONE_US

    def stands_until(self, until_us: int) -> None:
        """The newest picture stays that long, as it should."""
        with self._lock:
            self._until_us = until_us

    def stop(self) -> None:
        """No picture is shown: the file is closed."""
        with self._lock:
            self._until_us = None
            self._is_seam = True

    def at(self, clock_us: int) -> Place | None:
        """What belongs to that moment; None: nothing does.

        A pass that has not begun is foretold from the length of the one before, so that what must
        be ahead of the pictures can be.
        """
        with self._lock:
            if self._until_us is None or clock_us > self._until_us:
                return None
            if self._offset_before_us is not None and clock_us < self._began_us:
                return Place(self._turn - 1, clock_us - self._offset_before_us)
            ends_us = None if self._length_us is None else self._began_us + self._length_us
            if ends_us is not None and clock_us >= ends_us:
                return Place(self._turn + 1, self._first_us + clock_us - ends_us)
            return Place(self._turn, clock_us - self._offset_us)

    @property
    def _began_us(self) -> int:
        """Where the pass would have begun, had nothing held it up since."""
        return self._first_us + self._offset_us

    def _measure(self, due_us: int) -> bool:
        """Whether the pass that begins then follows at once on another, whose length that tells."""
        if self._until_us is None or due_us > self._until_us:
            return False
        self._length_us = due_us - self._began_us
        self._is_measured = True
        return True
