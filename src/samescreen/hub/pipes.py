"""Bytes that pass through this host, from one HTTP request to another. Event loop; no disk.

A pipe holds a bounded number of bytes: `put` waits until there is room.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from secrets import token_urlsafe
from typing import Final

from samescreen.flow.token_bucket import ByteBudget

MOST_AHEAD_BYTES: Final = 256 * 1024
PATIENCE_S: Final = 20.0
"""How long either end may do nothing while the other waits."""


class Pipe:
    """From one end to the other. `is_up`: to the host that keeps the files, else from it.

    `pace`: how fast they may come.
    """

    def __init__(self, *, is_up: bool, pace: ByteBudget) -> None:
        self.is_up = is_up
        self.pace = pace
        self.length: int | None = None
        """Of all bytes; None: nobody has said."""
        self.came = 0
        """How many bytes were put in."""
        self.is_busy = False
        """A request of the host uses it now."""
        self.is_read = False
        """Somebody reads it, or has."""
        self.on_end: Callable[[], None] = lambda: None
        """Called once nobody reads any more."""
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_whole = False
        self._is_broken = False
        self._changed = asyncio.Event()

    @property
    def ahead_bytes(self) -> int:
        """How many bytes wait to be read."""
        return self._waiting_bytes

    async def put(self, chunk: bytes) -> None:
        """Add the next bytes, once there is room. Raises OSError: nobody reads them any more."""
        while self._waiting and self._waiting_bytes + len(chunk) > MOST_AHEAD_BYTES:
            await self._change()
        if self._is_broken or self._is_whole or self._is_beyond(len(chunk)):
            self.break_off()
            raise ConnectionError("nobody waits for these bytes")
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        self.came += len(chunk)
        self._is_whole = self.came == self.length
        self._tell()

    def announce(self, length: int) -> None:
        """So many bytes come; some may be here already."""
        self.length = length
        if self.came > length:
            self.break_off()
        elif self.came == length:
            self.finish()

    def _is_beyond(self, size: int) -> bool:
        return self.length is not None and self.came + size > self.length

    def finish(self) -> None:
        """All bytes are in."""
        self._is_whole = True
        self._tell()

    def break_off(self) -> None:
        """One end is gone; the other gets an error, unless it has all bytes."""
        self._is_broken = True
        self._tell()

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes, in order. Raises OSError: they break off, or come too slowly."""
        self.is_read = True
        try:
            while True:
                if self._is_broken and not self._is_whole:
                    raise ConnectionError("the other end is gone")
                if self._waiting:
                    chunk = self._waiting.popleft()
                    self._waiting_bytes -= len(chunk)
                    self._tell()
                    yield chunk
                elif self._is_whole:
                    return
                else:
                    await self._change()
        finally:
            self.break_off()
            self.on_end()

    async def _change(self) -> None:
        if self._is_broken:
            raise ConnectionError("the other end is gone")
        self._changed.clear()
        async with asyncio.timeout(PATIENCE_S):
            await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()


class Pipes:
    """All pipes of this host that a request of the host at their other end may use."""

    def __init__(self) -> None:
        self._pipes: dict[str, Pipe] = {}

    def __len__(self) -> int:
        return len(self._pipes)

    def __iter__(self) -> Iterator[Pipe]:
        return iter(self._pipes.values())

    @staticmethod
    def new_id() -> str:
        """Names a pipe; nobody can guess it."""
        return token_urlsafe(16)

    def open(self, pipe_id: str, pipe: Pipe) -> None:
        self._pipes[pipe_id] = pipe

    def find(self, pipe_id: str, *, is_up: bool) -> Pipe | None:
        """The pipe of this name that leads there."""
        found = self._pipes.get(pipe_id)
        return found if found is not None and found.is_up is is_up else None

    def close(self, pipe_id: str) -> None:
        """No request finds it any more; a request that uses it now goes on."""
        self._pipes.pop(pipe_id, None)
