"""The status line of a terminal without cursor control; on a pipe, a line when something changes.

Event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from samescreen.capture.choose import STANDARD_INPUT_ENDED
from samescreen.host import Host
from samescreen.hub.stream import Stream
from samescreen.labels import sentence

from .outlet import Outlet
from .streams import columns
from .words import Words

_LINE_S: Final = 1.0


async def show_line_until(
    outlet: Outlet, host: Host, words: Words, stopped: asyncio.Event
) -> None:
    """Update one status line in place, every second."""
    while not stopped.is_set():
        outlet.status(fitted(_line(host, words), columns() - 1))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LINE_S)
    outlet.status("")


def fitted(line: str, width: int) -> str:
    """As much of the line as fits into `width` cells of a terminal."""
    return line if cell_len(line) <= width else set_cell_size(line, max(0, width)).rstrip()


async def print_changes_until(
    console: Console,
    words: Words,
    viewer_count: Callable[[], int],
    stopped: asyncio.Event,
    news: Callable[[], Iterable[str]] = lambda: (),
) -> None:
    """Print the number of viewers when it changes, and what `news` says. Until stopped."""
    shown = 0
    while not stopped.is_set():
        count = viewer_count()
        if count != shown:
            shown = count
            console.print(words.count("viewers", count))
        for line in news():
            console.print(line)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LINE_S)


class PictureNews:
    """Says, each time it is called, which pictures went away since, and which are back."""

    def __init__(self, streams: Mapping[str, Stream], words: Words) -> None:
        self._streams = streams
        self._words = words
        self._gone = {each.stream_id for each in streams.values() if _is_gone(each)}

    def __call__(self) -> Iterator[str]:
        self._gone &= self._streams.keys()
        for stream_id, stream in self._streams.items():
            detail = sentence(self._words.translated(stream.status.detail))
            if _is_gone(stream) and stream_id not in self._gone:
                self._gone.add(stream_id)
                name = sentence(self._words.label(stream.name))
                yield self._words("picture-gone", name=name, why=detail)
            elif stream.status.state == "live" and stream_id in self._gone:
                self._gone.discard(stream_id)
                yield self._words("shares", name=sentence(self._words.label(detail)))


def _is_gone(stream: Stream) -> bool:
    """Whether it may come back: standard input does not, which `standard_input.py` says."""
    status = stream.status
    return status.state in ("lost", "failed") and status.detail != STANDARD_INPUT_ENDED


def _line(host: Host, words: Words) -> str:
    streams = host.hub.streams.values()
    if not streams:
        return words("nothing")
    if not host.audience.viewer_count() and all(each.status.state == "live" for each in streams):
        return words("nobody")
    parts = [_of_stream(each, words, len(streams) > 1) for each in streams]
    return " · ".join((words.count("viewers", host.audience.viewer_count()), *parts))


def _of_stream(stream: Stream, words: Words, is_one_of_many: bool) -> str:
    name = f"{stream.stream_id}: " if is_one_of_many else ""
    if stream.status.state != "live":
        return name + words.find(
            f"state-{stream.status.reason}", words.translated(stream.status.detail)
        )
    stats = stream.stats
    return name + words(
        "line",
        captured=stats.captured_fps,
        encoded=stats.encoded_fps,
        mbps=stats.bitrate_bps / 1e6,
        ms=stats.encode_us / 1000,
    )
