"""When each picture of a recording is due on the host's clock. Pure."""

from __future__ import annotations

from typing import Final

PAUSE_US: Final = 30 * 3600 * 1_000_000
"""The longest pause that a file may hold; ffmpeg takes more than that for an error, too."""

JUMP_US: Final = 600_000_000
"""The same in formats whose timestamps may jump where recordings were joined (MPEG-TS, Ogg)."""

_LATE_US: Final = 500_000


class Timeline:
    """Counts on from picture to picture, over any number of passes."""

    def __init__(self) -> None:
        self.longest_us = PAUSE_US
        """A longer step between two timestamps is a jump, not a pause."""
        self._previous: tuple[int, int, int] | None = None
        self._is_seam = False

    def due_us(self, pts_us: int | None, lasts_us: int, now_us: int) -> int:
        """`pts_us`: as the file says; `lasts_us`: how long this picture stays, or one usually does.

        Never goes back. More than half a second late (nobody watched, the machine is too slow):
        goes on from now instead of chasing.
        """
        if self._previous is None:
            due_us = now_us
            pts_us = 0 if pts_us is None else pts_us
        else:
            last_pts_us, last_due_us, step_us = self._previous
            if pts_us is None:
                pts_us = last_pts_us + step_us
            elapsed_us = pts_us - last_pts_us
            if self._is_seam or not 0 <= elapsed_us <= self.longest_us:
                elapsed_us = step_us
            due_us = last_due_us + elapsed_us
            if now_us - due_us > _LATE_US:
                due_us = now_us
        self._previous, self._is_seam = (pts_us, due_us, lasts_us), False
        return due_us

    def seam(self) -> None:
        """The next picture is the first of another pass."""
        self._is_seam = True
