"""Opens the source that a spec of the command line names ("screen:2", "file:a.mp4"). Any thread.

The source stays open for its track's thread where its system allows that; otherwise it is closed,
and the track opens it again.
"""

from __future__ import annotations

import os
import re
import sys
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
from .hiding import NO_RULES, CaptureRules, Hidden
from .masked import hiding
from .region import parse_region
from .sound.base import SoundSource
from .systems import Backend, Listed, backends, of_this_session
from .testcard import TestCard

STANDARD_INPUT: Final = "-"
STANDARD_INPUT_ENDED: Final = "stdin ended"
"""Why there are no more pictures of it."""

MakeSource = Callable[[], Source]


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A source that was opened and handed over (`Source.hand_over`) to its track's thread.

    `name` names its stream; `note` is what people should know about it, or "". `label` and `sound`
    are copies from now: the event loop reads them here, because the source belongs to the track's
    thread from now on.
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
    """One kind of source: the forms of its specs, how to open one, and how to list them.

    `open` takes what follows the spec's colon (None: no colon), the backends that it may use for a
    screen or a window, and what must be hidden. It returns None when the spec makes no sense, and
    raises as `open_source` does.
    """

    forms: str
    open: Callable[[str | None, Sequence[Backend], Hidden], OpenedSource | None]
    list: Callable[[], Sequence[Listed]]


def open_source(spec: str | None, rules: CaptureRules = NO_RULES) -> OpenedSource:
    """Open the source that `spec` names; None: the screen, or the test card where there is none.

    A screen that exists but cannot be shared is an error: a test card in its place would mislead.
    Screens, regions and windows are captured by the backend that `rules` name and by no other; "":
    by the best backend that works. The test card never takes the screen's place when the rules name
    a backend or windows to hide.

    Raises:
        UsageError: `spec` names no source, or the rules name no backend of this system.
        CaptureError: the source cannot be opened, or cannot hide what the rules hide.
    """
    usable, hidden = of_this_session(backends(rules.backend)), rules.hidden
    if spec is None:
        try:
            return _open_screen(None, usable, hidden)
        except (NoScreen, SourceLost) as error:
            if rules.backend or hidden.windows:
                raise
            return OpenedSource(TestCard(), "testcard", f"sharing the test card, because {error}")
    word, colon, what = spec.partition(":")
    opened = KINDS[word].open(what if colon else None, usable, hidden) if word in KINDS else None
    if opened is not None:
        return opened
    raise UsageError(_why_no_source(spec))


def _why_no_source(spec: str) -> str:
    word = spec.partition(":")[0]
    if re.match("[a-z]+://", spec):  # it may have a secret in it
        return "for what another Samescreen shares write host:LINK, for a film file:LINK"
    if word not in KINDS and os.path.isfile(spec):
        return f"{spec!r} is a file; share it as file:{spec}"
    kind = KINDS.get(word.lower())
    return f"{spec!r} is not a source; there are: {kind.forms if kind else SOURCE_SPECS}"


def list_sources() -> list[Listed]:
    """Everything that can be shared here and now."""
    return [listed for kind in KINDS.values() for listed in kind.list()]


def _screen_source(
    what: str | None, usable: Sequence[Backend], hidden: Hidden
) -> OpenedSource | None:
    if what is None or re.fullmatch(r"[1-9][0-9]{0,2}", what):
        return _open_screen(int(what) if what else None, usable, hidden)
    if new := re.fullmatch(r"new(?:=([1-9][0-9]{2,3})x([1-9][0-9]{2,3}))?", what):
        return _open_new_screen((int(new[1] or 0), int(new[2] or 0)), usable, hidden)
    makes = [partial(each.named_screen, what) for each in usable if each.named_screen]
    if not makes or not re.fullmatch(r"[\w.-]{1,64}", what):
        return None
    return _open_first_working(f"screen:{what}", hidden, *makes)


def _open_screen(number: int | None, usable: Sequence[Backend], hidden: Hidden) -> OpenedSource:
    name = f"screen:{number}" if number else "screen"
    makes = [partial(each.screen, number) for each in usable if each.screen]
    if not makes:
        raise _unable("screens", usable)
    return _open_first_working(name, hidden, *makes)


def _open_new_screen(
    size: tuple[int, int], usable: Sequence[Backend], hidden: Hidden
) -> OpenedSource:
    makes = [partial(each.new_screen, size) for each in usable if each.new_screen]
    if not makes:
        raise SourceUnavailable("this desktop cannot make a new screen; share `screen`")
    return _open_first_working("screen:new", hidden, *makes)


def _list_screens() -> Sequence[Listed]:
    return next(each.list_screens for each in of_this_session(backends()) if each.list_screens)()


def _region_source(
    what: str | None, usable: Sequence[Backend], hidden: Hidden
) -> OpenedSource | None:
    region = parse_region(what or "")
    if region is None:
        return None
    makes = [partial(each.region, region) for each in usable if each.region]
    if not makes:
        raise _unable("regions", usable)
    return _open_first_working(f"region:{what}", hidden, *makes)


def _window_source(
    what: str | None, usable: Sequence[Backend], hidden: Hidden
) -> OpenedSource | None:
    if not what:
        return None
    makes = [partial(each.window, what) for each in usable if each.window]
    if not makes:
        raise _unable("single windows", usable)
    try:
        return _open_first_working(f"window:{what}", hidden, *makes)
    except BackendMissing as missing:
        raise SourceUnavailable(str(missing)) from missing


def _list_windows() -> Sequence[Listed]:
    listing = (each.list_windows for each in of_this_session(backends()) if each.list_windows)
    return next(listing, tuple)()


def _unable(what: str, usable: Sequence[Backend]) -> SourceUnavailable:
    """None of the usable backends can capture `what`; others of this system may."""
    able = [each.name for each in of_this_session(backends()) if what in each.abilities]
    if not able:
        return SourceUnavailable(f"{what} cannot be shared on this system; share `screen`")
    names = ", ".join(each.name for each in usable)
    cure = f"--backend {able[0]}, or leave --backend out"
    return SourceUnavailable(f"the backend {names} cannot capture {what}; use {cure}")


def _camera_source(
    what: str | None, _: Sequence[Backend], hidden: Hidden
) -> OpenedSource | None:
    if what == "":
        return None
    name = f"camera:{what}" if what else "camera"
    return _open_first_working(name, hidden, lambda: _camera(what or ""))


def _camera(wanted: str) -> Source:
    from .camera import CameraSource

    return CameraSource(wanted)


def _list_cameras() -> list[Listed]:
    from .cameras import list_cameras

    return [Listed(f"camera:{n}", c.name) for n, c in enumerate(list_cameras(), start=1)]


def _file_source(what: str | None, _: Sequence[Backend], hidden: Hidden) -> OpenedSource | None:
    if not what:
        return None
    opened = _open_first_working("file", hidden, lambda: _media_file(what))
    # Viewers read the name: no folders, no passwords.
    return replace(opened, name=f"file:{opened.label}")


def _media_file(address: str) -> Source:
    from .media_file import MediaFile

    return MediaFile(address)


def _standard_input(
    what: str | None, _: Sequence[Backend], hidden: Hidden
) -> OpenedSource | None:
    if what is not None:
        return None
    if sys.platform == "win32":
        raise SourceUnavailable("stdin cannot be shared on this system; share `file:PATH`")
    return _open_first_working("stdin", hidden, lambda: _media_file("/dev/stdin"))


def _listening_source(
    what: str | None, _: Sequence[Backend], hidden: Hidden
) -> OpenedSource | None:
    if not what:
        return None
    from .rtmp.address import parse_listen
    from .rtmp.source import PublishedSource

    address = parse_listen(what)
    # Viewers read the name: no key.
    name = f"listen:{address.port}"
    return _open_first_working(name, hidden, lambda: PublishedSource(address))


def _testcard_source(
    what: str | None, _: Sequence[Backend], hidden: Hidden
) -> OpenedSource | None:
    if what is not None:
        return None
    return OpenedSource(hiding(TestCard(), hidden, "the test card"), "testcard")


def _far_source(what: str | None, _: Sequence[Backend], hidden: Hidden) -> OpenedSource | None:
    from .far import FarSource, parse_far

    address = parse_far(what or "")
    if hidden.windows or hidden.regions:
        raise SourceUnavailable(
            "nothing can be painted out of what another host shares; leave --hide-window and "
            "--hide-region out"
        )
    source = FarSource(address)
    return OpenedSource(source, source.label)


def _list_testcard() -> list[Listed]:
    return [Listed("testcard", "a built-in moving picture")]


def _open_first_working(name: str, hidden: Hidden, *makes: MakeSource) -> OpenedSource:
    """Try the sources in order, best first, and keep the first that opens.

    When none opens, raise the error of the best one: what it lacks is what people should install.
    """
    missing: BackendMissing | None = None
    for make in makes:
        try:
            source = make()
        except ImportError as error:
            missing = missing or BackendMissing(f"a system library is missing: {error}")
            continue
        source = _hiding(source, hidden, name, missing)
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
        return OpenedSource(source, name, _note(source, missing))
    raise missing or SourceUnavailable("this system's screen cannot be shared")


def _hiding(
    source: Source, hidden: Hidden, name: str, missing: BackendMissing | None
) -> Source:
    """As `hiding`; the error says too what a better backend lacks."""
    try:
        return hiding(source, hidden, name)
    except SourceUnavailable as error:
        raise SourceUnavailable(f"{error} ({missing})" if missing else str(error)) from missing


def _note(source: Source, missing: BackendMissing | None) -> str:
    slower = f"using a slower capture: {missing}" if missing else ""
    names = ", ".join(repr(name) for name in source.waits_for)
    waits = f"--hide-window waits for {names}: no window has that name yet" if names else ""
    return "; ".join(filter(None, (slower, waits)))


KINDS: Final[dict[str, Kind]] = {
    "screen": Kind("screen, screen:N, screen:NAME, screen:new=WxH", _screen_source, _list_screens),
    "window": Kind("window:TITLE, window:ID", _window_source, _list_windows),
    "region": Kind("region:X,Y,W,H", _region_source, tuple),
    "camera": Kind("camera, camera:N, camera:NAME", _camera_source, _list_cameras),
    "file": Kind("file:PATH, file:URL", _file_source, tuple),
    "host": Kind("host:URL", _far_source, tuple),
    "listen": Kind("listen:rtmp://ADDRESS:PORT/APP/KEY", _listening_source, tuple),
    STANDARD_INPUT: Kind("-", _standard_input, tuple),
    "testcard": Kind("testcard", _testcard_source, _list_testcard),
}
"""By the word before the colon, in the order in which `samescreen sources` lists them."""

SOURCE_SPECS: Final = ", ".join(kind.forms for kind in KINDS.values())
