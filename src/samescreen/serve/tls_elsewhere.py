"""TLS that another process of this host ends: it has the connection, and passes plain bytes on.

Runs on the event loop. This process then has a connection of plain bytes in place of the client's,
and treats it in all as that client's. When it closes it, the other process closes the client's.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, cast

from .connection import Connection, Keeper
from .transport_above import TransportAbove

_log = logging.getLogger(__name__)

ENDED_BY: Final = "samescreen_tls_ended_by"
"""A transport says by this name which process ends its TLS (`Ended.by`)."""

PemFor = Callable[[str], bytes]
"""Returns certificate and key, in PEM form, for connections to that address of ours."""


@dataclass(frozen=True, slots=True)
class Ended:
    """`plain`: brings the plain bytes. `by`: what the process needs to know the connection by."""

    plain: socket.socket
    by: object


class TlsEnds(Protocol):
    """The other processes."""

    def end_tls(self, descriptor: int, pem: bytes, first: bytes) -> Ended | None:
        """Give one of them this connection, of which `first` was read. None: none can take it."""


class DecryptedConnection(Connection):
    """The plain bytes of a client. `own`: what its transport says of the client's."""

    def __init__(
        self, keeper: Keeper, *, is_proxy: Callable[[str], bool], own: dict[str, Any]
    ) -> None:
        super().__init__(keeper, is_proxy=is_proxy)
        self._own = own

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast: uvloop's transports do not inherit from asyncio.Transport.
        super().connection_made(TransportAbove(cast(asyncio.Transport, transport), self._own))


class TlsElsewhere:
    """Hands connections over. `keeper` owns those of plain bytes, too."""

    def __init__(
        self,
        ends: TlsEnds,
        pem_for: PemFor,
        keeper: Keeper,
        is_proxy: Callable[[str], bool],
    ) -> None:
        self._ends = ends
        self._pem_for = pem_for
        self._new = partial(DecryptedConnection, keeper, is_proxy=is_proxy)
        self._opening: set[asyncio.Task[None]] = set()

    def take(self, client: asyncio.Transport, first: bytes) -> bool:
        """Hand this connection over. False: this process must end its TLS."""
        sock = client.get_extra_info("socket")
        pem = self._pem_for(client.get_extra_info("sockname")[0])
        ended = self._ends.end_tls(sock.fileno(), pem, first)
        if ended is None:
            return False
        own = {
            "peername": client.get_extra_info("peername"),
            "sockname": client.get_extra_info("sockname"),
            "sslcontext": True,
            ENDED_BY: ended.by,
        }
        client.abort()  # only this process's descriptor: the connection stays open
        task = asyncio.get_running_loop().create_task(self._open(ended.plain, own))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)
        return True

    async def _open(self, plain: socket.socket, own: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: self._new(own=own), plain)
        except OSError as error:
            plain.close()
            _log.debug("a connection ended while it was handed over: %s", error)
