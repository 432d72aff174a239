"""One connected page: a subscriber with a session, an outbox and a transport.

Runs on the event loop. Nothing here awaits: a packet is written or skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, Protocol

from samescreen.flow.claims import Claim
from samescreen.flow.in_flight import BandwidthSample, SentPacket
from samescreen.flow.layer_switch import LayerSwitch
from samescreen.flow.outbox import Outbox
from samescreen.flow.pace import Allowance
from samescreen.flow.sync import Event, Sync, SyncState
from samescreen.grants import Grant, words_of
from samescreen.hub.demand import IDLE, Demand, viewer_demand
from samescreen.hub.events import RepairDone
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.people import Person
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
"""A page may lose several decoders in a row. One that keeps asking gets one keyframe a second."""
PIECE_BYTES: Final = 32 * 1024
"""Larger than nearly all pieces of refinement."""
MAX_BACKLOG_BYTES: Final = 8 * 1024 * 1024
"""More than the largest picture and all that is sent with it: the peer does not read."""
HELLO_US: Final = 5_000_000
"""How long a connection may take to send its hello."""
START_US: Final = 1_500_000
LONG_PATH_US: Final = 15_000
CAUTIOUS_US: Final = 3_000_000
_IN_STEP: Final = Sync.IN_STEP  # looked up once: nearly every packet asks for it
_SENT: Final = Offer.SENT
_GRANTS: Final = messages.Grants.__struct_config__.tag
_REFINED: Final = (Rendition.MAIN, Rendition.JPEG)
NO_REPORT: Final = messages.Report(fps=0, latency_us=0, decode_us=0, decoder="jpeg", dropped=0)


class Owner(Protocol):
    """Decides which stream the viewer watches."""

    def update_demand(self, viewer: Viewer) -> None:
        """The viewer needs a picture, or takes another rendition."""

    def stream_ended(self, viewer: Viewer, reason: Ending) -> None:
        """The stream that the viewer watches has ended."""


class Viewer(Connection):
    """One connection of `person`. `owner` decides which stream it watches."""

    is_far = False  # another process sends it pictures: `far_viewer.py`

    def __init__(
        self,
        viewer_id: str,
        person: Person,
        address: str,
        transport: Transport,
        owner: Owner,
        now_us: int,
        session: Session,
    ) -> None:
        super().__init__(address, transport)
        self.viewer_id = viewer_id
        self.person = person
        self.session = session
        self.outbox = Outbox()
        self.layers = LayerSwitch()
        self.report = NO_REPORT
        self._owner = owner
        self._began_us = now_us
        self._restarts = Allowance(NEEDS_AT_ONCE, NEED_SPACING_US)
        self._state = SyncState()
        self.rendition: Rendition | None = None
        """What the host sends it now; None: nothing (not open yet, or a hidden tab)."""

    # What the hub asks

    def demand(self) -> Demand:
        """Its rendition, whether it has room for a packet and a piece, and where it lost pieces."""
        if self.rendition is None:
            return IDLE
        takes_pieces = self.has_room_for_piece()
        lost, sketch = self._state.lost, self._state.waits_for_sketch
        is_full = not self.outbox.window.has_room()
        draws, png = messages.CURSOR in self.session.kinds, self.session.reads_png
        demand = viewer_demand(self.rendition, is_full, takes_pieces, sketch, draws, png)
        return replace(demand, repair=lost) if takes_pieces and lost else demand

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send the packet's message, or skip it. Never waits."""
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
        """Forward the notice to the page, or act on it; ignore the others."""
        react = _NOTICES.get(type(notice))
        if react is not None:
            react(self, notice)

    def close(self, reason: Ending) -> None:
        """Tell the owner that the stream has ended."""
        self._owner.stream_ended(self, reason)

    @property
    def is_new(self) -> bool:
        """Whether the host has sent it no video yet."""
        return self._state.is_new

    def reason_to_close(self, now_us: int) -> str | None:
        """Why to end the connection, if there is a reason. Asked a few times a second."""
        if not self.session.is_open and now_us - self._began_us > HELLO_US:
            return "it sent no hello"
        if self.outbox.is_stalled(now_us):
            return "nothing was acknowledged for ten seconds"
        if self._transport.buffered_bytes() > MAX_BACKLOG_BYTES:
            return "it does not read what it is sent"
        return None

    @property
    def is_in_step(self) -> bool:
        """Whether it gets every picture of its rendition."""
        return self.rendition is not None and not self._state.needs_picture

    def wants(self) -> frozenset[Rendition]:
        """The renditions of which it needs a packet that decodes alone."""
        return self._state.wants(self.rendition)

    def take(self, message: FromViewer) -> None:
        """Remember what this message says of the viewer; `dispatch` reacts to it."""
        self.session.take(message)
        if isinstance(message, messages.Hello | messages.Prefer):
            self.layers.prefer(message.quality)
        self._choose_rendition()

    def _choose_rendition(self) -> None:
        """Set `rendition`, which is kept because every packet asks for it."""
        is_shown_nothing = self.session.hidden or self._state.sync is Sync.PUT_OFF
        chosen = None if is_shown_nothing else self.session.rendition
        self.rendition = self.layers.rendition if chosen is Rendition.MAIN else chosen

    def _offer_rarely(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Offer what is neither a piece nor a delta to a viewer in step."""
        state, bare = self._state, packet.packet
        is_video = bare.kind is PacketKind.VIDEO
        is_readable = self.session.reads_png or not bare.is_png
        if not is_readable or not state.takes(bare, self.rendition):
            if bare.rendition is Rendition.JPEG:
                state.ignored()
            return Offer.SKIPPED
        has_still = state.has_still
        if not is_video and has_still and not bare.damage:
            return Offer.SKIPPED  # the same picture again: pieces show it better
        is_next = has_still and self.rendition is Rendition.JPEG
        if is_video:
            is_next = bare.sequence == self.outbox.next_sequence
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
        """Send a piece that delays nothing, or a sketch that it waits for; note a lost piece."""
        state = self._state
        is_repaired = not packet.is_repair or state.is_repairing
        if not (state.waits_for_sketch if packet.is_sketch else self._is_refined and is_repaired):
            return Offer.SKIPPED
        if packet.is_sketch:
            state.move(Event.SKETCH_SENT)
        elif not self._has_room_for(sent.size_bytes):
            state.lost = state.lost | packet.packet.damage
            return Offer.SKIPPED
        self.outbox.window.on_sent(sent)
        self._transport.write(packet.outgoing)
        return Offer.SENT

    def has_room_for_piece(self) -> bool:
        """Whether it takes pieces of refinement, and one would delay nothing."""
        return self._is_refined and self._has_room_for(PIECE_BYTES)

    @property
    def _is_refined(self) -> bool:
        if self.rendition is Rendition.JPEG and not self._state.unseen.is_all:
            return True  # it skipped a still, and shows the one before
        return self.rendition in _REFINED and not self._state.needs_picture

    def _has_room_for(self, size_bytes: int) -> bool:
        window = self.outbox.window
        if self._transport.buffered_bytes() or not window.has_room_beside(size_bytes):
            return False
        if self.rendition is Rendition.MAIN or not len(window):
            return True
        # Only few stills may be in flight, and a piece counts as one until its ack.
        return len(window) == 1 and window.min_rtt_us() < LONG_PATH_US

    def acknowledge_every(self, interval_ms: int) -> None:
        """Expect acks at this interval, which the host tells the page."""
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
        """What its acks say about its path."""
        is_starting = self.is_starting(now_us)
        return self.claim(None if is_starting else self.outbox.window.capacity_bps())

    def claim(self, capacity_bps: int | None) -> Claim:
        """A claim of that capacity (None: it is not late), with what the host measures itself."""
        delivery = None if capacity_bps is None else self._transport.delivery()
        if delivery is None:
            return Claim(self.viewer_id, self.address, capacity_bps)
        is_confirmed = delivery.confirms(self.outbox.window.queue_us)
        return Claim(self.viewer_id, self.address, capacity_bps, is_confirmed)

    def is_starting(self, now_us: int) -> bool:
        """Whether its page may still be starting, so that late acks say nothing about its path."""
        return now_us - self._began_us < START_US

    def has_narrow_link(self) -> bool:
        """Whether its link carries less than the host sent."""
        is_late = self._state.needs_picture or self.outbox.window.is_congested()
        return is_late or self.layers.is_lowered

    def watch_link(self, main_bps: int, now_us: int, *, may_rise: bool) -> bool:
        """Judge its link, a few times a second. True when it goes up to main again."""
        if self._state.is_probing and now_us - self._began_us > CAUTIOUS_US:
            self.outbox.window.discard_in_flight()  # it may be unable to show stills at all
            self._trust_path()
        if not self.layers.is_lowered:
            return False
        is_calm = self.is_in_step and self.carries(main_bps)
        if self.outbox.window.is_congested() or not is_calm:
            self.layers.on_congestion(now_us)
        elif may_rise and self.layers.try_step_up(now_us, self.margin_over(main_bps)):
            self._change_layer(now_us)
            return True
        return False

    def step_down(self, now_us: int) -> None:
        """Move the viewer to a rendition that its link carries, to recover there."""
        if self.layers.step_down(now_us):
            self._change_layer(now_us)

    def _change_layer(self, now_us: int) -> None:
        self._choose_rendition()
        self.outbox.gate(now_us)
        self._state = SyncState(Sync.WAITING)
        self._owner.update_demand(self)

    def update_demand(self) -> None:
        """Ask for what it needs now."""
        self._owner.update_demand(self)

    def is_ready_again(self) -> bool:
        """Whether it fell behind and has caught up, so that a keyframe would reach it at once."""
        if not self._state.needs_picture:
            return False
        return self.outbox.is_drained(self._transport.buffered_bytes())

    def switch_track(self, track: int, now_us: int, *, is_requested: bool = False) -> None:
        """Show it another source from now on, beginning with a still and a keyframe."""
        self.session.track = track
        if is_requested:
            self.request_restart(now_us)
        elif self.session.is_open:
            self._restart(now_us)

    def _restart(self, now_us: int) -> None:
        self._began_us = now_us
        self.outbox.gate(now_us)
        self.outbox.window.discard_in_flight()
        self._state = SyncState()
        self._choose_rendition()
        self._owner.update_demand(self)

    def request_restart(self, now_us: int) -> None:
        """Begin again with a still and a keyframe, as its page asks.

        Other viewers pay for that keyframe, so a viewer that asks too often gets nothing for a
        while. A hidden viewer costs nothing, and may ask at any time.
        """
        self._state = SyncState(Sync.NEW if self.session.hidden else Sync.PUT_OFF)
        self._choose_rendition()
        self.outbox.gate(now_us)
        if self.session.hidden:
            self._restart(now_us)
        else:
            self.resume(now_us)

    def resume(self, now_us: int) -> None:
        """Restart it if it had to wait and its time has come."""
        if self._state.sync is Sync.PUT_OFF and not self._restarts.wait_us(now_us):
            self._restarts.take(now_us)
            self._restart(now_us)

    def opened(self, now_us: int) -> None:
        """Measure the path: the page sends hello at once, so its hello took one round trip."""
        rtt_us = now_us - self._began_us
        self.outbox.window.on_round_trip(rtt_us, now_us)
        if rtt_us > LONG_PATH_US:
            self.begin_with_a_still()

    def begin_with_a_still(self) -> None:
        """Send only a still until its ack shows what the path carries."""
        if self.rendition is Rendition.MAIN and self.layers.begins_with_still:
            self._state.move(Event.PROBE)

    def acked(self, ack: messages.Ack, now_us: int) -> None:
        """Take its ack of a packet, and of all packets before it."""
        if ack.track != self.session.track:
            return  # an ack of the source before
        self.outbox.window.on_ack(ack.rendition, ack.sequence, ack.held_us, now_us)
        if self._state.is_probing:
            self._trust_path(self.outbox.window.bandwidth_sample)
        elif self.is_ready_again():
            self.update_demand()

    def _trust_path(self, sample: BandwidthSample | None = None) -> None:
        self._state.trust(sample)
        self._owner.update_demand(self)

    def send_grants(self, grants: Iterable[Grant], may_ask: Iterable[Grant] = ()) -> None:
        """Send the page what its person may do and ask for now, if it understands that."""
        if _GRANTS in self.session.kinds:
            self.send_if_idle(messages.Grants(words_of(grants), words_of(may_ask)))

    def _show(self, notice: StatusChanged | StreamsChanged | TrackConfig) -> None:
        if self.session.is_open:
            self.send_ready(outgoing_of(notice))

    def _on_fell_behind(self, notice: FellBehind) -> None:
        """Recover below main, because a keyframe of main would cost the viewers that are in step.

        If more viewers fell behind than stayed in step, their links are not the cause: stay.
        """
        if notice.in_step >= notice.fallen:
            self.step_down(notice.at_us)

    def _on_repair_begun(self, _: RepairBegun) -> None:
        self._state.lost, self._state.is_repairing = Damage.NONE, True

    def _on_repair_done(self, _: RepairDone) -> None:
        self._state.is_repairing = False


_NOTICES: Final[dict[type, Callable[[Viewer, Any], None]]] = {
    TrackConfig: Viewer._show,
    StatusChanged: Viewer._show,
    StreamsChanged: Viewer._show,
    FellBehind: Viewer._on_fell_behind,
    RepairBegun: Viewer._on_repair_begun,
    RepairDone: Viewer._on_repair_done,
}
