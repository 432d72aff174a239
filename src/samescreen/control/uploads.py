"""Files that viewers send: who sends what, how much has come, and what there is room for.

Pure: it touches no disk. Times are µs of a monotonic clock, sizes are bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samescreen.errors import UsageError

MOST_FILE_BYTES: Final = 4 * 1024**3
MOST_BYTES: Final = 20 * 1024**3
"""Of all files since the host started, what is still on its way included."""
FREE_BYTES: Final = 1024**3
"""What must stay free on the disk."""
MOST_AT_ONCE: Final = 16
MOST_OF_PERSON: Final = 4
FORGOTTEN_US: Final = 3600 * 1_000_000
"""After so long without a byte a file is given up."""


@dataclass(slots=True)
class Upload:
    """One file on its way. `offset`: how much lies on the disk. `name` is safe to write.

    `is_busy`: a request writes to it now.
    """

    upload_id: str
    person_id: str
    name: str
    size: int
    touched_us: int
    offset: int = 0
    is_busy: bool = False

    @property
    def is_whole(self) -> bool:
        return self.offset == self.size


class Uploads:
    """All files that are on their way, and how much came since the start."""

    def __init__(self) -> None:
        self._uploads: dict[str, Upload] = {}
        self._taken_bytes = 0

    @property
    def all(self) -> tuple[Upload, ...]:
        return tuple(self._uploads.values())

    def begin(self, upload: Upload, free_bytes: int) -> None:
        """Take one more file.

        Raises:
            UsageError: there is no room for it.
        """
        if upload.size > MOST_FILE_BYTES:
            raise UsageError(f"the host takes files of at most {MOST_FILE_BYTES >> 30} GiB")
        mine = [each for each in self.all if each.person_id == upload.person_id]
        if len(mine) >= MOST_OF_PERSON or len(self._uploads) >= MOST_AT_ONCE:
            raise UsageError("too many files are on their way; wait for one of them")
        promised = sum(each.size - each.offset for each in self.all)
        if self._taken_bytes + upload.size > MOST_BYTES:
            raise UsageError(f"the host takes {MOST_BYTES >> 30} GiB until it is restarted")
        if upload.size + promised > free_bytes - FREE_BYTES:
            raise UsageError("the host's disk has no room for this file")
        self._uploads[upload.upload_id] = upload
        self._taken_bytes += upload.size

    def find(self, upload_id: str, person_id: str) -> Upload | None:
        """That file, if this person sends it."""
        upload = self._uploads.get(upload_id)
        return upload if upload is not None and upload.person_id == person_id else None

    def get(self, upload_id: str) -> Upload | None:
        return self._uploads.get(upload_id)

    def took(self, upload: Upload, offset: int, length: int, now_us: int) -> None:
        """So many bytes from there on lie on the disk now.

        Raises:
            UsageError: they do not follow what lies there, or go beyond the end.
        """
        self.check(upload, offset, length)
        upload.offset += length
        upload.touched_us = now_us

    @staticmethod
    def check(upload: Upload, offset: int, length: int) -> None:
        """Raise UsageError: these bytes do not follow, or go beyond the end."""
        if offset != upload.offset:
            raise UsageError(f"this file goes on at byte {upload.offset}")
        if offset + length > upload.size:
            raise UsageError(f"this file was announced with {upload.size} bytes")

    def end(self, upload: Upload) -> None:
        """It is whole, or given up; what never came does not count."""
        if self._uploads.pop(upload.upload_id, None) is not None:
            self._taken_bytes -= upload.size - upload.offset

    def forgotten(self, now_us: int) -> tuple[Upload, ...]:
        """Those that nobody goes on with."""
        return tuple(
            each
            for each in self.all
            if not each.is_busy and now_us - each.touched_us > FORGOTTEN_US
        )
