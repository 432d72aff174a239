"""What `samescreen share` shows in a terminal.

`share` runs the event loop until Ctrl-C, SIGTERM or SIGHUP. Everything it prints goes through
outlets, so that a terminal never blocks the loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Final, TextIO

from rich.console import Console, detect_legacy_windows

from samescreen.capture.choose import STANDARD_INPUT, OpenedSource, open_source
from samescreen.capture.sound.choose import SoundChoice, choose_sound
from samescreen.host import Host, capture_rules
from samescreen.interpreter import loop_factory, quick_switching, rare_collections
from samescreen.options import ShareOptions
from samescreen.serve.access import Credentials
from samescreen.serve.log_throttle import LoopErrorLog
from samescreen.tunnelled import Tunnelled

from .arrivals import explain_absence
from .awake import of_this_system, stay_awake
from .descriptors import use_all_descriptors
from .desk import Desk
from .keyboard import restore_terminals
from .live import Live, can_draw
from .log import set_up_logging
from .opening import opened
from .outlet import Outlet
from .output_news import print_output_news
from .patience import answering, awaited
from .relay_news import print_relay_of
from .standard_input import end_with_standard_input
from .status_line import PictureNews, print_changes_until, show_line_until
from .streams import columns
from .switching import switching
from .tunnel_news import print_news_of
from .welcome import print_welcome
from .words import Words, words_for

WatchEnd = Callable[[Callable[[], object]], object]

_FIRST_STATUS_S: Final = 5.0
_STOP_S: Final = 5.0
_LAST_WORDS_S: Final = 0.3


def share(
    options: ShareOptions, sources: list[str], watch_end: WatchEnd | None = None
) -> int:
    """Share these sources (without any, the screen) until stopped, and return the exit code.

    `watch_end` gets what stops it, to be called on any thread: what is shared is a display of its
    own, which is there to be used.

    Raises:
        SamescreenError: it cannot begin.
    """
    use_all_descriptors()
    access = options.access
    credentials = Credentials.of(access.token, access.pin, access.host_token)
    secrets = access.publish_token, options.network.via_token, *options.outputs.output
    set_up_logging(options.terminal, credentials, *secrets)
    choices: list[OpenedSource] = []
    tunnelled = Tunnelled(options)
    with ExitStack() as stack:
        for words in sources or (None,):
            choosing = partial(open_source, words, capture_rules(options.capture))
            choices.append(awaited(answering(words), choosing))
            stack.callback(choices[-1].source.dispose)
        audio = options.sound.audio
        of_sound = f"the sound of --audio {audio}: its server does not answer"
        sound = awaited(of_sound, partial(choose_sound, audio)) if audio else None
        stack.enter_context(quick_switching())
        runner = stack.enter_context(asyncio.Runner(loop_factory=loop_factory()))
        try:
            named = sources or [choice.name for choice in choices]
            sharing = _share(options, named, choices, sound, credentials, tunnelled, watch_end)
            return runner.run(sharing)
        except asyncio.CancelledError:  # stopped before it had begun
            return 0


def plain_console(file: TextIO | None = None) -> Console:
    """A console that prints text unchanged: no emoji for `:AB:`, no style for `[b]`.

    It never wraps or cuts lines.
    """
    return Console(
        file=file,
        width=columns(),
        highlight=False,
        soft_wrap=True,
        markup=False,
        emoji=False,
        no_color=detect_legacy_windows() or None,
    )


async def _share(
    options: ShareOptions,
    sources: list[str],
    choices: list[OpenedSource],
    sound: SoundChoice | None,
    credentials: Credentials,
    tunnelled: Tunnelled,
    watch_end: WatchEnd | None,
) -> int:
    console, words = plain_console(), words_for(os.environ)
    console.quiet = options.terminal.quiet
    stopped = asyncio.Event()
    beginning = asyncio.current_task()
    assert beginning is not None
    stop_on_signals(beginning.cancel)
    asyncio.get_running_loop().set_exception_handler(LoopErrorLog(logging.getLogger(__name__)))
    async with tunnelled, Host(options, *choices, sound=sound, credentials=credentials) as host:
        stop_on_signals(stopped.set)
        if watch_end is not None:
            watch_end(partial(asyncio.get_running_loop().call_soon_threadsafe, stopped.set))
        await _first_status(host, stopped)
        has_code, is_for_use = not tunnelled.is_public, watch_end is not None
        print_welcome(
            console, words, host, choices, sound, has_code=has_code, is_for_use=is_for_use
        )
        print_news_of(tunnelled, console, words)
        print_relay_of(tunnelled, console, words)
        print_output_news(host.outputs, console, words)
        await tunnelled.begin(host)
        with ExitStack() as while_shared:
            while_shared.enter_context(rare_collections())
            if options.terminal.open:
                while_shared.enter_context(opened(host.links.here, words, console.print))
            if not options.terminal.allow_sleep:
                awake = stay_awake(of_this_system(), lambda: host.audience.viewer_count() > 0)
                while_shared.callback(asyncio.ensure_future(awake).cancel)
            if not tunnelled.is_public:  # with a tunnel the causes would be others
                absence = explain_absence(host, options.network.host, words, console.print)
                while_shared.callback(asyncio.ensure_future(absence).cancel)
            if STANDARD_INPUT in sources:
                ending = end_with_standard_input(host, console, words, stopped)
                while_shared.callback(asyncio.ensure_future(ending).cancel)
            await _show_until(stopped, host, console, words, options, sources, tunnelled)
    console.print(words("stopped"))
    return 0


async def _show_until(
    stopped: asyncio.Event,
    host: Host,
    console: Console,
    words: Words,
    options: ShareOptions,
    sources: list[str],
    tunnelled: Tunnelled,
) -> None:
    """Show what the terminal can show: the panel, one line, a line for each change, or nothing."""
    outlet, rules = console.file, capture_rules(options.capture)
    if console.quiet or not isinstance(outlet, Outlet):
        await stopped.wait()
    elif can_draw(outlet):

        def send(text: str) -> None:
            outlet.write(f"{text}\n")

        stop = partial(_stop_in_time, stopped.set)
        console.print(words("stops"))
        desk = Desk(host, words, rules, sources, console.print, send, stop, tunnelled)
        await Live(host, console, outlet, words, desk).run_until(stopped)
    else:
        with switching(host, console, words, rules, tunnelled):
            console.print(words("stops"))
            if outlet.isatty():
                await show_line_until(outlet, host, words, stopped)
            else:
                count, news = host.audience.viewer_count, PictureNews(host.hub.streams, words)
                await print_changes_until(console, words, count, stopped, news)


def _stop_in_time(stop: Callable[[], object]) -> None:
    threading.Thread(target=_leave_late, name="last resort", daemon=True).start()
    stop()


def stop_on_signals(stop: Callable[[], object]) -> None:
    """Call `stop` on Ctrl-C, SIGTERM and when the terminal closes, unless nohup started this.

    End the program by force when that takes too long.
    """
    loop, stop_in_time = asyncio.get_running_loop(), partial(_stop_in_time, stop)
    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        try:
            loop.add_signal_handler(number, stop_in_time)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop_in_time))


def _leave_late() -> None:
    """End the program by force when something in it did not stop in time."""
    time.sleep(_STOP_S)
    said = words_for(os.environ)("stopped-late", seconds=f"{_STOP_S:g}")
    sys.stderr.write(f"samescreen: {said}\n")
    if isinstance(sys.stderr, Outlet):
        sys.stderr.finish(_LAST_WORDS_S)
    restore_terminals()
    os._exit(1)


async def _first_status(host: Host, stopped: asyncio.Event) -> None:
    """Wait until the sources are open, so that the welcome can name their backends."""
    waits = [asyncio.ensure_future(event.wait()) for event in (host.opened, stopped)]
    _, unfinished = await asyncio.wait(
        waits, timeout=_FIRST_STATUS_S, return_when=asyncio.FIRST_COMPLETED
    )
    for each in unfinished:
        each.cancel()
