"""The only two crossings between a track's thread and the event loop.

Up, the thread posts events, which reach one callback on the loop in order. Down, the loop sets a
demand, of which only the newest counts. Both are bounded: when more than a few packets wait for
the loop, the bridge drops packets. Every viewer notices the gap in the sequence numbers and waits
for the next keyframe.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Final

from samescreen.clock import clock_us
from samescreen.flow.rate import RateTarget, ceilings
from samescreen.hub.demand import Demand
from samescreen.hub.events import CursorState, TrackEvent
from samescreen.media import Packet, PacketKind

MAX_WAITING: Final = 8


class ThreadBridge:
    """Connects one track's thread with the event loop.

    The bridge calls `deliver` on the loop, and the loop calls `set_demand` and `stop`. The thread
    calls all other methods. `ceiling` limits the targets of every demand.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        deliver: Callable[[TrackEvent], None],
        ceiling: RateTarget,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._loop = loop
        self._max_waiting = max_waiting
        self._deliver = deliver
        self._ceilings = ceilings(ceiling)
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._demand = Demand(targets=self._ceilings)
        self._is_stopped = False
        self._waiting: deque[TrackEvent] = deque()
        self._posted_us: int | None = None
        """When the thread posted the oldest waiting event; None: no event waits."""
        self.dropped = 0
        self._wake: Callable[[], None] = lambda: None
        self._lag = _LoopLag()  # the loop's alone

    def connect(self, wake: Callable[[], None]) -> None:
        """Called by the track: `wake` interrupts its wait for a picture."""
        self._wake = wake

    @property
    def loop_lag_us(self) -> int:
        """How long events lately waited for the loop; fades as time passes."""
        return self._lag.lag_us

    # Down: called on the loop.

    def set_demand(self, demand: Demand) -> None:
        """Replace the demand; keyframes and repairs that the thread has not taken yet are kept."""
        targets = {
            rendition: demand.targets.get(rendition, ceiling).within(ceiling)
            for rendition, ceiling in self._ceilings.items()
        }
        with self._changed:
            waiting = self._demand
            wanted = replace(
                demand,
                targets=targets,
                keyframes=demand.keyframes | waiting.keyframes,
                repair=demand.repair | waiting.repair,
                sketch=demand.sketch or waiting.sketch,
                still_bytes=max(demand.still_bytes, waiting.still_bytes),
            )
            if wanted == waiting:
                return
            self._demand = wanted
            self._changed.notify()
        self._wake()

    def stop(self) -> None:
        """End the track."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
        self._wake()

    # Down: called on the thread.

    @property
    def is_stopped(self) -> bool:
        """The track must end."""
        return self._is_stopped

    def take(self) -> Demand:
        """The current demand; its keyframes and repairs are handed out once."""
        with self._changed:
            demand = self._demand
            self._demand = demand.lasting()
            return demand

    def wait(self, timeout_s: float, *, until_wanted: bool = True) -> None:
        """Sleep until the timeout, the stop, or (with `until_wanted`) a demand for renditions."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_stopped or (until_wanted and bool(self._demand.renditions)),
                timeout_s,
            )

    def wait_while_paused(
        self, timeout_s: float, is_done: Callable[[], bool] = lambda: False
    ) -> None:
        """Sleep until a viewer has room or needs a keyframe, the timeout, or the stop.

        Also until `is_done`, which changes before a call of `nudge`.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    not self._demand.paused
                    or self._demand.keyframes
                    or self._is_stopped
                    or is_done()
                ),
                timeout_s,
            )

    def nudge(self) -> None:
        """End the thread's wait: work that it gave away is done. Any thread."""
        with self._changed:
            self._changed.notify()
        self._wake()

    # Up: called on the thread.

    def is_clear(self) -> bool:
        """No event waits for the loop."""
        with self._changed:
            return not self._waiting

    def post(self, event: TrackEvent) -> None:
        """Hand an event to the loop; never waits."""
        with self._changed:
            if isinstance(event, Packet) and len(self._waiting) >= self._max_waiting:
                self._drop_packets()
            self._waiting.append(event)
            if not self._must_call():
                return
        self._call()

    def post_cursor(self, cursor: CursorState) -> None:
        """Hand over where the cursor is now, in place of a state that still waits. Any thread.

        It never waits behind packets: the loop takes it first.
        """
        with self._changed:
            if self._waiting and isinstance(self._waiting[0], CursorState):
                self._waiting.popleft()
            self._waiting.appendleft(cursor)
            if not self._must_call():
                return
        self._call()

    def _must_call(self) -> bool:
        """Whether the loop has not been called yet for what waits."""
        if self._posted_us is not None:
            return False
        self._posted_us = clock_us()
        return True

    def _call(self) -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody listens any more
            self._loop.call_soon_threadsafe(self._drain)

    def _drop_packets(self) -> None:
        """Drop all packets except the newest still, on which the next keyframe builds.

        That still also covers the damage of the dropped stills.
        """
        packets = [event for event in self._waiting if isinstance(event, Packet)]
        stills = [packet for packet in packets if packet.kind is PacketKind.STILL]
        kept: deque[TrackEvent] = deque()
        for event in self._waiting:
            if not isinstance(event, Packet):
                kept.append(event)
            elif stills and event is stills[-1]:
                kept.append(replace(event, damage=reduce(or_, (s.damage for s in stills))))
        self.dropped += len(self._waiting) - len(kept)
        self._waiting = kept

    def _drain(self) -> None:
        with self._changed:
            events, self._waiting = self._waiting, deque()
            posted_us, self._posted_us = self._posted_us, None
        now_us = clock_us()
        self._lag.measured(now_us - (posted_us or now_us), now_us)
        for event in events:
            if self._is_stopped:
                return  # the source has ended; its last events concern nobody
            self._deliver(event)


class _LoopLag:
    """Measures how long events wait for the loop."""

    def __init__(self) -> None:
        self.lag_us = 0
        self._measured_us = 0

    def measured(self, waited_us: int, now_us: int) -> None:
        """Add a measurement; older ones fade by one microsecond per microsecond."""
        faded_us = self.lag_us - (now_us - self._measured_us)
        self.lag_us, self._measured_us = max(waited_us, faded_us), now_us
