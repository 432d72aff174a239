"""Another source while sharing: what is typed into the terminal, line by line.

A thread of its own reads the lines, because not every system's event loop can; the rest runs on the
loop. It prints one line for each line that was typed.
"""

from __future__ import annotations

import asyncio
import errno
import os
import select
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from rich.console import Console

from samescreen.aside import waited_for
from samescreen.capture.choose import open_source
from samescreen.errors import SamescreenError
from samescreen.host import Host
from samescreen.labels import sentence

from .job_control import is_foreground, never_stop_this_thread

_WITHIN_S: Final = 15.0
_LOOK_S: Final = 0.5
_MOST_AT_ONCE: Final = 4096


@contextmanager
def switching(host: Host, console: Console, backend: str) -> Iterator[None]:
    """Inside, a line with a source's words shares that; only where a person sits at a terminal.

    `backend`: captures screens and windows, as `open_source` takes it.
    """
    if not (console.is_terminal and sys.stdin is not None and sys.stdin.isatty()):
        yield
        return
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    task = loop.create_task(_switch_as_told(host, console, backend, lines))
    # A daemon: nothing ends its wait for a line but the end of the program.
    threading.Thread(target=_read, args=(loop, lines), name="terminal", daemon=True).start()
    try:
        yield
    finally:
        task.cancel()


def _read(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
    with suppress(RuntimeError):  # the loop is closed
        for line in sys.stdin if sys.platform == "win32" else typed_lines(sys.stdin.fileno()):
            loop.call_soon_threadsafe(lines.put_nowait, line)


def typed_lines(terminal: int) -> Iterator[str]:
    """Lines typed while the terminal is this program's, until it is closed.

    Bytes that are no text stay in them, as in the program's arguments. Never is the program
    stopped for reading out of turn.
    """
    never_stop_this_thread()
    typed = b""
    while True:
        select.select([terminal], [], [])
        if not is_foreground(terminal):  # it was typed for another program
            time.sleep(_LOOK_S)
            continue
        try:
            more = os.read(terminal, _MOST_AT_ONCE)
        except BlockingIOError:
            continue
        except OSError as error:
            if error.errno == errno.EIO and not is_foreground(terminal):
                continue  # the turn went by just now
            return
        if not more:
            return
        *whole, typed = (typed + more).split(b"\n")
        yield from map(os.fsdecode, whole)


async def _switch_as_told(
    host: Host, console: Console, backend: str, lines: asyncio.Queue[str]
) -> None:
    while True:
        if words := (await lines.get()).strip():
            console.print(sentence(await switch(host, words, backend)))


async def switch(host: Host, words: str, backend: str = "") -> str:
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
        async with asyncio.timeout(_WITHIN_S):
            choosing = partial(open_source, source, backend)
            choice = await waited_for(choosing, source, lambda late: late.source.dispose())
    except SamescreenError as error:
        return f"Nothing changed: {error}"
    except TimeoutError:
        return f"Nothing changed: {source} does not answer; try again, or share something else."
    await host.change(streams[number - 1], choice)
    return f"Sharing {choice.label} now."
