"""One WebSocket to another host, as one of its viewers: it reads, acknowledges, pings. Event loop.

What it gets goes to a `Reader`, in order. It decides nothing about streams.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final, Protocol

import aiohttp

from samescreen.clock import clock_us
from samescreen.errors import ProtocolError
from samescreen.gate.profiles import HOST
from samescreen.gate.rates import Intake
from samescreen.gate.refusal import Unfit
from samescreen.media import Packet, PacketKind, Rendition
from samescreen.wire import messages
from samescreen.wire.messages import FromViewer, ToViewer
from samescreen.wire.packets import packet_from_bytes
from samescreen.wire.viewing import message_to_viewer, text_from_viewer

from . import reasons
from .asking import Acks, FreshStarts
from .pictures import Role
from .reasons import Failure

_EARLY_PINGS: Final = 4
_EARLY_PING_S: Final = 0.24
_PING_S: Final = 2.0
_SILENT_S: Final = 6.5
"""A host answers each ping; three that stay unanswered mean that it is gone."""

_MOST_UNSENT: Final = 1000
"""With more messages waiting the other host does not read."""

_REPORT_US: Final = 1_000_000


class Reader(Protocol):
    """Takes what a line gets. An exception ends the line."""

    async def read(self, line: FarLine, message: ToViewer, now_us: int) -> None:
        """A message; only the first ones may wait for an answer of the other host."""

    def take(self, line: FarLine, packet: Packet, now_us: int) -> None:
        """A packet."""


class FarLine:
    """`role`: what it is for. `hello` is its first message. A start on it ends with a packet of
    `rendition`."""

    def __init__(
        self,
        ws: aiohttp.ClientWebSocketResponse,
        role: Role,
        hello: messages.Hello,
        rendition: Rendition,
        reader: Reader,
    ) -> None:
        self.role = role
        self.acks = Acks()
        self.starts = FreshStarts(rendition)
        self._ws = ws
        self._reader = reader
        self._unsent: deque[FromViewer] = deque([hello])
        self._has_unsent = asyncio.Event()
        self._has_unsent.set()
        self._is_welcome = False
        self._heard_us = clock_us()
        self._figures = _Figures(self._heard_us)
        self._loop = asyncio.get_running_loop()
        self._ack_at: asyncio.TimerHandle | None = None

    def say(self, message: FromViewer) -> None:
        """Send this soon, after what was said before."""
        self._unsent.append(message)
        self._has_unsent.set()

    def wish(self, renditions: frozenset[Rendition]) -> None:
        """Viewers here need a packet of each of these that stands alone."""
        self.starts.wish(renditions)
        self.ask_if_due(clock_us())

    def ask_if_due(self, now_us: int) -> None:
        """Ask for a fresh start, if one is wished for and allowed."""
        if self._is_welcome and self.starts.is_due(now_us):
            self.starts.asked(now_us)
            self.say(messages.Need())

    def hold_acks(self, is_held: bool) -> None:
        """Acknowledge nothing for a while: nobody here has room for a picture."""
        self.acks.hold(is_held, clock_us())
        self._plan_acks()

    async def run(self) -> None:
        """Until the connection ends, which raises Failure, or until it is cancelled."""
        works: list[Coroutine[Any, Any, None]] = [self._read(), self._write(), self._ping()]
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            if self._ack_at is not None:
                self._ack_at.cancel()
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        intake = Intake(HOST.rates, clock_us())
        try:
            async for got in self._ws:
                now_us = self._heard_us = clock_us()
                if got.type is aiohttp.WSMsgType.BINARY:
                    intake.count(len(got.data), now_us)
                    self._take(packet_from_bytes(got.data), now_us)
                elif got.type is aiohttp.WSMsgType.TEXT:
                    intake.count(len(got.data), now_us)
                    await self._take_text(message_to_viewer(got.data), now_us)
        except (ProtocolError, Unfit):
            raise Failure(reasons.HARMFUL) from None
        raise Failure(reasons.of_close(self._ws.close_code))

    def _take(self, packet: Packet, now_us: int) -> None:
        if packet.is_sealed:
            raise Failure(reasons.SEALED)
        self._reader.take(self, packet, now_us)
        self._figures.took(packet, now_us)
        self.acks.took(packet, now_us)
        if packet.is_keyframe:
            self.starts.came(packet.rendition)
            self.ask_if_due(now_us)
        if self._ack_at is None:
            self._plan_acks()

    async def _take_text(self, message: ToViewer, now_us: int) -> None:
        if isinstance(message, messages.Welcome | messages.Stats):
            self.acks.interval_us = min(max(message.ack_interval_ms, 10), 2_000) * 1000
        if isinstance(message, messages.Welcome):
            self._is_welcome = True
        await self._reader.read(self, message, now_us)

    def _plan_acks(self) -> None:
        if self._ack_at is not None:
            self._ack_at.cancel()
            self._ack_at = None
        wait_us = self.acks.wait_us(clock_us())
        if wait_us == 0:
            self._acknowledge()
        elif wait_us is not None:
            self._ack_at = self._loop.call_later(wait_us / 1e6, self._acknowledge)

    def _acknowledge(self) -> None:
        self._ack_at = None
        for ack in self.acks.take(clock_us()):
            self.say(ack)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):  # the reader learns why
            while True:
                await self._has_unsent.wait()
                self._has_unsent.clear()
                while self._unsent:
                    await self._ws.send_str(text_from_viewer(self._unsent.popleft()))
        await asyncio.Event().wait()

    async def _ping(self) -> None:
        """Also what is due about once a second."""
        count = 0
        while True:
            now_us = clock_us()
            if now_us - self._heard_us > _SILENT_S * 1e6 or len(self._unsent) > _MOST_UNSENT:
                raise Failure(reasons.BROKE)
            self.say(messages.Ping(now_us))
            self.ask_if_due(now_us)
            if self._is_welcome and (report := self._figures.report(now_us)):
                self.say(report)
            count += 1
            wait_s = _EARLY_PING_S if count < _EARLY_PINGS else _PING_S / 2
            await asyncio.sleep(wait_s * random.uniform(0.95, 1.0))


class _Figures:
    """What this viewer reports once a second while pictures come."""

    def __init__(self, now_us: int) -> None:
        self._pictures = 0
        self._since_us = now_us
        self._has_reported = False

    def took(self, packet: Packet, now_us: int) -> None:
        if packet.kind is not PacketKind.AUDIO:
            self._pictures += 1

    def report(self, now_us: int) -> messages.Report | None:
        passed_us = now_us - self._since_us
        if passed_us < _REPORT_US:
            return None
        fps = min(1000.0, self._pictures * 1e6 / passed_us)
        is_news, self._has_reported = self._pictures or self._has_reported, bool(self._pictures)
        self._pictures, self._since_us = 0, now_us
        return messages.Report(fps, 0, 0, "webcodecs", 0) if is_news else None
