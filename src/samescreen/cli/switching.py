"""What people type into the terminal while it shares: sources replaced, added, ended.

A thread of its own reads the lines, because not every system's event loop can; the rest runs on the
loop. It prints one line for each line that was typed.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from rich.console import Console

from samescreen.aside import waited_for
from samescreen.capture.choose import OpenedSource, open_source
from samescreen.capture.hiding import NO_RULES, CaptureRules
from samescreen.errors import CaptureError, SamescreenError, UsageError
from samescreen.host import Host
from samescreen.labels import sentence
from samescreen.serve.offering import offerable
from samescreen.tunnelled import Tunnelled

from .job_control import is_foreground, never_stop_this_thread
from .other_hosts import TERMINAL
from .showing import Showing
from .words import ENGLISH, Words

_WITHIN_S: Final = 15.0
_LOOK_S: Final = 0.5
_MOST_AT_ONCE: Final = 4096
_ENDING: Final = re.compile(r"-\s*([0-9]{1,3})")
_REPLACING: Final = re.compile(r"([0-9]{1,3})\s+(.+)")
_OFFERING: Final = re.compile(r"offer\s+(.+)")
_GIVING_BACK: Final = re.compile(r"give\s+back")
_SHOWING: Final = re.compile(r"show\s+me(\s+off)?")
_ASKING: Final = re.compile(r"ask\s+(.+)")
_TO_ALL: Final = re.compile(r"to\s+all\s+(\S+)")


@contextmanager
def switching(
    host: Host, console: Console, words: Words, rules: CaptureRules, tunnelled: Tunnelled
) -> Iterator[None]:
    """Inside, typed lines are obeyed (see `switch`), if a person sits at a terminal.

    `rules`: as `open_source` takes them.
    """
    if not (console.is_terminal and sys.stdin is not None and sys.stdin.isatty()):
        yield
        return
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    task = loop.create_task(_obey(host, console, words, rules, lines, tunnelled))
    console.print(words("typing"))
    console.print(words("typing-more"))
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

    Bytes that are no text stay in them, as in the program's arguments. The system never stops the
    program for reading out of turn.
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


async def _obey(
    host: Host,
    console: Console,
    words: Words,
    rules: CaptureRules,
    lines: asyncio.Queue[str],
    tunnelled: Tunnelled,
) -> None:
    showing = Showing(host, words, tunnelled)
    while True:
        if line := (await lines.get()).strip():
            console.print(sentence(await switch(host, line, rules, words, showing=showing)))


async def switch(
    host: Host,
    line: str,
    rules: CaptureRules = NO_RULES,
    words: Words = ENGLISH,
    shared: Callable[[str, bool], None] = lambda source, is_first: None,
    showing: Showing | None = None,
) -> str:
    """Do what the line says, and return the sentence that says what came of it.

    "SOURCE" takes the place of the first stream, "2 SOURCE" that of the second, "+ SOURCE" is one
    more stream, "- 2" ends the second. "offer PATH" lets viewers fetch a file, "give back" lets a
    program act again; `_about_others` reads the lines about what others show. `shared` is called
    with a source that is shared now, and whether it is the first.
    """
    if offering := _OFFERING.fullmatch(line):
        return await _offer(host, offering[1], words)
    if _GIVING_BACK.fullmatch(line):
        return give_back(host, words)
    if said := _about_others(line, showing or Showing(host, words), words):
        return said
    if ending := _ENDING.fullmatch(line):
        return await _end(host, int(ending[1]), words)
    try:
        if line.startswith("+") or not host.hub.streams:
            source, is_first = line.removeprefix("+").strip(), not host.hub.streams
            choice = await _add(host, source, rules, words)
            said = words("shares-more", name=words.label(choice.label), n=len(host.hub.streams))
        else:
            replacing = _REPLACING.fullmatch(line)
            number, source = (int(replacing[1]), replacing[2]) if replacing else (1, line)
            is_first = number == 1
            choice = await _replace(host, number, source, rules, words)
            said = words("shares", name=words.label(choice.label))
    except SamescreenError as error:
        return words("unchanged", why=words.translated(str(error)))
    shared(source, is_first)
    host.hub.acts.did(TERMINAL, "share", source=choice.label)
    return said


def _about_others(line: str, showing: Showing, words: Words) -> str:
    """Do what the line says about what others show here; "": it is about something else.

    "show me" makes a link for one person, and "show me off" ends it. "ask NAME" asks somebody here
    for a screen, "to all 2" has everybody watch the second stream, "to all 0" takes that back.
    """
    try:
        if making := _SHOWING.fullmatch(line):
            return showing.end_link() if making[1] else showing.new_link()
        if asking := _ASKING.fullmatch(line):
            return showing.ask_by_name(asking[1])
        if forwarding := _TO_ALL.fullmatch(line):
            return showing.to_all(forwarding[1])
    except UsageError as error:
        return words.translated(str(error))
    return ""


async def _offer(host: Host, path: str, words: Words) -> str:
    try:
        async with asyncio.timeout(_WITHIN_S):
            found = await waited_for(partial(offerable, path), path)
        offer = host.actions.transfers.offer(*found)
    except TimeoutError:
        return words("unchanged", why=words("late", source=path))
    except SamescreenError as error:
        return words("unchanged", why=words.translated(str(error)))
    host.hub.acts.did(TERMINAL, "file-offer", name=offer.name)
    return words("offers", name=offer.name)


def give_back(host: Host, words: Words) -> str:
    """Let a program act again after a hand at the machine took over; a sentence about it."""
    if not host.actions.is_control_kept:
        return words("nothing-kept")
    host.actions.give_control_back()
    return words("gave-back")


async def _add(
    host: Host, source: str, rules: CaptureRules, words: Words
) -> OpenedSource:
    if not source:
        raise UsageError(words("plus-what"))
    choice = await _chosen(source, rules, words)
    host.add(choice)
    return choice


async def _replace(
    host: Host, number: int, source: str, rules: CaptureRules, words: Words
) -> OpenedSource:
    streams = list(host.hub.streams)
    if not 1 <= number <= len(streams):
        raise UsageError(_none_of(number, len(streams), words))
    choice = await _chosen(source, rules, words)
    try:
        await host.change(streams[number - 1], choice)
    except KeyError:  # somebody else shows it, or it has ended meanwhile
        raise UsageError(words("not-ours", number=number)) from None
    return choice


async def _end(host: Host, number: int, words: Words) -> str:
    streams = list(host.hub.streams.values())
    if not 1 <= number <= len(streams):
        return words("unchanged", why=_none_of(number, len(streams), words))
    ended = streams[number - 1]
    await host.remove(ended.stream_id)
    host.hub.acts.did(TERMINAL, "end-stream", stream=ended.stream_id)
    return words("ended" if host.hub.streams else "ended-last", name=words.label(ended.name))


def _none_of(number: int, count: int, words: Words) -> str:
    key = "none-of.one" if count == 1 else "none-of"
    return words(key, n=count, number=number)


async def _chosen(source: str, rules: CaptureRules, words: Words) -> OpenedSource:
    """Raises SamescreenError, also where the source does not answer in time."""
    choosing = partial(open_source, source, rules)
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await waited_for(choosing, source, lambda late: late.source.dispose())
    except TimeoutError:
        raise CaptureError(words("late", source=source)) from None
