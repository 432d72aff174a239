"""Keeps a tool running: starts it, reports its address, starts it again when it ends. Event loop.

It decides nothing about who may come in, and reports each address and each end to its owner.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from samescreen.aside import waited_for
from samescreen.clock import clock_us

from .events import Event, Failed, Opened, PublicAddress
from .process import ToolProcess, output_of
from .tools import Tool

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
STEADY_US: Final = 60_000_000
"""A tunnel that worked for so long begins its waits anew."""
_PROBE_S: Final = 8.0
_MARK: Final = b"samescreen"


@dataclass(frozen=True, slots=True)
class Ended:
    """The tunnel does not work; `again_s`: in how many seconds the tool is started again.

    `again_s` None: not by us. `was_open`: it had an address, which is no longer valid.
    """

    why: str
    again_s: float | None
    was_open: bool


News = Opened | Ended


class Tunnel:
    """Runs a tool that leads to `port` of 127.0.0.1, until `run` is cancelled.

    `tell` gets the news on the event loop. `path` is the tool's program.
    """

    def __init__(
        self,
        tool: Tool,
        path: str,
        port: int,
        environment: dict[str, str],
        tell: Callable[[News], None],
        *,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._tool = tool
        self._path = path
        self._port = port
        self._environment = environment
        self._tell = tell
        self._pause = pause
        self._is_open = False
        self._open_since_us = 0
        self._probe: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Keep it running until it fails for good, or this is cancelled: then the tool ends too."""
        wait_s = FIRST_WAIT_S
        while True:
            failed = await self._run_once()
            was_open, self._is_open = self._is_open, False
            if was_open and clock_us() - self._open_since_us >= STEADY_US:
                wait_s = FIRST_WAIT_S
            self._tell(Ended(failed.why, None if failed.is_final else wait_s, was_open))
            if failed.is_final:
                return
            await self._pause(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _run_once(self) -> Failed:
        name = await waited_for(self._ask, f"an answer of {self._tool.name}")
        if isinstance(name, Failed):
            return name
        loop, events = asyncio.get_running_loop(), asyncio.Queue[Event]()
        reader = self._tool.reader(name)

        def post(event: Event) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(events.put_nowait, event)

        command = [self._path, *self._tool.arguments(self._port)]
        process = ToolProcess(command, self._environment, reader, post)
        process.start()
        try:
            return await self._follow(events)
        except TimeoutError:
            return reader.late()
        finally:
            if self._probe is not None:
                self._probe.cancel()
            await process.stop()

    def _ask(self) -> str | Failed:
        question = self._tool.question()
        said = output_of([self._path, *question], self._environment) if question else ""
        return self._tool.answer(said)

    async def _follow(self, events: asyncio.Queue[Event]) -> Failed:
        """Pass on what the tool says until it fails. Raises TimeoutError: no address in time."""
        async with asyncio.timeout(self._tool.patience_s) as patience:
            while True:
                event = await events.get()
                if isinstance(event, Failed) and not event.goes_on:
                    return event
                patience.reschedule(None)
                if isinstance(event, Failed):
                    self._tell(Ended(event.why, None, was_open=False))
                else:
                    self._open(event)

    def _open(self, opened: Opened) -> None:
        if not self._is_open:
            self._is_open, self._open_since_us = True, clock_us()
        self._tell(opened)
        if self._tool.is_direct:
            self._probe = asyncio.get_running_loop().create_task(self._check(opened))

    async def _check(self, opened: Opened) -> None:
        if not await answers(opened.address):
            self._tell(replace(opened, warning=_closed(opened.address)))


def _closed(address: PublicAddress) -> str:
    return (
        f"{address.name}:{address.port} does not answer from here; its sshd_config needs "
        "GatewayPorts clientspecified, and its firewall must let that port in"
    )


async def answers(address: PublicAddress) -> bool:
    """Whether a host of this program answers there, as far as can be seen from this machine."""
    request = f"HEAD / HTTP/1.1\r\nHost: {address.origin.partition('//')[2]}\r\n\r\n".encode()
    try:
        async with asyncio.timeout(_PROBE_S):
            reader, writer = await asyncio.open_connection(address.name, address.port)
            try:
                writer.write(request)
                return _MARK in (await reader.readuntil(b"\r\n\r\n")).lower()
            finally:
                writer.close()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
        return False
