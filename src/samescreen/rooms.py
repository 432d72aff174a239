"""The rooms of a relay: hosts without a source, all on one port. Event loop.

Each room has its own hub, people, secrets and limits; they share the port and its certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Self

from aiohttp import web

from samescreen.bus.address import BusChoice
from samescreen.bus.rooms_on_bus import RoomsOnBus
from samescreen.host import Host
from samescreen.options import ShareOptions
from samescreen.serve.access import Credentials
from samescreen.serve.port import Port
from samescreen.serve.rooms_app import rooms_app


class Rooms:
    """Open until left. `relay`: the options of the port. `rooms`: those of each room, by name.

    `bus`: where other relays show the same rooms. `on_bus`: called with "" when there is a broker,
    or why there is none.

    Raises:
        ServeError: when it is entered: the port cannot be opened, or the broker is of no use.
    """

    def __init__(
        self,
        relay: ShareOptions,
        rooms: Mapping[str, ShareOptions],
        bus: BusChoice | None = None,
        on_bus: Callable[[str], None] = lambda why: None,
    ) -> None:
        self.port = Port(relay.network, relay.access.allow_host)
        self.hosts = {name: self._host(options) for name, options in rooms.items()}
        """The hosts of the rooms, by name."""
        self._paths = {name: options.network.base_path for name, options in rooms.items()}
        self._base_path = relay.network.base_path
        self._bus = bus
        self._on_bus = on_bus
        self._stack = AsyncExitStack()

    def _host(self, options: ShareOptions) -> Host:
        access = options.access
        credentials = Credentials.of(access.token, access.pin, access.host_token)
        host = Host(options, listens=False, credentials=credentials, port=self.port)
        host.gatekeeper.links.let_publishers_lead()
        return host

    def viewer_count(self) -> int:
        """The viewers of all rooms."""
        return sum(host.audience.viewer_count() for host in self.hosts.values())

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets of all rooms, which no log may show."""
        keepers = [host.gatekeeper for host in self.hosts.values()]
        return tuple(link.secret for keeper in keepers for link in keeper.links) + tuple(
            keeper.pin for keeper in keepers
        )

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self.port.open(stack, self._app)
            for host in self.hosts.values():
                await stack.enter_async_context(host)
            if self._bus is not None:
                hubs = {name: host.hub for name, host in self.hosts.items()}
                on_bus = RoomsOnBus(self._bus.servers, self._bus.secret, hubs, self._on_bus)
                await stack.enter_async_context(on_bus)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Say goodbye in each room, then close the port."""
        await self._stack.aclose()

    def _app(self) -> web.Application:
        sites = {self._paths[name]: host.site() for name, host in self.hosts.items()}
        return rooms_app(sites, self._base_path)
