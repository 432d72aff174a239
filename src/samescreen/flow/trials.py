"""When to try again what has failed: the wait that the controllers of this folder share. Pure.

A controller has a safe side (a lower bitrate, a capped encoder, a near search, the low rendition)
and a better side that may be too much. To go to the better side is a trial. A trial that fails
doubles the wait before the next one: binary exponential back-off, as in Ethernet and in TCP's
timer. So under a load that does not change, the trials become rare. After a bad time, the next
trial comes at the latest when as much time again has passed, or after the longest wait.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a controller waits before a trial, in µs.

    `first_us` and `longest_us` bound the wait. A trial failed if it ended within
    `failed_within_us`, or sooner than the wait before it lasted. The second rule ends loops with
    content that comes and goes: the wait doubles until it is longer than each calm time.
    """

    first_us: int
    longest_us: int
    failed_within_us: int


class Trials:
    """The wait before the next trial, from how the trials before it ended."""

    __slots__ = ("_backoff", "_began_us", "wait_us")

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._began_us: int | None = None
        self.wait_us = backoff.first_us
        """How long the controller must be calm before the next trial."""

    @property
    def is_under_way(self) -> bool:
        """Whether the controller is on the better side because of a trial."""
        return self._began_us is not None

    def begin(self, now_us: int) -> None:
        """Go to the better side; a step further within a trial begins no other one."""
        if self._began_us is None:
            self._began_us = now_us

    def end(self, now_us: int) -> bool:
        """Return to the safe side; True if a trial was under way and has failed."""
        began_us, self._began_us = self._began_us, None
        first_us = self._backoff.first_us
        if began_us is None:
            return False
        has_failed = now_us - began_us < max(self._backoff.failed_within_us, self.wait_us)
        doubled_us = min(2 * max(self.wait_us, first_us), self._backoff.longest_us)
        self.wait_us = doubled_us if has_failed else first_us
        return has_failed
