"""The limits that the host puts on a stream while it shares. Pure; any thread.

No subscriber sets them: they apply to what all of them demand together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget

from .demand import Demand, limited
from .publisher import MediaTrack


@dataclass(frozen=True, slots=True)
class Held:
    """`rate`: the highest frame rate and bitrate. `quality`: 1…100. None: as at the start."""

    rate: RateTarget | None = None
    quality: int | None = None

    def of(self, demand: Demand, track: MediaTrack) -> Demand:
        """The same demand within these limits, for a publisher of this track."""
        if self.rate is not None:
            demand = limited(demand, self.rate, track.targets)
        if self.quality is not None:
            stills = _stills_of(self.quality, demand.stills, track.stills)
            demand = replace(demand, quality=self.quality, stills=stills)
        return demand


NOT_HELD: Final = Held()


def _stills_of(
    quality: int, wanted: StillTarget | None, best: StillTarget | None
) -> StillTarget | None:
    """Stills of this quality, unless the viewers' links have lowered theirs further."""
    if wanted is None or best is None:
        return wanted
    asked = StillTarget.within(quality, wanted.fps).quality
    is_lowered = wanted.quality < best.quality
    return replace(wanted, quality=min(wanted.quality, asked) if is_lowered else asked)
