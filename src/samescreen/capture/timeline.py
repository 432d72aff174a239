"""When each picture of a recording is due on the host's clock. Pure."""

from __future__ import annotations

from typing import Final

PAUSE_US: Final = 30 * 3600 * 1_000_000
"""The longest pause between two pictures of a file; ffmpeg too treats a longer one as an error."""

JUMP_US: Final = 600_000_000
"""The same for formats whose timestamps jump where recordings were joined (MPEG-TS, Ogg)."""

_LATE_US: Final = 500_000


class Timeline:
    """Turns a recording's timestamps into due times, over any number of passes through it."""

    def __init__(self) -> None:
        self.longest_us = PAUSE_US
        """A longer step between two timestamps is a jump, not a pause."""
        self._previous: tuple[int, int, int] | None = None
        self._is_loop_point = False

    def due_us(self, pts_us: int | None, lasts_us: int, now_us: int) -> int:
        """When the next picture is due.

        `pts_us` is its timestamp in the file; `lasts_us` is how long it is shown, or how long a
        picture usually is. Due times never decrease. When a picture would be more than half a
        second late (nobody watched, or the machine is too slow), it is due now and the later ones
        follow from there: lost time is not made up.
        """
        if self._previous is None:
            due_us = now_us
            pts_us = 0 if pts_us is None else pts_us
        else:
            last_pts_us, last_due_us, step_us = self._previous
            if pts_us is None:
                pts_us = last_pts_us + step_us
            elapsed_us = pts_us - last_pts_us
            if self._is_loop_point or not 0 <= elapsed_us <= self.longest_us:
                elapsed_us = step_us
            due_us = last_due_us + elapsed_us
            if now_us - due_us > _LATE_US:
                due_us = now_us
        self._previous, self._is_loop_point = (pts_us, due_us, lasts_us), False
        return due_us

    def loop_point(self) -> None:
        """Note that the next picture is the first of another pass."""
        self._is_loop_point = True
