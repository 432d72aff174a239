"""When to grab the next picture while the one before is being encoded. Pure.

Two stages run at once: grabbing picture n+1, and encoding picture n. A grab that begins too early
gives an old picture; one that begins too late lets the encoder wait. So it begins when it is
expected to end together with the encoding. Both durations are predicted from the last five: the
second shortest encoding and the second longest grab, so that a picture is rather a little early,
and one odd duration changes nothing.

When encoding takes longer (E ≥ G), the encoder never waits: 1/E pictures a second, and a picture is
G + E old when it is encoded, as if the stages ran one after the other. When grabbing takes longer,
grabs follow each other without a gap: 1/G pictures a second.
"""

from __future__ import annotations

from collections import deque
from typing import Final

_REMEMBERED: Final = 5
STALE_US: Final = 16_000
"""A picture that waited longer than this for the encoder may be grabbed again: about 1/60 s."""


class Lead:
    """Learns how long the two stages take. Times are microseconds of one monotonic clock."""

    def __init__(self) -> None:
        self._grabs_us: deque[int] = deque(maxlen=_REMEMBERED)
        self._encodings_us: deque[int] = deque(maxlen=_REMEMBERED)
        self._handed_us: int | None = None

    def grabbed(self, took_us: int) -> None:
        """A grab took this long, from the change being known."""
        self._grabs_us.append(took_us)

    def handed(self, now_us: int) -> int:
        """The encoder gets a picture now; returns when to begin the next grab."""
        self._handed_us = now_us
        return now_us + max(0, self._encoding_us - self._grab_us)

    def asked(self, now_us: int) -> None:
        """The encoder is ready for the next picture now; counts once for each picture."""
        if self._handed_us is not None:
            self._encodings_us.append(now_us - self._handed_us)
            self._handed_us = None

    def forget(self) -> None:
        """What comes next says nothing about the time between: the encoder was not at work."""
        self._handed_us = None

    def is_stale(self, ready_us: int, now_us: int) -> bool:
        """Whether a picture that was ready then is too old to be encoded now.

        To grab it again delays it. That is worth it after a pause, not when an encoding took
        longer than expected: the picture must have waited for longer than both stages take.
        """
        return now_us - ready_us > max(STALE_US, self._encoding_us + self._grab_us)

    @property
    def _encoding_us(self) -> int:
        return sorted(self._encodings_us)[:2][-1] if self._encodings_us else 0

    @property
    def _grab_us(self) -> int:
        return sorted(self._grabs_us)[-2:][0] if self._grabs_us else 0
