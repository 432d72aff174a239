"""Who takes a stream, and what all of them want together. Event loop.

The merged demand is kept up to date in one place, here. Three events change it: a subscriber says
that its own demand changed, a packet went to all, a subscriber left. The first two cost the same
for any number of subscribers: demands only add up (`joined`), and one subscriber that had room is
remembered, who usually still has room after the next packet. Everything else is set right by
`refresh`, a few times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from samescreen.media import Damage, Rendition

from .demand import IDLE, Demand, joined, merge
from .events import RepairDone
from .subscriber import Notice, RepairBegun, Subscriber


class Subscriptions:
    """`pass_on` takes the merged demand whenever it changed, and when something is asked anew."""

    def __init__(self, pass_on: Callable[[Demand], None]) -> None:
        self.merged = IDLE
        self._pass_on = pass_on
        self._subscribers: dict[Subscriber, None] = {}
        self._with_room: Subscriber | None = None
        self._with_room_for_piece: Subscriber | None = None
        self._is_repairing = False

    def now(self) -> tuple[Subscriber, ...]:
        """As they are now; they may come and go meanwhile."""
        return tuple(self._subscribers)

    def __contains__(self, subscriber: Subscriber) -> bool:
        return subscriber in self._subscribers

    def add(self, subscriber: Subscriber) -> None:
        self._subscribers[subscriber] = None
        self.changed(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """May be called twice. Without this subscriber, less may be wanted."""
        if subscriber in self._subscribers:
            del self._subscribers[subscriber]
            self.lessen()

    def clear(self) -> list[Subscriber]:
        """Nobody is subscribed any more; who was."""
        subscribers = list(self._subscribers)
        self._subscribers.clear()
        self._set(IDLE)
        return subscribers

    def changed(
        self, subscriber: Subscriber, keyframes: frozenset[Rendition] = frozenset()
    ) -> None:
        """This subscriber wants something more than before, and packets that stand alone."""
        if subscriber not in self._subscribers:
            return
        demand = subscriber.demand()
        if demand.repair:
            demand = replace(demand, repair=Damage.NONE)
        if keyframes:
            demand = replace(demand, keyframes=keyframes | demand.keyframes)
        self._set(joined(self.merged, demand))

    def lessen(self) -> None:
        """Less may be wanted: ask one after the other, until all that was wanted still is."""
        left = IDLE
        for each in self._subscribers:
            left = joined(left, each.demand().lasting())
            if left == self.merged:
                return
        self._set(left)

    def has_room(self, subscriber: Subscriber) -> None:
        """This subscriber may have room again. With many viewers, all their acks pass here."""
        if self.merged.paused or not self.merged.refine:
            self.changed(subscriber)

    def spent(self) -> None:
        """A packet has gone to all, so that one who had room may have none any more."""
        merged = self.merged
        paused, refine = merged.paused, merged.refine
        if not paused:
            self._with_room = self._still(self._with_room, _has_room)
            paused = self._with_room is None
        if refine:
            self._with_room_for_piece = self._still(self._with_room_for_piece, _takes_pieces)
            refine = self._with_room_for_piece is not None
        if paused != merged.paused or refine != merged.refine:
            self._set(replace(merged, paused=paused, refine=refine))

    def refresh(self) -> None:
        """A few times a second: merge all demands anew, and have lost pieces made again."""
        subscribers = self.now()
        demands = [each.demand() for each in subscribers]
        merged = replace(merge(demands), keyframes=frozenset())
        if self._is_repairing:
            merged = replace(merged, repair=Damage.NONE)
        elif merged.repair:
            self._is_repairing = True
            for subscriber, demand in zip(subscribers, demands, strict=True):
                if demand.repair:
                    subscriber.notify(RepairBegun())
        self._set(merged)

    def end_repair(self) -> None:
        """All that was to be made again has been sent, or there is another source."""
        self._is_repairing = False
        self.notify(RepairDone())

    def notify(self, notice: Notice) -> None:
        """Tell all of them, but for those that leave meanwhile."""
        for subscriber in self.now():
            if subscriber in self._subscribers:
                subscriber.notify(notice)

    def _still(
        self, last: Subscriber | None, test: Callable[[Demand], bool]
    ) -> Subscriber | None:
        """The last one that passed the test if it still does, else the first that does."""
        if last is not None and last in self._subscribers and test(last.demand()):
            return last
        return next((each for each in self._subscribers if test(each.demand())), None)

    def _set(self, demand: Demand) -> None:
        if demand != self.merged:
            self.merged = demand.lasting()
            self._pass_on(demand)


def _has_room(demand: Demand) -> bool:
    return not demand.paused


def _takes_pieces(demand: Demand) -> bool:
    return demand.refine
