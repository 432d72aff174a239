"""What `samescreen share` shows in a terminal.

`share` runs the event loop until Ctrl-C or SIGTERM. Everything it prints goes through outlets, so
that a terminal never blocks the loop.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Final, TextIO

import segno
from rich.cells import cell_len, set_cell_size
from rich.console import Console, detect_legacy_windows

from samescreen.capture.choose import OpenedSource, open_source
from samescreen.capture.sound.choose import SoundChoice, choose_sound
from samescreen.host import Host, loop_factory
from samescreen.hub.stream import Stream
from samescreen.interpreter import quick_switching, rare_collections
from samescreen.labels import sentence
from samescreen.options import ShareOptions
from samescreen.serve.access import Credentials
from samescreen.serve.log_throttle import LoopErrorLog

from .descriptors import use_all_descriptors
from .log import set_up_logging
from .opening import opened
from .outlet import Outlet
from .patience import answering, awaited
from .streams import columns
from .switching import switching

_FIRST_STATUS_S: Final = 5.0
_LINE_S: Final = 1.0
_STOP_S: Final = 5.0


def share(options: ShareOptions, sources: list[str]) -> int:
    """Share these sources (without any, the screen) until stopped, and return the exit code.

    Raises:
        SamescreenError: it cannot begin.
    """
    use_all_descriptors()
    access = options.access
    credentials = Credentials.of(access.token, access.pin, access.host_token)
    set_up_logging(options.terminal, credentials)
    choices: list[OpenedSource] = []
    with ExitStack() as stack:
        for words in sources or (None,):
            choosing = partial(open_source, words, options.capture.backend)
            choices.append(awaited(answering(words), choosing))
            stack.callback(choices[-1].source.dispose)
        audio = options.sound.audio
        of_sound = f"the sound of --audio {audio}: its server does not answer"
        sound = awaited(of_sound, partial(choose_sound, audio)) if audio else None
        stack.enter_context(quick_switching())
        runner = stack.enter_context(asyncio.Runner(loop_factory=loop_factory()))
        try:
            return runner.run(_share(options, choices, sound, credentials))
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
    choices: list[OpenedSource],
    sound: SoundChoice | None,
    credentials: Credentials,
) -> int:
    console = plain_console()
    stopped = asyncio.Event()
    beginning = asyncio.current_task()
    assert beginning is not None
    _stop_on_signals(beginning.cancel)
    asyncio.get_running_loop().set_exception_handler(LoopErrorLog(logging.getLogger(__name__)))
    async with Host(options, *choices, sound=sound, credentials=credentials) as host:
        _stop_on_signals(stopped.set)
        await _first_status(host, stopped)
        _print_welcome(console, host, choices, sound)
        with ExitStack() as while_shared:
            while_shared.enter_context(rare_collections())
            if options.terminal.open:
                while_shared.enter_context(opened(host.links.here, console.print))
            while_shared.enter_context(switching(host, console, options.capture.backend))
            await _show_line_until(console, host, stopped)
    console.print("Stopped.")
    return 0


def _stop_on_signals(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()

    def stop_in_time() -> None:
        threading.Thread(target=_leave_late, name="last resort", daemon=True).start()
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop_in_time)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop_in_time))


def _leave_late() -> None:
    """End the program by force when something in it did not stop in time."""
    time.sleep(_STOP_S)
    os._exit(1)


async def _first_status(host: Host, stopped: asyncio.Event) -> None:
    """Wait until the sources are open, so that the welcome can name their backends."""
    waits = [asyncio.ensure_future(event.wait()) for event in (host.opened, stopped)]
    _, unfinished = await asyncio.wait(
        waits, timeout=_FIRST_STATUS_S, return_when=asyncio.FIRST_COMPLETED
    )
    for each in unfinished:
        each.cancel()


def _print_welcome(
    console: Console, host: Host, choices: list[OpenedSource], sound: SoundChoice | None = None
) -> None:
    links = host.links
    statuses = [stream.status for stream in host.hub.streams.values()]
    of_choices = [choice.note for choice in choices]
    of_sources = [note for status in statuses for note in status.notes]
    of_sound = sound.note if sound is not None else ""
    of_tls = host.tls.notes if host.tls is not None else ()
    notes = (*of_choices, of_sound, host.encoder.note, *of_sources, *of_tls, links.note)
    for note in filter(None, notes):
        console.print(f"Note: {sentence(note)}", style="yellow")
    for status in statuses:
        means = f"capture {status.backend or '…'} · H.264 ({host.encoder.name})"
        console.print(f"Sharing {status.detail} · {means}")
    if sound is not None and not sound.note:
        console.print(f"Sharing sound: {sentence(sound.label)}")
    if (recorded := host.recordings.first) is not None:
        console.print(f"Recording to {recorded}")
    console.print()
    console.print(f"  This machine   {links.here}")
    for link in links.lan:
        console.print(f"  On the network {link}")
    if host.secure_links is not None:
        console.print(f"  Encrypted      {host.secure_links.best}")
    if host.gatekeeper.is_open:
        console.print("  Access         everybody who reaches the port", style="yellow")
    else:
        console.print(f"  PIN            {host.gatekeeper.pin}")
    if host.tls is not None and host.tls.authority is not None:
        console.print(f"  CA SHA-256     {host.tls.authority.fingerprint}")
    console.print()
    console.print("For you only, because it gives control over links and people:")
    console.print(f"  Host link      {host.host_links.here}")
    console.print()
    if console.is_terminal:
        _print_qr(console, links.best)
        console.print("Type a source (samescreen sources lists them) to share that instead,")
        console.print("+ and a source to share one more, - and a number to end one.")
    console.print("Ctrl-C stops.")


def _print_qr(console: Console, link: str) -> None:
    """Print the QR code, unless the terminal's encoding lacks block characters."""
    drawn = io.StringIO()
    segno.make(link, error="l").terminal(out=drawn, compact=True, border=2)
    file = console.file
    if not isinstance(file, Outlet) or file.can_show(drawn.getvalue()):
        console.print(drawn.getvalue())


async def _show_line_until(console: Console, host: Host, stopped: asyncio.Event) -> None:
    """Update one status line in place; on a pipe, print a line when the viewers change."""
    outlet = console.file
    if not (isinstance(outlet, Outlet) and outlet.isatty()):
        await _print_changes_until(console, host, stopped)
        return
    while not stopped.is_set():
        outlet.status(fitted(_line(host), columns() - 1))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LINE_S)
    outlet.status("")


def fitted(line: str, width: int) -> str:
    """As much of the line as fits into `width` cells of a terminal."""
    return line if cell_len(line) <= width else set_cell_size(line, max(0, width)).rstrip()


async def _print_changes_until(console: Console, host: Host, stopped: asyncio.Event) -> None:
    shown = 0
    while not stopped.is_set():
        count = host.audience.viewer_count()
        if count != shown:
            shown = count
            console.print(_viewers(count))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LINE_S)


def _line(host: Host) -> str:
    streams = host.hub.streams.values()
    if not streams:
        return "nothing is shared"
    if not host.audience.viewer_count() and all(each.status.state == "live" for each in streams):
        return "nobody watches"
    parts = [_of_stream(each, len(streams) > 1) for each in streams]
    return " · ".join((_viewers(host.audience.viewer_count()), *parts))


def _of_stream(stream: Stream, is_one_of_many: bool) -> str:
    name = f"{stream.stream_id}: " if is_one_of_many else ""
    if stream.status.state != "live":
        return f"{name}{stream.status.detail}"
    stats = stream.stats
    return (
        f"{name}{stats.captured_fps:.0f} fps captured, "
        f"{stats.encoded_fps:.0f} encoded · {stats.bitrate_bps / 1e6:.1f} Mbit/s · "
        f"{stats.encode_us / 1000:.1f} ms each"
    )


def _viewers(count: int) -> str:
    return f"{count} viewer" if count == 1 else f"{count} viewers"
