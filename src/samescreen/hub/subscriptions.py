"""The subscribers of a stream, and the demand that they have together. Event loop.

Only this module updates the merged demand, on three events: a subscriber's demand grew, the stream
offered a packet to all, a subscriber left. The first two cost the same for any number of
subscribers: a grown demand is joined with the merged one, and after a packet it is enough to check
the subscriber that had room before, which usually still has room. `refresh` corrects everything
else a few times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from samescreen.flow.first_still import NO_LIMIT
from samescreen.media import Damage, Rendition

from .demand import IDLE, Demand, joined, merge
from .events import RepairDone
from .subscriber import Notice, RepairBegun, Subscriber


class Subscriptions:
    """Calls `pass_on` with the merged demand when it changes or requests something again."""

    def __init__(self, pass_on: Callable[[Demand], None]) -> None:
        self.merged = IDLE
        self._pass_on = pass_on
        self._subscribers: dict[Subscriber, None] = {}
        self._with_room: Subscriber | None = None
        self._with_room_for_piece: Subscriber | None = None
        self._is_repairing = False

    def now(self) -> tuple[Subscriber, ...]:
        """A snapshot, because subscribers come and go during a loop over it."""
        return tuple(self._subscribers)

    def __contains__(self, subscriber: Subscriber) -> bool:
        return subscriber in self._subscribers

    def add(self, subscriber: Subscriber) -> None:
        self._subscribers[subscriber] = None
        self.changed(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Remove a subscriber, which may lower the merged demand; may be called twice."""
        if subscriber in self._subscribers:
            del self._subscribers[subscriber]
            self.reduce()

    def clear(self) -> list[Subscriber]:
        """Remove all subscribers; returns them."""
        subscribers = list(self._subscribers)
        self._subscribers.clear()
        self._set(IDLE)
        return subscribers

    def changed(
        self,
        subscriber: Subscriber,
        keyframes: frozenset[Rendition] = frozenset(),
        still_bytes: int = NO_LIMIT,
    ) -> None:
        """A subscriber demands more than before, and a keyframe of each of `keyframes`.

        `still_bytes`: the most that a still may have which is made for that.
        """
        if subscriber not in self._subscribers:
            return
        demand = subscriber.demand()
        if demand.repair:
            demand = replace(demand, repair=Damage.NONE)
        if keyframes:
            asks_for_still = Rendition.JPEG in keyframes and not demand.sketch
            most = still_bytes if asks_for_still else 0
            demand = replace(demand, keyframes=keyframes | demand.keyframes, still_bytes=most)
        self._set(joined(self.merged, demand))

    def reduce(self) -> None:
        """Merge again, as far as needed: stop once the demands add up to the merged one."""
        left = IDLE
        for each in self._subscribers:
            left = joined(left, each.demand().lasting())
            if left == self.merged:
                return
        self._set(left)

    def has_room(self, subscriber: Subscriber) -> None:
        """A subscriber may have room again. This must be quick: it is called for every ack."""
        if self.merged.paused or not self.merged.refine:
            self.changed(subscriber)

    def packet_offered(self) -> None:
        """A packet was offered to all, so that a subscriber that had room may have none now."""
        merged = self.merged
        paused, refine = merged.paused, merged.refine
        if not paused:
            self._with_room = self._keep_or_find(self._with_room, _has_room)
            paused = self._with_room is None
        if refine:
            self._with_room_for_piece = self._keep_or_find(self._with_room_for_piece, _takes_pieces)
            refine = self._with_room_for_piece is not None
        if paused != merged.paused or refine != merged.refine:
            self._set(replace(merged, paused=paused, refine=refine))

    def refresh(self) -> None:
        """Merge all demands again, and start a repair of lost pieces if none is running."""
        subscribers = self.now()
        demands = [each.demand() for each in subscribers]
        merged = replace(merge(demands), keyframes=frozenset(), sketch=False, still_bytes=0)
        if self._is_repairing:
            merged = replace(merged, repair=Damage.NONE)
        elif merged.repair:
            self._is_repairing = True
            for subscriber, demand in zip(subscribers, demands, strict=True):
                if demand.repair:
                    subscriber.notify(RepairBegun())
        self._set(merged)

    def end_repair(self) -> None:
        """The publisher has finished the repair, or another one has replaced it."""
        self._is_repairing = False
        self.notify(RepairDone())

    def notify(self, notice: Notice) -> None:
        """Notify all subscribers except those that leave meanwhile."""
        for subscriber in self.now():
            if subscriber in self._subscribers:
                subscriber.notify(notice)

    def _keep_or_find(
        self, last: Subscriber | None, test: Callable[[Demand], bool]
    ) -> Subscriber | None:
        """`last` if it still passes the test, otherwise the first subscriber that does."""
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
