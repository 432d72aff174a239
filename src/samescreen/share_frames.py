"""What is shown in a `Share`, and the pictures of any stream as arrays: a part of the public API.

Any thread and any event loop, except that only `async for` works on the share's own loop.
"""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from typing import Final, Literal

from samescreen.errors import DecodeError, NotSharing, UsageError
from samescreen.host import Host
from samescreen.hub.stream import Stream
from samescreen.loop_thread import awaited_on_loop, on_loop, running_loop
from samescreen.serve.publish_session import PublishSession
from samescreen.share_feed import Feed, Pixels
from samescreen.share_streams import ShareStreams
from samescreen.watcher import ask_loop

_LOOK_S: Final = 0.25
"""How often it looks whether somebody publishes."""
_CHECK_S: Final = 0.5
"""How often a thread that waits checks whether the loop has ended."""

Kind = Literal["own", "page", "host"]


class ShownStream(str):
    """The name of a stream, and who shows it.

    `kind`: "own" (a source of this share), "page" (somebody shows it in their browser), or "host"
    (another Samescreen). `person`: the id of who publishes it, as in `Watcher`; "" for own ones.
    `by`: the name that this person gave.
    """

    kind: Kind
    person: str
    by: str

    __slots__ = ("by", "kind", "person")

    def __new__(cls, name: str, kind: Kind = "own", person: str = "", by: str = "") -> ShownStream:
        shown = super().__new__(cls, name)
        shown.kind, shown.person, shown.by = kind, person, by
        return shown


class Frames:
    """Pictures of one stream, as `Share.frames` gives them.

    `find` runs on the loop: the stream, or None. Then `waits` says whether to look again later.
    Each iteration has a feed of its own, which ends with it.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        find: Callable[[], Stream | None],
        *,
        waits: bool = False,
    ) -> None:
        self._loop = loop
        self._find = find
        self._waits = waits

    def __iter__(self) -> Generator[Pixels]:
        """Wait for each picture; ends with the stream. Not on the share's own loop.

        Raises:
            DecodeError: the pictures cannot be decoded any more.
            UsageError: this is the share's own loop, or the stream is sealed.
        """
        if running_loop() is self._loop:
            raise UsageError("this would hold up the share's own event loop: use `async for`")
        return self._pictures()

    def __aiter__(self) -> AsyncGenerator[Pixels]:
        """The same for any event loop. Raises DecodeError, UsageError."""
        return self._pictures_async()

    def _pictures(self) -> Generator[Pixels]:
        news = threading.Event()
        feed = None
        with suppress(NotSharing):
            feed = on_loop(self._loop, lambda: self._begin(news.set))
            while feed is None and self._waits:
                time.sleep(_LOOK_S)
                feed = on_loop(self._loop, lambda: self._begin(news.set))
        if feed is None:
            return
        try:
            while not (feed.is_over or self._loop.is_closed()):
                news.clear()
                picture = feed.take()
                if picture is not None:
                    yield picture
                elif not feed.is_over:
                    news.wait(_CHECK_S)
        finally:
            self._leave(feed)
        _check(feed)

    async def _pictures_async(self) -> AsyncGenerator[Pixels]:
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # this loop has ended
                loop.call_soon_threadsafe(news.set)

        async def begun() -> Feed | None:
            return self._begin(wake)

        feed = None
        with suppress(NotSharing):
            feed = await awaited_on_loop(self._loop, begun)
            while feed is None and self._waits:
                await asyncio.sleep(_LOOK_S)
                feed = await awaited_on_loop(self._loop, begun)
        if feed is None:
            return
        try:
            while not feed.is_over:
                news.clear()
                picture = await asyncio.to_thread(feed.take)
                if picture is not None:
                    yield picture
                elif not feed.is_over:
                    await news.wait()
        finally:
            self._leave(feed)
        _check(feed)

    def _begin(self, wake: Callable[[], None]) -> Feed | None:
        stream = self._find()
        return Feed(stream, wake) if stream is not None else None

    def _leave(self, feed: Feed) -> None:
        with suppress(RuntimeError):  # the loop has ended, and the feed with it
            self._loop.call_soon_threadsafe(feed.leave)


class ShareFrames(ABC):
    """The part of `Share` that says what is shown, and gives pictures of it."""

    _streams: ShareStreams
    _host: Host | None
    _loop: asyncio.AbstractEventLoop | None

    @property
    def streams(self) -> tuple[ShownStream, ...]:
        """The names of all streams: the program's own first, then what others publish here.

        Each is a `str` that also says its `kind` and who publishes it, see `ShownStream`. `frames`
        and `limit` take any of them, `remove` and `push(to=…)` those of the program.
        """
        host, loop = self._host, self._loop
        if host is None or loop is None:
            return tuple(map(ShownStream, self._streams.names))
        shown = ask_loop(loop, lambda: tuple(shown_streams(host, self._streams).values()))
        return shown or tuple(map(ShownStream, self._streams.names))

    def frames(self, name: str = "") -> Frames:
        """The pictures of a stream: `for picture in share.frames("desk")`, or `async for`.

        Each picture is a numpy array, (height, width, 3) uint8 in the order BGR, as OpenCV has it,
        and the caller's own. The newest wins: a loop that is slow misses pictures. Iterating waits
        for the next picture and ends with the stream. What others publish is decoded in a process
        with limits; while nobody iterates, nothing is decoded or encoded for it.

        Args:
            name: one of `streams`; "": the first that somebody else publishes, once there is one.

        Raises:
            UsageError: there is no such stream.
            NotSharing: it has not begun, or has ended.
        """
        host, loop = self._running_on()
        streams = self._streams
        if not name:
            return Frames(loop, lambda: first_published(host, streams), waits=True)
        stream_id = on_loop(loop, lambda: stream_id_of(host, streams, name))
        return Frames(loop, lambda: host.hub.streams.get(stream_id))

    @abstractmethod
    def _running_on(self) -> tuple[Host, asyncio.AbstractEventLoop]: ...


def shown_streams(host: Host, streams: ShareStreams) -> dict[str, ShownStream]:
    """All streams by their ids, the program's own first. On the host's event loop.

    Names are unique: one that is taken gets a number, and the program's own keep theirs.
    """
    own = {streams.id_of(name): ShownStream(name) for name in streams.names}
    people = {
        stream_id: (person.person_id, person.name, session.kind)
        for person in host.hub.people
        for session in person.connections
        if isinstance(session, PublishSession)
        for stream_id in session.stream_ids
    }
    nobody: tuple[str, str, Kind] = "", "", "own"
    taken: set[str] = set(own.values())
    found = dict(own)
    for stream_id, stream in host.hub.streams.items():
        if stream_id not in own:
            person, by, kind = people.get(stream_id, nobody)
            name = _free(stream.name or stream_id, taken)
            taken.add(name)
            found[stream_id] = ShownStream(name, kind, person, by)
    return found


def stream_id_of(host: Host, streams: ShareStreams, name: str) -> str:
    """The id of the stream of that name; "" for "". On the host's event loop.

    Raises:
        UsageError: there is none.
    """
    by_name: dict[str, str] = {shown: key for key, shown in shown_streams(host, streams).items()}
    if name and name not in by_name:
        there_are = ", ".join(repr(str(each)) for each in by_name)
        known = f"; there are: {there_are}" if there_are else ""
        raise UsageError(f"there is no stream called {name!r}{known}")
    return by_name.get(name, "")


def first_published(host: Host, streams: ShareStreams) -> Stream | None:
    """The first stream that somebody else publishes and that can be read here, or None."""
    shown = shown_streams(host, streams)
    published = (host.hub.streams[each] for each, name in shown.items() if name.kind != "own")
    return next((stream for stream in published if not stream.is_sealed), None)


def _free(name: str, taken: set[str]) -> str:
    wished, count = name, 1
    while name in taken:
        count += 1
        name = f"{wished} ({count})"
    return name


def _check(feed: Feed) -> None:
    """Raises DecodeError."""
    if feed.fault:
        raise DecodeError(feed.fault)
