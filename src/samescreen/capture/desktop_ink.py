"""How marks on the desktop look now, and when they will look different. Pure; the caller locks it.

The same rules as on the page (`viewer/ink/strokes.js`). Windows have no half-transparent pixels
without a compositor, so a line that goes becomes thinner instead of paler.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final, Literal

Tool = Literal["laser", "fade", "pen"]
Point = tuple[int, int]
"""x and y on the desktop, in pixels."""

LASER_US: Final = 1_000_000
FADE_US: Final = 3_000_000
FADING_US: Final = 700_000
ABANDONED_US: Final = 30_000_000
"""A stroke whose end never came goes after this time."""
FRAME_US: Final = 33_000
"""What fades is drawn thirty times a second."""
_LASER_POINTS: Final = 200
_THINNEST: Final = 0.25


@dataclass(frozen=True, slots=True)
class Growth:
    """Points that stroke `stroke` of person `by` grows by, over the picture of `stream`.

    `width_px`: how wide its line is. `is_end`: it grows no more.
    """

    stream: str
    by: int
    stroke: int
    tool: Tool
    points: tuple[Point, ...]
    is_end: bool
    width_px: float


@dataclass(frozen=True, slots=True)
class Drawer:
    """Somebody who draws: 0xRRGGBB, and the name that is shown beside what they draw."""

    colour: int
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One stroke as it is drawn now, through at least one point.

    `has_dot`: its newest point is a large dot. `label`: a name to write there; "": none.
    """

    points: tuple[Point, ...]
    colour: int
    width_px: int
    has_dot: bool = False
    label: str = ""


@dataclass(slots=True)
class _Stroke:
    """`points`: each with the time of its arrival, the oldest first."""

    tool: Tool
    width_px: float
    points: list[tuple[Point, int]]
    is_done: bool
    changed_us: int

    @property
    def ends_us(self) -> int | None:
        """When it is gone; None: it stays."""
        if self.tool == "pen":
            return None
        fading_us = FADE_US if self.is_done else ABANDONED_US
        return self.changed_us + (LASER_US if self.tool == "laser" else fading_us)


class DesktopInk:
    """The strokes over all pictures of this desktop. Times are µs of a monotonic clock."""

    def __init__(self) -> None:
        self._strokes: dict[tuple[str, int, int], _Stroke] = {}
        self._people: dict[tuple[str, int], Drawer] = {}

    def add(self, growth: Growth, now_us: int) -> None:
        """A stroke grows. Its person must be known by then; otherwise nothing is shown of it."""
        key = growth.stream, growth.by, growth.stroke
        stroke = self._strokes.get(key)
        if stroke is None:
            if not growth.points:
                return
            stroke = _Stroke(growth.tool, growth.width_px, [], False, now_us)
            self._strokes[key] = stroke
        stroke.points += [(point, now_us) for point in growth.points]
        stroke.width_px, stroke.changed_us = growth.width_px, now_us
        stroke.is_done |= growth.is_end
        if stroke.tool == "laser":
            del stroke.points[:-_LASER_POINTS]

    def replace(
        self, stream: str, people: Mapping[int, Drawer], kept: Set[tuple[int, int]]
    ) -> None:
        """Only these people draw over that picture. Strokes of the pen stay if they are `kept`.

        `kept`: a person and a stroke each.
        """
        others = {key: who for key, who in self._people.items() if key[0] != stream}
        self._people = others | {(stream, by): who for by, who in people.items()}
        self._strokes = {
            key: stroke
            for key, stroke in self._strokes.items()
            if key[0] != stream
            or (key[1] in people and (stroke.tool != "pen" or key[1:] in kept))
        }

    def shown(self, now_us: int) -> tuple[Line, ...]:
        """What to draw, the oldest first. What has faded is forgotten."""
        lines: list[Line] = []
        for key, stroke in tuple(self._strokes.items()):
            ends_us = stroke.ends_us
            if ends_us is not None and ends_us <= now_us:
                del self._strokes[key]
            elif (who := self._people.get(key[:2])) is not None:
                lines.append(_line(stroke, who, now_us))
        return tuple(lines)

    def due_us(self, now_us: int) -> int | None:
        """When something will look different without news; None: never."""
        dues = [
            now_us + FRAME_US
            if stroke.tool == "laser"
            else max(now_us + FRAME_US, ends_us - FADING_US)
            for stroke in self._strokes.values()
            if (ends_us := stroke.ends_us) is not None
        ]
        return min(dues, default=None)


def _line(stroke: _Stroke, who: Drawer, now_us: int) -> Line:
    is_laser = stroke.tool == "laser"
    *trail, (last, _) = stroke.points
    points = [point for point, at_us in trail if not is_laser or now_us - at_us < LASER_US]
    ends_us = stroke.ends_us
    share = 1.0 if ends_us is None else min(1.0, (ends_us - now_us) / FADING_US)
    width_px = max(1, round(stroke.width_px * max(_THINNEST, share)))
    label = "" if stroke.is_done else who.name
    return Line((*points, last), who.colour, width_px, is_laser, label)
