"""A page that publishes JPEG files, because it cannot encode H.264: this host encodes them once.

Event loop. What passes the gate is decoded in a process with limits, and encoded by a track of this
host as the pictures of any source are: main, low, stills, refinement (docs/decisions/0070).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from samescreen.capture.choose import OpenedSource
from samescreen.clock import clock_us
from samescreen.flow.rate import RateTarget
from samescreen.gate.profiles import Profile
from samescreen.gate.refusal import Reason, Refusal
from samescreen.gate.track import Passed
from samescreen.gate.video import VideoGate
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import SourceStatus, TrackEvent
from samescreen.hub.publishers import Encoding
from samescreen.hub.wanted import want_of
from samescreen.labels import label
from samescreen.media import Rendition
from samescreen.wire.published import Published
from samescreen.wire.publishing import (
    Configure,
    Ended,
    Faulty,
    Offer,
    State,
    StillCost,
    ToPublisher,
    Want,
)

from .decoded_source import DecodedSource, jpeg_decoder
from .local import LocalPublisher
from .remote import KEYFRAME_AGAIN_US, TrackMessage

MOST_FPS: Final = 15
MOST_SIDES: Final = (1920, 1080)
QUALITY: Final = 80
"""The host encodes the picture again, so that less would be seen twice."""


def is_of_pictures(offer: Offer, profile: Profile) -> bool:
    """Whether a page offers JPEG files and no video: another host's stills are passed on."""
    is_plain = not profile.is_partial and not offer.sealed
    return is_plain and offer.stills is not None and not offer.video


def profile_of_pictures(profile: Profile) -> Profile:
    """The same with what decoding and encoding on this host can keep up with."""
    long_side, short_side = MOST_SIDES
    picture = replace(profile.picture, long_side=long_side, short_side=short_side, fps=MOST_FPS)
    return replace(profile, picture=picture)


class RemotePictures(LocalPublisher):
    """The pictures of an offer, whose track has the number `theirs` there, as track `number` here.

    `send`: to the page. `ended`: why nothing of it passes any more; None: it goes on.
    """

    def __init__(
        self,
        offer: Offer,
        number: int,
        gate: VideoGate,
        send: Callable[[ToPublisher], None],
        encoding: Encoding,
    ) -> None:
        long_side, short_side = MOST_SIDES
        name = label(offer.name)
        new_decoder = jpeg_decoder(name, long_side * short_side)
        self.pictures = DecodedSource(name, new_decoder, self._lost)
        ceiling = RateTarget(encoding.ceiling.bitrate_bps, min(encoding.ceiling.fps, MOST_FPS))
        super().__init__(
            OpenedSource(self.pictures, name),
            number,
            encoding.make_for(number),
            ceiling,
            encoding.stills,
            takes_input=False,
        )
        self.takes_marks = False
        self.is_over = False
        """It was started and has stopped."""
        self._offered_fps = MOST_FPS if offer.stills is None else offer.stills.fps
        self._line = _Line(offer.track, gate, send)
        self._events: Callable[[TrackEvent], None] | None = None

    @property
    def ended(self) -> Refusal | None:
        if self.pictures.ended:
            return Refusal(Reason.UNSUPPORTED, self.pictures.ended)
        return self._line.gate.ended

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Encode what comes, and ask for what is demanded."""
        self._events = deliver
        self._line.loop = asyncio.get_running_loop()
        super().start(deliver)
        self._line.ask(self._wanted(self._demand))

    def set_demand(self, demand: Demand) -> None:
        """Encode this, and have the page send pictures while anybody watches."""
        super().set_demand(demand)
        if self._events is not None:
            self._line.ask(self._wanted(demand))

    def stop(self) -> None:
        """Ask for nothing more, and deliver nothing more. The track's thread ends by itself."""
        if self._events is None:
            return
        self._events, self.is_over = None, True
        self._line.ask(want_of(IDLE, self._line.theirs))
        self.pictures.end_decoding()
        if self._bridge is not None:
            self._bridge.stop()

    async def close(self) -> None:
        """The host ends the stream: say so, and stop."""
        if self._events is not None:
            self._line.send(Ended(self._line.theirs, "revoked", "the host ended the stream"))
        self.stop()
        await super().close()

    def read(self, message: TrackMessage, now_us: int) -> None:
        """A message about this track. The figures are those of this host."""
        if self._events is None:
            return
        if isinstance(message, Configure):
            self._line.configure(message, now_us)
        elif isinstance(message, State):
            notes = tuple(message.notes)
            self._events(
                SourceStatus(message.state, message.reason, message.detail, message.backend, notes)
            )

    def take(self, published: Published, now_us: int) -> None:
        """A picture."""
        if self._events is None:
            return
        passed = self._line.passed(published, now_us)
        if passed is not None:
            self.pictures.put(passed.published.packet.payload, passed.published.packet.pts_us)

    def _lost(self) -> None:
        """A picture was lost with its process. Any thread."""
        if (loop := self._line.loop) is not None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._line.ask_again)

    def _wanted(self, demand: Demand) -> Want:
        theirs = self._line.theirs
        if not demand.renditions:
            return want_of(IDLE, theirs)
        main = demand.targets.get(Rendition.MAIN)
        fps = min(self._offered_fps, MOST_FPS, MOST_FPS if main is None else main.fps)
        jpeg = [Rendition.JPEG]
        return Want(theirs, jpeg, jpeg, stills=StillCost(QUALITY, max(1, fps)), paused=False)


class _Line:
    """What goes to and fro between the page and this host. `theirs`: the track's number there."""

    def __init__(self, theirs: int, gate: VideoGate, send: Callable[[ToPublisher], None]) -> None:
        self.theirs = theirs
        self.gate = gate
        self.send = send
        self.loop: asyncio.AbstractEventLoop | None = None
        self._told: Want | None = None
        self._asked_us = -KEYFRAME_AGAIN_US

    def ask(self, want: Want) -> None:
        """Say this, unless it was said already: the page sends its newest picture each time."""
        if want != self._told:
            self._told = want
            self.send(want)

    def ask_again(self) -> None:
        """Have the page send its newest picture once more, but not too often."""
        now_us = clock_us()
        if self._told is None or not self._told.renditions:
            return
        if now_us - self._asked_us >= KEYFRAME_AGAIN_US:
            self._asked_us = now_us
            self.send(self._told)

    def configure(self, message: Configure, now_us: int) -> None:
        """A `config`. The track of this host finds the size out by itself."""
        self._is_fine(self.gate.configure(message, now_us), message.rendition)

    def passed(self, published: Published, now_us: int) -> Passed | None:
        """What the gate lets pass of a packet."""
        passed = self.gate.take(published, now_us)
        if self._is_fine(passed, published.packet.rendition) and isinstance(passed, Passed):
            return passed
        return None

    def _is_fine(self, result: object, rendition: Rendition) -> bool:
        if not isinstance(result, Refusal):
            return True
        if result.reason.is_fault:
            self.send(Faulty(self.theirs, rendition, result.reason, result.detail))
        return False
