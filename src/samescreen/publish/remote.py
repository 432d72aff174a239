"""A publisher on the other side of a socket: what passed the gate becomes events of a stream.

Event loop. It encodes nothing and waits for nothing. Its demand goes out as `want`; while packets
come that the gate refuses, it asks for a keyframe again and again, but not too often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.gate.audio import SoundGate
from samescreen.gate.refusal import Refusal
from samescreen.gate.track import Passed
from samescreen.gate.video import VideoGate
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import Piece, RepairDone, Sketch, SourceStatus, TrackEvent, TrackStats
from samescreen.hub.marks import Inker, Mark
from samescreen.hub.publisher import MediaTrack
from samescreen.hub.wanted import want_of
from samescreen.labels import label
from samescreen.media import PacketKind, Rendition
from samescreen.wire.guests import Drew, Kept
from samescreen.wire.published import Published
from samescreen.wire.publishing import (
    Configure,
    Ended,
    Faulty,
    Figures,
    Offer,
    Repaired,
    State,
    ToPublisher,
    Want,
)

from .remote_clipboard import RemoteClipboard
from .remote_control import RemoteControl

KEYFRAME_AGAIN_US: Final = 500_000
_MOST_STROKES: Final = 2048
"""A message names no more."""

Gate = VideoGate | SoundGate
TrackMessage = Configure | State | Figures | Repaired


def media_track(offer: Offer, number: int, most_bps: int | None = None) -> MediaTrack:
    """The track of an offer that the gate accepted, with this host's number.

    `most_bps`: of a rendition.
    """
    stills = offer.stills
    targets: Mapping[Rendition, RateTarget] = {
        each.rendition: RateTarget(min(each.bitrate_bps, most_bps or each.bitrate_bps), each.fps)
        for each in offer.video
    }
    best = None if stills is None else StillTarget.within(stills.quality, stills.fps)
    medium: Literal["sound", "video"] = "sound" if offer.sounds else "video"
    return MediaTrack(medium, number, targets, best, offer.sealed, offer.passed_on)


@dataclass(slots=True)
class _Asked:
    """What that machine was asked for last; `again_us`: when for a keyframe after a refusal."""

    want: Want | None = None
    again_us: int = -KEYFRAME_AGAIN_US


class RemotePublisher:
    """One track of another machine. `theirs`: its number there. `send`: to that machine.

    `ended`: why the gate lets nothing of it pass any more; None: it goes on.
    """

    loop_lag_us = 0
    hosts: tuple[str, ...] = ()

    def __init__(
        self, track: MediaTrack, theirs: int, gate: Gate, send: Callable[[ToPublisher], None]
    ) -> None:
        self.tracks = (track,)
        self.dropped = 0
        """Packets that the gate refused."""
        self.is_over = False
        """It was started and has stopped."""
        self.control: RemoteControl | None = None
        """Takes input for that machine; None: it takes none from here."""
        self.clipboard: RemoteClipboard | None = None
        """That machine's; None: nobody here uses it."""
        self.takes_marks = False
        """That machine wants what people here draw."""
        self._theirs = theirs
        self._gate = gate
        self._send = send
        self._deliver: Callable[[TrackEvent], None] | None = None
        self._demand = IDLE
        self._asked = _Asked()

    @property
    def ended(self) -> Refusal | None:
        return self._gate.ended

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Pass on what comes, and ask for what is demanded."""
        self._deliver = deliver
        self.set_demand(self._demand)

    def set_demand(self, demand: Demand) -> None:
        """Ask the other machine for this; a demand before the start is kept until then."""
        if self._deliver is None:
            kept = self._demand.keyframes | demand.keyframes
            self._demand = replace(demand, keyframes=kept)
            return
        self._demand = demand.lasting()
        self._ask(demand)

    def stop(self) -> None:
        """Ask for nothing more, and deliver nothing more."""
        if self._deliver is not None:
            self._ask(IDLE)
            self._deliver = None
            self.is_over = True

    async def close(self) -> None:
        """The host ends the stream: say so, and stop. It waits for nothing."""
        if self._deliver is not None:
            self._send(Ended(self._theirs, "revoked", "the host ended the stream"))
        self.stop()

    def read(self, message: TrackMessage, now_us: int) -> None:
        """A message about this track."""
        if self._deliver is None:
            return
        if isinstance(message, Configure):
            self._configure(message, now_us)
        elif isinstance(message, State):
            status = SourceStatus(
                message.state,
                message.reason,
                message.detail,
                message.backend,
                tuple(message.notes),
            )
            self._deliver(status)
        elif isinstance(message, Figures):
            self._deliver(_stats(message))
        else:
            self._deliver(RepairDone())

    def take(self, published: Published, now_us: int) -> None:
        """A packet of this track."""
        if self._deliver is None:
            return
        passed = self._gate.take(published, now_us)
        if isinstance(passed, Passed):
            if passed.config is not None:
                self._deliver(passed.config)
            self._deliver(_event(passed.published))
            return
        self.dropped += 1
        rendition = published.packet.rendition
        if passed.reason.is_fault:
            self._send(Faulty(self._theirs, rendition, passed.reason, passed.detail))
        if published.packet.kind is PacketKind.VIDEO and self.ended is None:
            self._ask_again(rendition, now_us)

    def drew(self, mark: Mark, inker: Inker, at: int | None = None) -> None:
        """Somebody here drew over the picture. `at`: as `Drew` says."""
        if self.takes_marks and self._deliver is not None:
            points, stroke = list(mark.points), mark.stroke
            self._send(
                Drew(
                    *(self._theirs, mark.by, inker.name[:200], stroke, mark.tool, points),
                    *(mark.is_end, at),
                    guest=inker.guest[:200],
                )
            )

    def kept(self, strokes: list[tuple[int, int]]) -> None:
        """These strokes stay over the picture, by person and number."""
        if self.takes_marks and self._deliver is not None:
            self._send(Kept(self._theirs, strokes[-_MOST_STROKES:]))

    def _configure(self, message: Configure, now_us: int) -> None:
        assert self._deliver is not None
        if isinstance(self._gate, SoundGate):
            return  # sound has no configuration
        config = self._gate.configure(message, now_us)
        if isinstance(config, Refusal):
            self._send(Faulty(self._theirs, message.rendition, config.reason, config.detail))
        elif config is not None:
            self._deliver(config)

    def _ask(self, demand: Demand) -> None:
        # The other machine may encode more than this host takes: each rendition has a target.
        targets = dict(self.tracks[0].targets)
        targets = {each: targets[each] for each in demand.renditions & targets.keys()}
        demand = replace(demand, targets=targets | dict(demand.targets))
        want = want_of(demand, self._theirs)
        if want != self._asked.want:
            self._asked.want = want_of(demand.lasting(), self._theirs)
            self._send(want)

    def _ask_again(self, rendition: Rendition, now_us: int) -> None:
        """A keyframe repairs what was refused; if it is on its way, asking again does no harm."""
        if rendition not in self._demand.renditions:
            return
        if now_us - self._asked.again_us >= KEYFRAME_AGAIN_US:
            self._asked.again_us = now_us
            self._ask(replace(self._demand, keyframes=frozenset({rendition})))


def _event(published: Published) -> TrackEvent:
    packet = published.packet
    if published.is_sketch:
        return Sketch(packet)
    if packet.kind is PacketKind.STILL and not packet.is_keyframe:
        return Piece(packet, published.is_repair)
    return packet


def _stats(message: Figures) -> TrackStats:
    return TrackStats(
        message.captured_fps,
        message.encoded_fps,
        message.bitrate_bps,
        message.encode_us,
        label(message.encoder),
        message.main_bps,
    )
