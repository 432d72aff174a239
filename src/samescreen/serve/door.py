"""The door of a tunnel: a site of its own, on a port of 127.0.0.1 that only the tunnel leads to.

Runs on the event loop. What comes in by it came from the internet, whatever its headers say. So
the door admits one Host and one Origin, those of the tunnel's address now; it believes the one
header that the tunnel's tool sets itself, and no other; and the host link does not work there.
"""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final

from aiohttp import web

from samescreen.flow.network import parsed_address

from .access import HostRule, split_host
from .app import app_of
from .http_protocol import protocols
from .listen import Listener, connection_capacity, listening_socket
from .proxy import Client, Headers, TrustedProxies
from .site import Site

UNNAMED: Final = "tunnel"
"""Stands for the address of a viewer whom the tunnel does not name."""
_LOOPBACK: Final = "127.0.0.1"
_STOP_S: Final = 1.0
_PART_OF_PLACES: Final = 4
"""The door may hold so small a part of the connections that the process may hold."""
_PORTS: Final = {"http": 80, "https": 443}


class PublicName(HostRule, TrustedProxies):
    """The rules of a door: which Host it answers, and who its clients are.

    Until `open`, and after `close`, it answers nobody. `client_header` is the one that the tool
    sets; "": none.
    """

    def __init__(self, client_header: str) -> None:
        HostRule.__init__(self, (), ())
        TrustedProxies.__init__(self)
        self._client_header = client_header
        self._place: tuple[str, int] | None = None
        self._is_secure = False

    def open(self, scheme: str, name: str, port: int) -> None:
        """Answer to this origin, and to no other."""
        self._place = (name, port)
        self._is_secure = scheme == "https"

    def close(self) -> None:
        """Answer to no name."""
        self._place = None

    def admits(self, host: str) -> bool:
        """Whether this Host header names the address of the tunnel, its port included."""
        name, port = split_host(host)
        default = _PORTS["https" if self._is_secure else "http"]
        return bool(name) and (name, port or default) == self._place

    def client(self, peer: str, headers: Headers, *, is_secure: bool) -> Client:
        """The client of a request. Its scheme is that of the tunnel's address."""
        hosts = headers.getall("Host", [])
        host = hosts[0] if len(hosts) == 1 else ""
        return Client(self._named_in(headers), host, self._is_secure, is_proxied=True)

    def trusts(self, peer: str) -> bool:
        """Whether a server of the tool's parses each request first, and names its client.

        Then each request pays for that client. Otherwise bytes of strangers arrive as they are,
        and all connections pay together, also for what is no request.
        """
        return bool(self._client_header)

    def _named_in(self, headers: Headers) -> str:
        """The last address in the tool's header: what stands before it, a viewer may have sent."""
        said = headers.getall(self._client_header, []) if self._client_header else []
        address = parsed_address(said[-1].rpartition(",")[2].strip()) if said else None
        return UNNAMED if address is None else str(address)


class Door:
    """Serves a site on a free port of 127.0.0.1, from `start` to `close`."""

    def __init__(self, site: Site, base_path: str, client_header: str) -> None:
        self.rule = PublicName(client_header)
        config = replace(
            site.config, proxies=self.rule, base_path=base_path, tls=None, bars_host_link=True
        )
        self._site = replace(site, host_rule=self.rule, config=config, port=0)
        self._stack = AsyncExitStack()
        self.port = 0

    async def start(self) -> None:
        """Open the port. Raises ServeError: there is none."""
        async with AsyncExitStack() as stack:
            sock: socket.socket = listening_socket(_LOOPBACK, 0)
            stack.callback(sock.close)
            self.port = sock.getsockname()[1]
            runner = web.AppRunner(app_of(self._site), shutdown_timeout=_STOP_S)
            await runner.setup()
            assert runner.server is not None
            capacity = connection_capacity() // _PART_OF_PLACES
            listener = Listener(protocols(runner.server), None, self.rule, capacity=capacity)
            stack.callback(listener.drop_all)
            stack.push_async_callback(runner.cleanup)
            stack.callback(listener.close)
            await listener.start(sock)
            self._stack = stack.pop_all()

    async def close(self) -> None:
        """Close the port and its connections."""
        self.rule.close()
        await self._stack.aclose()
