"""What `samescreen share` and `sources` show in a terminal.

`share` runs the event loop until Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import signal
import sys
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Final, TextIO

import segno
from rich.console import Console
from rich.live import Live
from rich.text import Text

from samescreen.capture.choose import Choice, choose_source, list_sources
from samescreen.capture.sound.choose import SoundChoice, choose_sound, list_sounds
from samescreen.host import Host, loop_factory
from samescreen.live.stream import Stream
from samescreen.options import ShareOptions

from .switching import switching

_FIRST_STATUS_S: Final = 5.0
_LINE_S: Final = 1.0


def share(options: ShareOptions, sources: list[str]) -> int:
    """Share what the words name (the screen, when there are none) until stopped; the exit code.

    Raises:
        SamescreenError: it cannot begin.
    """
    _set_up_logging(options)
    choices: list[Choice] = []
    with ExitStack() as stack:
        for words in sources or (None,):
            choices.append(choose_source(words))
            stack.callback(choices[-1].source.dispose)
        sound = choose_sound(options.audio)
        runner = stack.enter_context(asyncio.Runner(loop_factory=loop_factory()))
        return runner.run(_share(options, choices, sound))


def show_sources() -> int:
    """Print the words that `samescreen share` takes, a line each."""
    listed = list_sources()
    width = max(len(each.words) for each in listed)
    for each in listed:
        sys.stdout.write(f"{each.words:<{width}}  {each.description}\n")
    if sounds := list_sounds():
        sys.stdout.write("\nSound:\n")
        width = max(len(each.option) for each in sounds)
        for sound in sounds:
            sys.stdout.write(f"{sound.option:<{width}}  {sound.description}\n")
    return 0


def plain_console(file: TextIO | None = None) -> Console:
    """Prints words as they are: `:AB:` in a fingerprint is no emoji, `[b]` in a title no style."""
    return Console(file=file, highlight=False, soft_wrap=True, markup=False, emoji=False)


async def _share(
    options: ShareOptions, choices: list[Choice], sound: SoundChoice | None
) -> int:
    console = plain_console()
    stopped = asyncio.Event()
    _stop_on_signals(stopped.set)
    async with Host(options, *choices, sound=sound) as host:
        await _first_status(host)
        _print_welcome(console, host, choices, sound)
        if options.open:
            webbrowser.open(host.links.here)
        with switching(host, console):
            await _show_line_until(console, host, stopped)
    console.print("Stopped.")
    return 0


def _stop_on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


async def _first_status(host: Host) -> None:
    """Wait until the sources have been opened, to name the means in the welcome."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_STATUS_S):
            await host.opened.wait()


def _print_welcome(
    console: Console, host: Host, choices: list[Choice], sound: SoundChoice | None = None
) -> None:
    links = host.links
    statuses = [stream.status for stream in host.hub.streams.values()]
    of_choices = [choice.note for choice in choices]
    of_sources = [note for status in statuses for note in status.notes]
    of_sound = sound.note if sound is not None else ""
    of_tls = host.tls.notes if host.tls is not None else ()
    notes = (*of_choices, of_sound, host.encoder.note, *of_sources, *of_tls, links.note)
    for note in filter(None, notes):
        console.print(f"Note: {note}", style="yellow")
    for status in statuses:
        means = f"capture {status.backend or '…'} · H.264 ({host.encoder.name})"
        console.print(f"Sharing {status.detail} · {means}")
    if sound is not None and not sound.note:
        console.print(f"Sharing sound: {sound.source.label}")
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
    if console.is_terminal:
        console.print(Text(_qr(links.best)))
    if console.is_terminal:
        console.print("Type a source (samescreen sources lists them) to share that instead.")
    console.print("Ctrl-C stops.")


def _qr(link: str) -> str:
    drawn = io.StringIO()
    segno.make(link, error="l").terminal(out=drawn, compact=True, border=2)
    return drawn.getvalue()


async def _show_line_until(console: Console, host: Host, stopped: asyncio.Event) -> None:
    """One quiet line that is rewritten in place; on a pipe, a line only when viewers change."""
    if not console.is_terminal:
        await _print_changes_until(console, host, stopped)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not stopped.is_set():
            live.update(Text(_line(host)), refresh=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), _LINE_S)


async def _print_changes_until(console: Console, host: Host, stopped: asyncio.Event) -> None:
    shown = 0
    while not stopped.is_set():
        count = host.hub.viewer_count()
        if count != shown:
            shown = count
            console.print(_viewers(count))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LINE_S)


def _line(host: Host) -> str:
    streams = host.hub.streams.values()
    if not host.hub.viewer_count() and all(each.status.state == "live" for each in streams):
        return "nobody watches"
    parts = [_of_stream(each, len(streams) > 1) for each in streams]
    return " · ".join((_viewers(host.hub.viewer_count()), *parts))


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


def _set_up_logging(options: ShareOptions) -> None:
    stream = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    stream.setFormatter(_JsonFormatter() if options.json_logs else plain)
    logging.basicConfig(level=options.log_level.upper(), handlers=[stream])


class _JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


