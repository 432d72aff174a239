"""Lists the windows that Win32 knows, and finds one by name. Any thread."""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from dataclasses import dataclass
from typing import Any, Final

from samescreen.errors import SourceUnavailable

from .libraries import libraries

_CLOAKED: Final = 14  # DWMWA_CLOAKED: not shown, though "visible" (another desktop, sleeping apps)


@dataclass(frozen=True, slots=True)
class Window:
    """A top-level window that is shown."""

    handle: int
    title: str


def windows(system: Any = None) -> list[Window]:
    """All windows, front to back. `system` has `user32` and `dwmapi`; None: Windows's own."""
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


def window_of(spec: str, found: list[Window]) -> Window:
    """The window that `spec` names by its number, its title, or a part of its title.

    Raises:
        SourceUnavailable: no window matches, or several do.
    """
    number = _number(spec)
    by_number = [each for each in found if each.handle == number]
    wanted = spec.casefold()
    exact = [each for each in found if each.title.casefold() == wanted]
    partly = [each for each in found if wanted in each.title.casefold()]
    for matching in (by_number, exact, partly):
        if len(matching) == 1:
            return matching[0]
        if matching:
            names = ", ".join(f"window:{each.handle} ({each.title})" for each in matching[:4])
            raise SourceUnavailable(f"more than one window is called {spec!r}: {names}")
    raise SourceUnavailable(
        f"there is no window {spec!r}; `samescreen sources` lists those there are"
    )


def _number(spec: str) -> int | None:
    try:
        return int(spec, 0)
    except ValueError:
        return None
