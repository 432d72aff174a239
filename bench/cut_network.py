"""A network between a page and a host that stalls and breaks: a TCP relay. asyncio."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class CutNetwork:
    """Relays a port of this machine to the host's, until it is cut; a new connection works again.

    `stall`: bytes wait, and then arrive all at once, as after a lost packet. `cut`: both ends see
    their connection reset; what was under way is lost, also in the middle of a message.
    """

    def __init__(self, host_port: int) -> None:
        self._host_port = host_port
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Begin to relay; the port."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stall(self, seconds: float) -> None:
        """Hold back everything for this long."""
        self._flows.clear()
        await asyncio.sleep(seconds)
        self._flows.set()

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        self._flows.set()

    async def close(self) -> None:
        """Break everything and stop."""
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._host_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass_on(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(65536):
                await self._flows.wait()
                target.write(chunk)
                await target.drain()
        target.close()
