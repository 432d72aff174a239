"""What must never be in a picture: windows by their titles, regions by numbers. Pure.

Sources paint these out before they give a picture away, so no encoder ever sees them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np

from samescreen.errors import UsageError
from samescreen.media import Damage, Pixels, Region

from .region import parse_region

MASK_BGRX: Final = (112, 96, 88, 255)
"""The colour of a mask: a flat blue-grey, neither a black picture nor a usual background."""
_MASK_WORD: Final = np.array(MASK_BGRX, np.uint8).view(np.uint32)[0]
_LONGEST_TITLE: Final = 300


@dataclass(frozen=True, slots=True)
class Hidden:
    """`windows`: parts of titles or classes, or numbers, as in `window:TITLE`. `regions`: on the
    desktop; for a single window, a camera or a file, on its picture. `sign`: whether a sign is on
    this desktop (`x11/sign.py`), which is hidden like a window."""

    windows: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    sign: bool = False

    @classmethod
    def of(cls, windows: Iterable[str], regions: Iterable[str], *, sign: bool = False) -> Self:
        """From the options' words: titles, and "X,Y,W,H".

        Raises:
            UsageError: an empty title, or not a region.
        """
        return cls(tuple(map(_title, windows)), tuple(map(_region, regions)), sign)

    def __bool__(self) -> bool:
        return bool(self.windows or self.regions or self.sign)


@dataclass(frozen=True, slots=True)
class CaptureRules:
    """How to capture. `backend`: by this one only; "": by the best that works."""

    backend: str = ""
    hidden: Hidden = field(default_factory=Hidden)

    @classmethod
    def of(
        cls, backend: str, windows: Iterable[str], regions: Iterable[str], *, sign: bool = False
    ) -> Self:
        """From the options of the same names. Raises UsageError as `Hidden.of`."""
        return cls(backend, Hidden.of(windows, regions, sign=sign))


NO_RULES: Final = CaptureRules()


def paint_out(pixels: Pixels, regions: Iterable[Region]) -> None:
    """Paint the regions of a picture in the colour of a mask. They may reach outside it."""
    height, width = pixels.shape[:2]
    bounds, words = Region(0, 0, width, height), pixels.view(np.uint32)[:, :, 0]
    for region in regions:
        if part := region.intersection(bounds):
            words[part.y : part.bottom, part.x : part.right] = _MASK_WORD


def is_within(region: Region, masks: Iterable[Region]) -> bool:
    """Whether one of the masks covers the whole region."""
    x, y, right, bottom = region.x, region.y, region.right, region.bottom
    return any(
        mask.x <= x and mask.y <= y and mask.right >= right and mask.bottom >= bottom
        for mask in masks
    )


def outside(damage: Damage, masks: Iterable[Region], bounds: Region) -> Damage:
    """The damage without the regions that lie entirely in a mask."""
    masks = tuple(masks)
    return Damage.of(*(each for each in damage.within(bounds) if not is_within(each, masks)))


def _title(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_TITLE or not text.isprintable():
        raise UsageError(
            "--hide-window takes a part of a window's title or class, or its number, "
            f"at most {_LONGEST_TITLE} characters; `samescreen sources` lists windows"
        )
    return text.strip()


def _region(text: str) -> Region:
    region = parse_region(text)
    if region is None:
        shown = repr(text) if len(text) <= _LONGEST_TITLE else "this"
        raise UsageError(
            f"--hide-region takes X,Y,W,H in pixels, such as 0,0,300,40, not {shown}"
        )
    return region
