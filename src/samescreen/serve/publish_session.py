"""/ws/publish: one machine that publishes here. Event loop.

`GrantedSession` has checked the grant before each message. Media that comes too fast is dropped, so
that the gate waits for a keyframe; a text that breaks the protocol closes the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, Literal

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.errors import ProtocolError, VersionMismatch
from samescreen.gate.profiles import Profile
from samescreen.gate.rates import Intake
from samescreen.gate.refusal import Reason, Unfit
from samescreen.grants import Grant, lack_of
from samescreen.hub.hub import Hub
from samescreen.hub.shown import Shown
from samescreen.hub.stream import Stream
from samescreen.publish.remote_streams import RemoteStreams
from samescreen.subscribe.transport import Transport
from samescreen.wire.messages import OLDEST_OF_PROGRAMS, PROTOCOL_VERSION
from samescreen.wire.outgoing import encoded_text
from samescreen.wire.published import published_from_bytes
from samescreen.wire.publishing import (
    MAX_TEXT_BYTES,
    Got,
    Publish,
    Seen,
    ToPublisher,
    Welcomed,
    publisher_message,
    text_to_publisher,
)

from .counted_session import CountedSession

GOT_INTERVAL_MS: Final = 20
"""As often as a single viewer acknowledges: the window of a thin way up depends on it."""
SEEN_INTERVAL_S: Final = 1.0
_TICK_S: Final = 0.25

Watched = Callable[[Stream], tuple[int, list[str], bool]]
"""How many others watch that stream, their names, and whether it may be seen later."""


class PublishSession(CountedSession):
    """One publisher by the rules of `profile`; `name` is this host's.

    `watched` says who watches a stream, for publishers that show it to their person. `is_private`:
    only the host sees its streams at first. `owner`: the id of the person whose page it is.
    """

    def __init__(
        self,
        hub: Hub,
        name: str,
        profile: Profile,
        address: str,
        transport: Transport,
        watched: Watched = lambda stream: (0, [], False),
        *,
        is_private: bool = False,
        owner: str = "",
    ) -> None:
        super().__init__(address, transport, 2 * profile.rates.messages)
        self._publishers = hub.people.publishers
        if self._publishers.bitrate_bps is not None:
            profile = profile.within(self._publishers.bitrate_bps)
        self._name = name
        self._profile = profile
        self._intake = Intake(profile.rates, clock_us())
        self._streams = RemoteStreams(
            hub, profile, self._tell, clock_us, is_private=is_private, owner=owner
        )
        self._received = _Received(self._tell)
        self._seen = _SeenNews(self._tell, lambda: self._streams.shown, watched)
        self._is_open = False

    @property
    def kind(self) -> Literal["page", "host"]:
        """What publishes: somebody's page, or another host."""
        return "page" if self._profile.name == "page" else "host"

    @property
    def stream_ids(self) -> list[str]:
        """The streams that it publishes now."""
        return self._streams.stream_ids

    def _take(self, message: str | bytes, now_us: int) -> None:
        if isinstance(message, bytes):
            self._take_media(message, now_us)
        else:
            self._read(message, now_us)

    def _take_media(self, message: bytes, now_us: int) -> None:
        if not self._is_open:
            raise ProtocolError("media before publish")
        self._received.count(len(message))
        try:
            self._intake.count(len(message), now_us)
        except Unfit as unfit:
            if unfit.refusal.reason is Reason.TOO_LARGE:
                raise ProtocolError(unfit.refusal.detail) from None
            return  # the gap makes the gate wait for a keyframe
        self._streams.take(published_from_bytes(message), now_us)

    def _read(self, text: str, now_us: int) -> None:
        if len(text) > MAX_TEXT_BYTES:
            raise ProtocolError(f"a text of more than {MAX_TEXT_BYTES} bytes")
        message = publisher_message(text)
        if self._is_open:
            self._streams.read(message, now_us)
            return
        if not isinstance(message, Publish):
            raise ProtocolError("a connection begins with one publish")
        if not OLDEST_OF_PROGRAMS <= message.version <= PROTOCOL_VERSION:
            raise VersionMismatch(ours=PROTOCOL_VERSION, theirs=message.version)
        self._publishers.enter(self, message.program)
        if self._is_over:
            return
        self._is_open = True
        if Seen.__struct_config__.tag in message.kinds:
            self._seen.begin()
        self._tick()
        self._tell(
            Welcomed(
                min(message.version, PROTOCOL_VERSION),
                self._name,
                self.kind,
                self._profile.rates.message_bytes,
                GOT_INTERVAL_MS,
                seals=self._profile.is_partial,
                marks=self._profile.is_partial,
            )
        )

    def _tick(self) -> None:
        if not self._is_over:
            self._streams.tick()
            asyncio.get_running_loop().call_later(_TICK_S, self._tick)

    def _tell(self, message: ToPublisher) -> None:
        if not self._is_over:
            self.send_ready(encoded_text(text_to_publisher(message)))

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Without the grant everything that it publishes ends at once."""
        if Grant.PUBLISH not in grants:
            self.dismiss(CloseCode.FORBIDDEN, lack_of(Grant.PUBLISH))

    def show(self, shown: Shown) -> None:
        """Nothing: a publisher is a program."""

    def _let_go(self, *, is_cut: bool) -> None:
        self._publishers.leave(self)
        self._received.stop()
        self._seen.stop()
        self._streams.close()


class _Received:
    """Reports how many bytes of media came, at most once per interval, and always the last ones."""

    def __init__(self, tell: Callable[[ToPublisher], None]) -> None:
        self._tell = tell
        self._bytes = 0
        self._last_us = 0
        self._due: asyncio.TimerHandle | None = None

    def count(self, size_bytes: int) -> None:
        self._bytes += size_bytes
        self._last_us = clock_us()
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_later(GOT_INTERVAL_MS / 1000, self._report)

    def stop(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _report(self) -> None:
        self._due = None
        now_us = clock_us()
        self._tell(Got(self._bytes, now_us, now_us - self._last_us))



class _SeenNews:
    """Says who watches each track, when that has changed, at most once per interval."""

    def __init__(
        self,
        tell: Callable[[ToPublisher], None],
        shown: Callable[[], Mapping[int, Stream]],
        watched: Watched,
    ) -> None:
        self._tell = tell
        self._shown = shown
        self._watched = watched
        self._told: dict[int, Seen] = {}
        self._due: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.call_later(SEEN_INTERVAL_S, self.begin)
        seen = {theirs: Seen(theirs, *self._watched(s)) for theirs, s in self._shown().items()}
        for theirs, news in seen.items():
            if self._told.get(theirs) != news:
                self._tell(news)
        self._told = seen

    def stop(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
