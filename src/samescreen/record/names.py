"""What the files of recordings are called, and how they are made. Any thread.

A file is made for this user alone (0600), and never takes the place of another.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from samescreen.errors import UsageError
from samescreen.labels import label
from samescreen.paths import typed_path

SUFFIX: Final = ".mp4"
PREFIX: Final = "samescreen-"
_MODE: Final = 0o600
_FLAGS: Final = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)


def default_folder() -> Path:
    """Where recordings go when nobody names a place. Raises UsageError: this user has no home."""
    videos = "Movies" if sys.platform == "darwin" else "Videos"
    try:
        return Path.home() / videos / "Samescreen"
    except RuntimeError:
        raise UsageError("there is no home folder to record to: name a place") from None


class Names:
    """The files of one recording: `first`, then the same with -2, -3 and so on."""

    def __init__(self, first: Path) -> None:
        self.first = first
        self._candidates = self._numbered()

    @classmethod
    def of(cls, path: str, now: datetime) -> Names:
        """The names at a place: a folder, or a file that is not there yet and ends in .mp4.

        Raises:
            UsageError: it is neither, in one line with the cure.
        """
        try:
            return cls._of(path, typed_path(path), now)
        except (OSError, ValueError) as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(f"cannot record to {label(path)}: {error}") from None

    @classmethod
    def _of(cls, path: str, place: Path, now: datetime) -> Names:
        if place.is_dir() or path.endswith(("/", os.sep)):
            if not place.is_dir():
                raise UsageError(f"there is no folder {place}: make it first, or name another")
            return cls(_free(place / f"{PREFIX}{now:%Y-%m-%d-%H%M%S}{SUFFIX}"))
        if place.suffix.lower() != SUFFIX:
            raise UsageError(f"a recording is a folder, or a name that ends in .mp4, not {place}")
        if not place.parent.is_dir():
            raise UsageError(f"there is no folder {place.parent}: make it first, or name another")
        if place.exists():
            raise UsageError(f"{place} is there already: name another file")
        return cls(place)

    @classmethod
    def in_default_folder(cls, now: datetime) -> Names:
        """Names by the time, in the folder of recordings, which is made if it is missing.

        Raises:
            UsageError: it cannot be made.
        """
        folder = default_folder()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(_cannot(folder, error)) from None
        return cls.of(str(folder), now)

    def reserve(self) -> int:
        """Make the first file now, so that a place that cannot be written is known at once.

        Returns:
            Its open handle.

        Raises:
            UsageError: it cannot be made.
        """
        try:
            handle = os.open(self.first, _FLAGS, _MODE)
        except FileExistsError:
            raise UsageError(f"{self.first} is there already: name another file") from None
        except OSError as error:
            raise UsageError(_cannot(self.first, error)) from None
        next(self._candidates)
        return handle

    def open_next(self) -> tuple[Path, int]:
        """The next file that is not there yet, and its open handle.

        Raises:
            OSError: it cannot be made.
        """
        for path in self._candidates:
            try:
                return path, os.open(path, _FLAGS, _MODE)
            except FileExistsError:
                continue
        raise AssertionError("numbers do not end")

    def _numbered(self) -> Iterator[Path]:
        yield self.first
        for number in itertools.count(2):
            yield self.first.with_stem(f"{self.first.stem}-{number}")


def free_name(path: str) -> Path:
    """That file, or the first numbered one that is not there yet."""
    return _free(typed_path(path))


def _free(path: Path) -> Path:
    """That path, or the first numbered one where it is taken."""
    candidates = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain((path,), candidates) if not each.exists())


def _cannot(path: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"cannot record to {path}: {reason}; name a place that you may write to"
