"""Stills for those who are no viewers: one of the picture as it is now, or one after another.

Event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from samescreen.media import Packet, Rendition

from .steering import update_demand, update_hold
from .stills import StillReader
from .stream import Stream


async def next_still(stream: Stream) -> Packet:
    """A still of the picture as it is now; cancel it to stop waiting."""
    waiting: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
    stream.awaiting_still.append(waiting)
    update_demand(stream)
    if stream.bridge is not None:
        stream.bridge.ask(Rendition.JPEG)
    try:
        return await waiting
    finally:
        if waiting in stream.awaiting_still:
            stream.awaiting_still.remove(waiting)
        update_demand(stream)


@contextmanager
def reading_stills(
    stream: Stream, address: str, abort: Callable[[], None]
) -> Iterator[StillReader]:
    """Somebody reads stills inside; the first is of the picture as it is."""
    reader = StillReader(address, abort)
    stream.stills.readers.append(reader)
    if stream.bridge is not None:
        stream.bridge.ask(Rendition.JPEG)
    update_demand(stream)
    update_hold(stream)
    try:
        yield reader
    finally:
        stream.stills.readers.remove(reader)
        update_demand(stream)
        update_hold(stream)


def hand_out_still(stream: Stream, still: Packet) -> None:
    """One was made: to all who wait for it."""
    for waiting in stream.awaiting_still:
        if not waiting.done():
            waiting.set_result(still)
    stream.awaiting_still.clear()
    stream.stills.offer(still)
