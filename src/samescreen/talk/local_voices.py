"""Voices on this machine while a host runs: wires the mixer to the hub. Event loop."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Final

from samescreen.aside import waited_for
from samescreen.errors import CaptureError, UsageError
from samescreen.hub.voices import Voices
from samescreen.wire.talk import Voice

from .mixer import Mixer
from .output_thread import OutputThread
from .pulse_output import PulseOutput, open_output

_END_S: Final = 1.0


async def begin_voices(voices: Voices, where: str, stack: AsyncExitStack) -> None:
    """Mix voices for those who need it, until the stack is closed.

    `where` they are played: "speakers", "mic", or "" for nowhere.

    Raises:
        UsageError: this machine cannot play them there.
    """
    output = OutputThread(await _opened(where)) if where else None
    loop = asyncio.get_running_loop()

    def deliver(voice: Voice) -> None:
        with suppress(RuntimeError):  # the loop is closed: the host has ended
            loop.call_soon_threadsafe(voices.send_mix, voice)

    mixer = voices.mix = Mixer(deliver, output)

    async def end() -> None:
        voices.mix = None
        thread = mixer.close()
        if thread is not None:
            await waited_for(partial(thread.join, _END_S), "the mix of voices")

    stack.push_async_callback(end)


async def _opened(where: str) -> PulseOutput:
    if sys.platform != "linux":
        raise UsageError("--talk works on Linux only so far; leave it out")
    try:
        return await waited_for(
            partial(open_output, where), "the sound server", lambda output: output.close()
        )
    except CaptureError as error:
        raise UsageError(f"--talk needs a sound server; leave it out: {error}") from None
