"""A file as an answer, whole or by a range, read while it is sent. Event loop.

Ranges are those of RFC 9110 §14: one of bytes. Several at once, or what makes no sense, is answered
with the whole file, as the RFC allows.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from samescreen.clock import clock_us
from samescreen.hub.transfers import Pace

_CHUNK_BYTES: Final = 256 * 1024
_PACED_BYTES: Final = 64 * 1024
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FilePart:
    """`length` bytes of a file, from `start` on.

    `pace` limits how fast they go; `may_go_on` is asked before each chunk.
    """

    path: Path
    start: int
    length: int
    pace: Pace | None = None
    may_go_on: Callable[[], bool] = lambda: True

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes, one chunk after the other; fewer if the file became shorter meanwhile."""
        handle = await asyncio.to_thread(os.open, self.path, _FLAGS)
        try:
            await asyncio.to_thread(os.lseek, handle, self.start, os.SEEK_SET)
            left, pace = self.length, self.pace
            while left > 0 and self.may_go_on():
                most = _CHUNK_BYTES if pace is None else min(_PACED_BYTES, pace.at_once_bytes)
                chunk = await asyncio.to_thread(os.read, handle, min(left, most))
                if not chunk:
                    return
                left -= len(chunk)
                yield chunk
                if pace is not None:
                    pace.spend(len(chunk), clock_us())
                    await asyncio.sleep(pace.wait_us(clock_us()) / 1e6)
        finally:
            os.close(handle)


_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def range_in(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and length that a Range header names; None: the whole file is meant.

    A length of 0: the range lies outside.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:  # the last so many bytes
        length = min(int(last), size)
        return size - length, length
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    return start, max(0, end - start + 1)
