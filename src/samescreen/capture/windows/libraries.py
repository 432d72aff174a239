"""Win32's libraries, loaded privately: result types set on them do not affect other code.

Any thread. It only loads them, and calls nothing.
"""

from __future__ import annotations

import ctypes
from functools import cache
from types import SimpleNamespace
from typing import Any


@cache
def libraries() -> Any:
    """user32, gdi32 and dwmapi.

    Raises:
        AttributeError: this is not Windows.
    """
    load: Any = getattr(ctypes, "WinDLL")  # noqa: B009  (a plain attribute is no type on Linux)
    return SimpleNamespace(**{name: load(name) for name in ("user32", "gdi32", "dwmapi")})
