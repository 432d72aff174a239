"""The file that a muxer writes into, so that a full disk never spoils what is there already.

Runs on the writing thread. The muxer keeps the file playable, except while it writes a fragment or
the index. Where one of them does not fit, the file is cut back to where it played before: so the
muxer marks each such place. It writes an index to the end of the file first, and then the few bytes
near its beginning that make it count.
"""

from __future__ import annotations

import os
from contextlib import suppress


class OutputFile:
    """An open file, as PyAV wants it. After the first fault nothing more reaches the file."""

    def __init__(self, handle: int) -> None:
        self.fault: OSError | None = None
        self.size_bytes = 0
        self._handle = handle
        self._at = 0
        self._good_bytes = 0
        self._is_open = True

    def write(self, chunk: bytes) -> int:
        """All of it. Raises OSError: the disk is full, or gone."""
        view = memoryview(chunk)
        if self.fault is not None or not self._is_open:
            return len(view)
        try:
            while view:
                written = os.write(self._handle, view)
                self._at += written
                view = view[written:]
        except OSError as error:
            self.fault = error
            raise
        self.size_bytes = max(self.size_bytes, self._at)
        return len(chunk)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Where the next write goes; the new place."""
        if not self._is_open:
            return self._at
        self._at = os.lseek(self._handle, offset, whence)
        return self._at

    def tell(self) -> int:
        """Where the next write goes."""
        return self._at

    def seekable(self) -> bool:
        """It is a file."""
        return True

    def mark(self) -> None:
        """The file plays as it is now."""
        if self.fault is None:
            self._good_bytes = self.size_bytes

    def close(self) -> None:
        """After a fault, cut the file back to the last mark. May be called twice."""
        if not self._is_open:
            return
        self._is_open = False
        if self.fault is not None:
            with suppress(OSError):
                os.ftruncate(self._handle, self._good_bytes)
                self.size_bytes = self._good_bytes
        os.close(self._handle)
