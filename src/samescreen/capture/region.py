"""A part of the desktop, named by numbers. Pure."""

from __future__ import annotations

import re

from samescreen.errors import SourceUnavailable, UsageError
from samescreen.media import Region


def parse_region(text: str) -> Region | None:
    """The region that "X,Y,W,H" names, in pixels of the desktop; None: not four whole numbers.

    Raises:
        UsageError: its width or its height is 0.
    """
    match = re.fullmatch(r"(-?[0-9]{1,5}),(-?[0-9]{1,5}),([0-9]{1,5}),([0-9]{1,5})", text)
    if not match:
        return None
    x, y, width, height = (int(number) for number in match.groups())
    if not (width and height):
        raise UsageError(
            f"the region {text} is empty; X,Y,W,H are its corner, its width and its height"
        )
    return Region(x, y, width, height)


def part_on_desktop(region: Region, desktop: Region) -> Region:
    """The part of `region` that lies on the desktop.

    Raises:
        SourceUnavailable: no part of it does.
    """
    part = region.intersection(desktop)
    if part:
        return part
    raise SourceUnavailable(
        f"the region {_shown(region)} lies outside the desktop, which is {_shown(desktop)}"
    )


def _shown(region: Region) -> str:
    return f"{region.x},{region.y},{region.width},{region.height}"
