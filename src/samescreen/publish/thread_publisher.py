"""A publisher whose track runs on a thread of this process. Event loop; encodes nothing itself."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from samescreen.flow.rate import RateTarget
from samescreen.hub.demand import IDLE, Demand
from samescreen.hub.events import TrackEvent
from samescreen.hub.publisher import ClipboardSink, ControlSink, MediaTrack

from .bridge import MAX_WAITING, ThreadBridge
from .track_thread import TrackThread

_log = logging.getLogger(__name__)

END_S: Final = 1.0
_POLL_S: Final = 0.005


class ThreadPublisher(ABC):
    """Publishes `track`, which costs at most `ceiling`.

    `max_waiting`: the bridge drops packets when more than this many wait for the event loop.
    """

    control: ControlSink | None = None
    clipboard: ClipboardSink | None = None
    hosts: tuple[str, ...] = ()

    def __init__(
        self, track: MediaTrack, ceiling: RateTarget, max_waiting: int = MAX_WAITING
    ) -> None:
        self.tracks = (track,)
        self._ceiling = ceiling
        self._max_waiting = max_waiting
        self._demand = IDLE
        self._bridge: ThreadBridge | None = None
        self._thread: TrackThread | None = None

    @abstractmethod
    def _make_thread(self, bridge: ThreadBridge) -> TrackThread:
        """The thread that captures and encodes the track."""

    @property
    def loop_lag_us(self) -> int:
        """How long events lately waited for the event loop."""
        return self._bridge.loop_lag_us if self._bridge else 0

    @property
    def dropped(self) -> int:
        """Packets that never reached the hub because the event loop was blocked."""
        return self._bridge.dropped if self._bridge else 0

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Start the thread, which captures whenever there is a demand."""
        loop = asyncio.get_running_loop()
        self._bridge = ThreadBridge(loop, deliver, self._ceiling, self._max_waiting)
        self._bridge.set_demand(self._demand)
        self._thread = self._make_thread(self._bridge)
        self._thread.start()

    def set_demand(self, demand: Demand) -> None:
        """Encode this from now on; a demand before the start is kept until then."""
        if self._bridge is not None:
            self._bridge.set_demand(demand)
        else:
            kept = self._demand.keyframes | demand.keyframes
            self._demand = replace(demand, keyframes=kept)

    async def close(self) -> None:
        """End the thread, which closes its source; within `END_S`. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None or self._bridge is None:
            return
        self._bridge.stop()
        if not await _has_ended(thread):
            _log.error("the thread of %s did not end in time; leaving it behind", thread.subject)


async def _has_ended(thread: TrackThread) -> bool:
    """Whether a thread ends within `END_S`.

    Polls, because no thread to wait in can be started while the interpreter shuts down.
    """
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + END_S
    while not thread.join(0):
        if loop.time() > deadline_s:
            return False
        await asyncio.sleep(_POLL_S)
    return True
