"""The scan codes of keys by Linux key code. Pure.

Source: "Keyboard Scan Code Specification" (Microsoft), set 1. Up to 83 the two are the same. 0xE000
marks the extended ones. Pause has a code of three bytes, which SendInput cannot send: it goes by
its virtual key.
"""

from __future__ import annotations

from typing import Final

PAUSE: Final = 119
VK_PAUSE: Final = 0x13
EXTENDED: Final = 0xE000
_OTHERS: Final = (
    "86:56 87:57 88:58 89:73 92:79 93:70 94:7b 96:e01c 97:e01d 98:e035 99:e037 100:e038 102:e047 "
    "103:e048 104:e049 105:e04b 106:e04d 107:e04f 108:e050 109:e051 110:e052 111:e053 117:59 "
    "121:7e 122:72 123:71 124:7d 125:e05b 126:e05c 127:e05d 183:64 184:65 185:66 186:67 187:68 "
    "188:69 189:6a 190:6b 191:6c 192:6d 193:6e 194:76"
)
SCANCODES: Final[dict[int, int]] = {
    **{code: code for code in range(1, 84)},
    69: 0xE045,  # NumLock: the plain 45 is Pause
    **{int(code): int(scan, 16) for code, scan in (each.split(":") for each in _OTHERS.split())},
}
