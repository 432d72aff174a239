"""From the words of the command line to a source that opens. Any thread.

What a choice opened stays open for the track's thread, where the system allows that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from samescreen.errors import (
    BackendMissing,
    CaptureError,
    NoScreen,
    SourceLost,
    SourceUnavailable,
    UsageError,
)

from .base import Source
from .region import parse_region
from .sound.base import SoundSource
from .systems import Backend, Listed, backends
from .testcard import TestCard

MakeSource = Callable[[], Source]


@dataclass(frozen=True, slots=True)
class Choice:
    """A source that has been seen to open, and what people should know about it.

    `label` and `sound` are the source's as they are now. The event loop reads them here, since the
    source belongs to its track's thread later.
    """

    source: Source
    name: str
    note: str = ""
    label: str = field(init=False)
    sound: SoundSource | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.source.label)
        object.__setattr__(self, "sound", self.source.sound)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source: the forms of its words, and what to do with them.

    `choose` takes what follows the colon (None: no colon) and the backends that it may use for a
    screen or a window. It returns None when the words make no sense, and raises as `choose_source`
    does.
    """

    forms: str
    choose: Callable[[str | None, Sequence[Backend]], Choice | None]
    list: Callable[[], Sequence[Listed]]


def choose_source(words: str | None, backend: str = "") -> Choice:
    """The source that `words` name; None: the screen, or the test card where there is none.

    A screen that exists but cannot be shared is an error: a test card in its place would mislead.
    Screens, regions and windows are captured by the `backend` of that name and by no other; "":
    by the best backend that works. With a name, the test card never takes the screen's place.

    Raises:
        UsageError: not words for a source, or not the name of a backend of this system.
        CaptureError: the source cannot be opened.
    """
    usable = backends(backend)
    if words is None:
        try:
            return _open_screen(None, usable)
        except (NoScreen, SourceLost) as error:
            if backend:
                raise
            return Choice(TestCard(), "testcard", f"sharing the test card, because {error}")
    word, colon, what = words.partition(":")
    choice = KINDS[word].choose(what if colon else None, usable) if word in KINDS else None
    if choice is not None:
        return choice
    raise UsageError(f"{words!r} is not a source; there are: {SOURCE_WORDS}")


def list_sources() -> list[Listed]:
    """Everything that can be shared here and now."""
    return [listed for kind in KINDS.values() for listed in kind.list()]


def _choose_screen(what: str | None, usable: Sequence[Backend]) -> Choice | None:
    if what is not None and not re.fullmatch(r"[1-9][0-9]{0,2}", what):
        return None
    return _open_screen(int(what) if what else None, usable)


def _open_screen(number: int | None, usable: Sequence[Backend]) -> Choice:
    name = f"screen:{number}" if number else "screen"
    makes = [partial(each.screen, number) for each in usable if each.screen]
    if not makes:
        raise _unable("screens", usable)
    return _first_that_opens(name, *makes)


def _list_screens() -> Sequence[Listed]:
    return next(each.list_screens for each in backends() if each.list_screens)()


def _choose_region(what: str | None, usable: Sequence[Backend]) -> Choice | None:
    region = parse_region(what or "")
    if region is None:
        return None
    makes = [partial(each.region, region) for each in usable if each.region]
    if not makes:
        raise _unable("regions", usable)
    return _first_that_opens(f"region:{what}", *makes)


def _choose_window(what: str | None, usable: Sequence[Backend]) -> Choice | None:
    if not what:
        return None
    makes = [partial(each.window, what) for each in usable if each.window]
    if not makes:
        raise _unable("single windows", usable)
    try:
        return _first_that_opens(f"window:{what}", *makes)
    except BackendMissing as missing:
        raise SourceUnavailable(str(missing)) from missing


def _list_windows() -> Sequence[Listed]:
    listing = (each.list_windows for each in backends() if each.list_windows)
    return next(listing, tuple)()


def _unable(what: str, usable: Sequence[Backend]) -> SourceUnavailable:
    """None of the usable backends can capture `what`; others of this system may."""
    able = [each.name for each in backends() if what in each.abilities]
    if not able:
        return SourceUnavailable(f"{what} cannot be shared on this system; share `screen`")
    names = ", ".join(each.name for each in usable)
    cure = f"--backend {able[0]}, or leave --backend out"
    return SourceUnavailable(f"the backend {names} cannot capture {what}; use {cure}")


def _choose_camera(what: str | None, _: Sequence[Backend]) -> Choice | None:
    if what == "":
        return None
    return _first_that_opens(f"camera:{what}" if what else "camera", lambda: _camera(what or ""))


def _camera(wanted: str) -> Source:
    from .camera import CameraSource

    return CameraSource(wanted)


def _list_cameras() -> list[Listed]:
    from .cameras import list_cameras

    return [Listed(f"camera:{n}", c.name) for n, c in enumerate(list_cameras(), start=1)]


def _choose_file(what: str | None, _: Sequence[Backend]) -> Choice | None:
    if not what:
        return None
    choice = _first_that_opens("file", lambda: _media_file(what))
    # Viewers read the name: no folders, no passwords.
    return replace(choice, name=f"file:{choice.label}")


def _media_file(address: str) -> Source:
    from .media_file import MediaFile

    return MediaFile(address)


def _choose_testcard(what: str | None, _: Sequence[Backend]) -> Choice | None:
    return Choice(TestCard(), "testcard") if what is None else None


def _list_testcard() -> list[Listed]:
    return [Listed("testcard", "a built-in moving picture")]


def _first_that_opens(name: str, *makes: MakeSource) -> Choice:
    """Best first.

    When none opens, the best one's complaint counts, for what it lacks is what needs a cure.
    """
    missing: BackendMissing | None = None
    for make in makes:
        try:
            source = make()
        except ImportError as error:
            missing = missing or BackendMissing(f"a system library is missing: {error}")
            continue
        try:
            source.open()
        except BackendMissing as error:
            missing = missing or error
            source.dispose()
            continue
        except CaptureError as error:
            source.dispose()
            if missing is not None and not isinstance(error, NoScreen):
                raise missing from error
            raise
        source.hand_over()
        return Choice(source, name, f"using a slower capture: {missing}" if missing else "")
    raise missing or SourceUnavailable("this system's screen cannot be shared")


KINDS: Final[dict[str, Kind]] = {
    "screen": Kind("screen, screen:N", _choose_screen, _list_screens),
    "window": Kind("window:TITLE, window:ID", _choose_window, _list_windows),
    "region": Kind("region:X,Y,W,H", _choose_region, tuple),
    "camera": Kind("camera, camera:N, camera:NAME", _choose_camera, _list_cameras),
    "file": Kind("file:PATH, file:URL", _choose_file, tuple),
    "testcard": Kind("testcard", _choose_testcard, _list_testcard),
}
"""By the word before the colon, in the order in which people are told of them."""

SOURCE_WORDS: Final = ", ".join(kind.forms for kind in KINDS.values())
