"""The labels beside marks on the desktop: a name in a font of the X server.

The server's own fonts know few letters besides Latin ones, unless its misc fonts are installed
(Debian: xfonts-base). What no font has is left out of a name. On the thread
of the marks (`marks.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import xcffib.xproto as x

from samescreen.errors import SourceUnavailable
from samescreen.media import Region

from .display import Display

_PLAIN: Final = ("9x15bold", "fixed")
"""For Latin-1; every server has the last."""
_WIDE: Final = (
    "-misc-fixed-medium-r-normal-ja-18-*-*-*-*-*-iso10646-1",
    "-misc-fixed-medium-r-normal--18-*-*-*-*-*-iso10646-1",
)
_EDGE_PX: Final = 4
_AWAY: Final = 3
"""From the newest point to the label, in widths of its line."""
_MOST: Final = 40


@dataclass(frozen=True, slots=True)
class Label:
    """A text on the desktop. `font`: its number on the server. `box`: its background.

    `baseline`: where its first character stands. `glyphs`: its characters as the server takes them.
    """

    text: str
    font: int
    box: Region
    baseline: tuple[int, int]
    glyphs: Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Font:
    """An open font whose characters all have one width, in pixels."""

    xid: int
    width: int
    ascent: int
    height: int


class MarkFonts:
    """The fonts of one server; they end with the connection.

    Raises:
        SourceUnavailable: it has none.
        xcffib.Error: the server refuses this.
    """

    def __init__(self, display: Display) -> None:
        self._display = display
        self._core: Any = display.connection.core
        plain = self._open(_PLAIN)
        if plain is None:
            raise SourceUnavailable(
                "--show-marks needs the X server's font 'fixed'; leave --show-marks out"
            )
        self._plain = plain
        self._wide = self._open(_WIDE)

    def label(self, name: str, at: tuple[int, int], width_px: int) -> Label | None:
        """The label of a line whose newest point is there; None: there is nothing to write."""
        is_plain = all(ord(char) < 256 for char in name)
        font = self._plain if is_plain or self._wide is None else self._wide
        most = 0xFF if font is self._plain else 0xFFFF
        text = "".join(char for char in name[:_MOST] if ord(char) <= most).strip()
        if not text:
            return None
        left, top = (each + _AWAY * width_px for each in at)
        width = len(text) * font.width + 2 * _EDGE_PX
        box = Region(left, top, width, font.height + 2 * _EDGE_PX)
        codes = [divmod(ord(char), 256) for char in text]
        glyphs = [x.CHAR2B.synthetic(*code) for code in codes]
        baseline = left + _EDGE_PX, top + _EDGE_PX + font.ascent
        return Label(text, font.xid, box, baseline, glyphs)

    def _open(self, names: Sequence[str]) -> _Font | None:
        """The first of these that the server has."""
        for name in names:
            xid = self._display.connection.generate_id()
            try:
                self._core.OpenFontChecked(xid, len(name), name).check()
            except x.NameError:
                continue
            found = self._core.QueryFont(xid).reply()
            ascent, descent = found.font_ascent, found.font_descent
            return _Font(xid, found.max_bounds.character_width, ascent, ascent + descent)
        return None
