"""One visit at another host: a connection that leads, and more where viewers here need them.

Event loop. The leading one stays while nobody watches here, hidden, so that it costs the other host
nothing; it knows the streams, main, Opus. Low, stills and samples have connections of their own,
because the other host sends one rendition on each. To the other host all are one viewer.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from samescreen.capture.far import FarAddress
from samescreen.clock import clock_us
from samescreen.gate.times import PublisherClock
from samescreen.hub.events import SourceStatus
from samescreen.hub.stream import Stream
from samescreen.media import Codec, Packet, PacketKind, Quality, Rendition
from samescreen.publish.remote import RemotePublisher
from samescreen.wire import messages
from samescreen.wire.messages import PROTOCOL_VERSION, ToViewer
from samescreen.wire.publishing import Want

from . import reasons
from .door import Door
from .line import FarLine
from .pictures import FarPictures, Role
from .reasons import Failure
from .sound import FarSound

_log = logging.getLogger(__name__)

MOST_HOSTS: Final = 8
"""A stream that came through so many hosts is refused."""

_LOOK_AGAIN_S: Final = 2.0
_SIDE_AGAIN_S: Final = 1.0
_NOTHING: Final = SourceStatus(
    "waiting", "nothing-shared", "the other host shares nothing at the moment"
)
_SIDES: Final = {
    Role.LOW: (Rendition.LOW, [Codec.H264], Quality.LOW),
    Role.STILLS: (Rendition.JPEG, [Codec.JPEG], Quality.AUTO),
    Role.PCM: (Rendition.PCM, [Codec.JPEG], Quality.AUTO),
}


class Owner(Protocol):
    """Whose stream it is, here."""

    @property
    def host_id(self) -> str:
        """What tells this host from all others."""

    def next_track(self) -> int:
        """A track number that is free here."""

    def begin(self, publisher: RemotePublisher, name: str, hosts: tuple[str, ...]) -> None:
        """The stream has another source from now on, which came through these hosts."""

    def show(self, status: SourceStatus) -> None:
        """The state of the stream."""

    def play(self, sound: Stream | None) -> None:
        """The sound of the stream; None: it has none."""


class Visit:
    """Takes the stream of `address` for `owner`, until the connection ends."""

    def __init__(self, door: Door, address: FarAddress, owner: Owner) -> None:
        self._door = door
        self._address = address
        self._owner = owner
        self._clock = PublisherClock()
        self._rtt_us = 0
        self._lead: FarLine | None = None
        self._welcome: messages.Welcome | None = None
        self._is_shown = False
        self._pictures: FarPictures | None = None
        self._sound: FarSound | None = None
        self._sides: dict[Role, _Side] = {}
        self._again: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Raises Failure when it ends."""
        await self._door.enter()
        hello = messages.Hello(
            PROTOCOL_VERSION, [Codec.H264, Codec.JPEG], hidden=True, stream=self._address.stream
        )
        async with self._door.socket() as ws:
            self._lead = FarLine(ws, Role.PICTURES, hello, Rendition.MAIN, self)
            try:
                await self._lead.run()
            finally:
                await self._end()

    async def _end(self) -> None:
        sides, self._sides = self._sides, {}
        tasks: list[asyncio.Future[None]] = [side.task for side in sides.values()]
        if self._again is not None:
            tasks.append(self._again)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._pictures is not None:
            self._pictures.publisher.stop()
        if self._sound is not None:
            self._sound.stop()

    # What the other host sends

    async def read(self, line: FarLine, message: ToViewer, now_us: int) -> None:
        """A message on any connection. Raises Failure, ProtocolError."""
        role = line.role
        if isinstance(message, messages.Config):
            if self._pictures is not None and message.track == self._pictures.theirs:
                self._pictures.configure(role, message, now_us)
        elif role is Role.PCM and isinstance(message, messages.Audio):
            line.say(messages.Listen(on=True, codec="pcm"))
        elif role is Role.PICTURES:
            await self._read_lead(line, message, now_us)

    async def _read_lead(self, line: FarLine, message: ToViewer, now_us: int) -> None:
        if isinstance(message, messages.Welcome):
            self._welcome = message
            line.say(messages.Name(socket.gethostname()[:60]))
            await self._look(message.streams, message.watching)
        elif isinstance(message, messages.Streams):
            await self._look(message.streams, message.watching)
        elif isinstance(message, messages.Pong):
            self._measure(message, now_us)
        elif isinstance(message, messages.Lobby):
            self._owner.show(SourceStatus("waiting", "starting", reasons.LOBBY.why))
        elif self._pictures is None:
            return
        elif isinstance(message, messages.Status):
            self._pictures.status(message, now_us)
        elif isinstance(message, messages.Stats):
            self._pictures.stats(message, now_us)
            self._fit(message, now_us)
        elif isinstance(message, messages.Audio):
            self._hear(message)

    def take(self, line: FarLine, packet: Packet, now_us: int) -> None:
        """A packet on any connection. Raises ProtocolError."""
        if packet.kind is PacketKind.AUDIO:
            if self._sound is not None and packet.track == self._sound.theirs:
                self._sound.take(packet, now_us)
        elif self._pictures is not None and packet.track == self._pictures.theirs:
            self._pictures.take(line.role, packet, now_us)

    def _measure(self, pong: messages.Pong, now_us: int) -> None:
        if self._again is not None and self._again.done():
            self._again.result()
        rtt_us = max(1, now_us - pong.sent_us)
        self._rtt_us = min(self._rtt_us or rtt_us, rtt_us)
        self._clock.measured(pong.host_us, self._rtt_us, now_us)

    async def _look(self, streams: list[messages.Stream], watching: str) -> None:
        """The streams of the other host; begin with the one to take, if it is another one."""
        assert self._lead is not None
        named = self._address.stream
        if named and watching != named:
            if all(each.stream != named for each in streams):
                raise Failure(reasons.NO_STREAM)
            self._lead.say(messages.Watch(named))
            return
        stream = next((each for each in streams if each.stream == watching), None)
        if stream is None:
            self._owner.show(_NOTHING)
        elif self._pictures is None or self._pictures.theirs != stream.track:
            await self._begin(stream)

    async def _begin(self, stream: messages.Stream) -> None:
        hosts = await self._hosts_of(stream.stream)
        for side in self._sides.values():
            side.task.cancel()
        self._sides.clear()
        if self._pictures is not None:
            self._pictures.publisher.stop()
        now_us, number, before = clock_us(), self._owner.next_track(), self._pictures
        self._pictures = FarPictures(stream.track, number, self._clock, self._want, now_us)
        if before is not None:  # the connection keeps what it prefers
            self._pictures.preference = before.preference
        host = self._welcome.host if self._welcome is not None else ""
        self._owner.begin(self._pictures.publisher, f"{host}: {stream.name}", hosts)
        if self._again is None:
            self._again = asyncio.ensure_future(self._look_again(stream.stream))

    async def _hosts_of(self, stream_id: str) -> tuple[str, ...]:
        """The hosts that the stream comes through. Raises Failure: this one, or too many."""
        facts = await self._door.facts()
        found = (each.hosts for each in facts.streams if each.stream == stream_id)
        hosts = tuple(next(found, ()))
        if self._owner.host_id in hosts:
            raise Failure(reasons.OWN)
        if len(hosts) >= MOST_HOSTS:
            raise Failure(reasons.TOO_FAR)
        return hosts

    async def _look_again(self, stream_id: str) -> None:
        """Two hosts that begin with each other at once see the loop only afterwards."""
        await asyncio.sleep(_LOOK_AGAIN_S)
        try:
            await self._hosts_of(stream_id)
        except Failure as failure:
            if failure.reason in (reasons.OWN, reasons.TOO_FAR):
                raise

    def _hear(self, audio: messages.Audio) -> None:
        if audio.state == "none":
            if self._sound is not None:
                self._sound.stop()
                self._sound = None
                self._owner.play(None)
            return
        if self._sound is None or self._sound.theirs != audio.track:
            number = self._owner.next_track()
            self._sound = FarSound(audio.track, number, self._clock, self._listen).start()
            self._owner.play(self._sound.stream)
        self._sound.status(audio)

    # What viewers here want

    def _want(self, want: Want) -> None:
        lead, pictures = self._lead, self._pictures
        if lead is None or pictures is None:
            return
        renditions, keyframes = frozenset(want.renditions), frozenset(want.keyframes)
        is_shown = Rendition.MAIN in renditions
        if is_shown is not self._is_shown:
            self._is_shown = is_shown
            lead.say(messages.Visibility(hidden=not is_shown))
            if is_shown:
                lead.starts.asked(clock_us())
        if is_shown:
            lead.wish(keyframes & {Rendition.MAIN, Rendition.JPEG})
        lead.hold_acks(want.paused and is_shown)
        self._set_side(Role.LOW, Rendition.LOW in renditions, keyframes)
        self._set_side(Role.STILLS, Rendition.JPEG in renditions, keyframes)
        if pictures.has_to_repair:
            asyncio.get_running_loop().call_soon(self._repair, pictures)

    def _fit(self, stats: messages.Stats, now_us: int) -> None:
        """Prefer low over there while main is too much for all viewers here."""
        lead, pictures = self._lead, self._pictures
        if lead is None or pictures is None or not self._is_shown:
            return
        preference = pictures.preference
        if stats.rendition is Rendition.MAIN:
            preference.main_bps = stats.bitrate_bps
        if preference.fit(pictures.main_target_bps, now_us):
            lead.say(messages.Prefer(preference.quality))
            lead.starts.asked(now_us)

    def _repair(self, pictures: FarPictures) -> None:
        if pictures is self._pictures:
            pictures.repair(clock_us())

    def _listen(self, renditions: frozenset[Rendition]) -> None:
        if self._lead is not None:
            self._lead.say(messages.Listen(on=Rendition.OPUS in renditions))
        self._set_side(Role.PCM, Rendition.PCM in renditions, frozenset())

    def _set_side(self, role: Role, is_wanted: bool, keyframes: frozenset[Rendition]) -> None:
        side = self._sides.get(role)
        if is_wanted and side is None:
            self._sides[role] = _Side(role, self._run_side)
        elif not is_wanted and side is not None:
            del self._sides[role]
            side.task.cancel()
        elif side is not None and side.line is not None:
            rendition, _, _ = _SIDES[role]
            side.line.wish(keyframes & {rendition})

    async def _run_side(self, side: _Side) -> None:
        """Take what this side is for, until it is cancelled."""
        while True:
            assert self._welcome is not None
            rendition, accepts, quality = _SIDES[side.role]
            hello = messages.Hello(
                PROTOCOL_VERSION,
                accepts,
                hidden=side.role is Role.PCM,
                stream=self._address.stream or self._welcome.watching,
                visit=self._welcome.visit,
                quality=quality,
            )
            try:
                async with self._door.socket() as ws:
                    side.line = FarLine(ws, side.role, hello, rendition, self)
                    await side.line.run()
            except Failure:
                pass
            except Exception:  # the outermost edge of this task
                if not side.has_failed:
                    _log.exception("an unexpected error on the way to another host")
                side.has_failed = True
            side.line = None
            await asyncio.sleep(_SIDE_AGAIN_S)


class _Side:
    """One more connection, and the task that keeps it."""

    def __init__(self, role: Role, run: Callable[[_Side], Coroutine[Any, Any, None]]) -> None:
        self.role = role
        self.line: FarLine | None = None
        self.has_failed = False
        """By a fault of this program, which is logged once."""
        self.task = asyncio.ensure_future(run(self))
