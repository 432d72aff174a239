"""Names of files that viewers send: one part of a path, safe to write on any system. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_NAME_BYTES: Final = 200
"""Room for a number and an ending of ours in the 255 bytes of most file systems."""
_LONGEST_ENDING: Final = 20
_UNNAMED: Final = "file"
_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
_RESERVED: Final = re.compile(
    r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(COM|LPT)[0-9\u00b9\u00b2\u00b3])(?=\.|$)", re.I
)
"""Names of devices on Windows, whatever follows the first dot."""
_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Control characters, signs that turn the direction of the text, halves of characters."""


def safe_name(name: str) -> str:
    """The last part of a path as a name: visible, not hidden, no device, at most 200 bytes.

    It never fails: what is left of nothing is "file".
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE)
    # The normal form may join characters, and never brings back what was taken out.
    shown = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", shown))
    shown = " ".join(shown.split()).strip(". ")
    if _RESERVED.match(shown.replace(" ", "")) or shown.startswith("-"):
        shown = f"_{shown}"
    return _shortened(shown) or _UNNAMED


def numbered(name: str, number: int) -> str:
    """The name for the file of that number with this name: "a.txt", "a (2).txt"."""
    if number < 2:
        return name
    stem, ending = _split(name)
    return f"{stem} ({number}){ending}"


def _split(name: str) -> tuple[str, str]:
    """The stem, and the ending with its dot, if it is a short one."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        return name, ""
    return stem, dot + ending


def _shortened(name: str) -> str:
    """Cut the stem between characters, and keep the ending."""
    stem, ending = _split(name)
    room = LONGEST_NAME_BYTES - len(ending.encode())
    cut = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return cut + ending if cut else ""
