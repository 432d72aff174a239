"""A demand as the message `want`, and back: what crosses /ws/publish. Pure.

Nothing is lost on the way but one thing: POINTED, which never travels. Where pictures go through
another host the cursor is in them, so plain stills show it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.media import Damage, Region, Rendition
from samescreen.wire.packets import rectangles_of
from samescreen.wire.publishing import StillCost, VideoCost, Want

from .demand import CursorNeed, Demand

_MOST_BYTES: Final = 2**53 - 1
"""Pages count no further, and no still is so large: the same as no limit."""


def want_of(demand: Demand, track: int) -> Want:
    """The message that demands this of a publisher's track."""
    stills = demand.stills
    return Want(
        track,
        renditions=sorted(_on_the_wire(demand.renditions)),
        keyframes=sorted(_on_the_wire(demand.keyframes)),
        targets=[
            VideoCost(rendition, target.bitrate_bps, target.fps)
            for rendition, target in sorted(demand.targets.items())
        ],
        stills=None if stills is None else StillCost(stills.quality, stills.fps),
        paused=demand.paused,
        refine=demand.refine,
        repair=tuple((r.x, r.y, r.width, r.height) for r in rectangles_of(demand.repair)),
        sketch=demand.sketch,
        still_bytes=min(demand.still_bytes, _MOST_BYTES),
        quality=demand.quality,
        cursor_apart=CursorNeed.APART in demand.cursor,
        cursor_in_picture=CursorNeed.IN_PICTURE in demand.cursor,
        jpeg_only=demand.jpeg_only,
    )


def demand_of(want: Want) -> Demand:
    """The demand that a message states."""
    stills = want.stills
    return Demand(
        renditions=_on_the_wire(want.renditions),
        keyframes=_on_the_wire(want.keyframes),
        targets={each.rendition: RateTarget(each.bitrate_bps, each.fps) for each in want.targets},
        stills=None if stills is None else StillTarget(stills.quality, stills.fps),
        paused=want.paused,
        refine=want.refine,
        repair=_damage(want.repair),
        sketch=want.sketch,
        still_bytes=want.still_bytes,
        quality=want.quality,
        cursor=_cursor(want),
        jpeg_only=want.jpeg_only,
    )


def _cursor(want: Want) -> CursorNeed:
    apart = CursorNeed.APART if want.cursor_apart else CursorNeed.NONE
    return apart | (CursorNeed.IN_PICTURE if want.cursor_in_picture else CursorNeed.NONE)


def _on_the_wire(renditions: frozenset[Rendition] | list[Rendition]) -> frozenset[Rendition]:
    plain = (Rendition.JPEG if r is Rendition.POINTED else r for r in renditions)
    return frozenset(plain)


def _damage(boxes: Sequence[tuple[int, int, int, int]]) -> Damage:
    """No rectangle is everything, empty ones are nothing."""
    return Damage.of(*(Region(*box) for box in boxes)) if boxes else Damage.ALL
