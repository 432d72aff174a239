"""The end of a thread, waited for on the event loop without holding it up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

END_S: Final = 1.0
_LOOK_S: Final = 0.005


async def has_ended(join: Callable[[float], bool]) -> bool:
    """Whether a thread that was told to stop does so in time.

    Asks again and again: when the interpreter ends, no thread can be started to wait in.
    """
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + END_S
    while not join(0):
        if loop.time() > deadline_s:
            return False
        await asyncio.sleep(_LOOK_S)
    return True
