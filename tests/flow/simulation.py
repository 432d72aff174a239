"""The host's real controllers, in simulated time, on a model of encoders and of links.

`Simulation` does what the track (`publish/`) and the viewers (`subscribe/`) do, and nothing else:
it encodes each picture of a scene unless every window is full, offers the packet to each viewer,
and lets the controllers look at it four times a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from samescreen.flow.claims import Claim
from samescreen.flow.encoder_choice import EncodedSize, EncoderChoice
from samescreen.flow.in_flight import SentPacket
from samescreen.flow.layer_switch import LayerSwitch
from samescreen.flow.outbox import Outbox
from samescreen.flow.rate import RateTarget, rates_within
from samescreen.media import Damage, Packet, PacketKind, Rendition
from tests.flow.scenes import (
    ALTERNATING,
    FILM,
    FILM_AND_REST,
    FILM_IN_A_THIRD,
    SCROLL,
    SECOND_US,
    TYPING,
    UNCHANGING,
    Change,
    EncoderModel,
    Scene,
)

MAIN, LOW = Rendition.MAIN, Rendition.LOW
CEILING: Final = RateTarget(20_000_000, 60)
PIXELS: Final = 1920 * 1080
TICK_US: Final = SECOND_US // 4
_KEYFRAME_SPACING_US: Final = SECOND_US
_LOW_FRAME_US: Final = SECOND_US // 20
_THIN_BPS: Final = 4_000_000
"""On a thinner link the first still takes so long that the host takes it as a measurement."""
_LOW_SHARE: Final = 0.35
"""The low rendition's bytes for the same picture, of main's."""


@dataclass(frozen=True, slots=True)
class Link:
    """A first-in first-out path: `rate_bps`, and its round trip without queues."""

    rate_bps: int
    rtt_us: int


@dataclass(frozen=True, slots=True)
class Case:
    """A scene and the links of its viewers; none: everything arrives at once."""

    scene: Scene
    links: tuple[Link, ...] = ()

    @property
    def name(self) -> str:
        """The scene, and the rate of each link in Mbit/s."""
        rates = " and ".join(f"{link.rate_bps / 1e6:g} Mbit/s" for link in self.links)
        return f"{self.scene.name}, {rates}" if rates else self.scene.name


FAST: Final = Link(100_000_000, 5_000)
CASES: Final = (
    *(Case(scene) for scene in (*UNCHANGING, *ALTERNATING)),
    Case(TYPING, (Link(2_000_000, 60_000),)),
    Case(SCROLL, (Link(50_000_000, 20_000),)),
    Case(FILM, (Link(8_000_000, 40_000),)),
    Case(FILM, (Link(2_000_000, 60_000),)),
    Case(FILM, (Link(500_000, 40_000),)),
    Case(FILM_AND_REST, (Link(8_000_000, 40_000),)),
    Case(FILM, (FAST, Link(1_000_000, 40_000))),
    Case(FILM_IN_A_THIRD, (FAST, Link(3_000_000, 40_000))),
)
"""What `bench/loops.py` shows. The tests run them one by one, with what each must hold."""


@dataclass(slots=True)
class Outcome:
    """What happened, by the time it happened, in µs."""

    exchanges: list[int] = field(default_factory=list)
    keyframes: list[int] = field(default_factory=list)
    retargets: list[int] = field(default_factory=list)
    switches: list[int] = field(default_factory=list)
    sent_bytes: int = 0
    waits: list[tuple[int, int]] = field(default_factory=list)
    """When a packet was sent, and how long it waited behind others; for viewers with a link."""

    def settled_us(self) -> int:
        """When the last choice of all changed."""
        return max((0, *self.exchanges, *self.retargets, *self.switches))

    def longest_wait_us(self, since_us: int) -> int:
        """The longest queue that a packet found, from then on."""
        return max((wait for at_us, wait in self.waits if at_us >= since_us), default=0)


def since(times: Iterable[int], start_us: int) -> int:
    """How many of these come at that time or later."""
    return sum(at_us >= start_us for at_us in times)


class SimulatedViewer:
    """One page at the end of a link that acknowledges each packet at once."""

    def __init__(self, name: int, link: Link) -> None:
        self.name = name
        self.link = link
        self.outbox = Outbox()
        self.outbox.window.on_round_trip(link.rtt_us, 0)
        self.layers = LayerSwitch()
        self._free_us = 0

    @property
    def rendition(self) -> Rendition:
        return self.layers.rendition

    def offer(self, packet: Packet, size: int, now_us: int) -> tuple[int, int] | None:
        """Send or drop it; when its ack comes and how long it waits, if it is sent."""
        sent = SentPacket(packet.rendition, packet.sequence, size, now_us)
        if not self.outbox.try_send_delta(sent) and not self.outbox.offer(packet, sent, 0):
            return None
        wait_us = max(0, self._free_us - now_us)
        self._free_us = now_us + wait_us + size * 8_000_000 // self.link.rate_bps
        return self._free_us + self.link.rtt_us, wait_us

    def claim(self) -> Claim:
        return Claim(f"v{self.name}", f"10.0.0.{self.name}", self.outbox.window.capacity_bps())

    def watch(self, main_bps: int, now_us: int) -> bool:
        """Whether it returns to main now."""
        sample = self.outbox.window.bandwidth_sample
        margin = None if sample is None else sample.rate_bps / max(1, main_bps)
        is_calm = not self.outbox.gated and (margin is None or margin > 1.3)
        if self.outbox.window.is_congested() or not is_calm:
            self.layers.on_congestion(now_us)
            return False
        return self.layers.try_step_up(now_us, margin)


class Simulation:
    """One case, in simulated time."""

    def __init__(self, case: Case) -> None:
        self.scene = case.scene
        self.viewers = [SimulatedViewer(n, link) for n, link in enumerate(case.links)]
        self.outcome = Outcome()
        self.rates = rates_within(CEILING)
        self.choice = EncoderChoice(CEILING)
        self._encoder: EncoderModel | None = None
        self._is_key_wanted = True
        self._shown_us = self._keyed_us = self._low_us = self._low_keyed_us = -SECOND_US
        self._sequences = {MAIN: 0, LOW: 0}
        self._main_bytes = self._main_bps = 0
        self._tick_us = TICK_US
        self._acks: list[tuple[int, int, Rendition, int]] = []
        if len(case.links) == 1 and case.links[0].rate_bps < _THIN_BPS:
            self._probe(case.links[0])

    def _probe(self, link: Link) -> None:
        """A lone newcomer's first still has shown what its thin link carries."""
        claim = Claim("v0", "10.0.0.0", link.rate_bps)
        if self.rates[MAIN].update([claim], PIXELS, 0):
            self.choice.target = self.rates[MAIN].target

    def run(self, seconds: int) -> Outcome:
        """Show the scene for so long."""
        for now_us, change in self.scene.pictures(seconds):
            self._advance(now_us)
            watches = {viewer.rendition for viewer in self.viewers} or {MAIN}
            if self.viewers and not any(v.outbox.window.has_room() for v in self.viewers):
                continue
            if MAIN in watches and now_us >= self._next_picture_us():
                self._show_main(change, now_us)
            if LOW in watches and now_us - self._low_us >= _LOW_FRAME_US:
                self._show_low(change, now_us)
        return self.outcome

    def _next_picture_us(self) -> int:
        """The target's frame rate, with a quarter of an interval's tolerance."""
        return self._shown_us + 750_000 // self.choice.target.fps

    def _advance(self, now_us: int) -> None:
        """Acks and ticks up to now, in order."""
        while True:
            ack_us = self._acks[0][0] if self._acks else now_us + 1
            if min(ack_us, self._tick_us) > now_us:
                return
            if ack_us <= self._tick_us:
                at_us, name, rendition, sequence = heappop(self._acks)
                self._acked(self.viewers[name], rendition, sequence, at_us)
            else:
                self._tick(self._tick_us)
                self._tick_us += TICK_US

    def _acked(self, viewer: SimulatedViewer, of: Rendition, sequence: int, now_us: int) -> None:
        viewer.outbox.window.on_ack(of, sequence, 0, now_us)
        is_waiting = viewer.outbox.gated and viewer.rendition is MAIN
        self._is_key_wanted |= is_waiting and viewer.outbox.is_drained(0)

    def _tick(self, now_us: int) -> None:
        if now_us % SECOND_US == 0:
            self._main_bps, self._main_bytes = self._main_bytes * 8, 0
        for viewer in self.viewers:
            if viewer.watch(self._main_bps, now_us):
                self._switched(viewer, now_us)
            elif viewer.outbox.gated and viewer.rendition is MAIN:
                self._is_key_wanted |= viewer.outbox.is_drained(0)
        for rendition, rate in self.rates.items():
            claims = [v.claim() for v in self.viewers if v.rendition is rendition]
            if claims and rate.update(claims, PIXELS, now_us):
                self.outcome.retargets.append(now_us)
                if rendition is MAIN:
                    self.choice.target = rate.target
                    self._exchange(now_us)
        on_main = [v for v in self.viewers if v.rendition is MAIN]
        is_alone = self.rates[MAIN].is_at_floor and len(on_main) == 1
        if is_alone and on_main[0].outbox.window.is_congested():
            self._go_low(on_main[0], now_us)

    def _show_main(self, change: Change, now_us: int) -> None:
        if self._encoder is None:
            tuning = self.choice.tuning
            self.choice.on_new_encoder()
            self._encoder = EncoderModel(tuning, self.scene.key_bytes, now_us)
        is_due = now_us - self._keyed_us >= _KEYFRAME_SPACING_US
        size = self._encoder.encode(change, now_us, keyframe=self._is_key_wanted and is_due)
        self._shown_us = now_us
        if size.is_keyframe:
            self._keyed_us, self._is_key_wanted = now_us, False
            self.outcome.keyframes.append(now_us)
        self.outcome.sent_bytes += size.size_bytes
        self._main_bytes += size.size_bytes
        self._send(MAIN, size, now_us)
        if self.choice.on_packet(size, now_us):
            self._exchange(now_us)

    def _show_low(self, change: Change, now_us: int) -> None:
        is_keyframe = now_us - self._low_keyed_us >= SECOND_US
        self._low_us = now_us
        self._low_keyed_us = now_us if is_keyframe else self._low_keyed_us
        target = self.rates[LOW].target
        wanted = self.scene.key_bytes if is_keyframe else change.delta_bytes
        most = target.bitrate_bps // 8 // target.fps * (4 if is_keyframe else 1)
        size = EncodedSize(min(int(wanted * _LOW_SHARE), most), is_keyframe, 0, False)
        self._send(LOW, size, now_us)

    def _send(self, rendition: Rendition, size: EncodedSize, now_us: int) -> None:
        sequence = self._sequences[rendition]
        self._sequences[rendition] += 1
        packet = Packet(
            PacketKind.VIDEO, rendition, 0, sequence, now_us, size.is_keyframe, Damage.ALL, b""
        )
        fallen = []
        for viewer in self.viewers:
            if viewer.rendition is not rendition:
                continue
            was_gated = viewer.outbox.gated
            sent = viewer.offer(packet, size.size_bytes, now_us)
            if sent is not None:
                heappush(self._acks, (sent[0], viewer.name, rendition, sequence))
                self.outcome.waits.append((now_us, sent[1]))
            elif not was_gated:
                fallen.append(viewer)
        in_step = [v for v in self.viewers if v.rendition is rendition and not v.outbox.gated]
        for viewer in fallen:
            if rendition is MAIN and len(in_step) >= len(fallen):
                self._go_low(viewer, now_us)

    def _go_low(self, viewer: SimulatedViewer, now_us: int) -> None:
        if viewer.layers.step_down(now_us):
            self._switched(viewer, now_us)

    def _switched(self, viewer: SimulatedViewer, now_us: int) -> None:
        viewer.outbox.gate(now_us)
        self.outcome.switches.append(now_us)
        self._is_key_wanted |= viewer.rendition is MAIN

    def _exchange(self, now_us: int) -> None:
        if self._encoder is not None:
            self.outcome.exchanges.append(now_us)
        self._encoder = None
