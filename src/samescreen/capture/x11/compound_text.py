"""Decodes COMPOUND_TEXT (X Consortium Standard, Compound Text Encoding 1.1) into str. Pure.

Such text uses several character sets. Escape sequences (ISO 2022) select the set for the lower half
(GL, 0x21-0x7E) and for the upper half (GR, 0xA0-0xFF) of the byte values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_ESCAPE: Final = 0x1B
_CSI: Final = 0x9B
_STX: Final = b"\x02"
_REPLACEMENT: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class _Set:
    """A character set: the number of bytes in a character, and the codec that decodes them.

    The codec gets `prefix`, then the bytes with their highest bit set (`is_upper`) or cleared.
    """

    codec: str
    width: int = 1
    prefix: bytes = b""
    is_upper: bool = True

    def decode(self, raw: bytes) -> str:
        mask = bytes((byte | 0x80) if self.is_upper else (byte & 0x7F) for byte in raw)
        parts = [mask[at : at + self.width] for at in range(0, len(mask), self.width)]
        return "".join(
            (self.prefix + part).decode(self.codec, errors="replace")[:1] or _REPLACEMENT
            for part in parts
        )


_ASCII: Final = _Set("ascii", is_upper=False)
_LATIN_1: Final = _Set("latin-1")
_UNKNOWN: Final = _Set("ascii")  # every byte is out of its range, so it becomes U+FFFD
_UNKNOWN_PAIRS: Final = _Set("ascii", width=2)

_SETS_94: Final = {
    "B": _ASCII,
    "J": _ASCII,  # JIS X 0201 Roman; only \ and ~ look different
    "I": _Set("shift_jis"),  # JIS X 0201 Katakana
}
_SETS_96: Final = {
    final: _Set(codec)
    for final, codec in {
        "A": "latin-1", "B": "iso8859-2", "C": "iso8859-3", "D": "iso8859-4", "F": "iso8859-7",
        "G": "iso8859-6", "H": "iso8859-8", "L": "iso8859-5", "M": "iso8859-9", "T": "tis-620",
        "V": "iso8859-10", "Y": "iso8859-13", "_": "iso8859-14", "b": "iso8859-15",
        "f": "iso8859-16",
    }.items()
}  # fmt: skip
_SETS_94_BY_94: Final = {
    "A": _Set("gb2312", width=2),
    "B": _Set("euc_jp", width=2),
    "C": _Set("euc_kr", width=2),
    "D": _Set("euc_jp", width=2, prefix=b"\x8f"),
}


def from_compound_text(raw: bytes) -> str:
    """The text in `raw`. Malformed parts become U+FFFD.

    So do characters of sets for which Python has no codec: those of CNS 11643 (0x47 to 0x4D).
    """
    return _Reader(raw).read()


class _Reader:
    """One pass over the bytes."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0
        self._lower, self._upper = _ASCII, _LATIN_1

    def read(self) -> str:
        parts = []
        while self._at < len(self._raw):
            first = self._raw[self._at]
            if first == _ESCAPE:
                parts.append(self._escape())
            elif first == _CSI:
                parts.append(self._direction())
            elif first <= 0x20 or 0x7F <= first < 0xA0:
                parts.append(chr(first))
                self._at += 1
            else:
                parts.append(self._run(is_upper=first >= 0xA0))
        return "".join(parts)

    def _run(self, *, is_upper: bool) -> str:
        """Decode bytes of one half, up to a byte of another kind."""
        start = self._at
        while self._at < len(self._raw):
            byte = self._raw[self._at]
            if (byte < 0xA0) if is_upper else not 0x21 <= byte <= 0x7E:
                break
            self._at += 1
        return (self._upper if is_upper else self._lower).decode(self._raw[start : self._at])

    def _direction(self) -> str:
        """Skip CSI 1 ], CSI 2 ], CSI ]: the text's direction, which Unicode implies."""
        end = self._raw.find(b"]", self._at, self._at + 3)
        self._at = end + 1 if end >= 0 else self._at + 1
        return ""

    def _escape(self) -> str:
        """Read ESC, intermediate bytes 0x20-0x2F, one final byte."""
        end = self._at + 1
        while end < len(self._raw) and 0x20 <= self._raw[end] <= 0x2F:
            end += 1
        between = self._raw[self._at + 1 : end].decode("ascii")
        final = chr(self._raw[end]) if end < len(self._raw) else ""
        self._at = end + 1
        if between == "%" and final == "G":
            return self._utf8()
        if between == "%/":
            return self._extended()
        self._designate(between, final)
        return ""

    def _designate(self, between: str, final: str) -> None:
        match between:
            case "(":
                self._lower = _SETS_94.get(final, _UNKNOWN)
            case ")":
                self._upper = _SETS_94.get(final, _UNKNOWN)
            case "-":
                self._upper = _SETS_96.get(final, _UNKNOWN)
            case "$(" | "$":
                self._lower = _SETS_94_BY_94.get(final, _UNKNOWN_PAIRS)
            case "$)":
                self._upper = _SETS_94_BY_94.get(final, _UNKNOWN_PAIRS)

    def _utf8(self) -> str:
        """Decode UTF-8 up to ESC % @."""
        end = self._raw.find(b"\x1b%@", self._at)
        part = self._raw[self._at : end if end >= 0 else len(self._raw)]
        self._at = end + 3 if end >= 0 else len(self._raw)
        return part.decode(errors="replace")

    def _extended(self) -> str:
        """Decode two bytes of length, a codec's name, STX, and text in that codec."""
        size = self._raw[self._at : self._at + 2]
        self._at += 2
        if len(size) < 2 or min(size) < 0x80:
            return _REPLACEMENT
        length = (size[0] - 0x80) * 128 + size[1] - 0x80
        segment = self._raw[self._at : self._at + length]
        self._at += length
        name, stx, part = segment.partition(_STX)
        codec = name.decode("latin-1").removesuffix("-0").casefold()
        if not stx or codec not in _EXTENDED:
            return _REPLACEMENT
        return part.decode(_EXTENDED[codec], errors="replace")


_EXTENDED: Final = {
    "big5": "big5", "big5hkscs": "big5hkscs", "gbk": "gbk", "gb18030": "gb18030",
    "gb2312.1980": "gb2312", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "tis620": "tis-620",
    "iso8859-10": "iso8859-10", "iso8859-13": "iso8859-13", "iso8859-14": "iso8859-14",
    "iso8859-15": "iso8859-15", "iso8859-16": "iso8859-16", "microsoft-cp1251": "cp1251",
    "microsoft-cp1252": "cp1252", "microsoft-cp1255": "cp1255", "microsoft-cp1256": "cp1256",
    "utf-8": "utf-8", "utf8": "utf-8", "johab": "johab",
}  # fmt: skip
