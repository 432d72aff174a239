"""The files of one recording, written step by step. Runs on the writing thread.

The timeline says what goes where; this carries it out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .black import black_picture
from .mp4_file import Mp4File
from .names import Names
from .sound_line import Sound
from .timeline import Arrived, Begin, End, Picture, Step, Timeline


@dataclass(frozen=True, slots=True)
class Made:
    """A file of a recording. `length_us` is how long it plays, 0 while it is written."""

    path: Path
    length_us: int = 0


class FileSeries:
    """`handle` is that of the first name, if it was reserved."""

    def __init__(self, names: Names, handle: int | None = None) -> None:
        self.timeline = Timeline(black_picture)
        self.made: list[Made] = []
        """Replaced, never changed: any thread may read it."""
        self.finished_bytes = 0
        self._names = names
        self._handle = handle
        self._file: Mp4File | None = None

    @property
    def first(self) -> Path:
        """The first file."""
        return self._names.first

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        file = self._file
        return self.finished_bytes + (file.size_bytes if file is not None else 0)

    def take(self, arrived: Arrived) -> None:
        """Write a packet of the stream or its sound. Raises OSError."""
        self._carry_out(self.timeline.take(arrived))

    def passed(self, now_us: int) -> None:
        """Write silence where nothing was heard. Raises OSError."""
        self._carry_out(self.timeline.passed(now_us))

    def finish(self, now_us: int) -> None:
        """Complete the last file. Raises OSError."""
        self._carry_out(self.timeline.end(now_us))
        self._remove_empty()

    def abandon(self) -> None:
        """Close the files as they are: what was written plays. One without a picture is removed."""
        file, self._file = self._file, None
        if file is not None:
            file.abandon()
            self.finished_bytes += file.size_bytes
            if not file.size_bytes:
                *self.made, empty = self.made
                with suppress(OSError):
                    empty.path.unlink()
        self._remove_empty()

    def _carry_out(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, Picture):
                self._open_file.show(step)
            elif isinstance(step, Sound):
                self._open_file.sound(step)
            elif isinstance(step, Begin):
                self._begin(step)
            else:
                self._end(step)

    @property
    def _open_file(self) -> Mp4File:
        assert self._file is not None, "a file was begun before"
        return self._file

    def _begin(self, step: Begin) -> None:
        if self._handle is not None:
            path, handle = self._names.first, self._handle
            self._handle = None
        else:
            path, handle = self._names.open_next()
        self._file = Mp4File(handle, step.width, step.height)
        self.made = [*self.made, Made(path)]

    def _end(self, step: End) -> None:
        file = self._open_file
        try:
            file.finish()
        finally:
            self._file = None
            self.finished_bytes += file.size_bytes
            self.made = [*self.made[:-1], Made(self.made[-1].path, step.length_us)]

    def _remove_empty(self) -> None:
        """Not one picture came: the file that was reserved is not left behind."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)
            with suppress(OSError):
                self._names.first.unlink()
