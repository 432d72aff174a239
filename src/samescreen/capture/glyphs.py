"""A built-in bitmap font, so that the test card needs no font library. Pure.

The 95 printable ASCII characters of X11's "misc-fixed" 6x13, which is in the public domain. Each
character has 13 rows of one byte, of which the six high bits count; the whole is compressed.
"""

from __future__ import annotations

import base64
import zlib
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTH_PX: Final = 6
HEIGHT_PX: Final = 13
_FIRST: Final = 32
_PACKED: Final = (
    'c-m!Dt$M>S3=A|h95fsZ95f8nBLof#1{xX$1_m1L5e5qf_ZWeO)32Lt>X$UqN$Sa`beeuyQkxPx0C0l<I(;;fw)4'
    'c-*Gtlt1~Fx5yFmFo^Lgy=)@_u>lrmdNk&@`nMlnun*wURtztyqLlE&7jKYWohL!eeUmm(pkY#=StddfgjhqVUEE'
    '8=u|#1JY9xi|ytJw`!F`FJ>jwUmq6q1EUZ)~%u={IGeA(Nb>qts}_K=M=+p9Ggg@j6R8)3gjHEeUxns*Xd&CT9yU'
    'rx|}GPGGJtJgytz1UH$HqQFGV`)jCUSv_%l)O|**ps%iWAdG4B4%(^1qt$Bm`c(isL)~%{3H+r}+5NjA5@z%_3=+'
    'l!grV$<8L~4L1(#Sv^3IiA&cDzBibz#<+-B9MC1&uK<8;owK2S5Ec>X71}7>2DL?{+#oQoS6hu1^S*#49t9Zpggk'
    'd}Uj)u~>{1UQ0h-T8(w+GsS5Zfmk6*Q-K&*?=q5o@#**=w{9kcr@2JpY`WUPYFs&~S)<h`>18&Ao9P*-1CWN}`mj'
    'TqjB}L|e}lTer!P$ZlW#B2zbBDVg96K+(Cz~K07eiV5C'
)


@cache
def _font() -> NDArray[np.bool_]:
    rows = np.frombuffer(zlib.decompress(base64.b85decode(_PACKED)), dtype=np.uint8)
    bits = np.unpackbits(rows.reshape(-1, HEIGHT_PX, 1), axis=2)[:, :, :WIDTH_PX]
    return bits.astype(np.bool_)


def text_mask(text: str, scale: int = 1) -> NDArray[np.bool_]:
    """The pixels that one line of text covers: shape (13·scale, 6·scale·len(text)).

    Characters outside printable ASCII become question marks.
    """
    font = _font()
    codes = [ord(c) - _FIRST if _FIRST <= ord(c) < _FIRST + len(font) else 31 for c in text]
    if not codes:
        return np.zeros((HEIGHT_PX * scale, 0), dtype=np.bool_)
    line = np.concatenate([font[code] for code in codes], axis=1)
    mask: NDArray[np.bool_] = line.repeat(scale, axis=0).repeat(scale, axis=1)
    return mask
