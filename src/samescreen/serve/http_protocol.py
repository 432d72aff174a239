"""HTTP on one of our own connections: aiohttp's parser and request loop, but discreet.

Runs on the event loop. A request finds its connection through it (`connection_of`), which is how
routes say what a peer may cost. aiohttp answers what it cannot parse before any of our rules is
asked, with its own name and the sender's words, and logs a traceback. Here the answer has our
headers, and the log gets one line in ten seconds, without anything that the sender wrote.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from samescreen.clock import clock_us

from .connection import Connection
from .log_throttle import ThrottledLog, location_of
from .site import BASIC_HEADERS

_log = logging.getLogger(__name__)
KEEP_ALIVE_S: Final = 15.0
"""How long a connection may be idle after an answer."""
_UNREADABLE: Final = "This is not an HTTP request that this host understands.\n"
_FAILED: Final = "The host could not answer this; its log says more.\n"


@dataclass(frozen=True, slots=True)
class _PortLog:
    """What the connections of one port log together."""

    unreadable: ThrottledLog
    failed: ThrottledLog

    def note(self, peer: str, error: BaseException | None) -> None:
        """A bug, that is: with its place, and with its traceback only for those who debug."""
        line = f"a request from {peer} could not be answered: {location_of(error)}"
        if self.failed.log(line, clock_us()):
            _log.debug("here is where it happened", exc_info=error)


def protocols(server: web.Server) -> Callable[[Connection], asyncio.Protocol]:
    """Makes the protocol of each connection; `server` is what an aiohttp runner has set up."""
    log = _PortLog(ThrottledLog(_log, logging.INFO), ThrottledLog(_log, logging.ERROR))
    return lambda connection: HttpProtocol(server, connection, log)


def connection_of(request: web.Request) -> Connection | None:
    """The connection that a request came on; None where another application accepted it."""
    protocol = request.protocol
    return protocol.connection if isinstance(protocol, HttpProtocol) else None


class HttpProtocol(RequestHandler):
    """One connection's HTTP."""

    __slots__ = ("_port_log", "connection")

    def __init__(self, server: web.Server, connection: Connection, log: _PortLog) -> None:
        options: dict[str, Any] = {
            "access_log": None,
            # No request of ours is compressed, and a stranger's broken one is an error elsewhere.
            "auto_decompress": False,
            "keepalive_timeout": KEEP_ALIVE_S,
        }
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self.connection = connection
        self._port_log = log

    def log_debug(self, *args: Any, **kw: Any) -> None:
        """Nothing: that somebody went away is no news."""

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """What aiohttp could not cope with after the answer, such as a body that breaks off."""
        self._port_log.unreadable.log("a request broke off or was malformed", clock_us())

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status < 500:
            line = f"a request from {request.remote} could not be read: {type(exc).__name__}"
            self._port_log.unreadable.log(line, clock_us())
        else:
            self._port_log.note(str(request.remote), exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        text = _UNREADABLE if status < 500 else _FAILED
        answer = web.Response(status=status, text=text, headers=BASIC_HEADERS)
        answer.force_close()
        return answer
