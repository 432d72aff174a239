"""What this host records: begun, ended, kept and saved, listed. Event loop.

At most one recording runs at a time. It ends with its stream, with the host, or when the disk does
not take it. Nothing waits for the disk on the event loop, but `start`; `check`, `free`, `listing`
and `find` wait for it too, and may be called on any thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from samescreen.aside import aside, waited_for
from samescreen.errors import UsageError
from samescreen.hub.hub import Hub
from samescreen.hub.stream import Stream
from samescreen.paths import typed_path

from .file_series import FileSeries, Made
from .names import PREFIX, SUFFIX, Names, default_folder, free_name
from .replay_buffer import ReplayBuffer
from .subscriber import StreamSubscriber
from .timeline import Arrived
from .voiced_subscriber import VoicedSubscriber
from .writer import TOO_SLOW, Writer

_log = logging.getLogger(__name__)

MOST_KEPT_BYTES: Final = 512 * 1024 * 1024
"""Of the last minutes, in memory."""

_MINUTE_US: Final = 60_000_000
_END_S: Final = 1.0
_RUNS: Final = "a recording runs already: stop it first"
_PLACE: Final = "the folder of the recording"


@dataclass(frozen=True, slots=True)
class RecordingNow:
    """The recording that runs."""

    stream: str
    file: str
    seconds: float
    size_bytes: int
    dropped: int
    """Packets that were left out, because the disk or this process was behind."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The last minutes that are kept. `cut`: keyframes that went early, to save memory."""

    seconds: float
    size_bytes: int
    cut: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file of a recording. `seconds` is None where it was made by another run of the host."""

    name: str
    size_bytes: int
    modified_s: float
    seconds: float | None
    is_growing: bool


@dataclass(slots=True)
class _Running:
    """The recording that runs, and what feeds it."""

    writer: Writer[FileSeries]
    subscriber: StreamSubscriber
    began_us: int
    stream_id: str
    first: Path


class Recordings:
    """`place`: of recordings that begin without one, "" for the folder of videos.

    `keep_minutes` above 0 keeps so much of the first stream in memory.
    """

    def __init__(
        self, hub: Hub, clock_us: Callable[[], int], place: str = "", keep_minutes: int = 0
    ) -> None:
        self.on_change: list[Callable[[], None]] = []
        """Called when a recording has begun or ended."""
        self.fault = ""
        """Why the last recording ended by itself, in one sentence; "" if it did not."""
        self._hub = hub
        self._clock_us = clock_us
        named = typed_path(place) if place else None
        is_file = named is not None and named.suffix.lower() == SUFFIX
        self._folder = named.parent if named is not None and is_file else named
        self._keep_us = keep_minutes * _MINUTE_US
        self._running: _Running | None = None
        self._beginning: object | None = None
        """While `begin` waits for the disk: which call of it."""
        self._ending: dict[Writer[FileSeries], asyncio.Event] = {}
        self._made: dict[str, Made] = {}
        """Replaced, never changed: any thread may read it."""
        self._replay: ReplayBuffer | None = None
        self._replay_subscriber: StreamSubscriber | None = None

    # What is going on

    @property
    def is_recording(self) -> bool:
        """A recording runs."""
        return self._running is not None

    @property
    def is_beginning(self) -> bool:
        """A recording begins, once the disk answers."""
        return self._beginning is not None

    @property
    def is_keeping(self) -> bool:
        """The last minutes are kept, and may be saved later."""
        return self._keep_us > 0

    @property
    def is_seen(self) -> bool:
        """What is shown now may be seen later: everybody is told so."""
        return self.is_recording or self.is_keeping

    @property
    def first(self) -> Path | None:
        """The first file of the recording that runs."""
        return self._running.first if self._running is not None else None

    def now(self) -> RecordingNow | None:
        """The recording that runs."""
        running = self._running
        if running is None:
            return None
        series, writer = running.writer.files, running.writer
        files = series.made
        return RecordingNow(
            running.stream_id,
            files[-1].path.name if files else "",
            (self._clock_us() - running.began_us) / 1e6,
            series.size_bytes,
            writer.dropped + series.timeline.dropped,
        )

    def kept(self) -> Kept | None:
        """What of the last minutes is kept."""
        replay = self._replay
        if replay is None:
            return None
        return Kept(replay.kept_us(self._clock_us()) / 1e6, replay.size_bytes, replay.cut)

    # What the host does

    async def begin(self, path: str = "", stream_id: str = "") -> Path:
        """Record that stream (the first without a name) to a folder, or to a new .mp4 file.

        Returns:
            The first file; its name gets -2, -3 when the picture changes its size.

        Raises:
            UsageError: a recording runs, there is no such stream, or the place cannot be written;
                or `stop` was called before the disk had answered.
        """
        self._recordable(stream_id)
        if self._beginning is not None:
            raise UsageError(_RUNS)
        beginning = self._beginning = object()
        try:
            reserving = partial(self._reserved, path)
            series = await waited_for(reserving, _PLACE, FileSeries.abandon)
            try:
                if self._beginning is not beginning:
                    raise UsageError("the recording was stopped before it began")
                return self._record(self._recordable(stream_id), series)
            except UsageError:
                aside(series.abandon, _PLACE)
                raise
        finally:
            if self._beginning is beginning:
                self._beginning = None

    def start(self, path: str = "", stream_id: str = "") -> Path:
        """As `begin`, at once: for a program that shares, and calls on the event loop itself.

        Raises:
            UsageError: as `begin`.
        """
        return self._record(self._recordable(stream_id), self._reserved(path))

    def _record(self, stream: Stream, series: FileSeries) -> Path:
        loop = asyncio.get_running_loop()
        writer = Writer(series, self._clock_us, lambda: _call(loop, lambda: self._ended(writer)))
        writer.start()
        voices = self._hub.people.voices
        subscriber = VoicedSubscriber(stream, writer, voices, self._clock_us, self.stop)
        began_us = self._clock_us()
        self._running = _Running(writer, subscriber, began_us, stream.stream_id, series.first)
        self.fault = ""
        self._tell()
        return series.first

    def stop(self, fault: str = "") -> None:
        """End the recording that runs or begins, if any; a thread completes the file."""
        running, self._running, self._beginning = self._running, None, None
        if running is None:
            return
        running.subscriber.leave()
        self._ending[running.writer] = asyncio.Event()
        running.writer.finish(fault)
        self._tell()

    async def stopped(self) -> None:
        """Wait until the files of ended recordings are complete, a second at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                for ended in tuple(self._ending.values()):
                    await ended.wait()

    async def save(self, path: str = "") -> tuple[Made, ...]:
        """Write the last minutes to a folder, or to a new .mp4 file; they are kept on.

        Raises:
            UsageError: nothing is kept, or the place cannot be written.
        """
        replay = self._replay
        if replay is None:
            raise UsageError("no minutes are kept: start the host with --keep-minutes N")
        contents = replay.contents()
        if not contents:
            raise UsageError("nothing has been shown yet that could be saved")
        now_us = self._clock_us()
        made = await waited_for(
            lambda: _saved(self._reserved(path), contents, now_us), "the saving"
        )
        self._note(made)
        return made

    def listing(self) -> list[Recorded]:
        """The files of this host's recordings, newest first, and others in their folder."""
        made, running = [*self._made.values()], self._running
        if running is not None:
            made += running.writer.files.made or [Made(running.first)]
        paths = {each.path: each for each in made}
        with suppress(OSError, UsageError):
            for path in self._default_place().glob(f"{PREFIX}*{SUFFIX}"):
                paths.setdefault(path, Made(path))
        last = made[-1].path if running is not None else None
        found = [_recorded(each, each.path == last) for each in paths.values()]
        return sorted(filter(None, found), key=lambda each: each.modified_s, reverse=True)

    def find(self, name: str) -> Path | None:
        """The file of a name in the listing."""
        made = self._made.get(name)
        if made is not None:
            return made.path
        for each in () if (running := self._running) is None else running.writer.files.made:
            if each.path.name == name:
                return each.path
        is_ours = name.startswith(PREFIX) and name.endswith(SUFFIX) and Path(name).name == name
        with suppress(UsageError):
            path = self._default_place() / name
            return path if is_ours and path.is_file() and not path.is_symlink() else None
        return None

    # Called by the host

    def keep(self) -> None:
        """Keep the last minutes from now on, if that was asked for; the streams are there."""
        is_shown = self._hub.first is not self._hub.nothing
        if self._keep_us and self._replay_subscriber is None and is_shown:
            self._replay = self._replay or ReplayBuffer(self._keep_us, MOST_KEPT_BYTES)
            stream, sink, voices = self._hub.first, self._replay, self._hub.people.voices
            self._replay_subscriber = VoicedSubscriber(
                stream, sink, voices, self._clock_us, self._lost_replay
            )

    def tick(self, now_us: int) -> None:
        """A few times a second."""
        if self._running is not None:
            self._running.subscriber.tick(now_us)
            if self._running.writer.is_too_slow(now_us):
                self.stop(TOO_SLOW)
        self.keep()
        if self._replay_subscriber is not None:
            self._replay_subscriber.tick(now_us)

    async def close(self) -> None:
        """End everything; takes a second at most."""
        self.stop()
        if self._replay_subscriber is not None:
            self._replay_subscriber.leave()
        await self.stopped()

    def _recordable(self, stream_id: str) -> Stream:
        """That stream, if it may be recorded now. Raises UsageError."""
        if self._running is not None:
            raise UsageError(_RUNS)
        stream = self._hub.find(stream_id)
        if stream is None or stream is self._hub.nothing:
            there_are = ", ".join(self._hub.streams) or "none"
            raise UsageError(f"there is no such stream to record; there are: {there_are}")
        if stream.is_sealed:
            raise UsageError("these pictures are sealed: record at the host that shares them")
        return stream

    def check(self, path: str) -> None:
        """Raise UsageError if nothing can be recorded to that folder or new .mp4 file."""
        self._names(path)

    def free(self, path: str) -> str:
        """That folder, or that file; one with -2, -3 in its name where it is there already."""
        return path if typed_path(path).is_dir() else str(free_name(path))

    def _names(self, path: str) -> Names:
        now = datetime.now()
        place = path or (str(self._folder) if self._folder is not None else "")
        return Names.of(place, now) if place else Names.in_default_folder(now)

    def _reserved(self, path: str) -> FileSeries:
        """The files of a recording to there; the first is made. Raises UsageError."""
        names = self._names(path)
        return FileSeries(names, names.reserve())

    def _default_place(self) -> Path:
        return self._folder or default_folder()

    def _lost_replay(self) -> None:
        """The stream has ended; what was kept of it can still be saved until another comes."""
        self._replay_subscriber = None

    def _ended(self, writer: Writer[FileSeries]) -> None:
        """Its thread has."""
        ended = self._ending.pop(writer, None)
        if ended is not None:
            ended.set()
        self._note(writer.files.made)
        if self._running is not None and self._running.writer is writer:
            running, self._running = self._running, None
            running.subscriber.leave()
        if writer.fault:
            self.fault = _sentence(writer)
            _log.warning("%s", self.fault)
        self._tell()

    def _note(self, made: list[Made] | tuple[Made, ...]) -> None:
        self._made = self._made | {each.path.name: each for each in made}

    def _tell(self) -> None:
        for tell in self.on_change:
            tell()


def _sentence(writer: Writer[FileSeries]) -> str:
    files = writer.files.made
    if not files:
        return f"the recording ended: {writer.fault}; nothing was recorded"
    return f"the recording ended: {writer.fault}; {files[-1].path} plays up to there"


def _saved(series: FileSeries, contents: list[Arrived], now_us: int) -> tuple[Made, ...]:
    """Write kept packets; on a thread aside."""
    try:
        for arrived in contents:
            series.passed(arrived.at_us)
            series.take(arrived)
        series.finish(now_us)
    except OSError as error:
        series.abandon()
        reason = error.strerror or str(error)
        raise UsageError(f"the last minutes could not be saved: {reason}") from None
    return tuple(series.made)


def _recorded(made: Made, is_growing: bool) -> Recorded | None:
    try:
        status = made.path.stat()
    except OSError:
        return None  # somebody has removed it
    seconds = made.length_us / 1e6 if made.length_us else None
    return Recorded(made.path.name, status.st_size, status.st_mtime, seconds, is_growing)


def _call(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """On the loop; a loop that is closed needs nothing any more."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call)
