"""Ends what standard input shares when it ends: it cannot be opened again. Event loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from rich.console import Console

from samescreen.capture.choose import STANDARD_INPUT_ENDED
from samescreen.host import Host

from .words import Words

_LOOK_S: Final = 0.5


async def end_with_standard_input(
    host: Host, console: Console, words: Words, stopped: asyncio.Event
) -> None:
    """Wait for its end. Then end its stream; without another stream, everything."""
    while not stopped.is_set():
        for stream in host.hub.streams.values():
            status = stream.status
            if status.state != "live" and status.detail == STANDARD_INPUT_ENDED:
                console.print(words("stdin-ended"))
                if len(host.hub.streams) == 1:
                    stopped.set()
                else:
                    await host.remove(stream.stream_id)
                return
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _LOOK_S)
