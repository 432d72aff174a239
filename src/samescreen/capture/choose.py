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

SOURCE_WORDS: Final = (
    "screen, screen:N, testcard, camera, camera:N, camera:NAME, file:PATH, file:URL"
)


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
    if words.startswith("file:") and words != "file:":
        return _opened(_media_file(words.removeprefix("file:")), "file")
    if words == "camera" or (words.startswith("camera:") and words != "camera:"):
        return _opened(_camera(words.removeprefix("camera").removeprefix(":")), words)
    match = re.fullmatch(r"screen(?::([1-9][0-9]{0,2}))?", words)
    if not match:
        raise UsageError(f"{words!r} is not a source; there are: {SOURCE_WORDS}")
    return _choose_screen(int(match[1]) if match[1] else None)


def list_sources() -> list[Listed]:
    """Everything that can be shared here and now."""
    return [*_list_screens(), *_list_cameras(), Listed("testcard", "a built-in moving picture")]


def _camera(wanted: str) -> Source:
    from .camera import CameraSource

    return CameraSource(wanted)


def _list_cameras() -> list[Listed]:
    from .cameras import list_cameras

    return [Listed(f"camera:{n}", c.name) for n, c in enumerate(list_cameras(), start=1)]


def _media_file(address: str) -> Source:
    from .media_file import MediaFile

    return MediaFile(address)


def _opened(source: Source, name: str) -> Choice:
    """The source, seen to open, and closed again."""
    try:
        source.open()
    except CaptureError:
        source.dispose()
        raise
    source.close()
    return Choice(source, name)


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


def _screen_backends() -> list[Callable[[int | None], Source]]:
    """Best first. Imported here: each needs its own system's libraries."""
    return [*([_x11_screen] if sys.platform == "linux" else []), _polled_screen]


def _x11_screen(number: int | None) -> Source:
    try:
        from .x11.screen import X11Screen
    except OSError as error:  # cffi could not load libxcb
        raise ImportError("libxcb (Debian: apt install libxcb1)") from error
    return X11Screen(number)


def _polled_screen(number: int | None) -> Source:
    from .polled import PolledScreen

    return PolledScreen(number)


def _list_screens() -> list[Listed]:
    if sys.platform != "linux":
        from .polled import list_monitors

        return [Listed(f"screen:{n}", text) for n, text in enumerate(list_monitors(), start=1)]
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
