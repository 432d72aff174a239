"""Stills by HTTP: one still of the current picture, a series, or a sketch for a page that starts.

Event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from samescreen.flow.in_flight import SentPacket
from samescreen.hub.demand import Demand
from samescreen.hub.events import CursorState
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer
from samescreen.media import Packet, Rendition

from .stills import StillReader, still_demand, stills_with
from .stream_viewers import StreamViewers

_SKETCH: Final = Demand(frozenset((Rendition.MAIN,)), paused=False, sketch=True)
"""As of a viewer that will watch main: a source that slept grabs and encodes what that viewer needs
next."""

_WHOLE: Final = Demand(frozenset((Rendition.JPEG,)), paused=False, jpeg_only=True)


class _Snapshot:
    """Waits for one still of the stream, with the cursor."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._rendition = stills_with(stream.cursor)
        self.still: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()

    def demand(self) -> Demand:
        return still_demand(self._rendition)

    def ask(self) -> None:
        """Ask for a still now."""
        self._stream.changed(self, frozenset((self._rendition,)))

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Take the first still, and skip everything else."""
        bare = packet.packet
        is_wanted = bare.rendition is self._rendition and not packet.is_piece and not bare.is_png
        if not is_wanted or self.still.done():
            return Offer.SKIPPED
        self.still.set_result(bare)
        return Offer.SENT

    def notify(self, notice: Notice) -> None:
        """Only where the cursor is matters: it decides which still is waited for."""
        if isinstance(notice, CursorState) and stills_with(notice) is not self._rendition:
            self._rendition = stills_with(notice)
            self.ask()

    def close(self, reason: Ending) -> None:
        """Do nothing: the request that waits has a time limit."""


async def next_still(stream: Stream) -> Packet:
    """A still of the current picture. Cancel the call to stop waiting."""
    snapshot = _Snapshot(stream)
    stream.subscribe(snapshot)
    snapshot.ask()
    try:
        return await snapshot.still
    finally:
        stream.unsubscribe(snapshot)


class _Glimpse:
    """Waits for a first picture of the stream: a sketch, or a whole still without the cursor."""

    def __init__(self, demand: Demand) -> None:
        self._demand = demand
        self.picture: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()

    def demand(self) -> Demand:
        return self._demand

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Take the first such picture, and skip everything else."""
        if not self._is_wanted(packet) or self.picture.done():
            return Offer.SKIPPED
        self.picture.set_result(packet.packet)
        return Offer.SENT

    def _is_wanted(self, packet: EncodedPacket) -> bool:
        if self._demand.sketch:
            return packet.is_sketch
        bare = packet.packet
        return bare.rendition is Rendition.JPEG and not packet.is_piece and not bare.is_png

    def notify(self, notice: Notice) -> None:
        """Nothing matters."""

    def close(self, reason: Ending) -> None:
        """Do nothing: the request that waits has a time limit."""


async def next_sketch(stream: Stream) -> Packet:
    """A small, coarse still of the current picture. Cancel the call to stop waiting."""
    return await _glimpse(stream, _SKETCH)


async def next_first_still(stream: Stream) -> Packet:
    """A whole JPEG of the current picture, as pages get it. Cancel the call to stop waiting."""
    return await _glimpse(stream, _WHOLE)


async def _glimpse(stream: Stream, demand: Demand) -> Packet:
    glimpse = _Glimpse(demand)
    stream.subscribe(glimpse)
    stream.changed(glimpse, frozenset((Rendition.JPEG,)))
    try:
        return await glimpse.picture
    finally:
        stream.unsubscribe(glimpse)


@contextmanager
def reading_stills(
    group: StreamViewers, address: str, abort: Callable[[], None]
) -> Iterator[StillReader]:
    """Subscribe a reader of stills while inside. Its first still shows the current picture."""
    stream = group.stream
    reader = StillReader(address, abort, stream.cursor)
    group.stills.readers.append(reader)
    stream.subscribe(reader)
    stream.changed(reader, frozenset((reader.rendition,)))
    try:
        yield reader
    finally:
        group.stills.readers.remove(reader)
        stream.unsubscribe(reader)
