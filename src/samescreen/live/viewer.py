"""One connected viewer: its session, its outbox and its transport.

Runs on the event loop. Nothing here awaits: handing over a packet writes it or drops it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from samescreen.flow.claims import Claim
from samescreen.flow.flight import Departure
from samescreen.flow.lane import Lane
from samescreen.flow.outbox import Outbox
from samescreen.flow.pace import Allowance
from samescreen.media import NOTHING, Damage, Packet, PacketKind, Rendition, united
from samescreen.wire import messages
from samescreen.wire.messages import FromViewer, ToViewer, message_to_text
from samescreen.wire.packets import text_frame
from samescreen.wire.session import Session

from .framed import FramedPacket
from .standing import Standing
from .transport import Transport

NEED_SPACING_US: Final = 1_000_000
NEEDS_AT_ONCE: Final = 3
"""Decoders may be taken away in a row; a viewer that asks all the time gets one a second."""
CONTROL_BACKLOG_BYTES: Final = 256 * 1024
"""With more than this waiting, statistics and the like are not added."""

PIECE_BYTES: Final = 32 * 1024
"""Nearly all pieces of refinement are smaller."""

MAX_BACKLOG_BYTES: Final = 8 * 1024 * 1024
"""More than the largest picture and all that may be sent with it: its peer does not read."""
HELLO_US: Final = 5_000_000
"""How long a connection may take to its hello."""
START_US: Final = 1_500_000
LONG_PATH_US: Final = 15_000
CAUTIOUS_US: Final = 3_000_000
_REFINED: Final = (Rendition.MAIN, Rendition.JPEG)
NO_REPORT: Final = messages.Report(fps=0, latency_us=0, decode_us=0, decoder="jpeg", dropped=0)


class Viewer:
    """`address` is for logs and the host's display.

    `asks` is called when its wants have changed.
    """

    def __init__(
        self,
        viewer_id: str,
        address: str,
        transport: Transport,
        asks: Callable[[], None],
        now_us: int,
        session: Session,
    ) -> None:
        self.viewer_id = viewer_id
        self.address = address
        self.session = session
        self.outbox = Outbox()
        self.lane = Lane()
        self.report = NO_REPORT
        self._transport = transport
        self._asks = asks
        self._began_us = now_us
        self._fresh_starts = Allowance(NEEDS_AT_ONCE, NEED_SPACING_US)
        self._standing = Standing()
        self.rendition: Rendition | None = None
        """What it should be sent now; None: nothing (not open yet, or a hidden tab)."""

    @property
    def is_new(self) -> bool:
        """It has not been sent any video."""
        return self._standing.wants_still and not self._standing.is_cautious

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
        return self.rendition is not None and not self._standing.needs_picture

    def wants(self) -> frozenset[Rendition]:
        """Of which renditions it needs a packet that stands alone."""
        rendition = self.rendition
        if rendition is None or not self._standing.needs_picture:
            return frozenset()
        if self._standing.is_cautious:
            return frozenset((Rendition.JPEG,))
        if rendition is Rendition.MAIN and self._standing.wants_still:
            return frozenset((Rendition.MAIN, Rendition.JPEG))
        return frozenset((rendition,))

    def receive(self, text: str, now_us: int) -> FromViewer:
        """Take one message; answers that concern only this viewer are given here.

        Raises:
            ProtocolError: close the connection with its `close_code`.
        """
        message = self.session.receive(text, now_us)
        if type(message) is not messages.Ack:
            self._choose_rendition()
        _RECEIVE[type(message)](self, message, now_us)
        return message

    def _choose_rendition(self) -> None:
        """Kept, not computed, since every packet asks for it."""
        is_shown_nothing = self.session.hidden or self._standing.is_put_off
        chosen = None if is_shown_nothing else self.session.rendition
        self.rendition = self.lane.rendition if chosen is Rendition.MAIN else chosen

    def offer(self, framed: FramedPacket, departure: Departure) -> bool:
        """Send a packet's ready-made WebSocket frame, or drop it; never waits.

        True when it has fallen behind by this: its gate is shut now.
        """
        packet, standing = framed.packet, self._standing
        is_steady = not standing.needs_picture and not standing.has_still
        if (
            is_steady
            and packet.rendition is self.rendition
            and self.outbox.follow(departure)
        ):
            self._transport.write(framed.frame)
            return False
        return self._offer_rarely(framed, departure)

    def _offer_rarely(self, framed: FramedPacket, departure: Departure) -> bool:
        """All but a delta to a viewer in step."""
        packet = framed.packet
        is_video = packet.kind is PacketKind.VIDEO
        if not self._is_for_me(packet):
            if not is_video:
                self._standing.has_still, self._standing.unseen = False, ()
            return False
        has_still = self._standing.has_still
        if is_video:
            is_next = packet.sequence == self.outbox.next_sequence
        elif has_still and packet.damage == NOTHING:
            return False  # the same picture once more: pieces show it better
        else:
            is_next = has_still and self.rendition is Rendition.JPEG
        is_in_step = is_next and not self._standing.needs_picture
        frame = framed.frame if is_in_step else framed.painting(self._standing.paints(packet))
        if self.outbox.offer(packet, departure, self._transport.buffered_bytes()):
            self._transport.write(frame)
            if not is_in_step or has_still:
                self._standing.sent(packet, self.rendition)
        elif not is_video:
            self._standing.passed_over(packet, self.rendition)
        elif not self._standing.needs_picture:
            self._standing.needs_picture = True
            return True
        return False

    def offer_piece(self, framed: FramedPacket, departure: Departure, *, is_repeat: bool) -> None:
        """Send a piece of refinement if that holds nothing up; otherwise it was missed."""
        standing = self._standing
        if not self._is_refined or (is_repeat and not standing.takes_repeats):
            return
        if self._has_room_for(departure.size_bytes):
            self.outbox.window.sent(departure)
            self._transport.write(framed.frame)
        else:
            standing.missed = united(standing.missed, framed.packet.damage)

    def has_room_for_piece(self) -> bool:
        """It takes pieces of refinement, and one would hold nothing up."""
        return self._is_refined and self._has_room_for(PIECE_BYTES)

    def take_missed(self) -> Damage:
        """Where pieces are to be made again; it is sent these repeats from now on."""
        missed, self._standing.missed = self._standing.missed, NOTHING
        self._standing.takes_repeats |= missed != NOTHING
        return missed

    def end_repeats(self) -> None:
        """All that was asked for was made."""
        self._standing.takes_repeats = False

    @property
    def _is_refined(self) -> bool:
        if self.rendition is Rendition.JPEG and self._standing.unseen:
            return True  # it was passed over, and shows the still before
        return self.rendition in _REFINED and not self._standing.needs_picture

    def _has_room_for(self, size_bytes: int) -> bool:
        window = self.outbox.window
        if self._transport.buffered_bytes() or not window.has_room_beside(size_bytes):
            return False
        if self.rendition is Rendition.MAIN or not len(window):
            return True
        # Few stills may be under way, and a piece counts as one until it is acknowledged.
        return len(window) == 1 and window.min_rtt_us() < LONG_PATH_US

    def has_room(self) -> bool:
        """Another picture would not have to queue for long."""
        return self.outbox.window.has_room()

    def acknowledge_every(self, interval_ms: int) -> None:
        """The viewer is being told so."""
        self.outbox.window.acks_every(interval_ms * 1000)

    def carries(self, rate_bps: int) -> bool:
        """Its path carried that much when it was last tried, or never was."""
        burst = self.outbox.window.burst
        return burst is None or burst.rate_bps > 1.3 * rate_bps

    def late_claim(self, now_us: int) -> Claim:
        """What its acks say of its path."""
        is_starting = self.is_starting(now_us)
        return self.claim(None if is_starting else self.outbox.window.capacity_bps())

    def claim(self, capacity_bps: int | None) -> Claim:
        """A claim of that capacity (None: it is not late), beside what the host measures."""
        delivery = None if capacity_bps is None else self._transport.delivery()
        if delivery is None:
            return Claim(self.viewer_id, self.address, capacity_bps)
        is_borne_out = delivery.bears_out(self.outbox.window.queue_us)
        return Claim(self.viewer_id, self.address, capacity_bps, is_borne_out)

    def is_starting(self, now_us: int) -> bool:
        """Its page may still be busy with itself: late acks say nothing of its path."""
        return now_us - self._began_us < START_US

    def has_narrow_link(self) -> bool:
        """Its link carries less than it was sent."""
        is_low = self.rendition is Rendition.LOW
        return is_low or self._standing.needs_picture or self.outbox.window.is_congested()

    def watch_link(self, main_bps: int, now_us: int, *, may_rise: bool) -> bool:
        """A few times a second. True when it goes up to main: its link was calm for long enough."""
        if self._standing.is_cautious and now_us - self._began_us > CAUTIOUS_US:
            self.outbox.window.forget()  # it may be unable to show stills at all
            self._trust_path()
        is_calm = self.is_in_step and self.carries(main_bps)
        if self.outbox.window.is_congested() or not is_calm:
            self.lane.disturbed(now_us)
        elif may_rise and self.lane.up(now_us):
            self._change_lane(now_us)
            return True
        return False

    def go_low(self, now_us: int) -> None:
        """Recover on the low rendition."""
        if self.lane.down(now_us):
            self._change_lane(now_us)

    def _change_lane(self, now_us: int) -> None:
        self._choose_rendition()
        self.outbox.gate(now_us)
        self._standing = Standing(wants_still=False)
        self._asks()

    def send(self, message: ToViewer) -> None:
        """Send a control message now."""
        self.send_frame(text_frame(message_to_text(message)))

    def send_frame(self, frame: bytes) -> None:
        """Send a control message's ready-made WebSocket frame."""
        self._transport.write(frame)

    def send_if_idle(self, message: ToViewer) -> None:
        """Send a control message that may as well be left out when the link is busy."""
        if self._transport.buffered_bytes() <= CONTROL_BACKLOG_BYTES:
            self.send(message)

    def send_unless_behind(self, frame: bytes, backlog_bytes: int) -> bool:
        """Send a frame, or drop it when more than `backlog_bytes` wait; whether it was sent."""
        if self._transport.buffered_bytes() > backlog_bytes:
            return False
        self._transport.write(frame)
        return True

    def is_ready_again(self) -> bool:
        """It fell behind and has caught up: a keyframe would reach it at once."""
        if not self._standing.needs_picture:
            return False
        return self.outbox.is_drained(self._transport.buffered_bytes())

    def close(self, code: int, reason: str) -> None:
        self._transport.close(code, reason)

    def _is_for_me(self, packet: Packet) -> bool:
        """Its own rendition; and stills for as long as it waits for a keyframe."""
        rendition = self.rendition
        if self._standing.is_cautious:
            return packet.rendition is Rendition.JPEG and not self._standing.has_still
        if packet.rendition is rendition:
            return True
        return (
            rendition is Rendition.MAIN
            and packet.rendition is Rendition.JPEG
            and self._standing.wants_still
        )

    def turn_to(self, track: int, now_us: int, *, at_its_word: bool = False) -> None:
        """It is shown another source from now on; what it had of the one before says nothing."""
        self.session.track = track
        if at_its_word:
            self._ask_to_start_afresh(now_us)
        elif self.session.is_open:
            self._start_afresh(now_us)

    def _start_afresh(self, now_us: int) -> None:
        self._began_us = now_us
        self.outbox.gate(now_us)
        self.outbox.window.forget()
        self._standing = Standing()
        self._choose_rendition()
        self._asks()

    def _ask_to_start_afresh(self, now_us: int) -> None:
        """Others pay for its keyframe: a viewer that asks too often is shown nothing for a while.

        A viewer that is hidden costs nothing, so that it may be at any time.
        """
        self._standing = Standing(is_put_off=not self.session.hidden)
        self._choose_rendition()
        self.outbox.gate(now_us)
        if self.session.hidden:
            self._start_afresh(now_us)
        else:
            self.resume(now_us)

    def resume(self, now_us: int) -> None:
        """Start afresh if it was put off and may by now."""
        if self._standing.is_put_off and not self._fresh_starts.wait_us(now_us):
            self._fresh_starts.take(now_us)
            self._start_afresh(now_us)

    def _on_hello(self, hello: messages.Hello, now_us: int) -> None:
        """It said hello as soon as its connection was open, so this took one round trip."""
        rtt_us = now_us - self._began_us
        self.outbox.window.crossed(rtt_us, now_us)
        if rtt_us > LONG_PATH_US:
            self.begin_with_a_still()

    def begin_with_a_still(self) -> None:
        """Send nothing more until its ack has told what the path carries."""
        self._standing.is_cautious = self.rendition is Rendition.MAIN

    def _on_ack(self, ack: messages.Ack, now_us: int) -> None:
        if ack.track != self.session.track:
            return  # of what it watched before
        self.outbox.window.acked(ack.rendition, ack.sequence, ack.held_us, now_us)
        if self._standing.is_cautious:
            self._trust_path()
        elif self.is_ready_again():
            self._asks()

    def _trust_path(self) -> None:
        self._standing.is_cautious = False
        self._asks()

    def _on_ping(self, ping: messages.Ping, now_us: int) -> None:
        self.send_if_idle(messages.Pong(sent_us=ping.sent_us, host_us=now_us))

    def _on_report(self, report: messages.Report, now_us: int) -> None:
        self.report = report

    def _on_watch(self, watch: messages.Watch, now_us: int) -> None:
        """The hub turns it to another stream."""

    def _on_listen(self, listen: messages.Listen, now_us: int) -> None:
        """The sound's feed answers it."""

    def _on_change(self, message: FromViewer, now_us: int) -> None:
        self._ask_to_start_afresh(now_us)


_RECEIVE: Final[dict[type, Callable[[Viewer, Any, int], None]]] = {
    messages.Hello: Viewer._on_hello,
    messages.Ack: Viewer._on_ack,
    messages.Watch: Viewer._on_watch,
    messages.Ping: Viewer._on_ping,
    messages.Need: Viewer._on_change,
    messages.Accepts: Viewer._on_change,
    messages.Visibility: Viewer._on_change,
    messages.Report: Viewer._on_report,
    messages.Listen: Viewer._on_listen,
}
