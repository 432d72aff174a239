"""When the next picture may be taken, and when a request is due. Pure."""

from __future__ import annotations


class Pace:
    """About `fps` pictures a second at most on average, with room for hiccups.

    The generic cell rate algorithm (ITU-T I.371, Annex A): a picture may come `early` (a share of
    the interval) as long as the average holds. So one that was late by less, since the machine
    was busy, does not make all that follow wait: with a screen that changes at just this rate
    they would wait for ever, for nobody catches up at 60 of 60. And the interval is shorter by a
    thousandth, since one screen's 60 Hz are another's 60.05.
    """

    __slots__ = ("_due_us", "_early", "_early_us", "_interval_us")

    def __init__(self, fps: int, *, early: float = 0.25) -> None:
        self._due_us = 0
        self._early = early
        self.at_most(fps)

    def at_most(self, fps: int) -> None:
        """From now on."""
        self._interval_us = 999_000 // fps
        self._early_us = int(self._interval_us * self._early)

    def wait_us(self, now_us: int) -> int:
        """How long to wait before the next picture; 0: now."""
        return max(0, self._due_us - self._early_us - now_us)

    def took(self, now_us: int) -> None:
        """A picture was taken."""
        self._due_us = max(self._due_us, now_us) + self._interval_us


class Allowance:
    """`at_once` in a row, and on average one each `every_us` (the same algorithm)."""

    __slots__ = ("_due_us", "_early_us", "_every_us")

    def __init__(self, at_once: int, every_us: int) -> None:
        self._due_us = 0
        self._early_us = (at_once - 1) * every_us
        self._every_us = every_us

    def wait_us(self, now_us: int) -> int:
        """How long to wait before the next one; 0: now."""
        return max(0, self._due_us - self._early_us - now_us)

    def take(self, now_us: int) -> None:
        """One was used."""
        self._due_us = max(self._due_us, now_us) + self._every_us


class Coalescer:
    """Many requests, one answer, at most one per `spacing_us`; the first one at once.

    `allowance`: how many answers there may be in the long run; None: as the spacing lets.
    """

    __slots__ = ("_allowance", "_answered_us", "_asked", "_spacing_us")

    def __init__(self, spacing_us: int, allowance: Allowance | None = None) -> None:
        self._spacing_us = spacing_us
        self._allowance = allowance
        self._asked = False
        self._answered_us: int | None = None

    def ask(self) -> None:
        """Somebody wants an answer."""
        self._asked = True

    @property
    def is_asked(self) -> bool:
        """Somebody waits for an answer."""
        return self._asked

    def due_us(self, now_us: int) -> int | None:
        """How long until the answer is due (0: now); None when nobody asks."""
        if not self._asked:
            return None
        if self._answered_us is None:
            return 0
        allowed_us = self._allowance.wait_us(now_us) if self._allowance else 0
        return max(allowed_us, self._answered_us + self._spacing_us - now_us)

    def is_due(self, now_us: int) -> bool:
        """Whether to answer now."""
        return self.due_us(now_us) == 0

    def answered(self, now_us: int) -> None:
        """All who asked have their answer."""
        if self._asked and self._allowance:
            self._allowance.take(now_us)
        self._asked = False
        self._answered_us = now_us
