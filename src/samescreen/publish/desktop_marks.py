"""Shows what viewers draw over the pictures of a desktop on that desktop itself. Event loop.

Only over pictures that show the whole of what the desktop shows there: screens and regions. Those
pictures have the marks then. A shared window's pictures do not, so pages draw the marks over them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from samescreen.capture.base import Source
from samescreen.capture.desktop_ink import Drawer, Growth, Point
from samescreen.capture.systems import DesktopMarks
from samescreen.hub.marks import Board, Inker, Mark
from samescreen.hub.stream import Stream
from samescreen.media import Region

COLOURS: Final = (
    *(0xE5243B, 0x1A73E8, 0x0F9D58, 0xF29900),
    *(0x9334E6, 0x00A3B4, 0xD81B8C, 0x8A6D00),
)
"""By the number that the hub gives a person: those of the page (`viewer/ink/overlay.js`)."""
_WIDTH: Final = 0.0035
"""Of the larger side of the picture, as on the page."""
_THINNEST_PX: Final = 2.5
_WHOLE: Final = 65_535


class MarksOnDesktop:
    """Passes marks on to `desktop`. `source_of` finds the source of a stream by its id."""

    def __init__(
        self, desktop: DesktopMarks, source_of: Callable[[str], Source | None]
    ) -> None:
        self._desktop = desktop
        self._source_of = source_of

    def shows(self, stream: Stream) -> bool:
        """Whether the marks over this stream are shown, and so are in its pictures."""
        source = self._source_of(stream.stream_id)
        return source is not None and source.shows_desktop and self._desktop.is_running

    def drew(self, stream: Stream, mark: Mark) -> None:
        """A stroke grew."""
        source = self._source_of(stream.stream_id)
        place = source.place if source is not None and source.shows_desktop else None
        if place is not None:
            points = _points(mark.points, place.region)
            width_px = _width_px(mark, place.region)
            self._desktop.add(
                Growth(
                    stream.stream_id,
                    mark.by,
                    mark.stroke,
                    mark.tool,
                    points,
                    mark.is_end,
                    width_px,
                )
            )

    def changed(self, stream: Stream, board: Board | None) -> None:
        """Strokes are gone, or other people draw; None: nobody does."""
        inkers = () if board is None else board.inkers
        kept = {(each.by, each.stroke) for each in board.strokes} if board is not None else set()
        people = {each.by: Drawer(COLOURS[each.colour], _name(each)) for each in inkers}
        self._desktop.replace(stream.stream_id, people, kept)


def _points(numbers: Sequence[int], region: Region) -> tuple[Point, ...]:
    return tuple(
        (
            region.x + round(numbers[at] / _WHOLE * (region.width - 1)),
            region.y + round(numbers[at + 1] / _WHOLE * (region.height - 1)),
        )
        for at in range(0, len(numbers), 3)
    )


def _width_px(mark: Mark, region: Region) -> float:
    """The width of the line in pixels; a pen that is pressed harder makes it wider."""
    width_px = max(_THINNEST_PX, _WIDTH * max(region.width, region.height))
    pressures = [each for each in mark.points[2::3] if each]
    if not pressures:
        return width_px
    return width_px * (0.3 + 1.4 * sum(pressures) / len(pressures) / _WHOLE)


def _name(inker: Inker) -> str:
    return inker.name or ("host" if inker.is_host else f"viewer {inker.by}")
