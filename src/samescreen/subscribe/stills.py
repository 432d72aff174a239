"""Readers of stills (/stream.mjpg), and what the stills may cost. Event loop.

A reader holds only the newest still. It does not speak the protocol and acknowledges nothing, so
the host estimates its capacity from the stills that it was too slow for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from samescreen.encode.still import black_jpeg, jpeg_size
from samescreen.flow.claims import Claim
from samescreen.flow.in_flight import SentPacket
from samescreen.flow.stills import StillRate, StillTarget
from samescreen.hub.demand import Demand
from samescreen.hub.events import IN_PICTURE, CursorState
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer, StatusChanged
from samescreen.media import Packet, Rendition

from .viewer import Viewer

MAX_READERS: Final = 16
_DEMANDS: Final = {
    rendition: Demand(frozenset((rendition,)), paused=False)
    for rendition in (Rendition.JPEG, Rendition.POINTED)
}


def stills_with(cursor: CursorState) -> Rendition:
    """The rendition of stills that shows the cursor."""
    return Rendition.POINTED if cursor.is_apart else Rendition.JPEG


def still_demand(rendition: Rendition) -> Demand:
    """What a reader of these stills demands."""
    return _DEMANDS[rendition]


class StillReader:
    """One reader. `abort` drops its connection if it does not read when the host stops.

    `rendition`: the stills that it takes, which show the cursor.
    """

    def __init__(
        self, address: str, abort: Callable[[], None], cursor: CursorState = IN_PICTURE
    ) -> None:
        self.address = address
        self.rendition = stills_with(cursor)
        self.sent = 0
        self.skipped = 0
        self._abort = abort
        self._newest: Packet | None = None
        self._last: Packet | None = None
        self._changed = asyncio.Event()
        self._is_closed = False
        self._is_writing = False
        self._was_skipped = False
        self._rate_bps = 0

    def demand(self) -> Demand:
        """Always stills. The reader fetches the newest when it has written the one before."""
        return _DEMANDS[self.rendition]

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Keep the still in place of one that was not fetched."""
        bare = packet.packet
        if bare.rendition is not self.rendition or packet.is_piece or bare.is_png:
            return Offer.SKIPPED
        if self._newest is not None:
            self.skipped += 1
            self._was_skipped |= self._is_writing
        self._newest = bare
        self._changed.set()
        return Offer.SENT

    def notify(self, notice: Notice) -> None:
        """A blanked stream shows black in place of the last picture; the rest says nothing."""
        if isinstance(notice, StatusChanged) and notice.status.reason == "blanked":
            self._blank()

    def _blank(self) -> None:
        shown = self._newest or self._last
        if shown is not None:
            size = jpeg_size(shown.payload)
            self._newest = replace(shown, payload=black_jpeg(*size))
            self._changed.set()

    async def next(self) -> Packet | None:
        """Wait for a new still and return it; None: the stream or the host has ended."""
        await self._changed.wait()
        self._changed.clear()
        still, self._newest = self._newest, None
        self._last = still
        return None if self._is_closed else still

    def writing(self) -> None:
        """Note that a still is being written."""
        self._is_writing = True

    @property
    def is_slow(self) -> bool:
        """Whether it is writing one picture while a newer one waits."""
        return self._is_writing and self._newest is not None

    def wrote(self, size_bytes: int, took_us: int) -> None:
        """It has left."""
        self._is_writing = False
        self.sent += 1
        self._rate_bps = size_bytes * 8_000_000 // max(1, took_us)

    def take_capacity_bps(self) -> int | None:
        """What its link carries; None if it skipped no still since the last call."""
        was_skipped, self._was_skipped = self._was_skipped, False
        return self._rate_bps if was_skipped else None

    def close(self, reason: Ending) -> None:
        """End, because the stream has ended."""
        self.end()

    def end(self) -> None:
        """Give no more stills, for example because another reader takes its place."""
        self._is_closed = True
        self._changed.set()
        if self._is_writing:
            self._abort()


class StillFanout:
    """The readers of one stream's stills, which may cost `ceiling` at most."""

    def __init__(self, ceiling: StillTarget) -> None:
        self.readers: list[StillReader] = []
        self.rate = StillRate(ceiling)
        self._moving_bytes = 0
        self._dropped: dict[str, int] = {}
        self._pts_us = -1

    def note_size(self, still: Packet) -> None:
        """Note the size of a still, for the estimate of what stills cost."""
        if still.pts_us != self._pts_us:  # otherwise the same picture again, in another quality
            self._moving_bytes = len(still.payload)
            self._pts_us = still.pts_us

    def follow(self, cursor: CursorState, stream: Stream) -> None:
        """Have the readers take stills that show the cursor, wherever it is from now on."""
        rendition = stills_with(cursor)
        switched = [reader for reader in self.readers if reader.rendition is not rendition]
        for reader in switched:
            reader.rendition = rendition
            stream.changed(reader, frozenset((rendition,)))
        if switched:
            stream.reduced()

    def update_target(self, viewers: Iterable[Viewer], now_us: int) -> None:
        """Set what stills may cost to what their watchers can take; a few times a second."""
        claims = [
            Claim(f"reader {id(reader)}", reader.address, reader.take_capacity_bps())
            for reader in self.readers
        ]
        claims += self._claims(v for v in viewers if v.rendition is Rendition.JPEG)
        if claims:
            self.rate.update(claims, self._moving_bytes, now_us)
        else:
            self.rate.reset()

    def _claims(self, viewers: Iterable[Viewer]) -> list[Claim]:
        """What each viewer received, if it skipped a still since the last call."""
        before, self._dropped = self._dropped, {}
        found = []
        for viewer in viewers:
            outbox, key = viewer.outbox, viewer.viewer_id
            self._dropped[key] = outbox.dropped
            was_skipped = outbox.dropped > before.get(key, outbox.dropped)
            capacity = outbox.window.rate_bps() if was_skipped else None
            found.append(viewer.claim(capacity))
        return found
