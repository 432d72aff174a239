"""The windows there are, by Win32's own list. Any thread."""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from dataclasses import dataclass
from typing import Any, Final

from samescreen.errors import SourceUnavailable

from .libraries import libraries

_CLOAKED: Final = 14  # DWMWA_CLOAKED: there, and shown by nobody (another desktop, sleeping apps)


@dataclass(frozen=True, slots=True)
class Window:
    """A top-level window that can be seen."""

    handle: int
    title: str


def windows(system: Any = None) -> list[Window]:
    """All, front to back. `system` has `user32` and `dwmapi`; by default Windows's own."""
    system = system or libraries()
    user32, dwmapi = system.user32, system.dwmapi
    found: list[Window] = []

    def note(handle: int | None, _: int) -> bool:
        own = wintypes.HWND(handle)
        cloaked = wintypes.DWORD()
        dwmapi.DwmGetWindowAttribute(own, _CLOAKED, ctypes.byref(cloaked), 4)
        length = user32.GetWindowTextLengthW(own)
        if handle and length and user32.IsWindowVisible(own) and not cloaked.value:
            text = ctypes.create_unicode_buffer(length + 1)
            user32.GetWindowTextW(own, text, length + 1)
            found.append(Window(handle, text.value))
        return True

    make = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    kind = make(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
    user32.EnumWindows(kind(note), 0)
    return found


def window_of(words: str, found: list[Window]) -> Window:
    """The one that `words` name: its number, its title, or the only one with them in its title.

    Raises:
        SourceUnavailable: none, or more than one.
    """
    number = _number(words)
    by_number = [each for each in found if each.handle == number]
    wanted = words.casefold()
    exact = [each for each in found if each.title.casefold() == wanted]
    partly = [each for each in found if wanted in each.title.casefold()]
    for matching in (by_number, exact, partly):
        if len(matching) == 1:
            return matching[0]
        if matching:
            names = ", ".join(f"window:{each.handle} ({each.title})" for each in matching[:4])
            raise SourceUnavailable(f"more than one window is called {words!r}: {names}")
    raise SourceUnavailable(
        f"there is no window {words!r}; `samescreen sources` lists those there are"
    )


def _number(words: str) -> int | None:
    try:
        return int(words, 0)
    except ValueError:
        return None
