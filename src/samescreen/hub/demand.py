"""What a stream wants of its publisher. A value; any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from samescreen.flow.rate import Aim
from samescreen.flow.stills import StillAim
from samescreen.media import NOTHING, Damage, Rendition


@dataclass(frozen=True, slots=True)
class Demand:
    """What the loop wants of the track.

    `renditions`: what somebody watches. `asked`: of which a packet that stands alone is needed
    now. `held`: nobody has room, do not grab. `aims`: what each video rendition may cost. `stills`:
    what the jpeg rendition may, None: nobody has said. `refines`: somebody has room for pieces of
    what rests; `missed`: where somebody has missed some.
    """

    aims: Mapping[Rendition, Aim]
    renditions: frozenset[Rendition] = frozenset()
    asked: frozenset[Rendition] = frozenset()
    held: bool = False
    stopped: bool = False
    stills: StillAim | None = None
    refines: bool = False
    missed: Damage = NOTHING
