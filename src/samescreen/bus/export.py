"""One stream of this relay on the bus: one more subscriber, for all other relays. Event loop.

It demands what the viewers of all other relays demand together, and sends each packet once. It
sends nothing that none of them needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, Protocol

from samescreen.flow.in_flight import SentPacket
from samescreen.hub.demand import IDLE, Demand, merge
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
from samescreen.media import Damage, Rendition
from samescreen.relay.track_news import configure_of, figures_of, news_of, state_of
from samescreen.wire.published import Published, published_to_bytes
from samescreen.wire.publishing import Configure, FromPublisher, Want, Withdraw

MOST_WAITING_BYTES: Final = 4 << 20
"""With more than this waiting for the broker, packets are dropped: delay would grow."""
_SOUNDS: Final = frozenset({Rendition.OPUS, Rendition.PCM})


class Outlet(Protocol):
    """Where the streams of a room go to."""

    @property
    def waiting_bytes(self) -> int:
        """What has not left this process."""

    def announce(self, news: FromPublisher) -> None:
        """Send this to all other relays."""

    def send(self, number: int, rendition: Rendition, body: bytes | None) -> None:
        """Send a packet of that track; None: it is dropped, and readers see a gap."""

    def configure(self, message: Configure) -> None:
        """Announce it, and send it to readers of the rendition in order with its packets."""


class Export:
    """`number`: of its track on the bus. `renew`: its source or its sound was replaced."""

    def __init__(
        self, stream: Stream, number: int, outlet: Outlet, renew: Callable[[], None]
    ) -> None:
        self.stream = stream
        self.number = number
        self._outlet = outlet
        self._renew = renew
        self._wants: dict[str, Demand] = {}
        self._merged = IDLE
        self._repair = Damage.NONE
        self._owes = _Owed()
        self._asks_for_sketch = False
        stream.subscribe(self)

    def begin(self, number: int) -> None:
        """Its packets are those of another track from now on, of which nobody has anything."""
        self.number = number
        self._wants.clear()
        self._merged, self._repair, self._owes = IDLE, Damage.NONE, _Owed()

    def state(self) -> Iterator[FromPublisher]:
        """How the source is, the configuration of each rendition, the newest figures."""
        yield state_of(self.stream.status, self.number)
        for config in self.stream.configs.values():
            yield configure_of(config, self.number)
        yield figures_of(self.stream.stats, self.number)

    def leave(self) -> None:
        """Take no more of it; may be called twice."""
        self.stream.unsubscribe(self)

    @property
    def is_wanted(self) -> bool:
        """Another relay has viewers for it."""
        return bool(self._merged.renditions)

    def tick(self) -> None:
        """Once there is room again, ask for a keyframe in place of what was dropped."""
        lost = self._owes.dropped & self._merged.renditions
        if lost and self._outlet.waiting_bytes < MOST_WAITING_BYTES // 4:
            self._owes.dropped.clear()
            self.stream.changed(self, frozenset(lost - _SOUNDS))

    # What other relays say

    def want(self, node: str, want: Want) -> None:
        """The viewers of that relay demand this from now on."""
        demand = demand_of(want)
        lasting = demand.lasting()
        if lasting == demand == self._wants.get(node):
            return
        self._wants[node] = lasting
        self._merge()
        self._repair = self._repair | demand.repair
        self._owes.sketch = self._owes.sketch or demand.sketch
        self._owes.still = self._owes.still or Rendition.JPEG in demand.keyframes
        # Only this call may ask for a sketch: the demand is merged again and again.
        self._asks_for_sketch = demand.sketch
        self.stream.changed_to(self, demand)
        self._asks_for_sketch = False
        self.stream.reduced()

    def forget(self, node: str) -> None:
        """That relay is gone."""
        if self._wants.pop(node, None) is not None:
            self._merge()
            self.stream.reduced()

    def _merge(self) -> None:
        self._merged = merge(self._wants.values())

    # What the hub asks

    def demand(self) -> Demand:
        merged = self._merged
        if not merged.renditions and not self._asks_for_sketch:
            return IDLE
        repair = self._repair if merged.refine else Damage.NONE
        return replace(merged, repair=repair, sketch=self._asks_for_sketch, quality=None)

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Send it once, if any other relay may need it. Never waits."""
        rendition = packet.packet.rendition
        if packet.is_sketch and not self._owes.sketch:
            return Offer.SKIPPED
        is_needed = packet.is_sketch or self._is_needed(rendition)
        if not is_needed or self._outlet.waiting_bytes > MOST_WAITING_BYTES:
            if is_needed:
                self._owes.dropped.add(rendition)
            self._outlet.send(self.number, rendition, None)
            return Offer.SKIPPED
        self._owes.sent(packet, rendition)
        bare = replace(packet.packet, track=self.number)
        published = Published(bare, packet.is_sketch, packet.is_repair)
        self._outlet.send(self.number, rendition, published_to_bytes(published))
        return Offer.SENT

    def notify(self, notice: Notice) -> None:
        """Pass on what concerns viewers elsewhere; ignore the rest."""
        news = news_of(notice, self.number)
        if isinstance(news, Configure):
            self._outlet.configure(news)
        elif news is not None:
            self._outlet.announce(news)
        elif isinstance(notice, RepairBegun):
            self._repair = Damage.NONE
        elif isinstance(notice, SourceReplaced | SoundReplaced):
            self._renew()

    def close(self, reason: Ending) -> None:
        """The stream has ended."""
        self._outlet.announce(Withdraw(self.number))

    def _is_needed(self, rendition: Rendition) -> bool:
        """Stills go to all that get anything: viewers must know what changed since the last."""
        wanted = self._merged.renditions
        is_still = rendition is Rendition.JPEG
        return rendition in wanted or (is_still and (bool(wanted) or self._owes.still))


class _Owed:
    """What other relays asked for once and have not got yet; `dropped`: what found no room."""

    __slots__ = ("dropped", "sketch", "still")

    def __init__(self) -> None:
        self.sketch = self.still = False
        self.dropped: set[Rendition] = set()

    def sent(self, packet: EncodedPacket, rendition: Rendition) -> None:
        """That packet goes out."""
        if packet.is_sketch:
            self.sketch = False
        elif packet.packet.is_keyframe:
            self.dropped.discard(rendition)
            if rendition is Rendition.JPEG:
                self.still = False
