"""`samescreen serve`: a relay. It has no source of its own and shows what other hosts publish."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from rich.console import Console

from samescreen.errors import UsageError
from samescreen.host import Host
from samescreen.interpreter import loop_factory, quick_switching, rare_collections
from samescreen.option_values import SECRET_OPTIONS, flag
from samescreen.options import ShareOptions
from samescreen.paths import typed_path
from samescreen.room_list import rooms_in
from samescreen.rooms import Rooms
from samescreen.serve.access import Credentials
from samescreen.serve.links import new_token
from samescreen.serve.log_throttle import LoopErrorLog

from .bus_choice import BusNews, bus_choice
from .console import plain_console, stop_on_signals
from .descriptors import use_all_descriptors
from .log import set_up_logging
from .status_line import print_changes_until
from .welcome import print_links
from .words import Words, words_for


def serve(
    options: ShareOptions, rooms_file: str = "", bus: str = "", bus_secret: str = ""
) -> int:
    """Relay until stopped, and return the exit code. `rooms_file`: a file that lists rooms.

    `bus`, `bus_secret`: the broker by which other relays show the same rooms.

    Raises:
        SamescreenError: it cannot begin.
    """
    use_all_descriptors()
    choice = bus_choice(bus, bus_secret)
    if rooms_file:
        of_rooms = _rooms(rooms_file, options).items()
        news = BusNews(options.terminal.quiet)
        by_name = {name: relay_options(each) for name, each in of_rooms}
        rooms = Rooms(options, by_name, choice, news.show)
        others = () if choice is None else choice.secret.texts
        set_up_logging(options.terminal, Credentials.of("", ""), *rooms.secrets, *others)
        return _run(_serve_rooms(rooms, options))
    if choice is not None:
        raise UsageError("--bus is for rooms: name them by --rooms, in a file that all relays have")
    options = relay_options(options)
    access = options.access
    credentials = Credentials.of(access.token, access.pin, access.host_token)
    set_up_logging(options.terminal, credentials, access.publish_token)
    return _run(_serve(options, credentials))


def _run(serving: Coroutine[Any, Any, int]) -> int:
    with ExitStack() as stack:
        stack.enter_context(quick_switching())
        runner = stack.enter_context(asyncio.Runner(loop_factory=loop_factory()))
        try:
            return runner.run(serving)
        except asyncio.CancelledError:  # stopped before it had begun
            return 0


def _rooms(path: str, options: ShareOptions) -> Mapping[str, ShareOptions]:
    """The rooms of that file. Raises UsageError."""
    if options.network.workers:
        raise UsageError("leave --workers or --rooms out: rooms have one process")
    groups = {"record": options.recording, "output": options.outputs}
    for name in (*SECRET_OPTIONS, "record"):
        if getattr(groups.get(name, options.access), name, ""):
            raise UsageError(f"{flag(name)} belongs to one room: write it into the file of --rooms")
    try:
        text = typed_path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"cannot read the file of --rooms, {path}: {why}") from None
    return rooms_in(text, options)


def relay_options(options: ShareOptions) -> ShareOptions:
    """These options with what a relay has: a publish token, and no encoder."""
    token = options.access.publish_token or new_token()
    access = replace(options.access, publish_token=token)
    # It encodes nothing, so it need not try which encoder works.
    return replace(options, access=access, picture=replace(options.picture, encoder="libx264"))


def _console(options: ShareOptions) -> tuple[Console, asyncio.Event]:
    console, stopped = plain_console(), asyncio.Event()
    console.quiet = options.terminal.quiet
    stop_on_signals(stopped.set)
    asyncio.get_running_loop().set_exception_handler(LoopErrorLog(logging.getLogger(__name__)))
    return console, stopped


async def _serve(options: ShareOptions, credentials: Credentials) -> int:
    (console, stopped), words = _console(options), words_for(os.environ)
    host = Host(options, credentials=credentials)
    host.gatekeeper.links.let_publishers_lead()
    async with host:
        with rare_collections():
            console.print(words("relay-serves"))
            console.print()
            print_links(console, words, host)
            console.print()
            _print_for_hosts(console, words, host)
            console.print(words("stops"))
            await print_changes_until(console, words, host.audience.viewer_count, stopped)
    console.print(words("stopped"))
    return 0


async def _serve_rooms(rooms: Rooms, options: ShareOptions) -> int:
    (console, stopped), words = _console(options), words_for(os.environ)
    async with rooms:
        with rare_collections():
            for name, host in rooms.hosts.items():
                console.print(words("relay-room", name=name))
                print_links(console, words, host)
                _print_for_hosts(console, words, host)
            console.print(words("stops"))
            await print_changes_until(console, words, rooms.viewer_count, stopped)
    console.print(words("stopped"))
    return 0


def _print_for_hosts(console: Console, words: Words, host: Host) -> None:
    console.print(words("relay-for-hosts"))
    address = (host.secure_links or host.links).best.partition("#")[0]
    token = host.gatekeeper.links.publish_token
    console.print(f"  SAMESCREEN_VIA_TOKEN={token} samescreen share --via {address}")
    console.print()
    console.print(words("for-host"))
    console.print(words("link-host", link=host.host_links.here))
    console.print()
