"""Characters as X keysyms, and back. Pure.

Source: "X11 Window System Protocol", appendix A, and keysymdef.h. Keysyms below 0x1000 that are
not Latin-1 hold, for each alphabet, the bytes of an older code, so Python's codecs have the tables.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_UNICODE: Final = 0x01000000


def _table(text: str) -> dict[int, str]:
    return {int(keysym, 16): value for keysym, value in (each.split(":") for each in text.split())}


_CODECS: Final = _table(
    "1:iso8859_2 2:iso8859_3 3:iso8859_4 5:iso8859_6 6:koi8_u 7:iso8859_7 c:iso8859_8 d:tis_620 "
    "13:iso8859_15"
)
_ODD: Final = _table(
    "20ac:€ 8fb:← 8fc:↑ 8fd:→ 8fe:↓ aa9:— aaa:– aae:… ad0:‘ ad1:’ ad2:“ ad3:” afd:‚ afe:„ ac9:™ "
    "7f2:σ 7f3:ς 7a1:Ά 7a2:Έ 7a3:Ή 7a4:Ί 7a5:Ϊ 7a7:Ό 7a8:Ύ 7a9:Ϋ 7ab:Ώ 7b1:ά 7b2:έ 7b3:ή 7b4:ί "
    "7b5:ϊ 7b6:ΐ 7b7:ό 7b8:ύ 7b9:ϋ 7ba:ΰ 7bb:ώ 6a1:ђ 6a2:ѓ 6a3:ё 6b3:Ё 6b0:№ 8cf:∂ ac3:⅛ ac4:⅜ "
    "ac5:⅝ ac6:⅞"
)
_KEYPAD: Final = _table("ffaa:* ffab:+ ffac:, ffad:- ffae:. ffaf:/ ffbd:=") | {
    0xFFB0 + digit: str(digit) for digit in range(10)
}
RETURN: Final = 0xFF0D
TAB: Final = 0xFF09


def is_keypad(keysym: int) -> bool:
    return 0xFF80 <= keysym <= 0xFFBD


@lru_cache(maxsize=4096)
def char_of(keysym: int) -> str:
    """The character that this keysym types; "" for named keys, dead keys and unknown ones."""
    if keysym in _ODD:
        return _ODD[keysym]
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if _UNICODE + 0x20 <= keysym <= _UNICODE + 0x10FFFF:
        point = keysym - _UNICODE
        return "" if 0xD800 <= point <= 0xDFFF else chr(point)
    codec = _CODECS.get(keysym >> 8)
    if codec is not None and keysym & 0xFF >= 0xA0:
        return bytes((keysym & 0xFF,)).decode(codec, "ignore")
    return _KEYPAD.get(keysym, "")


def keysym_of(char: str) -> int:
    """A keysym that types this character."""
    point = ord(char)
    return point if 0x20 <= point <= 0x7E or 0xA0 <= point <= 0xFF else _UNICODE + point
