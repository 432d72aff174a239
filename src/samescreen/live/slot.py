"""The only two crossings between a track's thread and the event loop.

Up: events, in order, to one callback on the loop. Down: wishes, of which only the newest count.
Both are bounded. When the loop is held up for longer than a handful of packets, packets are
thrown away here; the gap in their sequence then gates every viewer until the next keyframe.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.flow.rate import Aim, ceilings
from samescreen.flow.stills import StillAim
from samescreen.labels import sentence
from samescreen.media import Damage, Packet, PacketKind, Rendition, TrackConfig
from samescreen.wire.messages import StatusReason, StatusState

MAX_WAITING: Final = 8


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What became of the source; `detail` is a sentence, or what is shown."""

    state: StatusState
    reason: StatusReason
    detail: str
    backend: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make fit to be shown what files, devices, windows and servers say."""
        object.__setattr__(self, "detail", sentence(self.detail))
        object.__setattr__(self, "backend", sentence(self.backend))
        object.__setattr__(self, "notes", tuple(map(sentence, self.notes)))


@dataclass(frozen=True, slots=True)
class TrackStats:
    """What the track did in its last second."""

    captured_fps: float
    encoded_fps: float
    bitrate_bps: int
    encode_us: int
    encoder: str
    main_bps: int = 0
    """Of the bitrate, the main rendition's part."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the picture that rests, exact. `is_repeat`: only for those that missed it."""

    packet: Packet
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class RoundOver:
    """All pieces that viewers said they missed have been posted, or are of the past."""


TrackEvent = Packet | Piece | RoundOver | TrackConfig | SourceStatus | TrackStats


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the loop wants of the track.

    `renditions`: what somebody watches. `asked`: of which a packet that stands alone is needed
    now. `held`: nobody has room, do not grab. `aims`: what each video rendition may cost. `stills`:
    what the jpeg rendition may, None: nobody has said. `refines`: somebody has room for pieces of
    what rests; `missed`: where somebody has missed some.
    """

    aims: Mapping[Rendition, Aim]
    renditions: frozenset[Rendition] = frozenset()
    asked: frozenset[Rendition] = frozenset()
    held: bool = False
    stopped: bool = False
    stills: StillAim | None = None
    refines: bool = False
    missed: Damage = Damage.NONE


class Slot:
    """Between one track's thread and the loop that made it.

    Loop: `deliver` is called on it; `wish_*` and `stop` are for it. Thread: `post`, `take`, `wait`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        deliver: Callable[[TrackEvent], None],
        ceiling: Aim,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._loop = loop
        self._max_waiting = max_waiting
        self._deliver = deliver
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._wishes = Wishes(ceilings(ceiling))
        self._waiting: deque[TrackEvent] = deque()
        self._is_scheduled = False
        self._posted_us = 0
        self.thrown_away = 0
        self._wake: Callable[[], None] = lambda: None
        # The loop's alone:
        self._drained_us = 0
        self.held_up_us = 0
        """How long events have waited for the loop lately; fades as time passes."""

    def connect(self, wake: Callable[[], None]) -> None:
        """Called by the track: `wake` ends its wait for a picture."""
        self._wake = wake

    # Down: called on the loop.

    def wish_renditions(self, renditions: frozenset[Rendition]) -> None:
        """Which renditions somebody watches; none: nothing is grabbed or encoded."""
        self._wish(renditions=renditions)

    def ask(self, *renditions: Rendition) -> None:
        """Somebody needs a packet of each of these that stands alone."""
        self._wish(asked=self._wishes.asked.union(renditions))

    def hold(self, held: bool) -> None:
        """Whether nobody has room for another picture."""
        if held != self._wishes.held:
            self._wish(held=held)

    @property
    def renditions(self) -> frozenset[Rendition]:
        """Which of them are wished for."""
        return self._wishes.renditions

    @property
    def is_held(self) -> bool:
        """Whether the track waits for room."""
        return self._wishes.held

    def wish_aims(self, aims: Mapping[Rendition, Aim]) -> None:
        """What each video rendition may cost from now on."""
        self._wish(aims=aims)

    def wish_stills(self, aim: StillAim) -> None:
        """What the jpeg rendition may cost from now on."""
        self._wish(stills=aim)

    def refine(self, *, refines: bool) -> None:
        """Whether somebody has room for pieces of what rests."""
        if refines != self._wishes.refines:
            self._wish(refines=refines)

    @property
    def refines(self) -> bool:
        """Whether pieces are wished for."""
        return self._wishes.refines

    def ask_again(self, missed: Damage) -> None:
        """Somebody missed pieces here; `RoundOver` is posted once they were made again."""
        self._wish(missed=self._wishes.missed | missed, refines=True)

    def stop(self) -> None:
        """End the track."""
        self._wish(stopped=True)

    def _wish(self, **changes: Any) -> None:
        with self._changed:
            wishes = replace(self._wishes, **changes)
            if wishes == self._wishes:
                return
            self._wishes = wishes
            self._changed.notify()
        self._wake()

    # Down: called on the thread.

    def take(self) -> Wishes:
        """The wishes now; what asks for one answer is taken away."""
        with self._changed:
            wishes = self._wishes
            self._wishes = replace(wishes, asked=frozenset(), missed=Damage.NONE)
            return wishes

    def wait(self, timeout_s: float, *, until_wanted: bool = True) -> None:
        """Sleep for so long, or until stopped, or (with `until_wanted`) until somebody watches."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._wishes.stopped or (until_wanted and bool(self._wishes.renditions)),
                timeout_s,
            )

    def wait_while_held(self, timeout_s: float) -> None:
        """Sleep until somebody has room or asks, or stop."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._wishes.held or self._wishes.asked or self._wishes.stopped,
                timeout_s,
            )

    # Up: called on the thread.

    def is_clear(self) -> bool:
        """Nothing waits for the loop."""
        with self._changed:
            return not self._waiting

    def post(self, event: TrackEvent) -> None:
        """Hand an event to the loop; never waits."""
        with self._changed:
            if isinstance(event, Packet) and len(self._waiting) >= self._max_waiting:
                self._throw_away()
            self._waiting.append(event)
            if self._is_scheduled:
                return
            self._is_scheduled = True
            self._posted_us = clock_us()
        with suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(self._drain)

    def _throw_away(self) -> None:
        """Drop the packets, but for the newest still: the next keyframe counts on it.

        It paints what those before it would have painted.
        """
        packets = [event for event in self._waiting if isinstance(event, Packet)]
        stills = [packet for packet in packets if packet.kind is PacketKind.STILL]
        kept: deque[TrackEvent] = deque()
        for event in self._waiting:
            if not isinstance(event, Packet):
                kept.append(event)
            elif stills and event is stills[-1]:
                kept.append(replace(event, damage=reduce(or_, (s.damage for s in stills))))
        self.thrown_away += len(self._waiting) - len(kept)
        self._waiting = kept

    def _drain(self) -> None:
        with self._changed:
            events, self._waiting = self._waiting, deque()
            self._is_scheduled = False
            posted_us = self._posted_us
        now_us = clock_us()
        faded_us = self.held_up_us - (now_us - self._drained_us)
        self.held_up_us, self._drained_us = max(now_us - posted_us, faded_us), now_us
        for event in events:
            self._deliver(event)
