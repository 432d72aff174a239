"""The size of a display: what people write, and what a page asks for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from samescreen.errors import UsageError

PLAIN_DPI: Final = 96
LEAST_DPI: Final = 48
MOST_DPI: Final = 480
"""At this many dots per inch one pixel of the display is one CSS pixel of a page."""


@dataclass(frozen=True, slots=True)
class Size:
    """In pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @classmethod
    def parsed(cls, text: str) -> Self | None:
        """The size that a text such as 1280x720 names; None: it names none.

        Raises:
            UsageError: it names a size that no display can have.
        """
        found = re.fullmatch(r"([0-9]{1,6})[xX×]([0-9]{1,6})", text, re.ASCII)
        if found is None:
            return None
        size = cls(int(found[1]), int(found[2]))
        if size != size.within(LEAST, MOST):
            raise UsageError(f"a display is {LEAST} to {MOST} pixels large, not {text}")
        return size

    def within(self, least: Size, most: Size) -> Size:
        """The nearest size that is at least `least` and at most `most` in both directions."""
        return Size(
            min(max(self.width, least.width), most.width),
            min(max(self.height, least.height), most.height),
        )

    def at(self, dpi: int) -> Size:
        """The pixels of so many CSS pixels on a display of this density."""
        return Size(round(self.width * dpi / PLAIN_DPI), round(self.height * dpi / PLAIN_DPI))


LEAST: Final = Size(320, 200)
MOST: Final = Size(4096, 2304)
USUAL: Final = Size(1280, 720)
