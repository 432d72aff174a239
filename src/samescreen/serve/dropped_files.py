"""The folder for files that viewers send. Event loop; the disk is used on other threads.

A file grows under a hidden name, and gets its own once it is whole. Nothing is ever overwritten,
followed through a link, or opened.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from samescreen.control.file_names import numbered
from samescreen.control.uploads import Upload, Uploads
from samescreen.errors import Refused

T = TypeVar("T")
_PREFIX, _SUFFIX = ".samescreen-", ".part"
_OLD_S: Final = 24 * 3600
_MOST_OF_A_NAME: Final = 1000
_FLAGS: Final = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def default_folder() -> Path | None:
    """Where files go unless the host says otherwise; None: this user has no home."""
    with suppress(RuntimeError):
        return Path.home() / "Downloads" / "Samescreen"
    return None


class DroppedFiles:
    """Files in one folder, made with mode 0700 when the first one comes; files have mode 0600."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def free_bytes(self) -> int:
        """What is free on the disk of the folder, which is made if need be.

        Raises:
            Refused: it cannot be made.
        """
        return await self._on_disk(self._prepared)

    def _prepared(self) -> int:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self.folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            with suppress(OSError):
                if time.time() - left.lstat().st_mtime > _OLD_S:  # a host that was killed left it
                    left.unlink()
        return shutil.disk_usage(self.folder).free

    async def create(self, upload: Upload) -> None:
        """Begin a file. Raises Refused: the disk does not take it."""

        def make() -> None:
            os.close(os.open(self._part(upload), _FLAGS | os.O_CREAT | os.O_EXCL, 0o600))

        await self._on_disk(make)

    async def write(self, upload: Upload, offset: int, content: bytes) -> None:
        """Put these bytes there. Raises Refused: the disk is full, or the file is gone."""

        def put() -> None:
            handle = os.open(self._part(upload), _FLAGS)
            try:
                os.lseek(handle, offset, os.SEEK_SET)
                left = memoryview(content)
                while left:
                    left = left[os.write(handle, left) :]
            finally:
                os.close(handle)

        await self._on_disk(put)

    async def finish(self, upload: Upload) -> Path:
        """Give a whole file its name, or one with a number; the path."""
        return await self._on_disk(lambda: _renamed(self._part(upload), self.folder, upload.name))

    async def discard(self, upload: Upload) -> None:
        """Remove what came of it."""
        await asyncio.to_thread(self.remove, upload)

    def remove(self, upload: Upload) -> None:
        """The same, at once."""
        with suppress(OSError):
            self._part(upload).unlink()

    def remove_all(self, uploads: Uploads) -> None:
        """The host stops: remove what is not whole."""
        for upload in uploads.all:
            uploads.end(upload)
            self.remove(upload)

    def _part(self, upload: Upload) -> Path:
        return self.folder / f"{_PREFIX}{upload.upload_id}{_SUFFIX}"

    async def _on_disk(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Refused(507, f"The host cannot write there: {reason}.") from None


def _renamed(part: Path, folder: Path, name: str) -> Path:
    for number in range(1, _MOST_OF_A_NAME):
        path = folder / numbered(name, number)
        try:
            _move(part, path)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(0, "too many files of that name lie there")


def _move(part: Path, path: Path) -> None:
    """Rename without ever replacing a file. Raises FileExistsError."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # this file system has no links: take the name first
        os.close(os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600))
        part.replace(path)
    else:
        part.unlink()
