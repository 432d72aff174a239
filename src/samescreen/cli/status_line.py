"""The status line of a terminal without cursor control; on a pipe, a line when viewers change.

Event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from samescreen.host import Host
from samescreen.hub.stream import Stream

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
    console: Console, words: Words, viewer_count: Callable[[], int], stopped: asyncio.Event
) -> None:
    """Print the number of viewers when it changes."""
    shown = 0
    while not stopped.is_set():
        count = viewer_count()
        if count != shown:
            shown = count
            console.print(words.count("viewers", count))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LINE_S)


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
        return name + words.find(f"state-{stream.status.reason}", stream.status.detail)
    stats = stream.stats
    return name + words(
        "line",
        captured=stats.captured_fps,
        encoded=stats.encoded_fps,
        mbps=stats.bitrate_bps / 1e6,
        ms=stats.encode_us / 1000,
    )
