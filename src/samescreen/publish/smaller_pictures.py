"""The low rendition and stills of H.264 that comes encoded, made here while somebody needs them.

Event loop. The pictures are decoded in a process with limits, and encoded by a track of this host.
While nobody needs a smaller picture, nothing is decoded: only the packets since the last keyframe
are kept, so that a picture can be made at once, whenever the next keyframe comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from samescreen.capture.choose import OpenedSource
from samescreen.clock import clock_us
from samescreen.decode.decoder import Decoder
from samescreen.decode.values import Limits
from samescreen.gate.profiles import HOST
from samescreen.hub.demand import CursorNeed, Demand
from samescreen.hub.events import Sketch, TrackEvent
from samescreen.hub.publishers import Encoding
from samescreen.media import Codec, Damage, Packet, PacketKind, Rendition, TrackConfig

from .decoded_source import DecodedSource, Decoding
from .local import LocalPublisher

MOST_KEPT: Final = 300
"""Packets since a keyframe: ten seconds at 30 pictures a second."""
MOST_KEPT_BYTES: Final = 2 * HOST.rates.message_bytes
GRACE_S: Final = 0.4
"""A newcomer needs a still only if no keyframe of main comes for so long."""
_AGAIN_US: Final = 1_000_000
"""After a fault, what is kept is decoded once more no more often than that."""
_STILLS: Final = Rendition.JPEG
_MADE: Final = frozenset({Rendition.LOW, _STILLS})


class KeptPictures:
    """The packets since the last keyframe; none where they would be too many."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._bytes = 0

    def put(self, packet: Packet) -> None:
        """Keep the next packet of the stream."""
        if packet.is_keyframe:
            self.packets, self._bytes = [], 0
        elif not self.packets:
            return
        self.packets.append(packet)
        self._bytes += len(packet.payload)
        if len(self.packets) > MOST_KEPT or self._bytes > MOST_KEPT_BYTES:
            self.packets = []


class SmallerPictures(LocalPublisher):
    """Makes them of main as `name` (for the log) under the track `number`.

    `answers`: whoever encodes main makes a keyframe when asked. `on_need` is called when only a
    keyframe of main helps, and when decoding has `ended` for good.
    """

    def __init__(
        self,
        name: str,
        number: int,
        encoding: Encoding,
        on_need: Callable[[], None],
        *,
        answers: bool,
    ) -> None:
        self._name = name
        self._pictures = DecodedSource(name, self._decoder, self._lost, forgets=True)
        opened = OpenedSource(self._pictures, name)
        make, ceiling, stills = encoding.make_for(number), encoding.ceiling, encoding.stills
        super().__init__(opened, number, make, ceiling, stills, takes_input=False)
        self._on_need = on_need
        self._answers = answers
        self._kept = KeptPictures()
        self._pixels = 0
        self._again_us = 0
        self._asked = Demand()
        """What the hub demands; of keyframes, sketches and stills what is not passed on yet."""
        self._owes_still = False
        self._waiting: asyncio.TimerHandle | None = None
        self._is_wanted = False

    # From main

    def configured(self, config: TrackConfig) -> None:
        """Main has this size from its next packet on, a keyframe."""
        pixels = config.coded_width * config.coded_height
        if pixels > self._pixels:
            self._pixels = pixels
            self._pictures.end_decoding()

    def take(self, packet: Packet) -> None:
        """The next packet of main."""
        self._kept.put(packet)
        if packet.is_keyframe and self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
            self._asked = self._asked.lasting()
        if not self._is_wanted:
            return
        if packet.is_keyframe or not self._pictures.needs_keyframe:
            self._put(packet)
        elif (now_us := clock_us()) >= self._again_us:
            self._again_us = now_us + _AGAIN_US
            self._decode_kept()

    def _put(self, packet: Packet, *, is_past: bool = False) -> None:
        self._pictures.put(
            packet.payload, packet.pts_us, is_keyframe=packet.is_keyframe, is_past=is_past
        )

    def _decode_kept(self) -> None:
        """Begin with the last keyframe, so that the newest picture is there soon."""
        packets = self._kept.packets
        for packet in packets:
            self._put(packet, is_past=packet is not packets[-1])

    # What is wanted of it

    @property
    def ended(self) -> str:
        """Why nothing can be decoded any more; "" while it can."""
        return self._pictures.ended

    @property
    def needs_keyframe(self) -> bool:
        """Somebody waits for a smaller picture that only a keyframe of main brings."""
        return self._is_wanted and self._pictures.needs_keyframe

    def set_demand(self, demand: Demand) -> None:
        """Make what of this is no main."""
        pending = self._asked
        self._asked = replace(
            demand,
            keyframes=(demand.keyframes | pending.keyframes) & _MADE,
            sketch=demand.sketch or pending.sketch,
            still_bytes=max(demand.still_bytes, pending.still_bytes),
            refine=False,
            repair=Damage.NONE,
            cursor=CursorNeed.NONE,
        )
        if not demand.renditions:  # nobody is there any more
            self._owes_still = False
            self._asked = self._asked.lasting()
        if self._may_wait(demand):
            if self._waiting is None:
                self._waiting = asyncio.get_running_loop().call_later(GRACE_S, self._pass_on)
        elif self._waiting is None or self._asked.sketch or self._asked.renditions & _MADE:
            self._pass_on()

    def _may_wait(self, demand: Demand) -> bool:
        """It is for a newcomer, for whom a keyframe is on its way that serves as well."""
        is_newcomer = {Rendition.MAIN, _STILLS} <= demand.keyframes
        is_other = demand.sketch or demand.renditions & _MADE
        return self._answers and is_newcomer and not is_other and not self._owes_still

    def _pass_on(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        asked, self._asked = self._asked, self._asked.lasting()
        self._owes_still |= _STILLS in asked.keyframes
        renditions = asked.renditions & _MADE
        if self._owes_still:
            renditions |= {_STILLS}
            asked = replace(asked, paused=False)
        was_wanted, self._is_wanted = self._is_wanted, bool(renditions)
        if self._is_wanted and not was_wanted:
            self._decode_kept()
        super().set_demand(replace(asked, renditions=renditions))
        if self.needs_keyframe:
            self._on_need()

    # From the track

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Deliver what is made: the packets, and the configurations before them."""

        def made(event: TrackEvent) -> None:
            if isinstance(event, Packet | Sketch | TrackConfig):
                deliver(event)
            if isinstance(event, Packet) and event.kind is PacketKind.STILL and self._owes_still:
                self._owes_still = False
                self._pass_on()

        self._loop = asyncio.get_running_loop()
        super().start(made)

    def stop(self) -> None:
        """Make nothing more. The track's thread ends by itself."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._pictures.end_decoding()
        if self._bridge is not None:
            self._bridge.stop()

    async def close(self) -> None:
        """End the thread; within a second."""
        self.stop()
        await super().close()
        if self._bridge is None:  # it never began, so no thread disposes of them
            self._pictures.dispose()

    def _decoder(self, changed: Callable[[], None]) -> Decoding:
        limits = Limits.of(max(self._pixels, 1), HOST.rates.message_bytes)
        limits = replace(limits, waiting=2 * MOST_KEPT)
        return Decoder(self._name, Codec.H264, changed, layout="bgrx", limits=limits)

    def _lost(self) -> None:
        """A picture was lost with its process. On the decoder's thread."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._on_need)
