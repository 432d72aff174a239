"""Stills for readers that are no pages: one still of the current picture, or a series.

Event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from samescreen.flow.in_flight import SentPacket
from samescreen.hub.demand import Demand
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer
from samescreen.media import Packet, PacketKind, Rendition

from .stills import StillReader
from .stream_viewers import StreamViewers

_JPEG: Final = frozenset((Rendition.JPEG,))


class _Snapshot:
    """Waits for one still."""

    def __init__(self) -> None:
        self.still: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()

    def demand(self) -> Demand:
        return Demand(_JPEG, paused=False)

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Take the first still, and skip everything else."""
        if packet.packet.kind is not PacketKind.STILL or packet.is_piece or self.still.done():
            return Offer.SKIPPED
        self.still.set_result(packet.packet)
        return Offer.SENT

    def notify(self, notice: Notice) -> None:
        """Ignore it: this subscriber only waits for a picture."""

    def close(self, reason: Ending) -> None:
        """Do nothing: the request that waits has a time limit."""


async def next_still(stream: Stream) -> Packet:
    """A still of the current picture. Cancel the call to stop waiting."""
    snapshot = _Snapshot()
    stream.subscribe(snapshot)
    stream.changed(snapshot, _JPEG)
    try:
        return await snapshot.still
    finally:
        stream.unsubscribe(snapshot)


@contextmanager
def reading_stills(
    group: StreamViewers, address: str, abort: Callable[[], None]
) -> Iterator[StillReader]:
    """Subscribe a reader of stills while inside. Its first still shows the current picture."""
    reader = StillReader(address, abort)
    group.stills.readers.append(reader)
    group.stream.subscribe(reader)
    group.stream.changed(reader, _JPEG)
    try:
        yield reader
    finally:
        group.stills.readers.remove(reader)
        group.stream.unsubscribe(reader)
