"""Another source while sharing: what is typed into the terminal, line by line.

A thread of its own reads the lines, because not every system's event loop can; the rest runs on the
loop. It prints one line for each it was told.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console

from samescreen.capture.choose import choose_source
from samescreen.errors import SamescreenError
from samescreen.host import Host


@contextmanager
def switching(host: Host, console: Console) -> Iterator[None]:
    """Inside, a line with a source's words shares that; only where a person sits at a terminal."""
    if not (console.is_terminal and sys.stdin is not None and sys.stdin.isatty()):
        yield
        return
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    task = loop.create_task(_switch_as_told(host, console, lines))
    # A daemon: nothing ends its wait for a line but the end of the program.
    threading.Thread(target=_read, args=(loop, lines), name="terminal", daemon=True).start()
    try:
        yield
    finally:
        task.cancel()


def _read(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
    with suppress(RuntimeError):  # the loop is closed
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)


async def _switch_as_told(host: Host, console: Console, lines: asyncio.Queue[str]) -> None:
    while True:
        if words := (await lines.get()).strip():
            console.print(await switch(host, words))


async def switch(host: Host, words: str) -> str:
    """Share what the words name; "2 screen:1" puts it in the second stream's place.

    Returns the sentence that says what came of it.
    """
    streams = list(host.hub.streams)
    place, _, rest = words.partition(" ")
    number = int(place) if place.isdecimal() and rest else 1
    if not 1 <= number <= len(streams):
        return f"There are {len(streams)} streams, and none is number {number}."
    source = rest.strip() if place.isdecimal() and rest else words
    try:
        choice = await asyncio.to_thread(choose_source, source)
    except SamescreenError as error:
        return f"Nothing changed: {error}"
    await host.change(streams[number - 1], choice)
    return f"Sharing {choice.source.label} now."
