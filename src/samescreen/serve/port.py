"""One TCP port for http and https, and the application that answers there. Event loop.

It owns the socket and the certificate. What the application serves is not its business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Final

from aiohttp import web

from samescreen.aside import waited_for
from samescreen.options import NetworkOptions

from .http_protocol import protocols
from .listen import Listener, listening_socket
from .proxy import TrustedProxies
from .tls import Tls, open_tls, own_names
from .tls_elsewhere import TlsEnds

_log = logging.getLogger(__name__)

_REFRESH_S: Final = 60.0
_STOP_S: Final = 1.0


class Port:
    """The port of these options. `names`: further names for the certificate.

    Before `open`, `number` is the one of the options, and `tls` is None.
    """

    def __init__(self, options: NetworkOptions, names: tuple[str, ...]) -> None:
        self.number = options.port
        self.proxies = TrustedProxies(options.trusted_networks)
        self.tls: Tls | None = None
        """The certificate; None: switched off, or it cannot be made."""
        self.is_open = False
        self.tunnel_url = ""
        """The page by a tunnel that leads here; "": there is none."""
        self._options = options
        self._names = names

    async def open(
        self,
        stack: AsyncExitStack,
        make_app: Callable[[], web.Application],
        tls_ends: TlsEnds | None = None,
    ) -> None:
        """Open it until the stack closes. `make_app` is called when number and `tls` are known.

        `tls_ends`: other processes that end TLS.

        Raises:
            ServeError: it cannot be opened.
        """
        options = self._options
        self.tls = await waited_for(self._open_tls, f"the certificate (--tls {options.tls})")
        # This may ask the system's resolver, which may never answer.
        listening = partial(listening_socket, options.host, options.port)
        sock = await waited_for(listening, f"the address of --host {options.host}")
        stack.callback(sock.close)
        self.number, self.is_open = sock.getsockname()[1], True
        runner = web.AppRunner(make_app(), shutdown_timeout=_STOP_S)
        await runner.setup()
        assert runner.server is not None
        tls = self.tls
        context_for = tls.context_for if tls is not None else None
        ends = None if tls is None or tls_ends is None else (tls_ends, tls.pem_for)
        listener = Listener(protocols(runner.server), context_for, self.proxies, tls_ends=ends)
        stack.callback(listener.drop_all)
        stack.push_async_callback(runner.cleanup)
        stack.callback(listener.close)
        await listener.start(sock)
        stack.callback(asyncio.get_running_loop().create_task(self._refresh_tls()).cancel)

    def _open_tls(self) -> Tls | None:
        options = self._options
        if options.tls == "off":
            return None
        names = [*own_names(), *self._names]
        try:
            return open_tls(options.tls, names, datetime.now(UTC), options.host)
        except OSError as error:
            _log.warning("no https: cannot make a certificate: %s", error)
            return None

    async def _refresh_tls(self) -> None:
        """Follow the machine's addresses, and certificates that expire or are replaced."""
        while self.tls is not None:
            await asyncio.sleep(_REFRESH_S)
            try:
                await self.tls.refresh(datetime.now(UTC))
            except OSError as error:
                _log.warning("the https certificate could not be renewed: %s", error)
