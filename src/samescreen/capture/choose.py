"""From the words of the command line to a source that opens. Any thread; opens and closes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from samescreen.errors import BackendMissing, CaptureError, SourceUnavailable, UsageError

from .base import Source
from .testcard import TestCard

SOURCE_WORDS: Final = "screen, screen:N, testcard"


@dataclass(frozen=True, slots=True)
class Choice:
    """A source that has been seen to open, and what people should know about it."""

    source: Source
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that can be shared: the words for the command line, and what it is."""

    words: str
    description: str


def choose_source(words: str | None) -> Choice:
    """The source that `words` name; None: the screen, or the test card where there is none.

    Raises:
        UsageError: not words for a source.
        CaptureError: it cannot be opened.
    """
    if words is None:
        try:
            return _choose_screen(None)
        except CaptureError as error:
            return Choice(TestCard(), "testcard", f"sharing the test card, because {error}")
    if words == "testcard":
        return Choice(TestCard(), words)
    window = _WINDOW_BACKENDS.get(sys.platform)
    if window and words.startswith("window:") and (what := words.removeprefix("window:")):
        return _opened(window(what), words)
    match = re.fullmatch(r"screen(?::([1-9][0-9]{0,2}))?", words)
    if not match:
        raise UsageError(f"{words!r} is not a source; there are: {SOURCE_WORDS}")
    return _choose_screen(int(match[1]) if match[1] else None)


def list_sources() -> list[Listed]:
    """Everything that can be shared here and now."""
    list_windows = _WINDOW_LISTS.get(sys.platform, list)
    return [*_list_screens(), *list_windows(), Listed("testcard", "a built-in moving picture")]


def _choose_screen(number: int | None) -> Choice:
    """The first backend that opens."""
    missing: BackendMissing | None = None
    name = f"screen:{number}" if number else "screen"
    for make in _screen_backends():
        try:
            source = make(number)
        except ImportError as error:
            missing = BackendMissing(f"a system library is missing: {error}")
            continue
        try:
            source.open()
        except BackendMissing as error:
            missing = error
            source.dispose()
            continue
        except CaptureError:
            source.dispose()
            raise
        source.close()
        return Choice(source, name, f"using a slower capture: {missing}" if missing else "")
    raise missing or SourceUnavailable("this system's screen cannot be shared")


def _opened(source: Source, name: str) -> Choice:
    """A source without another backend below it."""
    try:
        source.open()
    except CaptureError:
        source.dispose()
        raise
    source.close()
    return Choice(source, name)


def _screen_backends() -> list[Callable[[int | None], Source]]:
    """Best first. Imported here: each needs its own system's libraries."""
    best = _SCREEN_BACKENDS.get(sys.platform)
    return [*([best] if best else []), _polled_screen]


def _x11_screen(number: int | None) -> Source:
    try:
        from .x11.screen import X11Screen
    except OSError as error:  # cffi could not load libxcb
        raise ImportError("libxcb (Debian: apt install libxcb1)") from error
    return X11Screen(number)


def _windows_screen(number: int | None) -> Source:
    from .windows.screen import DuplicatedScreen

    return DuplicatedScreen(number)


def _windows_window(words: str) -> Source:
    from .windows.window import CapturedWindow

    return CapturedWindow(words)


def _mac_screen(number: int | None) -> Source:
    from .macos.screen import KitScreen

    return KitScreen(number)


def _polled_screen(number: int | None) -> Source:
    from .polled import PolledScreen

    return PolledScreen(number)


def _list_windows_screens() -> list[Listed]:
    """As the source counts them; empty where it cannot be used."""
    from .windows.outputs import load_dxcam, outputs

    try:
        found = outputs(load_dxcam())
    except CaptureError:
        return []
    return [Listed(f"screen:{at}", f"{o.width}×{o.height}") for at, o in enumerate(found, start=1)]


def _list_mac_screens() -> list[Listed]:
    """As the source counts them; empty where it cannot be used."""
    from .macos.frameworks import displays, load_frameworks, size_px

    try:
        frameworks = load_frameworks()
        sizes = [size_px(frameworks, each) for each in displays(frameworks)]
    except CaptureError:
        return []
    return [Listed(f"screen:{n}", f"{w}×{h}") for n, (w, h) in enumerate(sizes, start=1)]


def _list_windows_windows() -> list[Listed]:
    from .windows.windows import windows

    return [Listed(f"window:{each.handle}", each.title) for each in windows()]


def _list_screens() -> list[Listed]:
    """As the best backend counts them, else as mss does."""
    best = _SCREEN_LISTS.get(sys.platform)
    return (best() if best else []) or ([] if best is _list_x11_screens else _list_monitors())


def _list_monitors() -> list[Listed]:
    from .polled import list_monitors

    return [Listed(f"screen:{n}", text) for n, text in enumerate(list_monitors(), start=1)]


def _list_x11_screens() -> list[Listed]:
    from .x11.display import Display

    try:
        display = Display()
    except CaptureError:
        return []
    try:
        return [
            Listed(f"screen:{m.number}", f"{m.region.width}×{m.region.height} {m.name}")
            for m in display.monitors()
        ]
    finally:
        display.close()


_SCREEN_BACKENDS: Final[dict[str, Callable[[int | None], Source]]] = {
    "linux": _x11_screen,
    "win32": _windows_screen,
    "darwin": _mac_screen,
}
_SCREEN_LISTS: Final[dict[str, Callable[[], list[Listed]]]] = {
    "linux": _list_x11_screens,
    "win32": _list_windows_screens,
    "darwin": _list_mac_screens,
}
_WINDOW_BACKENDS: Final[dict[str, Callable[[str], Source]]] = {"win32": _windows_window}
_WINDOW_LISTS: Final[dict[str, Callable[[], list[Listed]]]] = {"win32": _list_windows_windows}
