"""When the track may take the next picture, and when a request is due an answer. Pure."""

from __future__ import annotations


class Pace:
    """At most about `fps` pictures a second on average, with tolerance for jitter.

    This is the generic cell rate algorithm (ITU-T I.371, Annex A): a picture may come early by a
    share `early` of the interval as long as the average holds. Without that tolerance, one picture
    that a busy machine delayed would delay all that follow, because a source running at exactly
    the limit never regains lost time. The interval is a thousandth shorter than 1/`fps`, since one
    screen's 60 Hz is another's 60.05 Hz.
    """

    __slots__ = ("_due_us", "_early", "_early_us", "_interval_us")

    def __init__(self, fps: int, *, early: float = 0.25) -> None:
        self._due_us = 0
        self._early = early
        self.set_fps(fps)

    def set_fps(self, fps: int) -> None:
        """Change the limit."""
        self._interval_us = 999_000 // fps
        self._early_us = int(self._interval_us * self._early)

    def wait_us(self, now_us: int) -> int:
        """Microseconds until the next picture may be taken; 0: now."""
        return max(0, self._due_us - self._early_us - now_us)

    def took(self, now_us: int) -> None:
        """Record that a picture was taken."""
        self._due_us = max(self._due_us, now_us) + self._interval_us


class Allowance:
    """Up to `at_once` uses in a row, and one each `every_us` on average (the same algorithm)."""

    __slots__ = ("_due_us", "_early_us", "_every_us")

    def __init__(self, at_once: int, every_us: int) -> None:
        self._due_us = 0
        self._early_us = (at_once - 1) * every_us
        self._every_us = every_us

    def wait_us(self, now_us: int) -> int:
        """Microseconds until the next use is allowed; 0: now."""
        return max(0, self._due_us - self._early_us - now_us)

    def take(self, now_us: int) -> None:
        """Record one use."""
        self._due_us = max(self._due_us, now_us) + self._every_us


class Coalescer:
    """Gives many requests one answer, at most one each `spacing_us`. The first is due at once.

    `allowance` limits the answers in the long run; None: only the spacing does.
    """

    __slots__ = ("_allowance", "_answered_us", "_is_requested", "_spacing_us")

    def __init__(self, spacing_us: int, allowance: Allowance | None = None) -> None:
        self._spacing_us = spacing_us
        self._allowance = allowance
        self._is_requested = False
        self._answered_us: int | None = None

    def request(self) -> None:
        """Record a request."""
        self._is_requested = True

    @property
    def is_requested(self) -> bool:
        """Whether a request waits for an answer."""
        return self._is_requested

    def due_us(self, now_us: int) -> int | None:
        """Microseconds until the answer is due (0: now); None without a request."""
        if not self._is_requested:
            return None
        if self._answered_us is None:
            return 0
        allowed_us = self._allowance.wait_us(now_us) if self._allowance else 0
        return max(allowed_us, self._answered_us + self._spacing_us - now_us)

    def is_due(self, now_us: int) -> bool:
        """Whether to answer now."""
        return self.due_us(now_us) == 0

    def answered(self, now_us: int) -> None:
        """Record an answer to all requests so far."""
        if self._is_requested and self._allowance:
            self._allowance.take(now_us)
        self._is_requested = False
        self._answered_us = now_us
