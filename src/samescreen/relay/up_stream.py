"""Hands one stream of this host to a relay, as one more subscriber. Event loop.

The relay's demand stands for all of its viewers. Packets go up as they are encoded, or are dropped
where the connection is full; after a gap in video only a keyframe goes up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from samescreen.flow.claims import Claim
from samescreen.flow.in_flight import SentPacket
from samescreen.flow.pace import Allowance
from samescreen.flow.rate import RateControl, RateTarget, rates_within
from samescreen.flow.up_link import UpLink
from samescreen.hub.demand import IDLE, CursorNeed, Demand
from samescreen.hub.events import RepairDone
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import (
    Ending,
    Notice,
    Offer,
    RepairBegun,
    SoundReplaced,
    SourceReplaced,
)
from samescreen.hub.wanted import demand_of
from samescreen.media import Damage, Packet, PacketKind, Rendition
from samescreen.wire import publishing
from samescreen.wire.published import Published

from .connection import RelayConnection
from .track_news import configure_of, news_of, state_of
from .up_track import UpTrack

if TYPE_CHECKING:  # importing what it needs takes a while
    from .seal import Seal

_KEYFRAME_EVERY_US: Final = 1_000_000
_KEYFRAMES_AT_ONCE: Final = 2
_NO_VIDEO: Final = RateTarget(1, 1)


class UpStream:
    """`number`: of its track on the connection. `renew`: its track or its sound was replaced.

    `seal`: see `UpTrack`.
    """

    def __init__(
        self,
        stream: Stream,
        number: int,
        connection: RelayConnection,
        link: UpLink,
        renew: Callable[[], None],
        seal: Seal | None = None,
    ) -> None:
        self.stream = stream
        self.name = ""
        """As the relay knows it."""
        self._connection = connection
        self._link = link
        self._renew = renew
        self._seal = seal
        self._wanted = IDLE
        self._once = _Once()
        self._sync = _Sync()
        self._rates: dict[Rendition, RateControl] = {}
        self.begin(number)
        stream.subscribe(self)

    def begin(self, number: int) -> None:
        """Its packets are those of another track from now on, of which the relay has nothing."""
        self._track = UpTrack(number, self._connection, self._link, self._seal)
        self._wanted, self._once, self._sync = IDLE, _Once(), _Sync()
        best = self.stream.publisher.tracks[0].targets.get(Rendition.MAIN, _NO_VIDEO)
        self._rates = rates_within(best)

    @property
    def number(self) -> int:
        """Of its track on the connection."""
        return self._track.number

    def announce(self) -> None:
        """Send the relay how the source is, and the configuration of each rendition."""
        self._connection.send_text(state_of(self.stream.status, self.number))
        for config in self.stream.configs.values():
            self._connection.send_text(configure_of(config, self.number))

    def leave(self) -> None:
        """Take no more of it; may be called twice."""
        self.stream.unsubscribe(self)

    @property
    def is_watched(self) -> bool:
        """The relay has viewers for it."""
        return bool(self._wanted.renditions)

    # What the relay says

    def want(self, want: publishing.Want) -> None:
        """Demand this from now on."""
        demand, before = demand_of(want), self._wanted
        self._wanted = demand.lasting()
        if demand.repair:
            self._once.repair = self._once.repair | demand.repair
        if Rendition.JPEG in demand.keyframes:
            self._once.still = True
        self._once.sketch = self._once.sketch or demand.sketch
        # Only this call may ask for a sketch: the demand is merged again and again.
        self._once.asks_for_sketch = demand.sketch
        self.stream.changed_to(self, demand)
        self._once.asks_for_sketch = False
        is_less = before.renditions - self._wanted.renditions
        if is_less or before.targets != self._wanted.targets:
            self.stream.reduced()

    def resume(self, now_us: int) -> None:
        """The relay received something: there may be room, and a gap may be repaired."""
        if not self.is_watched:
            return
        self.stream.has_room(self)
        lost = self._sync.fallen & self._wanted.renditions
        if lost and self._link.is_idle and not self._sync.allowance.wait_us(now_us):
            self._sync.allowance.take(now_us)
            self.stream.changed(self, frozenset(lost))

    def fit(self, claim: Claim, now_us: int) -> None:
        """Fit what the renditions may cost to the connection; a few times a second."""
        has_changed = False
        for rendition, rate in self._rates.items():
            config = self.stream.configs.get(rendition)
            if rendition in self._wanted.renditions and config is not None:
                pixels = config.width * config.height
                has_changed |= rate.update([claim], pixels, now_us)
        if has_changed:
            self.stream.changed(self)
            self.stream.reduced()

    # What the hub asks

    def demand(self) -> Demand:
        """What the relay wants, within what the connection carries.

        The cursor is in the picture, because it does not travel apart from it.
        """
        wanted = self._wanted
        if not wanted.renditions and not self._once.asks_for_sketch:
            return IDLE
        has_room_for_piece = self._has_room_for_piece()
        lost = self._once.repair | self._sync.lost
        return replace(
            wanted,
            targets=self._targets(),
            paused=wanted.paused or not self._link.has_room,
            refine=wanted.refine and has_room_for_piece,
            repair=lost if wanted.refine and has_room_for_piece else Damage.NONE,
            sketch=self._once.asks_for_sketch,
            quality=None,
            cursor=CursorNeed.IN_PICTURE,
        )

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send the packet up, or skip it. Never waits."""
        if packet.is_sketch:
            return self._offer_sketch(packet, sent)
        if packet.is_piece:
            return self._offer_piece(packet, sent)
        if packet.packet.kind is PacketKind.STILL:
            return self._offer_still(packet.packet, sent)
        return self._offer_video(packet.packet, sent)

    def notify(self, notice: Notice) -> None:
        """Pass on what concerns the relay's viewers; ignore the others."""
        if isinstance(notice, RepairBegun):
            self._sync.repairs_own = bool(self._sync.lost)
            self._sync.repairs_theirs = bool(self._once.repair)
            self._sync.lost = self._once.repair = Damage.NONE
        elif isinstance(notice, RepairDone):
            self._sync.repairs_own = self._sync.repairs_theirs = False
        elif isinstance(notice, SourceReplaced | SoundReplaced):
            self._renew()
        news = news_of(notice, self.number)
        if news is not None:
            self._connection.send_text(news)

    def close(self, reason: Ending) -> None:
        """The stream has ended."""
        self._connection.send_text(publishing.Withdraw(self.number))

    def _targets(self) -> dict[Rendition, RateTarget]:
        wanted = self._wanted.targets
        return {
            rendition: rate.target.within(wanted.get(rendition, rate.target))
            for rendition, rate in self._rates.items()
        }

    def _has_room_for_piece(self) -> bool:
        return not self._connection.buffered_bytes() and self._link.has_room_for_piece()

    def _offer_sketch(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        if not self._once.sketch:
            return Offer.SKIPPED
        self._once.sketch = False
        return self._send(Published(packet.packet, is_sketch=True), sent)

    def _offer_piece(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """A piece that found no room is lost for all viewers of the relay, not only for some."""
        sync = self._sync
        is_for_relay = not packet.is_repair or sync.repairs_own or sync.repairs_theirs
        if not self.is_watched or not is_for_relay:
            return Offer.SKIPPED
        if not self._wanted.refine or not self._has_room_for_piece():
            sync.lost = sync.lost | packet.packet.damage
            return Offer.SKIPPED
        is_repair = packet.is_repair and not sync.repairs_own
        return self._send(Published(packet.packet, is_repair=is_repair), sent)

    def _offer_still(self, still: Packet, sent: SentPacket) -> Offer:
        is_wanted = self._once.still or still.rendition in self._wanted.renditions
        is_right = still.rendition is Rendition.JPEG and is_wanted
        if not is_right or not self._link.has_room_for_still(self._connection.buffered_bytes()):
            if still.rendition is Rendition.JPEG:
                self._sync.unseen = self._sync.unseen | still.damage
            return Offer.SKIPPED
        whole = replace(still, damage=still.damage | self._sync.unseen)
        self._once.still, self._sync.unseen = False, Damage.NONE
        return self._send(Published(whole), sent)

    def _offer_video(self, bare: Packet, sent: SentPacket) -> Offer:
        rendition, sync = bare.rendition, self._sync
        if rendition not in self._wanted.renditions:
            sync.next.pop(rendition, None)
            return Offer.SKIPPED
        expected = sync.next.pop(rendition, None)
        is_whole = bare.is_keyframe or bare.sequence == expected
        is_late = self._link.is_behind(self._connection.buffered_bytes(), sent.at_us, sent.grace_us)
        if is_late or not is_whole:
            sync.fallen.add(rendition)
            return Offer.SKIPPED if expected is None else Offer.FELL_BEHIND
        sync.next[rendition] = (bare.sequence + 1) % 2**32
        if bare.is_keyframe:
            sync.fallen.discard(rendition)
            bare = _since_still(bare, sync.unseen)
        return self._send(Published(bare), sent)

    def _send(self, published: Published, sent: SentPacket) -> Offer:
        self._track.send(published, sent)
        return Offer.SENT


class _Once:
    """What the relay asked for and has not got yet: a still, a sketch, lost pieces."""

    __slots__ = ("asks_for_sketch", "repair", "sketch", "still")

    def __init__(self) -> None:
        self.still = self.sketch = self.asks_for_sketch = False
        self.repair = Damage.NONE


class _Sync:
    """What the relay has of the stream.

    `next`: the sequence of the only delta that may follow, of each rendition without a gap;
    `fallen`: the renditions with one. `unseen`: where stills changed that did not go up. `lost`:
    pieces that did not. `repairs_own`: the track makes those again; `repairs_theirs`: and those
    that viewers of the relay lost.
    """

    __slots__ = (
        *("allowance", "fallen", "lost", "next", "repairs_own", "repairs_theirs", "unseen"),
    )

    def __init__(self) -> None:
        self.next: dict[Rendition, int] = {}
        self.fallen: set[Rendition] = set()
        self.unseen = Damage.ALL
        self.lost = Damage.NONE
        self.repairs_own = self.repairs_theirs = False
        self.allowance = Allowance(_KEYFRAMES_AT_ONCE, _KEYFRAME_EVERY_US)


def _since_still(keyframe: Packet, unseen: Damage) -> Packet:
    """The keyframe with what changed since the last still that went up."""
    if not unseen:
        return keyframe
    news = keyframe.damage if keyframe.news is None else keyframe.news
    return replace(keyframe, damage=keyframe.damage | unseen, news=news)
