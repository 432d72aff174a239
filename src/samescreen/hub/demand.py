"""What one subscriber wants of a stream, and what all of them together want. Pure; any thread.

`merge` is the only rule by which one subscriber's wish meets another's. It is a least upper bound:
the order of the demands and their number do not matter, and nothing that one subscriber wants is
lowered by another. So a slow subscriber, who wants less, changes nothing for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.media import Damage, Rendition


@dataclass(frozen=True, slots=True)
class Demand:
    """The default is that of a subscriber who wants nothing now.

    `renditions`: to be encoded. `keyframes`: of which a packet that stands alone is needed now.
    `targets`: what a video rendition may cost at most; one that is not named may cost as much as
    its publisher allows. `stills`: the same for the jpeg rendition. `paused`: no room for another
    picture. `refine`: room for pieces of what rests. `repair`: the area of pieces that were lost.
    """

    renditions: frozenset[Rendition] = frozenset()
    keyframes: frozenset[Rendition] = frozenset()
    targets: Mapping[Rendition, RateTarget] = field(default_factory=dict)
    stills: StillTarget | None = None
    paused: bool = True
    refine: bool = False
    repair: Damage = Damage.NONE

    def lasting(self) -> Demand:
        """The same without what is answered once: keyframes and repairs."""
        if not self.keyframes and not self.repair:
            return self
        return replace(self, keyframes=frozenset(), repair=Damage.NONE)


IDLE: Final = Demand()


def merge(demands: Iterable[Demand]) -> Demand:
    """What all of them want together; of none, nothing."""
    merged = IDLE
    for demand in {id(each): each for each in demands}.values():
        merged = joined(merged, demand)
    return merged


def joined(one: Demand, other: Demand) -> Demand:
    """What both want together."""
    if one is other or other is IDLE:
        return one
    return Demand(
        renditions=one.renditions | other.renditions,
        keyframes=one.keyframes | other.keyframes,
        targets=_highest(one.targets, other.targets),
        stills=_best(one.stills, other.stills),
        paused=one.paused and other.paused,
        refine=one.refine or other.refine,
        repair=one.repair | other.repair,
    )


def _highest(
    one: Mapping[Rendition, RateTarget], other: Mapping[Rendition, RateTarget]
) -> Mapping[Rendition, RateTarget]:
    if not one or not other:
        return one or other
    highest = dict(one)
    for rendition, target in other.items():
        mine = highest.get(rendition, target)
        highest[rendition] = RateTarget(
            max(mine.bitrate_bps, target.bitrate_bps), max(mine.fps, target.fps)
        )
    return highest


def _best(one: StillTarget | None, other: StillTarget | None) -> StillTarget | None:
    if one is None or other is None:
        return one or other
    return StillTarget(max(one.quality, other.quality), max(one.fps, other.fps))
