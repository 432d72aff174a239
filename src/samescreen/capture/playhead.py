"""Maps the host's clock to positions in a file that is being played, for the sound of that file.

The thread that reads the file's pictures updates the playhead; the sound's thread reads it. Neither
waits for the other. Nothing here reads a clock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

ALONE_US: Final = 500_000
"""Sound goes on for so long after the newest picture was due; then the pictures have stalled."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the file: the number of the pass, and a timestamp of the file in µs."""

    pass_number: int
    at_us: int


class Playhead:
    """Where the file is. `shows` must be called for each picture once its due time is known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pass_number = 0
        self._is_loop_point = True
        self._first_us = 0
        self._offset_us = 0
        self._offset_before_us: int | None = None
        self._until_us: int | None = None
        self._length_us: int | None = None
        self._is_measured = False

    def begins(self, length_us: int | None) -> None:
        """Note that the next picture begins a pass. `length_us` is from the file; None: unknown."""
        with self._lock:
            self._is_loop_point = True
            if not self._is_measured:
                self._length_us = length_us

    def shows(self, pts_us: int, due_us: int) -> None:
        """Note that the picture at `pts_us` is due at `due_us`, on the host's clock."""
        with self._lock:
            if self._is_loop_point:
                is_joined = self._measure(due_us)
                self._offset_before_us = self._offset_us if is_joined else None
                self._pass_number += 1
                self._first_us = pts_us
                self._is_loop_point = False
            self._offset_us = due_us - pts_us
            if self._length_us is not None and due_us >= self._began_us + self._length_us:
                self._length_us = None  # the pass is longer than expected
            self._until_us = due_us + ALONE_US

    def hold_until(self, until_us: int) -> None:
        """Note that the newest picture is shown until then, which is not a stall."""
        with self._lock:
            self._until_us = until_us

    def stop(self) -> None:
        """Note that the file was closed."""
        with self._lock:
            self._until_us = None
            self._is_loop_point = True

    def at(self, clock_us: int) -> Place | None:
        """The position for that moment; None when the file is closed or its pictures have stalled.

        Sound runs ahead of the pictures, so positions in the next pass are predicted from the
        length of the pass before.
        """
        with self._lock:
            if self._until_us is None or clock_us > self._until_us:
                return None
            if self._offset_before_us is not None and clock_us < self._began_us:
                return Place(self._pass_number - 1, clock_us - self._offset_before_us)
            ends_us = None if self._length_us is None else self._began_us + self._length_us
            if ends_us is not None and clock_us >= ends_us:
                return Place(self._pass_number + 1, self._first_us + clock_us - ends_us)
            return Place(self._pass_number, clock_us - self._offset_us)

    @property
    def _began_us(self) -> int:
        """When the pass would have begun if nothing had delayed it since."""
        return self._first_us + self._offset_us

    def _measure(self, due_us: int) -> bool:
        """Measure the pass that ends at `due_us`. False: the next one does not follow at once."""
        if self._until_us is None or due_us > self._until_us:
            return False
        self._length_us = due_us - self._began_us
        self._is_measured = True
        return True
