"""The bus of this relay: a NATS server, found again whenever it is lost. Event loop.

One task sends everything in order, so nobody who publishes waits. What is published while there is
no server is dropped: an old picture is of no use to anybody. Subscriptions are made again.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from .address import Secret, Server
from .broker import Receive
from .nats_client import close, connected
from .reasons import GONE, BusFailure, not_permitted, silent

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_log = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 0.5
REFUSED_WAIT_S: Final = 5.0
ROUND_S: Final = 1.0
"""How often the server is asked for an answer."""
SILENT_S: Final = 2
"""A server that does not answer for so long is gone, or the network is."""
_DRAIN_S: Final = 0.5
MOST_QUEUED_BYTES: Final = 16 << 20
_PENDING_BYTES: Final = 64 << 20
"""nats-py drops the newest message above this; the reader never lets so much wait."""
_ROOM: Final = re.compile(r"ss\.1\.([a-z0-9-]+)\.")


class NatsBus:
    """Implements `Bus`. `on_change`: called when a server is found or lost, with why it was lost.

    `run` finds it again until it is cancelled.
    """

    def __init__(
        self,
        servers: tuple[Server, ...],
        secret: Secret,
        on_change: Callable[[str], None] = lambda why: None,
    ) -> None:
        self._servers = itertools.cycle(servers)
        self._count = len(servers)
        self._secret = secret
        self._on_change = on_change
        self._client: Client | None = None
        self._queue: deque[_Order] = deque()
        self._queued_bytes = 0
        self._has_some = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._subscriptions: dict[_Subscription, None] = {}
        self._refused: set[str] = set()

    # What rooms use

    @property
    def is_open(self) -> bool:
        return self._client is not None

    @property
    def waiting_bytes(self) -> int:
        """What waits here and in nats-py."""
        if self._client is None:
            return 0
        return self._queued_bytes + self._client.pending_data_size

    def publish(self, subject: str, messages: Iterable[bytes]) -> None:
        if self._client is None or self._queued_bytes > MOST_QUEUED_BYTES:
            return
        for message in messages:
            self._queued_bytes += len(message)
            self._put(("publish", subject, message))

    def subscribe(self, subject: str, receive: Receive) -> Callable[[], None]:
        subscription = _Subscription(subject, receive)
        self._subscriptions[subscription] = None
        if self._client is not None:
            self._put(("subscribe", subscription, b""))

        def end() -> None:
            subscription.is_over = True
            if subscription in self._subscriptions:
                del self._subscriptions[subscription]
                if self._client is not None:
                    self._put(("unsubscribe", subscription, b""))

        return end

    # The connection

    async def run(self, on_first: Callable[[BusFailure | None], None]) -> None:
        """Find a server, again and again. `on_first`: how the first attempt ended."""
        wait_s = FIRST_WAIT_S
        was_open = False
        for attempt in itertools.count():
            if attempt and attempt % self._count == 0:
                await asyncio.sleep(wait_s * random.uniform(0.75, 1.25))
                wait_s = min(LONGEST_WAIT_S, 2 * wait_s)
            try:
                client, ended = await self._connected()
            except BusFailure as failure:
                _log.debug("no server of the bus", exc_info=failure)
                failure.with_traceback(None)  # or it would keep each attempt for ever
                is_refused = failure.is_final and not (was_open and failure.may_pass)
                if attempt == 0 or is_refused:
                    self._on_change(failure.why)
                if attempt == 0:
                    on_first(failure)
                if is_refused:
                    await asyncio.sleep(REFUSED_WAIT_S)
                continue
            if attempt == 0:
                on_first(None)
            wait_s, was_open = FIRST_WAIT_S, True
            await self._use(client, ended)

    async def _connected(self) -> tuple[Client, asyncio.Event]:
        server = next(self._servers)
        try:
            ended = asyncio.Event()
            client = await connected(server, self._secret, self._note, ended.set)
        except BusFailure:
            raise
        except Exception:  # the outermost edge: nats-py raises what it likes
            _log.exception("an unexpected error on the way to the broker; please report it")
            raise silent(server.name) from None
        return client, ended

    async def _use(self, client: Client, ended: asyncio.Event) -> None:
        """Use this server until it is lost."""
        self._queue.clear()
        self._queued_bytes = 0
        for subscription in self._subscriptions:
            subscription.number = None
            self._queue.append(("subscribe", subscription, b""))
        self._has_some.set()
        self._client = client
        self._on_change("")
        work = (self._send(client), _probe(client), _ended(ended))
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._client = None
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception):
                    _log.debug("the connection to the broker broke", exc_info=result)
            await close(client)
        self._on_change(GONE.why)

    async def drain(self) -> None:
        """Wait until what was published has left; at most a moment."""
        client = self._client
        if client is None:
            return
        try:
            async with asyncio.timeout(_DRAIN_S):
                await self._is_idle.wait()
                await client.flush(1)
        except Exception as error:  # nats-py raises what it likes; the relay stops anyhow
            _log.debug("the broker did not take the last messages", exc_info=error)

    def _put(self, order: _Order) -> None:
        self._queue.append(order)
        self._is_idle.clear()
        self._has_some.set()

    async def _send(self, client: Client) -> None:
        """Send what is queued, until the connection is gone."""
        while True:
            await self._has_some.wait()
            self._has_some.clear()
            while self._queue:
                kind, what, message = self._queue.popleft()
                if isinstance(what, str):
                    self._queued_bytes -= len(message)
                    await client.publish(what, message)
                elif kind == "subscribe" and not what.is_over:
                    what.number = await client.subscribe(
                        what.subject, cb=what.take, pending_bytes_limit=_PENDING_BYTES
                    )
                elif kind == "unsubscribe" and what.number is not None:
                    await what.number.unsubscribe()
            self._is_idle.set()

    def _note(self, error: Exception) -> None:
        """What the server says that does not end the connection."""
        said = str(error)
        room = _ROOM.search(said)
        if "permissions violation" not in said.lower() or room is None:
            _log.debug("the broker says: %s", said)
        elif room[1] not in self._refused:
            self._refused.add(room[1])
            _log.warning("%s", not_permitted(room[1]))


class _Subscription:
    """One subject that is read here. `number`: nats-py's own object for it."""

    __slots__ = ("is_over", "number", "receive", "subject")

    def __init__(self, subject: str, receive: Receive) -> None:
        self.subject = subject
        self.receive = receive
        self.is_over = False
        self.number: Any = None

    async def take(self, message: Msg) -> None:
        if self.is_over:
            return
        try:
            self.receive(message.subject, message.data)
        except Exception:  # the outermost edge: nats-py would hide it
            _log.exception("an unexpected error by a message of the bus; please report it")


async def _ended(event: asyncio.Event) -> None:
    await event.wait()


_Order = tuple[str, "str | _Subscription", bytes]


async def _probe(client: Client) -> None:
    """Return when the server says nothing any more, or the connection is closed.

    An answer may wait behind pictures on a slow path; other messages count too.
    """
    while client.is_connected:
        received = client.stats["in_msgs"]
        try:
            await client.flush(SILENT_S)
        except Exception as error:  # nats-py raises what it likes
            _log.debug("the broker does not answer", exc_info=error)
            if client.stats["in_msgs"] == received:
                return
        await asyncio.sleep(ROUND_S)
