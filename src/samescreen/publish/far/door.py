"""How this host gets in at another host, over HTTP: certificate, PIN, WebSockets. Event loop.

A token goes as a bearer, which no URL and no log contains. A PIN logs in as a page does, and the
WebSockets then come from that page's Origin.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import aiohttp
import msgspec

from samescreen.capture.far import FarAddress
from samescreen.errors import is_out_of_date
from samescreen.gate.profiles import HOST

from . import reasons
from .reasons import Failure, Reason

CONNECT_S: Final = 4.0
_ANSWER_BYTES: Final = 1 << 20
_PROTOCOL: Final = "samescreen"


class StreamFacts(msgspec.Struct, frozen=True):
    """What `/api/status` says of a stream. `hosts`: those it comes through, the nearest first."""

    stream: str
    hosts: list[str] = []


class HostFacts(msgspec.Struct, frozen=True):
    """What `/api/status` says of a host, as far as it matters here."""

    streams: list[StreamFacts] = []


class Door:
    """The way in at `address`; leave it as a context manager. Raises Failure from every method."""

    def __init__(self, address: FarAddress) -> None:
        self._address = address
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            trust_env=True,
        )
        self._tls: ssl.SSLContext | bool = True
        self._pass = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    async def enter(self) -> None:
        """Check the certificate authority that the address names, and log in with a PIN."""
        if self._address.authority:
            self._tls = await self._by_authority()
        if self._address.is_pin:
            await self._log_in()

    async def facts(self) -> HostFacts:
        """What the other host says of its streams."""
        body = await self._ask("GET", "/api/status", self._headers())
        try:
            return msgspec.json.decode(body, type=HostFacts)
        except msgspec.DecodeError:
            raise Failure(reasons.NO_HOST) from None

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket of a viewer."""
        with _AsFailures():
            ws = await self._opened()
        try:
            yield ws
        finally:
            await ws.close()

    async def _opened(self) -> aiohttp.ClientWebSocketResponse:
        try:
            return await self._open()
        except aiohttp.WSServerHandshakeError as refused:
            raise Failure(self._refusal(refused.status, refused.headers or {})) from None

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        headers, protocols = self._headers(), [_PROTOCOL]
        if self._address.is_pin:
            headers["Origin"] = self._address.origin
            protocols.append(f"samescreen.pass.{self._pass}")
        async with asyncio.timeout(CONNECT_S):
            return await self._session.ws_connect(
                f"{self._address.base}/ws",
                headers=headers,
                protocols=protocols,
                ssl=self._tls,
                max_msg_size=HOST.rates.message_bytes + 1,
                compress=0,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )

    def _headers(self) -> dict[str, str]:
        secret = self._address.secret
        return {} if not secret or self._address.is_pin else {"Authorization": f"Bearer {secret}"}

    async def _log_in(self) -> None:
        fields = {"pin": self._address.secret, "pass": True}
        origin = {"Origin": self._address.origin}
        body = await self._ask("POST", "/api/login", origin, fields)
        try:
            self._pass = msgspec.json.decode(body, type=dict[str, str])["pass"]
        except (msgspec.DecodeError, KeyError):
            raise Failure(reasons.NO_HOST) from None

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], fields: Any = None
    ) -> bytes:
        """The body of the answer."""
        with _AsFailures():
            async with asyncio.timeout(CONNECT_S):
                answering = self._session.request(
                    method,
                    self._address.base + path,
                    json=fields,
                    headers=headers,
                    ssl=self._tls,
                    allow_redirects=False,
                )
                async with answering as answer:
                    if answer.status != 200:
                        raise Failure(self._refusal(answer.status, answer.headers))
                    body = bytearray()
                    async for part in answer.content.iter_any():
                        body += part
                        if len(body) > _ANSWER_BYTES:
                            raise Failure(reasons.NO_HOST)
                    return bytes(body)

    def _refusal(self, status: int, headers: Mapping[str, str]) -> Reason:
        cause, retry_after = headers.get("Samescreen-Cause", ""), headers.get("Retry-After", "")
        has_secret = bool(self._address.secret)
        return reasons.of_answer(status, cause, retry_after, has_secret=has_secret)

    async def _by_authority(self) -> ssl.SSLContext:
        """TLS that trusts the authority of that SHA-256 only.

        The authority's certificate is fetched over a connection that proves nothing, which does not
        matter: it must have the SHA-256 that the address names, and nothing secret is sent before.
        """
        self._tls = False
        pem = await self._ask("GET", "/ca.crt", {})
        self._tls = True
        try:
            text = pem.decode("ascii")
            der = ssl.PEM_cert_to_DER_cert(text)
        except ValueError:
            raise Failure(reasons.OTHER_AUTHORITY) from None
        if hashlib.sha256(der).hexdigest().upper() != self._address.authority:
            raise Failure(reasons.OTHER_AUTHORITY)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=der)
        return context


class _AsFailures:
    """Inside, what goes wrong with a connection becomes a `Failure`."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            is_old = is_out_of_date(error.certificate_error)
            raise Failure(reasons.OUT_OF_DATE if is_old else reasons.NOT_TRUSTED) from None
        if isinstance(error, aiohttp.ClientSSLError):
            raise Failure(reasons.NO_TLS) from None
        if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
            raise Failure(reasons.NO_HOST) from None
        if isinstance(error, TimeoutError | aiohttp.ClientError | OSError):
            raise Failure(reasons.GONE) from None
