"""One video track: grab, encode once per rendition, post.

Runs on a thread of its own. It sleeps while nobody watches, and grabs no picture while no viewer
has room for one. Stills of large pictures are encoded beside it, so that video need not wait. Where
many threads encode, another one grabs the next picture meanwhile (`grabs.py`).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from samescreen.capture.base import Source
from samescreen.capture.recurring_errors import UNEXPECTED
from samescreen.clock import clock_us
from samescreen.encode.base import EncodeRequest, MakeEncoder
from samescreen.errors import CaptureError, SourceUnavailable
from samescreen.flow.first_still import NO_LIMIT
from samescreen.flow.output import Output
from samescreen.flow.pace import Coalescer, Pace
from samescreen.flow.rate import RateTarget
from samescreen.flow.settle import Settling
from samescreen.flow.still_output import StillOutput
from samescreen.hub.demand import Demand
from samescreen.hub.events import Sketch, SourceStatus
from samescreen.media import Damage, Frame, Packet, Rendition

from .bridge import ThreadBridge
from .encoders import SKETCH, Encoders
from .grabs import Grabs
from .meter import TrackMeter
from .refiner import Refiner
from .still_thread import StillThread
from .track_cursor import TrackCursor
from .track_outputs import STILL_SPACING_US, low_output, main_output, still_output
from .track_thread import TrackThread

BESIDE_ABOVE_PX: Final = 1920 * 1080
"""Up to this size a still takes less than the time between two pictures, and comes sooner from the
track itself (docs/decisions/0037)."""
EARLY: Final = 0.75
"""A picture that is late by less than this share of an interval delays no later picture."""
_REST_S: Final = 1.0
_LONGEST_WAIT_US: Final = 1_000_000
_PAUSE_WAIT_S: Final = 0.25


class VideoTrack(TrackThread):
    """The thread of one source of pictures; `target` is the most that its video may cost.

    Beside video, stills of more than `beside_above_px` pixels are encoded on another thread.
    """

    subject = "the pictures"
    unexpected = UNEXPECTED

    def __init__(
        self,
        source: Source,
        bridge: ThreadBridge,
        make_encoder: MakeEncoder,
        target: RateTarget,
        beside_above_px: int = BESIDE_ABOVE_PX,
    ) -> None:
        super().__init__(bridge, "video-track")
        fps = target.fps
        self._grabs = Grabs(source)
        self._encoders = Encoders(make_encoder, bridge, target, clock_us)
        self._pace = Pace(fps, early=EARLY)
        self._stills = still_output(Rendition.JPEG, fps)
        pointed = still_output(Rendition.POINTED, fps)
        self._cursor = TrackCursor(self._grabs, bridge, pointed, clock_us)
        self._outputs = (
            self._stills, self._cursor.stills, main_output(self._stills), low_output(fps)
        )  # fmt: skip
        self._sketches = Coalescer(STILL_SPACING_US)
        self._settling = Settling()
        self._meter = TrackMeter()
        self._refiner = Refiner(self._encoders, bridge, self._meter)
        self._beside = StillThread(bridge.nudge, beside_above_px)
        self._frame: Frame | None = None
        bridge.connect(self._grabs.wake)

    def _work(self) -> None:
        """Capture and encode until stopped."""
        self._grabs.source.take_over()
        if not self._is_failing:
            self._announce()
        while not self._bridge.is_stopped:
            self._satisfy(self._bridge.take())
            self._report()

    def _source_failure(self, error: CaptureError) -> SourceStatus:
        if isinstance(error, SourceUnavailable):
            return SourceStatus("failed", "source-unavailable", str(error))
        return SourceStatus("lost", "source-lost", str(error))

    def _release(self) -> None:
        self._drop_still()
        source = self._grabs.source
        self._close_each(
            self._encoders.close, self._grabs.release, source.close, self._cursor.closed
        )
        self._frame = None

    def _dispose(self) -> None:
        source = self._grabs.source
        self._close_each(
            self._encoders.close, self._grabs.close, source.dispose, self._beside.close
        )

    def _announce(self) -> None:
        source = self._grabs.source
        if source.waiting:
            self._post_status(SourceStatus("waiting", "no-picture", source.waiting, source.backend))
            return
        notes = (*source.notes, *self._encoders.notes)
        self._post_status(SourceStatus("live", "live", source.label, source.backend, notes))

    @property
    def _has_new_notes(self) -> bool:
        """The encoders have notes that the last posted status lacks."""
        posted = self._status.notes if self._status else ()
        return not set(self._encoders.notes) <= set(posted)

    def _satisfy(self, demand: Demand) -> None:
        """One step of what the demand asks for; waits while it asks for nothing."""
        self._apply(demand)
        if not demand.renditions:
            self._rest()
            return
        self._post_still(demand)
        if demand.paused and not demand.keyframes:
            self._grabs.recall()
            self._bridge.wait_while_paused(_PAUSE_WAIT_S, self._beside.is_done)
        else:
            self._step(demand)

    def _rest(self) -> None:
        """Wait for somebody to watch."""
        self._drop_still()
        for output in self._outputs:
            output.rest()
        self._meter.rest()
        self._grabs.recall()
        self._grabs.source.rest()
        if self._grabs.source.forgets_at_rest:
            self._frame = None
        if not self._is_failing:
            self._announce()
        self._bridge.wait(_REST_S)

    def _apply(self, demand: Demand) -> None:
        """Pass the demand on to the cursor, the outputs, the encoders and the refiner."""
        self._cursor.apply(demand)
        for stills in (self._stills, self._cursor.stills):
            stills.set_target(demand.stills)
            stills.is_watched = stills.rendition in demand.renditions
        self._refiner.apply(demand)
        for output in self._outputs:
            if output.rendition in demand.keyframes and not self._is_sketch(output, demand):
                output.request(demand.still_bytes)
        if demand.sketch and Rendition.JPEG in demand.keyframes:
            self._sketches.request()
        for rendition in self._encoders.set_quality(demand.quality):
            self._of(rendition).on_new_encoder()
        for rendition in self._encoders.retune(demand.targets):
            self._of(rendition).on_new_encoder(demand.targets[rendition].fps)
        self._pace.set_fps(demand.targets[Rendition.MAIN].fps)

    @staticmethod
    def _is_sketch(output: Output, demand: Demand) -> bool:
        """Whether those who ask for this output's picture want a sketch of it, and nothing else.

        Who wants a whole still besides asks for a keyframe of main too, or watches stills.
        """
        if output.rendition is not Rendition.JPEG or not demand.sketch:
            return False
        return Rendition.MAIN not in demand.keyframes and Rendition.JPEG not in demand.renditions

    def _step(self, demand: Demand) -> None:
        """Grab at most one picture, and encode everything that is due then."""
        self._await_turn(demand)
        deadline_us = clock_us() + self._patience_us(demand)
        needs_pixels = demand.renditions != {Rendition.JPEG}
        threads = self._encoders.threads if Rendition.MAIN in demand.renditions else 1
        frame = self._grabs.grab(deadline_us, needs_pixels=needs_pixels, threads=threads)
        if frame is not None:
            self._note(frame)
        if self._frame is not None:
            self._encode_due(self._frame, demand)
            if frame is None and Rendition.MAIN in demand.renditions:
                self._settle(self._frame)
            self._refine(self._frame, demand)

    def _await_turn(self, demand: Demand) -> None:
        """Sleep until the next grab is allowed; if there is time, send a piece meanwhile."""
        wait_us = self._pace.wait_us(clock_us())
        due_us = self._refiner.due_us(demand, clock_us())
        if self._frame is not None and due_us is not None and 2 * due_us < wait_us:
            time.sleep(due_us / 1e6)
            self._refine(self._frame, demand)
            wait_us = self._pace.wait_us(clock_us())
        if wait_us:
            time.sleep(wait_us / 1e6)

    def _patience_us(self, demand: Demand) -> int:
        """How long the grab may wait for a change before something else is due."""
        if self._frame is None:
            return _LONGEST_WAIT_US
        now_us = clock_us()
        due = [output.due_us(now_us) for output in self._outputs if self._serves(output, demand)]
        due.append(self._settling.due_us(now_us) if Rendition.MAIN in demand.renditions else None)
        due.append(self._refiner.due_us(demand, now_us))
        due.append(None if self._beside.is_busy else self._sketches.due_us(now_us))
        return min((us for us in due if us is not None), default=_LONGEST_WAIT_US)

    def _serves(self, output: Output, demand: Demand) -> bool:
        """Whether somebody needs this output: a viewer that waits for a keyframe needs stills."""
        if isinstance(output, StillOutput) and self._beside.is_busy:
            return False
        if output.rendition in demand.renditions:
            return True
        return output.rendition is Rendition.JPEG and output.is_requested

    def _note(self, frame: Frame) -> None:
        """Take a new picture into account."""
        now_us = clock_us()
        self._pace.took(now_us)
        self._meter.captured(now_us)
        if self._frame is None or self._frame.size != frame.size:
            self._encoders.resize(frame.width, frame.height)
            self._refiner.resize(frame, now_us)
            self._drop_still()
            for output in self._outputs:
                output.reset()
            if not self._is_failing:
                self._announce()
        self._frame = frame
        self._refiner.painted(frame.damage, now_us)
        for output in self._outputs:
            output.changed(frame.damage)

    def _encode_due(self, frame: Frame, demand: Demand) -> None:
        """Encode all outputs that are due. Stills come first: a new viewer starts with one."""
        if not self._beside.is_busy and self._sketches.due_us(clock_us()) == 0:
            self._sketches.answered(clock_us())
            if not self._begin_beside(self._stills, frame, SKETCH, demand):
                self._bridge.post(Sketch(self._encoders.sketch(frame)))
        self._cursor.stills.changed(self._cursor.take_change())
        for output in self._outputs:
            if self._serves(output, demand) and output.due_us(clock_us()) == 0:
                shown = self._cursor.drawn_on(frame) if output is self._cursor.stills else frame
                self._encode(output, shown, demand)

    def _encode(self, output: Output, frame: Frame, demand: Demand) -> None:
        started_us = clock_us()
        keyframe = output.wants_keyframe(started_us)
        shown = replace(frame, damage=output.unseen)
        # A newcomer's link is not known yet, and the source's own JPEG file may be large for it.
        may_forward = Rendition.JPEG in demand.renditions
        request = EncodeRequest(
            keyframe,
            output.quality,
            may_forward=may_forward,
            limit_bytes=output.limit_bytes,
            may_be_png=output is self._stills and not demand.jpeg_only,
        )
        if isinstance(output, StillOutput) and self._begin_beside(output, shown, request, demand):
            output.begun(started_us)
            return
        packet = self._encoders.encode(output.rendition, shown, request)
        if packet.is_keyframe:
            news = packet.damage if output.rendition is Rendition.MAIN else None
            packet = replace(packet, damage=self._damage_of_keyframe(output), news=news)
        self._post(packet)
        now_us = clock_us()
        output.encoded(is_keyframe=packet.is_keyframe, now_us=now_us)
        self._meter.encoded(packet, now_us - started_us)
        if output.rendition is Rendition.MAIN:
            is_below = self._encoders.below_target_quality(Rendition.MAIN)
            self._settling.encoded(packet.damage, below_target_quality=is_below, now_us=now_us)
            # Viewers in step paint the news. Viewers that start here have lost all pieces anyway.
            self._refiner.painted(shown.damage, now_us)

    def _post(self, packet: Packet) -> None:
        """Post a packet; the first one after a failure shows that the encoder works again."""
        if self._is_failing or self._has_new_notes:
            self._announce()
        self._bridge.post(packet)

    def _begin_beside(
        self, stills: StillOutput, frame: Frame, request: EncodeRequest, demand: Demand
    ) -> bool:
        """Have a still made beside the track, if viewers would miss video meanwhile."""
        is_large = frame.width * frame.height > self._beside.above_px
        # Finding out whether few colours suffice takes 40 to 60 ms at 1920×1080.
        is_slow = request.may_be_png and (request.limit_bytes or NO_LIMIT) < NO_LIMIT
        if not (is_large or is_slow) or not any(
            output.is_running and output.rendition in demand.renditions
            for output in self._outputs
            if not isinstance(output, StillOutput)
        ):
            return False
        rendition = stills.rendition
        work = self._encoders.apart(rendition, frame, request)
        if work is not None:
            decoded, codec = work
            is_copy = stills is self._cursor.stills and self._cursor.has_drawn
            self._beside.begin(rendition, decoded, request, codec, is_copy=is_copy)
        return work is not None

    def _post_still(self, demand: Demand) -> None:
        """Post the still that was made beside the track, if it is done, and the keyframe to it."""
        made = self._beside.take()
        if made is None:
            return
        request = replace(made.request, made=made.jpeg)
        packet = self._encoders.numbered(made.rendition, made.frame, request)
        if made.request.sketch:
            self._bridge.post(Sketch(packet))
            return
        is_pointed = made.rendition is Rendition.POINTED
        stills = self._cursor.stills if is_pointed else self._stills
        packet = replace(packet, damage=stills.posted())
        self._post(packet)
        self._meter.encoded(packet, 0)
        if is_pointed:
            return
        main = self._of(Rendition.MAIN)
        is_awaited = main.is_requested and self._serves(main, demand)
        if self._frame is not None and is_awaited and main.due_us(clock_us()) == 0:
            # Before the next still can begin, for which the keyframe would have to wait again.
            self._encode(main, self._frame, demand)

    def _drop_still(self) -> None:
        """Nobody wants the still any more that is being made."""
        self._beside.drop()
        for stills in (self._stills, self._cursor.stills):
            stills.dropped()

    def _damage_of_keyframe(self, output: Output) -> Damage:
        """What a viewer must paint that starts here: all that changed since the last still."""
        if output.rendition is Rendition.LOW:
            return Damage.ALL
        if isinstance(output, StillOutput):
            return output.unseen
        return output.unseen | self._stills.unshown

    def _settle(self, frame: Frame) -> None:
        """Improve a coarse picture while nothing changes; viewers paint only the last step."""
        main, now_us = self._of(Rendition.MAIN), clock_us()
        if main.unseen or self._settling.due_us(now_us) != 0:
            return
        self._pace.took(now_us)
        packet: Packet = self._encoders.encode(Rendition.MAIN, replace(frame, damage=Damage.NONE))
        is_below = self._encoders.below_target_quality(Rendition.MAIN)
        is_last = self._settling.settled(below_target_quality=is_below)
        damage = self._settling.coarse if is_last else Damage.NONE
        if packet.is_keyframe:  # of a new encoder: viewers may start here
            damage |= self._damage_of_keyframe(main)
            main.encoded(is_keyframe=True, now_us=now_us)
        if is_last:
            self._settling.coarse = Damage.NONE
        self._bridge.post(replace(packet, damage=damage))
        self._refiner.painted(damage, now_us)
        self._meter.encoded(packet, clock_us() - now_us)

    def _refine(self, frame: Frame, demand: Demand) -> None:
        """Send an exact piece of the unchanged picture, unless main itself is about to improve."""
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
