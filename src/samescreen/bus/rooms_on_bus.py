"""All rooms of this relay on one bus, while the relay runs. Event loop."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Final, Self

from samescreen.clock import clock_us
from samescreen.errors import ServeError
from samescreen.hub.hub import Hub

from .address import Secret, Server
from .endpoint import Endpoint
from .nats_bus import NatsBus
from .reasons import BusFailure
from .room import RoomOnBus
from .subjects import RoomSubjects

TICK_S: Final = 0.25
_NODE_BYTES: Final = 6


class RoomsOnBus:
    """Open until left. `on_news`: called with "" when there is a broker, or why there is none.

    Raises:
        ServeError: when it is entered: this broker cannot be used, and trying again cannot help.
    """

    def __init__(
        self,
        servers: tuple[Server, ...],
        secret: Secret,
        hubs: Mapping[str, Hub],
        on_news: Callable[[str], None] = lambda why: None,
    ) -> None:
        self.node = secrets.token_hex(_NODE_BYTES)
        self.bus = NatsBus(servers, secret, self._changed)
        self.rooms = {
            name: RoomOnBus(
                hub,
                Endpoint(RoomSubjects(name), self.node, self.bus),
                clock_us,
                hub.people.publishers.bitrate_bps,
            )
            for name, hub in hubs.items()
        }
        self._on_news = on_news
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        first: asyncio.Future[BusFailure | None] = loop.create_future()
        self._tasks = [
            loop.create_task(self.bus.run(first.set_result)),
            loop.create_task(self._tick()),
        ]
        failure = await first
        if failure is not None and failure.is_final:
            await self._end()
            raise ServeError(failure.why)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for room in self.rooms.values():
            room.close()
        await self.bus.drain()
        await self._end()

    async def _tick(self) -> None:
        while True:
            for room in self.rooms.values():
                room.tick()
            await asyncio.sleep(TICK_S)

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _changed(self, why: str) -> None:
        for room in self.rooms.values():
            room.tick()
        self._on_news(why)
