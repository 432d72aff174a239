"""One connection to one NATS server, by nats-py, which is imported only here. Event loop.

It never connects again by itself, and keeps nothing for later: `nats_bus.py` begins anew.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from samescreen.errors import is_out_of_date

from .address import Secret, Server
from .reasons import (
    BAD_CREDENTIALS,
    NO_PACKAGE,
    NO_TLS,
    NOT_TRUSTED,
    OLD_CREDENTIALS,
    OUT_OF_DATE,
    REFUSED,
    BusFailure,
    no_nats,
    silent,
    too_small,
)
from .wire import CHUNK_BYTES

if TYPE_CHECKING:
    from nats.aio.client import Client

CONNECT_S: Final = 1.0
_EVER: Final = float("inf")
_SEED: Final = re.compile(rb"BEGIN USER NKEY SEED-+\s+(S[A-Z2-7]+)\s+-+END")
_CLAIMS: Final = re.compile(rb"BEGIN NATS USER JWT-+\s+[\w-]+\.([\w-]+)\.[\w-]+\s+-+END")
_ANSWER_S: Final = 2.0
_CLOSE_S: Final = 0.5


class _NoTls(Exception):
    """The server would get the secret in clear."""


async def connected(
    server: Server,
    secret: Secret,
    on_error: Callable[[Exception], None],
    on_end: Callable[[], None],
) -> Client:
    """A connection that is ready. `on_error`: called with what the server says later. `on_end`:
    when it is gone.

    Raises:
        BusFailure: there is none.
    """
    try:
        from nats import errors
        from nats.aio.client import Client
    except ImportError:
        raise NO_PACKAGE from None
    if secret.credentials:
        _check_credentials(secret.credentials)
    # nats-py logs a traceback for a connection that breaks. `NatsBus` says it in one line.
    logging.getLogger("nats").setLevel(logging.CRITICAL)
    client = Client()
    try:
        async with asyncio.timeout(CONNECT_S + _ANSWER_S):
            settings = _settings(client, server, secret)
            await client.connect(
                **settings, error_cb=_calling(on_error), closed_cb=_calling(on_end)
            )
        if server.is_secure and not _offers_tls(client):
            raise _NoTls
        if client.max_payload < CHUNK_BYTES:
            raise too_small(client.max_payload)
        _call_at_end_of_reading(client, on_end)
    except BaseException as error:
        await close(client)
        if isinstance(error, errors.Error | OSError | ValueError | ImportError | _NoTls):
            raise _failure_of(error, server, secret) from error
        raise
    return client


def _check_credentials(path: str) -> None:
    """nats-py takes a file without a seed, and fails later with an error of any kind.

    Raises:
        BusFailure: this is no .creds file, or its time is over.
    """
    try:
        import nkeys
    except ImportError:
        raise NO_PACKAGE from None
    try:
        text = Path(path).read_bytes()
        seed, claims = _SEED.search(text), _CLAIMS.search(text)
        if seed is None or claims is None:
            raise BAD_CREDENTIALS
        nkeys.from_seed(seed[1])
        said = json.loads(base64.urlsafe_b64decode(claims[1] + b"=="))
        is_valid = said.get("nbf", 0) <= time.time() and time.time() <= (said.get("exp") or _EVER)
    except (OSError, ValueError, TypeError, AttributeError, nkeys.NkeysError):
        raise BAD_CREDENTIALS from None
    if not is_valid:
        raise OLD_CREDENTIALS


async def close(client: Client) -> None:
    """End it, within half a second, whatever the network does."""
    transport = getattr(client, "_transport", None)
    try:
        async with asyncio.timeout(_CLOSE_S):
            await client.close()
    except (TimeoutError, OSError, RuntimeError, AttributeError):
        pass  # nats-py waits until the network has taken all, and fails in parts not begun
    writer = getattr(transport, "_io_writer", None)
    if writer is not None:
        writer.transport.abort()


def _call_at_end_of_reading(client: Client, on_end: Callable[[], None]) -> None:
    """nats-py reads no more once the server is gone, and may fail before it calls `closed_cb`."""
    reading = client._reading_task
    if reading is not None:
        reading.add_done_callback(lambda _: on_end())


def _calling(call: Callable[..., None]) -> Callable[..., Coroutine[Any, Any, None]]:
    """The same as nats-py wants it."""

    async def called(*arguments: Any) -> None:
        call(*arguments)

    return called


def _settings(client: Client, server: Server, secret: Secret) -> dict[str, Any]:
    def guarded(text: str) -> Callable[[], str]:
        """Gives the text, or raises `_NoTls` where TLS is required and missing."""

        def give() -> str:
            if server.is_secure and not _offers_tls(client):
                raise _NoTls
            return text

        return give

    settings: dict[str, Any] = {
        "servers": [server.url],
        "name": "samescreen",
        "allow_reconnect": False,
        "connect_timeout": CONNECT_S,
        "ping_interval": 5,
        "max_outstanding_pings": 2,
    }
    if server.is_secure:
        settings["tls"] = ssl.create_default_context()
    if secret.credentials:
        settings["user_credentials"] = secret.credentials
    elif secret.token:
        settings["token"] = guarded(secret.token)
    elif secret.user:
        settings["user"], settings["password"] = secret.user, guarded(secret.password)
    return settings


def _offers_tls(client: Client) -> bool:
    """The server's first line says that it goes on by TLS; nats-py then does, or fails."""
    return bool(client._server_info.get("tls_required"))


def _failure_of(error: BaseException, server: Server, secret: Secret) -> BusFailure:
    said = str(error).lower()
    if isinstance(error, _NoTls):
        return NO_TLS
    if isinstance(error, ssl.SSLCertVerificationError):
        return OUT_OF_DATE if is_out_of_date(error) else NOT_TRUSTED
    if isinstance(error, ssl.SSLError):
        return no_nats(server.name)
    if "authorization" in said or "authentication" in said:
        return REFUSED
    if secret.credentials and isinstance(error, ValueError):
        return BAD_CREDENTIALS
    if "info message" in said or "json" in said:
        return no_nats(server.name)
    return silent(server.name)
