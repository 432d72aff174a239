"""One connected page: a subscriber with a session, an outbox and a transport.

Runs on the event loop. Nothing here awaits: a packet is written or skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Protocol

from samescreen.flow.claims import Claim
from samescreen.flow.in_flight import SentPacket
from samescreen.flow.layer_switch import LayerSwitch
from samescreen.flow.outbox import Outbox
from samescreen.flow.pace import Allowance
from samescreen.flow.sync import Event, Sync, SyncState
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import RepairDone
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.subscriber import (
    Ending,
    FellBehind,
    Notice,
    Offer,
    RepairBegun,
    StatusChanged,
    StreamsChanged,
)
from samescreen.media import Damage, PacketKind, Rendition, TrackConfig
from samescreen.wire import messages
from samescreen.wire.messages import FromViewer
from samescreen.wire.session import Session

from .connection import Connection
from .notices import outgoing_of
from .transport import Transport

NEED_SPACING_US: Final = 1_000_000
NEEDS_AT_ONCE: Final = 3
"""Decoders may be taken away in a row; a viewer that asks all the time gets one a second."""
PIECE_BYTES: Final = 32 * 1024
"""Nearly all pieces of refinement are smaller."""

MAX_BACKLOG_BYTES: Final = 8 * 1024 * 1024
"""More than the largest picture and all that may be sent with it: its peer does not read."""
HELLO_US: Final = 5_000_000
"""How long a connection may take to its hello."""
START_US: Final = 1_500_000
LONG_PATH_US: Final = 15_000
CAUTIOUS_US: Final = 3_000_000
_IN_STEP: Final = Sync.IN_STEP  # looked up once: nearly every packet asks for it
_SENT: Final = Offer.SENT
_REFINED: Final = (Rendition.MAIN, Rendition.JPEG)
NO_REPORT: Final = messages.Report(fps=0, latency_us=0, decode_us=0, decoder="jpeg", dropped=0)


class Owner(Protocol):
    """Whoever let the viewer in: knows which stream it watches."""

    def asked(self, viewer: Viewer) -> None:
        """The viewer needs a picture, or watches another rendition."""

    def stream_ended(self, viewer: Viewer, reason: Ending) -> None:
        """The stream that the viewer watches has ended."""


class Viewer(Connection):
    """`owner` let it in and says which stream it watches."""

    def __init__(
        self,
        viewer_id: str,
        address: str,
        transport: Transport,
        owner: Owner,
        now_us: int,
        session: Session,
    ) -> None:
        super().__init__(address, transport)
        self.viewer_id = viewer_id
        self.session = session
        self.outbox = Outbox()
        self.layers = LayerSwitch()
        self.report = NO_REPORT
        self._owner = owner
        self._began_us = now_us
        self._fresh_starts = Allowance(NEEDS_AT_ONCE, NEED_SPACING_US)
        self._state = SyncState()
        self.rendition: Rendition | None = None
        """What it should be sent now; None: nothing (not open yet, or a hidden tab)."""

    # What the hub asks

    def demand(self) -> Demand:
        """Its rendition; room for a packet; room for a piece, and where it lost some."""
        if self.rendition is None:
            return IDLE
        takes_pieces = self.has_room_for_piece()
        demand = _demand(self.rendition, not self.outbox.window.has_room(), takes_pieces)
        lost = self._state.lost
        return replace(demand, repair=lost) if takes_pieces and lost else demand

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send a packet's ready-made message, or skip it; never waits."""
        if (
            self._state.sync is _IN_STEP
            and sent.rendition is self.rendition
            and self.outbox.try_send_delta(sent)
        ):
            self._transport.write(packet.outgoing)
            return _SENT
        if packet.is_piece:
            return self._offer_piece(packet, sent)
        return self._offer_rarely(packet, sent)

    def notify(self, notice: Notice) -> None:
        """Pass on to the page what is for it; the rest concerns what it is sent."""
        react = _NOTICES.get(type(notice))
        if react is not None:
            react(self, notice)

    def close(self, reason: Ending) -> None:
        """Its stream has ended."""
        self._owner.stream_ended(self, reason)

    @property
    def is_new(self) -> bool:
        """It has not been sent any video."""
        return self._state.is_new

    def gives_nothing_back(self, now_us: int) -> str | None:
        """Why to end the connection, if there is a reason; a few times a second."""
        if not self.session.is_open and now_us - self._began_us > HELLO_US:
            return "it said no hello"
        if self.outbox.is_stalled(now_us):
            return "nothing was acknowledged for ten seconds"
        if self._transport.buffered_bytes() > MAX_BACKLOG_BYTES:
            return "it does not read what it is sent"
        return None

    @property
    def is_in_step(self) -> bool:
        """It is shown the newest picture, or is about to be."""
        return self.rendition is not None and not self._state.needs_picture

    def wants(self) -> frozenset[Rendition]:
        """Of which renditions it needs a packet that stands alone."""
        return self._state.wants(self.rendition)

    def take(self, message: FromViewer) -> None:
        """Remember what this message says of the viewer; `dispatch` reacts to it."""
        self.session.take(message)
        self._choose_rendition()

    def _choose_rendition(self) -> None:
        """Kept, not computed, since every packet asks for it."""
        is_shown_nothing = self.session.hidden or self._state.sync is Sync.PUT_OFF
        chosen = None if is_shown_nothing else self.session.rendition
        self.rendition = self.layers.rendition if chosen is Rendition.MAIN else chosen

    def _offer_rarely(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """All but a piece and a delta to a viewer in step."""
        state, bare = self._state, packet.packet
        is_video = bare.kind is PacketKind.VIDEO
        if not state.takes(bare, self.rendition):
            if not is_video:
                state.ignored()
            return Offer.SKIPPED
        has_still = state.has_still
        if is_video:
            is_next = bare.sequence == self.outbox.next_sequence
        elif has_still and not bare.damage:
            return Offer.SKIPPED  # the same picture once more: pieces show it better
        else:
            is_next = has_still and self.rendition is Rendition.JPEG
        is_in_step = is_next and not state.needs_picture
        outgoing = packet.outgoing if is_in_step else packet.painting(state.paints(bare))
        if self.outbox.offer(bare, sent, self._transport.buffered_bytes()):
            self._transport.write(outgoing)
            if not is_in_step or has_still:
                state.sent(bare, self.rendition)
            return Offer.SENT
        if not is_video:
            state.skipped(bare, self.rendition)
        elif not state.needs_picture:
            state.move(Event.FELL_BEHIND)
            return Offer.FELL_BEHIND
        return Offer.SKIPPED

    def _offer_piece(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send a piece of refinement if that holds nothing up; otherwise it is lost."""
        state = self._state
        if not self._is_refined or (packet.is_repair and not state.is_repairing):
            return Offer.SKIPPED
        if self._has_room_for(sent.size_bytes):
            self.outbox.window.on_sent(sent)
            self._transport.write(packet.outgoing)
            return Offer.SENT
        state.lost = state.lost | packet.packet.damage
        return Offer.SKIPPED

    def has_room_for_piece(self) -> bool:
        """It takes pieces of refinement, and one would hold nothing up."""
        return self._is_refined and self._has_room_for(PIECE_BYTES)

    @property
    def _is_refined(self) -> bool:
        if self.rendition is Rendition.JPEG and not self._state.unseen.is_all:
            return True  # it was passed over, and shows the still before
        return self.rendition in _REFINED and not self._state.needs_picture

    def _has_room_for(self, size_bytes: int) -> bool:
        window = self.outbox.window
        if self._transport.buffered_bytes() or not window.has_room_beside(size_bytes):
            return False
        if self.rendition is Rendition.MAIN or not len(window):
            return True
        # Few stills may be under way, and a piece counts as one until it is acknowledged.
        return len(window) == 1 and window.min_rtt_us() < LONG_PATH_US

    def acknowledge_every(self, interval_ms: int) -> None:
        """The viewer is being told so."""
        self.outbox.window.set_ack_interval(interval_ms * 1000)

    def carries(self, rate_bps: int) -> bool:
        """Its path carried that much when it was last measured, or was never measured."""
        margin = self.margin_over(rate_bps)
        return margin is None or margin > 1.3

    def margin_over(self, rate_bps: int) -> float | None:
        """How many times this rate its path carried when it was last measured, if it was."""
        sample = self.outbox.window.bandwidth_sample
        return None if sample is None else sample.rate_bps / max(1, rate_bps)

    def late_claim(self, now_us: int) -> Claim:
        """What its acks say of its path."""
        is_starting = self.is_starting(now_us)
        return self.claim(None if is_starting else self.outbox.window.capacity_bps())

    def claim(self, capacity_bps: int | None) -> Claim:
        """A claim of that capacity (None: it is not late), beside what the host measures."""
        delivery = None if capacity_bps is None else self._transport.delivery()
        if delivery is None:
            return Claim(self.viewer_id, self.address, capacity_bps)
        is_confirmed = delivery.confirms(self.outbox.window.queue_us)
        return Claim(self.viewer_id, self.address, capacity_bps, is_confirmed)

    def is_starting(self, now_us: int) -> bool:
        """Its page may still be busy with itself: late acks say nothing of its path."""
        return now_us - self._began_us < START_US

    def has_narrow_link(self) -> bool:
        """Its link carries less than it was sent."""
        is_low = self.rendition is Rendition.LOW
        return is_low or self._state.needs_picture or self.outbox.window.is_congested()

    def watch_link(self, main_bps: int, now_us: int, *, may_rise: bool) -> bool:
        """A few times a second. True when it goes up to main: its link was calm for long enough."""
        if self._state.is_probing and now_us - self._began_us > CAUTIOUS_US:
            self.outbox.window.discard_in_flight()  # it may be unable to show stills at all
            self._trust_path()
        is_calm = self.is_in_step and self.carries(main_bps)
        if self.outbox.window.is_congested() or not is_calm:
            self.layers.on_congestion(now_us)
        elif may_rise and self.layers.try_step_up(now_us, self.margin_over(main_bps)):
            self._change_layer(now_us)
            return True
        return False

    def go_low(self, now_us: int) -> None:
        """Recover on the low rendition."""
        if self.layers.step_down(now_us):
            self._change_layer(now_us)

    def _change_layer(self, now_us: int) -> None:
        self._choose_rendition()
        self.outbox.gate(now_us)
        self._state = SyncState(Sync.WAITING)
        self._owner.asked(self)

    def ask(self) -> None:
        """Have made what it needs now."""
        self._owner.asked(self)

    def is_ready_again(self) -> bool:
        """It fell behind and has caught up: a keyframe would reach it at once."""
        if not self._state.needs_picture:
            return False
        return self.outbox.is_drained(self._transport.buffered_bytes())

    def turn_to(self, track: int, now_us: int, *, at_its_word: bool = False) -> None:
        """It is shown another source from now on; what it had of the one before says nothing."""
        self.session.track = track
        if at_its_word:
            self.ask_to_start_afresh(now_us)
        elif self.session.is_open:
            self._start_afresh(now_us)

    def _start_afresh(self, now_us: int) -> None:
        self._began_us = now_us
        self.outbox.gate(now_us)
        self.outbox.window.discard_in_flight()
        self._state = SyncState()
        self._choose_rendition()
        self._owner.asked(self)

    def ask_to_start_afresh(self, now_us: int) -> None:
        """Others pay for its keyframe: a viewer that asks too often is shown nothing for a while.

        A viewer that is hidden costs nothing, so that it may be at any time.
        """
        self._state = SyncState(Sync.NEW if self.session.hidden else Sync.PUT_OFF)
        self._choose_rendition()
        self.outbox.gate(now_us)
        if self.session.hidden:
            self._start_afresh(now_us)
        else:
            self.resume(now_us)

    def resume(self, now_us: int) -> None:
        """Start afresh if it was put off and may by now."""
        if self._state.sync is Sync.PUT_OFF and not self._fresh_starts.wait_us(now_us):
            self._fresh_starts.take(now_us)
            self._start_afresh(now_us)

    def opened(self, now_us: int) -> None:
        """It said hello as soon as its connection was open, so this took one round trip."""
        rtt_us = now_us - self._began_us
        self.outbox.window.on_round_trip(rtt_us, now_us)
        if rtt_us > LONG_PATH_US:
            self.begin_with_a_still()

    def begin_with_a_still(self) -> None:
        """Send nothing more until its ack has told what the path carries."""
        if self.rendition is Rendition.MAIN:
            self._state.move(Event.PROBE)

    def acked(self, ack: messages.Ack, now_us: int) -> None:
        """It has decoded a packet, and all before it."""
        if ack.track != self.session.track:
            return  # of what it watched before
        self.outbox.window.on_ack(ack.rendition, ack.sequence, ack.held_us, now_us)
        if self._state.is_probing:
            self._trust_path()
        elif self.is_ready_again():
            self.ask()

    def _trust_path(self) -> None:
        self._state.move(Event.TRUST)
        self._owner.asked(self)

    def _show(self, notice: StatusChanged | StreamsChanged | TrackConfig) -> None:
        if self.session.is_open:
            self.send_ready(outgoing_of(notice))

    def _on_fell_behind(self, notice: FellBehind) -> None:
        """Recover on low, since a keyframe of main would cost those who are in step.

        Where more fell at once than are in step, their links are not the cause: they stay.
        """
        if notice.in_step >= notice.fallen:
            self.go_low(notice.at_us)

    def _on_repair_begun(self, _: RepairBegun) -> None:
        self._state.lost, self._state.is_repairing = Damage.NONE, True

    def _on_repair_done(self, _: RepairDone) -> None:
        self._state.is_repairing = False


@lru_cache(maxsize=64)
def _demand(rendition: Rendition, paused: bool, refine: bool) -> Demand:
    """One object for equal demands: with hundreds of viewers, merging them is quick then."""
    return Demand(frozenset((rendition,)), paused=paused, refine=refine)


_NOTICES: Final[dict[type, Callable[[Viewer, Any], None]]] = {
    TrackConfig: Viewer._show,
    StatusChanged: Viewer._show,
    StreamsChanged: Viewer._show,
    FellBehind: Viewer._on_fell_behind,
    RepairBegun: Viewer._on_repair_begun,
    RepairDone: Viewer._on_repair_done,
}
