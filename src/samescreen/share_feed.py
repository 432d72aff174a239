"""Takes the newest picture of one stream for a program. Event loop, except `take`.

The caller of `take` decodes stills of a source of this process. Everything else came from others
through the gate, and is decoded in a process of its own (`decode`), one for each feed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from samescreen.clock import clock_us
from samescreen.decode.decoder import Decoder
from samescreen.decode.values import Limits
from samescreen.errors import UsageError
from samescreen.flow.in_flight import SentPacket
from samescreen.gate.profiles import HOST, PAGE
from samescreen.hub.demand import Demand
from samescreen.hub.events import CursorState
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer, ProgramSubscriber, SourceReplaced
from samescreen.media import Codec, Packet, Rendition, TrackConfig
from samescreen.publish.thread_publisher import ThreadPublisher
from samescreen.subscribe.stills import stills_with

Pixels = NDArray[np.uint8]

SEALED: Final = "these pictures are sealed: take them at the host that shares them"
ASK_AGAIN_US: Final = 500_000
"""A keyframe that is on its way is not asked for again."""
_LEAST_PIXELS: Final = PAGE.picture.long_side * PAGE.picture.short_side


class Feed(ProgramSubscriber):
    """Takes `stream` from now on, until `leave`.

    `wake` is called on any thread when there is a new picture, and when it is over.

    Raises:
        UsageError: the stream is sealed.
    """

    def __init__(self, stream: Stream, wake: Callable[[], None]) -> None:
        if stream.is_sealed:
            raise UsageError(SEALED)
        self.is_over = False
        self.fault = ""
        """Why the pictures cannot be decoded any more; "": they can, or the stream has ended."""
        self._stream = stream
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._stills: deque[Packet] = deque(maxlen=1)
        self._decoder: Decoder | None = None
        self._pixels = 0
        """What the decoder takes at most, in one picture."""
        self._rendition = Rendition.MAIN
        self._asked_us = -ASK_AGAIN_US
        self._asking: asyncio.TimerHandle | None = None
        self._choose()
        stream.subscribe(self)
        self._ask()

    def take(self) -> Pixels | None:
        """The newest picture, (height, width, 3) in BGR, once; None if there is none. Any thread.

        It may take some milliseconds.
        """
        decoder = self._decoder
        if decoder is not None:
            return self._cropped(decoder)
        try:
            still = self._stills.pop()
            pixels: Pixels = simplejpeg.decode_jpeg(still.payload, "BGR", strict=False)
        except (IndexError, ValueError):  # none, or a file of a camera that is none
            return None
        return pixels

    def leave(self) -> None:
        """Take no more; may be called twice."""
        self._stream.unsubscribe(self)
        self._end("")

    # What the hub asks

    def demand(self) -> Demand:
        return Demand(frozenset((self._rendition,)), paused=False, jpeg_only=True)

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Never counted as a viewer in step: viewers recover as if no program took pictures."""
        bare = packet.packet
        if bare.rendition is self._rendition and not packet.is_piece and not bare.is_png:
            self._receive(bare)
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        if not isinstance(notice, SourceReplaced | CursorState | TrackConfig):
            return
        if self._stream.is_sealed:
            self._stream.unsubscribe(self)
            self._end(SEALED)
            return
        before = self._rendition, self._decoder
        self._choose()
        if isinstance(notice, SourceReplaced) or before != (self._rendition, self._decoder):
            self._ask()

    def close(self, reason: Ending) -> None:
        self._end("")

    def _receive(self, packet: Packet) -> None:
        if self._decoder is None:
            self._stills.append(packet)
            self._wake()
        elif not self._decoder.submit(
            packet.payload, packet.pts_us, is_keyframe=packet.is_keyframe
        ):
            self._ask()

    def _choose(self) -> None:
        """Choose the rendition that costs this host least, and who decodes it."""
        track = self._stream.publisher.tracks[0]
        if isinstance(self._stream.publisher, ThreadPublisher) and track.stills is not None:
            self._close_decoder()
            self._rendition = stills_with(self._stream.cursor)
            return
        rendition = Rendition.MAIN if Rendition.MAIN in track.targets else Rendition.JPEG
        config = self._stream.configs.get(rendition)
        pixels = _LEAST_PIXELS
        if config is not None:
            pixels = max(pixels, config.coded_width * config.coded_height)
        if self._decoder is not None and (rendition, pixels) == (self._rendition, self._pixels):
            return
        self._close_decoder()
        self._rendition, self._pixels = rendition, pixels
        codec = Codec.JPEG if rendition is Rendition.JPEG else Codec.H264
        limits = Limits.of(pixels, HOST.rates.message_bytes)
        self._decoder = Decoder(self._stream.name, codec, self._decoded, limits=limits)

    def _cropped(self, decoder: Decoder) -> Pixels | None:
        """The picture without the padding that makes its sides even."""
        decoded = decoder.newest()
        if decoded is None:
            return None
        height, width = decoded.pixels.shape[:2]
        config = self._stream.configs.get(self._rendition)
        if config is None or (config.coded_width, config.coded_height) != (width, height):
            return decoded.pixels
        return np.ascontiguousarray(decoded.pixels[: config.height, : config.width])

    def _decoded(self) -> None:
        """There is news of the decoder. On its thread."""
        decoder = self._decoder
        if decoder is not None and (decoder.needs_keyframe or decoder.ended):
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._troubled, decoder)
        self._wake()

    def _troubled(self, decoder: Decoder) -> None:
        if decoder is not self._decoder:
            return
        if decoder.ended:
            self._stream.unsubscribe(self)
            self._end(decoder.ended)
        else:
            self._ask()

    def _ask(self) -> None:
        """Ask for a keyframe, or for a whole still; a little later if that was just done."""
        wait_us = self._asked_us + ASK_AGAIN_US - clock_us()
        if self._asking is not None or self.is_over:
            return
        if wait_us > 0:
            self._asking = self._loop.call_later(wait_us / 1e6, self._ask_again)
        else:
            self._asked_us = clock_us()
            self._stream.changed(self, frozenset((self._rendition,)))

    def _ask_again(self) -> None:
        self._asking = None
        if self._decoder is None or self._decoder.needs_keyframe:
            self._ask()

    def _end(self, fault: str) -> None:
        if not self.is_over:
            self.is_over, self.fault = True, fault
            if self._asking is not None:
                self._asking.cancel()
            self._close_decoder()
            self._wake()

    def _close_decoder(self) -> None:
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            decoder.close()
