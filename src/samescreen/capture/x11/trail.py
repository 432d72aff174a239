"""Where hidden windows are and were a moment ago: the holes of a picture. Pure.

A window's pixels stay on the screen after it has moved or closed, until the programs below it, or
the compositor, have painted the place again. So a place stays a hole for a while. Times are the
monotonic clock's, in µs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samescreen.media import Region, hull

NEVER_US: Final = 2**62
_STEP_US: Final = 50_000
"""Places that a window left within this time are joined: a hole may be too large."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A region of the root window to be painted out: a place of the root window's child `xid`."""

    xid: int
    region: Region


@dataclass(frozen=True, slots=True)
class _Left:
    """A place, until when it is a hole, and until when the first place in it would have been."""

    region: Region
    until_us: int
    first_us: int


class Trail:
    """The places that hidden windows have left, each until a time of its own."""

    def __init__(self) -> None:
        self._left: dict[int, list[_Left]] = {}

    def leave(self, xid: int, region: Region, until_us: int) -> None:
        """Note that the window's pixels may be seen in `region` until then."""
        places = self._left.setdefault(xid, [])
        if places and until_us - places[-1].first_us < _STEP_US:
            last = places.pop()
            joined = hull((last.region, region))
            places.append(_Left(joined, max(until_us, last.until_us), last.first_us))
        else:
            places.append(_Left(region, until_us, until_us))

    def expire(self, now_us: int) -> None:
        """Forget the places whose time has passed."""
        if now_us < self.due_us:
            return
        for xid, places in list(self._left.items()):
            kept = [each for each in places if each.until_us > now_us]
            if kept:
                self._left[xid] = kept
            else:
                del self._left[xid]

    @property
    def holes(self) -> frozenset[Hole]:
        """All places that are still to be painted out."""
        return frozenset(
            Hole(xid, each.region) for xid, places in self._left.items() for each in places
        )

    @property
    def due_us(self) -> int:
        """When the next place is to be forgotten."""
        times = (each.until_us for places in self._left.values() for each in places)
        return min(times, default=NEVER_US)
