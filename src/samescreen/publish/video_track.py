"""One video track: grab, encode once per rendition, post.

Runs on its own thread, which owns the source and the encoders. Speaks to the event loop only
through its bridge. While nobody watches it sleeps; while nobody has room it does not grab.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from samescreen.capture.base import Source
from samescreen.capture.mishap import UNEXPECTED, Mishaps
from samescreen.clock import clock_us
from samescreen.encode.base import EncodeRequest, MakeEncoder
from samescreen.errors import CaptureError, EncodeError, SourceUnavailable
from samescreen.flow.output import Output
from samescreen.flow.pace import Allowance, Pace
from samescreen.flow.rate import LOW_CEILING, Aim
from samescreen.flow.settle import Settling
from samescreen.flow.still_output import StillOutput
from samescreen.hub.demand import Demand
from samescreen.hub.events import SourceStatus
from samescreen.media import Damage, Frame, Packet, Rendition

from .bridge import ThreadBridge
from .encoders import Encoders
from .meter import TrackMeter
from .refiner import Refiner

_mishaps: Final = Mishaps(logging.getLogger(__name__))

KEYFRAME_SPACING_US: Final = 500_000
KEYFRAMES_AT_ONCE: Final = 3
KEYFRAME_EVERY_US: Final = 1_000_000
"""All viewers pay for a keyframe that one asked for, so all viewers together get three in a row
and then one a second, however many ask."""
STILL_SPACING_US: Final = 100_000
LOW_KEYFRAME_US: Final = 1_000_000
STILL_FPS: Final = 30
EARLY: Final = 0.75
"""A picture that was late by less than this share of an interval delays none that follow."""
_RETRY_S: Final = 1.0
_REST_S: Final = 1.0
_LONGEST_WAIT_US: Final = 1_000_000
_PAUSE_WAIT_S: Final = 0.25


class VideoTrack:
    """The thread of one source, which makes its encoders there; `aim` is the most it may cost."""

    def __init__(
        self, source: Source, bridge: ThreadBridge, make_encoder: MakeEncoder, aim: Aim
    ) -> None:
        fps = aim.fps
        self._source = source
        self._bridge = bridge
        self._encoders = Encoders(make_encoder, bridge, aim, clock_us)
        self._pace = Pace(fps, early=EARLY)
        self._stills = StillOutput(spacing_us=STILL_SPACING_US, fps=min(fps, STILL_FPS))
        self._outputs = (
            self._stills,
            Output(
                Rendition.MAIN,
                spacing_us=KEYFRAME_SPACING_US,
                allowance=Allowance(KEYFRAMES_AT_ONCE, KEYFRAME_EVERY_US),
            ),
            Output(
                Rendition.LOW,
                spacing_us=KEYFRAME_SPACING_US,
                fps=min(fps, LOW_CEILING.fps),
                every_us=LOW_KEYFRAME_US,
                allowance=Allowance(KEYFRAMES_AT_ONCE, KEYFRAME_EVERY_US),
            ),
        )
        self._settling = Settling()
        self._meter = TrackMeter()
        self._refiner = Refiner(self._encoders, bridge, self._meter)
        self._status: SourceStatus | None = None
        self._frame: Frame | None = None
        self._thread = threading.Thread(target=self._run, name="video-track", daemon=True)
        bridge.connect(source.wake)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread to end after `bridge.stop()`; whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The thread

    def _run(self) -> None:
        while not self._bridge.is_stopped:
            status = self._share_until_lost()
            if status is not None:
                self._lost(status)
        self._let_go(self._source.dispose)

    def _share_until_lost(self) -> SourceStatus | None:
        """What went wrong; None: it was told to stop."""
        try:
            self._source.take_over()
            if not self._is_failing:
                self._announce()
            self._share()
        except CaptureError as error:
            if isinstance(error, SourceUnavailable):
                return SourceStatus("failed", "source-unavailable", str(error))
            return SourceStatus("lost", "source-lost", str(error))
        except EncodeError as error:
            return SourceStatus("failed", "encoder-failed", str(error))
        except Exception as error:  # of a driver, of a program's own source, or ours: it may pass
            _mishaps.tell("the pictures", error)
            return SourceStatus("failed", "source-unavailable", UNEXPECTED)
        return None

    @property
    def _is_failing(self) -> bool:
        """Only a packet proves that the encoder works again, or what failed unexpectedly."""
        status = self._status
        return status is not None and (
            status.reason == "encoder-failed" or status.detail == UNEXPECTED
        )

    def _announce(self) -> None:
        source = self._source
        if source.waiting:
            self._tell(SourceStatus("waiting", "no-picture", source.waiting, source.backend))
            return
        notes = (*source.notes, *self._encoders.notes)
        self._tell(SourceStatus("live", "live", source.label, source.backend, notes))

    def _said(self, notes: tuple[str, ...]) -> bool:
        return not notes or (self._status is not None and set(notes) <= set(self._status.notes))

    def _tell(self, status: SourceStatus) -> None:
        if status != self._status:
            self._status = status
            self._bridge.post(status)

    def _lost(self, status: SourceStatus) -> None:
        """Say so once, and be ready to try again after a while."""
        self._tell(status)
        self._let_go(self._source.close)
        self._frame = None
        self._bridge.wait(_RETRY_S, until_wanted=False)

    def _let_go(self, close_source: Callable[[], None]) -> None:
        for close in (self._encoders.close, close_source):
            try:
                close()
            except Exception as error:  # what is broken may not close either
                _mishaps.tell("letting go of what failed", error)

    def _share(self) -> None:
        """Grab and encode until told to stop."""
        while not self._bridge.is_stopped:
            demand = self._bridge.take()
            self._apply(demand)
            if not demand.renditions:
                self._meter.rest()
                self._source.rest()
                if not self._is_failing:
                    self._announce()
                self._bridge.wait(_REST_S)
            elif demand.paused and not demand.keyframes:
                self._bridge.wait_while_paused(_PAUSE_WAIT_S)
            else:
                self._step(demand)
            self._report()

    def _apply(self, demand: Demand) -> None:
        """Pass on what is asked of each rendition."""
        self._stills.follow(demand.stills)
        self._stills.is_watched = Rendition.JPEG in demand.renditions
        self._refiner.apply(demand)
        for output in self._outputs:
            if output.rendition in demand.keyframes:
                output.ask()
        for rendition in self._encoders.retune(demand.targets):
            self._of(rendition).renew(demand.targets[rendition].fps)
        self._pace.at_most(demand.targets[Rendition.MAIN].fps)

    def _step(self, demand: Demand) -> None:
        """At most one grab, and every encode that is due after it."""
        self._await_turn(demand)
        deadline_us = clock_us() + self._patience_us(demand)
        needs_pixels = demand.renditions != {Rendition.JPEG}
        frame = self._source.grab(deadline_us, needs_pixels=needs_pixels)
        if frame is not None:
            self._note(frame)
        if self._frame is not None:
            self._encode_due(self._frame, demand)
            if frame is None and Rendition.MAIN in demand.renditions:
                self._settle(self._frame)
            self._refine(self._frame, demand)

    def _await_turn(self, demand: Demand) -> None:
        """Sleep until the next picture may be grabbed; there is time for a piece of what rests."""
        wait_us = self._pace.wait_us(clock_us())
        due_us = self._refiner.due_us(demand, clock_us())
        if self._frame is not None and due_us is not None and 2 * due_us < wait_us:
            time.sleep(due_us / 1e6)
            self._refine(self._frame, demand)
            wait_us = self._pace.wait_us(clock_us())
        if wait_us:
            time.sleep(wait_us / 1e6)

    def _patience_us(self, demand: Demand) -> int:
        """How long to wait for a change before something else is due."""
        if self._frame is None:
            return _LONGEST_WAIT_US
        now_us = clock_us()
        due = [output.due_us(now_us) for output in self._outputs if self._serves(output, demand)]
        due.append(self._settling.due_us(now_us) if Rendition.MAIN in demand.renditions else None)
        due.append(self._refiner.due_us(demand, now_us))
        return min((us for us in due if us is not None), default=_LONGEST_WAIT_US)

    def _serves(self, output: Output, demand: Demand) -> bool:
        """Whether somebody watches it; stills are also made for those who wait for a keyframe."""
        if output.rendition in demand.renditions:
            return True
        return output.rendition is Rendition.JPEG and output.is_asked

    def _note(self, frame: Frame) -> None:
        """A new picture."""
        now_us = clock_us()
        self._pace.took(now_us)
        self._meter.captured(now_us)
        if self._frame is None or self._frame.size != frame.size:
            self._encoders.resize(frame.width, frame.height)
            self._refiner.resize(frame, now_us)
            for output in self._outputs:
                output.reset()
            if not self._is_failing:
                self._announce()
        self._frame = frame
        self._refiner.painted(frame.damage, now_us)
        for output in self._outputs:
            output.changed(frame.damage)

    def _encode_due(self, frame: Frame, demand: Demand) -> None:
        """Stills first: they are what a newcomer sees first."""
        # A newcomer's link is not known yet, and the source's own JPEG file may be large for it.
        may_forward = Rendition.JPEG in demand.renditions
        for output in self._outputs:
            if self._serves(output, demand) and output.due_us(clock_us()) == 0:
                self._encode(output, frame, may_forward=may_forward)

    def _encode(self, output: Output, frame: Frame, *, may_forward: bool) -> None:
        started_us = clock_us()
        keyframe = output.wants_keyframe(started_us)
        shown = replace(frame, damage=output.unseen)
        request = EncodeRequest(keyframe, output.quality, may_forward=may_forward)
        packet = self._encoders.encode(output.rendition, shown, request)
        if packet.is_keyframe:
            packet = replace(packet, damage=self._damage_of_keyframe(output))
        if self._is_failing or not self._said(self._encoders.notes):
            self._announce()
        self._bridge.post(packet)
        now_us = clock_us()
        output.encoded(is_keyframe=packet.is_keyframe, now_us=now_us)
        self._meter.encoded(packet, now_us - started_us)
        if output.rendition is Rendition.MAIN:
            is_coarse = self._encoders.is_coarse(Rendition.MAIN)
            self._settling.encoded(packet.damage, is_coarse=is_coarse, now_us=now_us)
            self._refiner.painted(packet.damage, now_us)

    def _damage_of_keyframe(self, output: Output) -> Damage:
        """Whoever starts on main has the last still and lacks what it does not show."""
        if output.rendition is Rendition.LOW:
            return Damage.ALL
        if output.rendition is Rendition.JPEG:
            return output.unseen
        return output.unseen | self._of(Rendition.JPEG).unseen

    def _settle(self, frame: Frame) -> None:
        """Nothing changes: bring a coarse picture nearer to the screen; show only the last step."""
        main, now_us = self._of(Rendition.MAIN), clock_us()
        if main.unseen or self._settling.due_us(now_us) != 0:
            return
        self._pace.took(now_us)
        packet: Packet = self._encoders.encode(Rendition.MAIN, replace(frame, damage=Damage.NONE))
        is_last = self._settling.settled(is_coarse=self._encoders.is_coarse(Rendition.MAIN))
        damage = self._settling.coarse if is_last else Damage.NONE
        if packet.is_keyframe:  # of a new encoder: somebody may start here
            damage |= self._damage_of_keyframe(main)
            main.encoded(is_keyframe=True, now_us=now_us)
        if is_last:
            self._settling.coarse = Damage.NONE
        self._bridge.post(replace(packet, damage=damage))
        self._refiner.painted(damage, now_us)
        self._meter.encoded(packet, clock_us() - now_us)

    def _refine(self, frame: Frame, demand: Demand) -> None:
        """A piece of what rests, unless the video comes nearer to the screen just now."""
        now_us = clock_us()
        if Rendition.MAIN in demand.renditions and (
            self._of(Rendition.MAIN).unseen or self._settling.due_us(now_us) == 0
        ):
            return
        if self._refiner.due_us(demand, now_us) == 0:
            self._refiner.refine(frame, now_us)

    def _of(self, rendition: Rendition) -> Output:
        return next(output for output in self._outputs if output.rendition is rendition)

    def _report(self) -> None:
        stats = self._meter.report(clock_us(), self._encoders.name)
        if stats is not None:
            self._bridge.post(stats)
