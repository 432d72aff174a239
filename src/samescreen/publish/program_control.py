"""Input for pictures that a Python program shows: the program gets it, and no desktop.

Event loop. It calls `deliver` in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from samescreen.clock import clock_us
from samescreen.control.events import At, Mark, Order, Room
from samescreen.control.news import Applied, News
from samescreen.control.program_input import InputReader, ProgramEvent


class ProgramControl:
    """Delivers what viewers do to the stream of that name."""

    fits = False

    def __init__(self, stream: str, deliver: Callable[[ProgramEvent], None]) -> None:
        self._reader = InputReader(stream)
        self._deliver = deliver
        self._report: Callable[[News], None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, report: Callable[[News], None]) -> None:
        """Take input from now on."""
        self._report = report

    def put(self, events: Sequence[Order]) -> bool:
        """Deliver these, in order."""
        now_us = clock_us()
        for order in events:
            if isinstance(order, Mark):
                if self._report is not None:
                    self._report(Applied(order.sequence, now_us))
            elif not isinstance(order, At | Room):
                self._hand_on(self._reader.read(order, now_us))
        self._watch_lease()
        return True

    def end(self) -> None:
        """Let go everything that is held, and take no more input."""
        self._report = None
        self._hand_on(self._reader.release())
        self._watch_lease()

    cut = end

    def _hand_on(self, events: Sequence[ProgramEvent]) -> None:
        for event in events:
            self._deliver(event)

    def _watch_lease(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_us = self._reader.due_us
        if due_us is not None:
            wait_s = max(0, due_us - clock_us()) / 1e6
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._lapse)

    def _lapse(self) -> None:
        self._timer = None
        self._hand_on(self._reader.lapse(clock_us()))
        self._watch_lease()
