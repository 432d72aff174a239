"""What one subscriber demands of a stream, and what all of them demand together. Pure; any thread.

`merge` is the only rule that combines demands. It is a least upper bound: the order and the number
of demands do not matter, and no subscriber lowers what another one demands. So a slow subscriber,
which demands less, changes nothing for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Flag, auto
from functools import lru_cache
from typing import Final

from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.media import Damage, Rendition


class CursorNeed(Flag):
    """Where subscribers need the cursor."""

    NONE = 0
    APART = auto()
    """A subscriber draws the cursor itself, if the pictures are without it."""

    IN_PICTURE = auto()
    """Another one cannot, so the pictures must have it, for everybody."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What the publisher must make. The default demands nothing.

    `renditions`: which to encode. `keyframes`: the renditions that need a keyframe now.
    `targets`: the maximum cost of video renditions; the publisher's limit applies to the others.
    `stills`: the same for the jpeg rendition. `paused`: there is no room for another picture.
    `refine`: there is room for exact pieces. `repair`: the area of the exact pieces that were lost.
    `sketch`: a small still comes first, because the path to the subscriber is not known yet.
    `still_bytes`: the most bytes of the still that somebody needs now; 0: nobody needs one.
    `quality`: 1…100, in place of the publisher's own; the host sets it (`held.py`), no subscriber.
    `cursor`: where the cursor must be.
    `jpeg_only`: a subscriber reads stills as JPEG files only, and no PNG files.
    """

    renditions: frozenset[Rendition] = frozenset()
    keyframes: frozenset[Rendition] = frozenset()
    targets: Mapping[Rendition, RateTarget] = field(default_factory=dict)
    stills: StillTarget | None = None
    paused: bool = True
    refine: bool = False
    repair: Damage = Damage.NONE
    sketch: bool = False
    still_bytes: int = 0
    quality: int | None = None
    cursor: CursorNeed = CursorNeed.NONE
    jpeg_only: bool = False

    def lasting(self) -> Demand:
        """The demand without keyframes, sketches and repairs, which are answered once."""
        if not (self.keyframes or self.repair or self.sketch or self.still_bytes):
            return self
        none: frozenset[Rendition] = frozenset()
        return replace(self, keyframes=none, repair=Damage.NONE, sketch=False, still_bytes=0)


IDLE: Final = Demand()


@lru_cache(maxsize=128)
def viewer_demand(
    rendition: Rendition,
    paused: bool,
    refine: bool,
    sketch: bool,
    draws_cursor: bool,
    reads_png: bool,
) -> Demand:
    """What one page demands; `draws_cursor`: it draws the cursor where the pictures are without.

    One object for equal demands, so that merging those of hundreds of viewers is quick.
    """
    return Demand(
        frozenset((rendition,)),
        paused=paused,
        refine=refine,
        sketch=sketch,
        cursor=CursorNeed.APART if draws_cursor else CursorNeed.IN_PICTURE,
        jpeg_only=not reads_png,
    )


def merge(demands: Iterable[Demand]) -> Demand:
    """What all of these demand together; `IDLE` if there are none."""
    merged = IDLE
    for demand in {id(each): each for each in demands}.values():
        merged = joined(merged, demand)
    return merged


def joined(one: Demand, other: Demand) -> Demand:
    """What both demand together."""
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
        sketch=one.sketch or other.sketch,
        cursor=one.cursor | other.cursor,
        jpeg_only=one.jpeg_only or other.jpeg_only,
        still_bytes=max(one.still_bytes, other.still_bytes),
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


def limited(
    demand: Demand, limit: RateTarget, ceilings: Mapping[Rendition, RateTarget]
) -> Demand:
    """The same demand with no video rendition above `limit`, and no more stills a second.

    `ceilings`: the most that the publisher can make of each video rendition.
    """
    targets = {
        rendition: demand.targets.get(rendition, ceiling).within(limit)
        for rendition, ceiling in ceilings.items()
    }
    stills = demand.stills
    if stills is not None:
        stills = replace(stills, fps=min(stills.fps, limit.fps))
    return replace(demand, targets=targets, stills=stills)
