"""How fast a publisher may send: token buckets that refuse. Pure: time is an argument."""

from __future__ import annotations

from typing import Final

from samescreen.flow.token_bucket import TokenBucket

from .profiles import RateBounds
from .refusal import Reason, Unfit

_LEAST_AT_ONCE: Final = 4
_FAULTS_PER_S: Final = 0.2
_FAULTS_AT_ONCE: Final = 4


class Allowed:
    """So much a second on average, and a second's worth or `at_once` in one moment."""

    __slots__ = ("_bucket", "_what")

    def __init__(self, what: str, per_second: float, now_us: int, at_once: float = 0) -> None:
        self._what = f"more than {per_second:g} {what} a second"
        self._bucket = TokenBucket(per_second, max(per_second, at_once), now_us)

    def spend(self, amount: float, now_us: int) -> None:
        """Count this. Raises Unfit: there was too much before, and then it is not counted."""
        if self._bucket.wait_us(now_us):
            raise Unfit(Reason.TOO_FAST, self._what)
        self._bucket.spend(amount, now_us)


class Intake:
    """All messages of one connection: how large, how many, how many bytes."""

    def __init__(self, rates: RateBounds, now_us: int) -> None:
        self._most_bytes = rates.message_bytes
        self._messages = Allowed("messages", rates.messages, now_us)
        self._bytes = Allowed("bytes", rates.bytes, now_us)

    def count(self, size_bytes: int, now_us: int) -> None:
        """One more message. Raises Unfit."""
        if size_bytes > self._most_bytes:
            raise Unfit(Reason.TOO_LARGE, f"{size_bytes} bytes, at most {self._most_bytes}")
        self._messages.spend(1, now_us)
        self._bytes.spend(size_bytes, now_us)


class PictureRates:
    """The pictures of one rendition: what decoding them costs, keyframes, new configurations."""

    def __init__(self, rates: RateBounds, now_us: int) -> None:
        self._macroblocks = Allowed("macroblocks", rates.macroblocks, now_us)
        self._keyframes = Allowed("keyframes", rates.keyframes, now_us, 2 * _LEAST_AT_ONCE)
        self._changes = Allowed("configurations", rates.changes, now_us, _LEAST_AT_ONCE)

    def change(self, now_us: int) -> None:
        """A new configuration. Raises Unfit."""
        self._changes.spend(1, now_us)

    def picture(self, macroblocks: int, now_us: int, *, is_keyframe: bool) -> None:
        """A picture. Raises Unfit."""
        if is_keyframe:
            self._keyframes.spend(1, now_us)
        self._macroblocks.spend(macroblocks, now_us)


class Patience:
    """How many faults of a track are repaired before it ends."""

    def __init__(self, now_us: int) -> None:
        self._faults = TokenBucket(_FAULTS_PER_S, _FAULTS_AT_ONCE, now_us)

    def is_over(self, now_us: int) -> bool:
        """One more fault; whether that is one too many."""
        self._faults.spend(1, now_us)
        return self._faults.wait_us(now_us) > 0
