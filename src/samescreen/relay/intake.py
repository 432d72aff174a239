"""How fast a relay's texts are read: what is too much waits at the relay. Pure."""

from __future__ import annotations

from typing import Final

from samescreen.flow.token_bucket import TokenBucket

_TEXTS_PER_S: Final = 3_000
"""As many as a relay takes of a host."""
_BYTES_PER_S: Final = 2_000_000
_BYTES_AT_ONCE: Final = 4_000_000
"""A clip has 1 MiB, and a third more in base64."""


class Intake:
    """Counts the texts of one connection."""

    __slots__ = ("_bytes", "_texts", "waits")

    def __init__(self, now_us: int) -> None:
        self.waits = 0
        """How often the next text had to wait."""
        self._texts = TokenBucket(_TEXTS_PER_S, _TEXTS_PER_S, now_us)
        self._bytes = TokenBucket(_BYTES_PER_S, _BYTES_AT_ONCE, now_us)

    def count(self, size_bytes: int, now_us: int) -> int:
        """One more text came. Microseconds until the next one may be read."""
        self._texts.spend(1, now_us)
        self._bytes.spend(size_bytes, now_us)
        wait_us = max(self._texts.wait_us(now_us), self._bytes.wait_us(now_us))
        self.waits += wait_us > 0
        return wait_us
