"""Keeps this host's streams on a relay: connects, publishes, connects again. Event loop.

The host dials out, so it may be behind NAT; proxies are those of the environment. The relay's link
comes from the relay, at each connection.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from yarl import URL

from samescreen.clock import clock_us
from samescreen.errors import ProtocolError, is_out_of_date
from samescreen.grants import Grant
from samescreen.hub.files import FileKeeper
from samescreen.hub.hub import Hub
from samescreen.hub.marks import Mark
from samescreen.hub.stream import Stream
from samescreen.version import __version__
from samescreen.wire.messages import OLDEST_OF_PROGRAMS, PROTOCOL_VERSION, Bye
from samescreen.wire.publishing import Publish, Welcomed, message_to_publisher

from . import reasons
from .file_bodies import RelayBodies, connector
from .guests import Guests
from .intake import Intake
from .publication import Publication
from .reasons import Failure
from .socket import RelaySocket

if TYPE_CHECKING:  # importing what it needs takes a while
    from .seal import Seal

_log = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 30.0
STEADY_S: Final = 1.0
"""A connection that lasted so long lets the next waits be short again."""
SOON_S: Final = 30.0
"""A relay that is lost is mostly back within this; so long the waits stay short."""
_ANSWER_S: Final = 15.0
_HEARTBEAT_S: Final = 10.0
"""A dead connection is found after one and a half of these."""
_TICK_S: Final = 0.25
_MOST_ANSWER_BYTES: Final = 4096
_MOST_MESSAGE_BYTES: Final = 64 * 1024
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~-]{0,128}")
"""What is shown as a link has nothing else in it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The relay shows the streams. `link`: for viewers; "" where the relay hands out none."""

    link: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """The relay does not show them, or no longer. `again_s`: when to try again; None: never."""

    why: str
    again_s: float | None
    was_open: bool


@dataclass(frozen=True, slots=True)
class NotShown:
    """The relay does not show one of the streams."""

    name: str
    why: str


News = Opened | Lost | NotShown


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the relay's people may ask this host for. `draw` shows their marks to its viewers.

    `files`: who keeps this host's files; None: nobody. `is_barred`: whether the host put the person
    with that id out.
    """

    grants: frozenset[Grant] = frozenset()
    draw: Callable[[Stream, Mark], None] = lambda stream, mark: None
    files: FileKeeper | None = None
    is_barred: Callable[[str], bool] = lambda person_id: False


_NOTHING: Final = Allowed()


class Waits:
    """How long to wait before each attempt: short for `SOON_S` after a connection. Pure."""

    __slots__ = ("_lost_s", "_next_s")

    def __init__(self) -> None:
        self._lost_s: float | None = None
        self._next_s = FIRST_WAIT_S

    def lost(self, lasted_s: float, now_s: float) -> None:
        """A connection that had lasted so long is gone."""
        if lasted_s >= STEADY_S:
            self._lost_s, self._next_s = now_s, FIRST_WAIT_S

    def after(self, now_s: float) -> float:
        """The wait after an attempt that has just ended; each call counts as one."""
        wait_s = self._next_s
        if self._lost_s is None or now_s - self._lost_s >= SOON_S:
            self._next_s = min(LONGEST_WAIT_S, 2 * wait_s)
        return wait_s


class Via:
    """The relay at `url`, which takes `token`. `name`: of this host. `on_news`: see `News`.

    `seal`: the relay gets no packet that it could read; the link has the key.
    """

    def __init__(
        self,
        url: str,
        token: str,
        hub: Hub,
        name: str,
        on_news: Callable[[News], None],
        allowed: Allowed = _NOTHING,
        seal: Seal | None = None,
    ) -> None:
        self._seal = seal
        self._allowed = allowed
        self._url = URL(url.rstrip("/"))
        self._token = token
        self._hub = hub
        self._name = name
        self._on_news = on_news
        self._program = secrets.token_urlsafe(16)
        self._opened_s: float | None = None

    async def run(self) -> None:
        """Publish until cancelled, or until trying again cannot help."""
        waits = Waits()
        while True:
            try:
                await self._publish_once()
                failure = reasons.GONE
            except Failure as known:
                failure = known.with_traceback(None)  # or it would keep each attempt for ever
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                failure = _failure_of(error)
                _log.debug("the connection to the relay failed", exc_info=error)
            except Exception:  # the outermost edge of this task
                _log.exception("an unexpected error on the way to the relay; please report it")
                failure = reasons.GONE
            now_s = asyncio.get_running_loop().time()
            opened_s, self._opened_s = self._opened_s, None
            if was_open := opened_s is not None:
                waits.lost(now_s - opened_s, now_s)
            wait_s = waits.after(now_s)
            is_final = failure.is_final and not was_open
            self._on_news(Lost(failure.why, None if is_final else wait_s, was_open))
            if is_final:
                return
            await asyncio.sleep(wait_s)

    async def _publish_once(self) -> None:
        """One connection, from the first question to its end. Raises Failure and aiohttp's."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "User-Agent": f"samescreen/{__version__}",
        }
        async with aiohttp.ClientSession(
            connector=connector(), trust_env=True, headers=headers
        ) as session:
            token = await self._viewer_token(session)
            link = f"{self._url}/{self._fragment(token)}"
            path = self._url / "ws" / "publish"
            async with asyncio.timeout(_ANSWER_S):
                ws = await session.ws_connect(
                    path, heartbeat=_HEARTBEAT_S, max_msg_size=_MOST_MESSAGE_BYTES
                )
            async with ws:
                await self._talk(ws, link, RelayBodies(session, self._url))

    def _fragment(self, token: str) -> str:
        """What stands behind the link: browsers send none of it to the relay."""
        parts = [f"token={token}"] if token else []
        if self._seal is not None:
            parts.append(f"seal={self._seal.text}")
        return f"#{'&'.join(parts)}" if parts else ""

    async def _viewer_token(self, session: aiohttp.ClientSession) -> str:
        """The token of the relay's link to hand out. Raises Failure: it is no relay for us."""
        path = self._url / "api" / "publish"
        limit = aiohttp.ClientTimeout(total=_ANSWER_S)
        async with session.get(path, timeout=limit, allow_redirects=False) as answer:
            if answer.status != 200:
                raise reasons.of_status(answer.status)
            body = await answer.content.read(_MOST_ANSWER_BYTES)
        return _token_in(body)

    async def _talk(
        self, ws: aiohttp.ClientWebSocketResponse, link: str, bodies: RelayBodies
    ) -> None:
        connection = RelaySocket(ws)
        sending = asyncio.ensure_future(connection.run())
        publication: Publication | None = None
        try:
            connection.send_text(Publish(PROTOCOL_VERSION, self._name, program=self._program))
            welcomed = await self._welcome(ws)
            report_us = welcomed.got_interval_ms * 1000
            allowed = self._allowed
            files = None if allowed.files is None else (allowed.files, bodies)
            guests = Guests(
                *(self._hub, connection, allowed.grants, allowed.draw, files, allowed.is_barred)
            )
            publication = Publication(
                *(self._hub, connection, clock_us, report_us),
                *(self._note_refusal, guests, self._seal),
                takes_marks=welcomed.marks,
            )
            self._opened_s = asyncio.get_running_loop().time()
            self._on_news(Opened(link))
            ticking = asyncio.ensure_future(_tick(publication))
            try:
                reading = asyncio.ensure_future(self._read_all(ws, publication))
                await _first_of(reading, sending, ticking)
            finally:
                ticking.cancel()
                reading.cancel()
        finally:
            if publication is not None:
                publication.close()
            sending.cancel()

    async def _welcome(self, ws: aiohttp.ClientWebSocketResponse) -> Welcomed:
        async with asyncio.timeout(_ANSWER_S):
            message = await _next(ws, Intake(clock_us()))
        if not isinstance(message, Welcomed):
            raise reasons.NO_RELAY
        if not OLDEST_OF_PROGRAMS <= message.version <= PROTOCOL_VERSION:
            raise reasons.VERSION
        if self._seal is not None and not message.seals:
            raise reasons.NO_SEAL
        return message

    async def _read_all(
        self, ws: aiohttp.ClientWebSocketResponse, publication: Publication
    ) -> None:
        intake = Intake(clock_us())
        try:
            while True:
                message = await _next(ws, intake)
                try:
                    publication.read(message)
                except ProtocolError:
                    raise reasons.VERSION from None
        finally:
            _log.debug("texts of the relay waited %d times", intake.waits)

    def _note_refusal(self, name: str, why: str) -> None:
        self._on_news(NotShown(name, why))


async def _next(ws: aiohttp.ClientWebSocketResponse, intake: Intake) -> Any:
    """The next message of the relay. Raises Failure: the connection ends with a reason."""
    message = await ws.receive()
    if message.type is aiohttp.WSMsgType.TEXT:
        wait_us = intake.count(len(message.data), clock_us())
        if wait_us:
            if intake.waits == 1:
                _log.warning("the relay sends more than this host reads: its messages wait")
            await asyncio.sleep(wait_us / 1e6)
        try:
            told = message_to_publisher(message.data)
        except ProtocolError:
            raise reasons.VERSION from None
        if isinstance(told, Bye):
            raise await _of_bye(ws)
        return told
    raise reasons.of_close(ws.close_code)


async def _of_bye(ws: aiohttp.ClientWebSocketResponse) -> Failure:
    """The close that follows a goodbye has its code."""
    async with asyncio.timeout(_ANSWER_S):
        while (await ws.receive()).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            pass
    return reasons.of_close(ws.close_code)


async def _tick(publication: Publication) -> None:
    while True:
        publication.tick()
        await asyncio.sleep(_TICK_S)


async def _first_of(*tasks: asyncio.Future[None]) -> None:
    """Wait until one of them ends, and raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for each in done:
        each.result()


def _token_in(body: bytes) -> str:
    try:
        told = json.loads(body)
        token = told["token"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise reasons.NO_RELAY from None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise reasons.NO_RELAY
    return token


def _failure_of(error: BaseException) -> Failure:
    """Why aiohttp could not connect, or lost the connection."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return reasons.of_status(error.status)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        is_old = is_out_of_date(error.certificate_error)
        return reasons.OUT_OF_DATE if is_old else reasons.NOT_TRUSTED
    cause = getattr(error, "os_error", None)
    if isinstance(error, aiohttp.ClientConnectorSSLError) or isinstance(cause, ssl.SSLError):
        return reasons.NO_TLS
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return Failure(f"the proxy of the environment does not let it through: {error}")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Failure(f"there is no server {error.host}; check its name and the network")
    if isinstance(error, TimeoutError):
        return reasons.SLOW
    if isinstance(error, aiohttp.ClientConnectorError):
        return Failure(f"{error.host}:{error.port} does not answer; is the relay running?")
    if isinstance(error, aiohttp.ClientResponseError):
        return reasons.NO_RELAY
    return reasons.GONE
