"""A session of the desktop's portal: what somebody chose in its dialog, for as long as it lasts.

One thread at a time. A request's answer is a signal, which is awaited before the request is sent.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag
from typing import Any, Final

from jeepney import Message

from samescreen.errors import CaptureError, SourceLost, SourceUnavailable

from .bus import ANSWER_S, PATH, REQUEST, SESSION, SLOW, Bus, CallRefused, Options
from .tokens import Tokens

SCREEN_CAST: Final = "org.freedesktop.portal.ScreenCast"
REMOTE_DESKTOP: Final = "org.freedesktop.portal.RemoteDesktop"
_RESTORE_S: Final = 10.0
"""A portal that knows its token answers at once; one that waits longer has forgotten it."""

_NO_REMOTE: Final = "this desktop's portal has no remote control; viewers can only watch"
_UNTIL_REVOKED: Final = 2
_NOTHING: Final[Options] = {}
REFUSED: Final = "sharing was refused in the dialog; share again to be asked once more"
FAILED: Final = (
    "the desktop could not start the share; see: journalctl --user -u 'xdg-desktop-portal*'"
)


class Source(IntFlag):
    """What somebody may choose from."""

    MONITOR = 1
    WINDOW = 2
    VIRTUAL = 4


class Pointer(IntEnum):
    """Where the mouse pointer is."""

    HIDDEN = 1
    EMBEDDED = 2
    METADATA = 4


@dataclass(frozen=True, slots=True)
class Ability:
    """What a desktop's portal can do: its version, what it can share, where the pointer can be.

    `remote`: the version of its remote control; 0: not asked for.
    """

    version: int
    sources: int
    pointers: int
    remote: int = 0

    @property
    def pointer(self) -> Pointer | None:
        """The best place for the pointer; None: the portal names none."""
        order = (Pointer.METADATA, Pointer.EMBEDDED, Pointer.HIDDEN)
        return next((each for each in order if self.pointers & each), None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to ask for. `kind` names the token that is kept for it.

    `devices`: 1 keyboard, 2 pointer; 0: only to see. `draws_pointer`: the pointer is to be in the
    pictures.
    """

    kind: str
    sources: int
    devices: int = 0
    draws_pointer: bool = False

    @property
    def interface(self) -> str:
        return REMOTE_DESKTOP if self.devices else SCREEN_CAST


@dataclass(frozen=True, slots=True)
class Shared:
    """One stream that somebody chose: PipeWire's `node`, and where it lies on the desktop.

    `position` and `size` are in the desktop's own units; None: the portal does not say.
    """

    node: int
    serial: str = ""
    position: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    mapping: str = ""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Try:
    """One attempt to start: with which token, and how long to wait for an answer."""

    token: str
    within_s: float | None
    gives_up: Callable[[], bool]


class _NoAnswer(Exception):
    """A request got no answer within its limit."""


def ability(bus: Bus, interface: str = SCREEN_CAST) -> Ability:
    """What this desktop's portal can share; with REMOTE_DESKTOP, also whether viewers may act.

    Raises:
        CaptureError: there is none, or it cannot share screens; the message has the cure.
    """
    try:
        version, sources, pointers = (
            int(bus.read_property(SCREEN_CAST, name))
            for name in ("version", "AvailableSourceTypes", "AvailableCursorModes")
        )
    except CallRefused as error:
        raise SourceUnavailable(_no_screen_cast()) from error
    remote = 0
    if interface == REMOTE_DESKTOP:
        try:
            remote = int(bus.read_property(REMOTE_DESKTOP, "version"))
        except CallRefused as error:
            raise SourceUnavailable(_NO_REMOTE) from error
    return Ability(version, sources, pointers, remote)


def _no_screen_cast() -> str:
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "")
    return (
        "this desktop's portal cannot share screens; install xdg-desktop-portal-gnome, -kde or "
        f"-wlr; XDG_CURRENT_DESKTOP is {desktop!r}"
    )


class Session:
    """What somebody chose, open until `close`, or until they press "Stop"."""

    def __init__(self, bus: Bus, able: Ability, wish: Wish) -> None:
        self.streams: tuple[Shared, ...] = ()
        self.devices = 0
        self._bus = bus
        self._able = able
        self._wish = wish
        self._is_over = False
        self._closed: deque[Message] = deque()
        given = {"session_handle_token": _text(bus.new_token())}
        answer = self._ask(wish.interface, "CreateSession", "", given=given)
        self._path = str(answer["session_handle"])
        self._closed = bus.listen(SESSION, "Closed", self._path)

    @property
    def path(self) -> str:
        return self._path

    @property
    def reports_pointer(self) -> bool:
        """Whether the pointer comes beside the pictures."""
        return self._pointer is Pointer.METADATA

    @property
    def _pointer(self) -> Pointer | None:
        if self._wish.draws_pointer and self._able.pointers & Pointer.EMBEDDED:
            return Pointer.EMBEDDED
        return self._able.pointer

    def start(
        self, token: str, within_s: float | None, gives_up: Callable[[], bool] = _never
    ) -> str:
        """Ask for what is wished, and wait for the person. Returns the token to keep.

        Raises:
            CaptureError: it was refused, or failed.
            _NoAnswer: not within `within_s`.
        """
        keeping: dict[str, tuple[str, Any]] = {}
        if self._able.remote >= 2 if self._wish.devices else self._able.version >= 4:
            keeping["persist_mode"] = ("u", _UNTIL_REVOKED)
            if token:
                keeping["restore_token"] = _text(token)
        select: dict[str, tuple[str, Any]] = {"types": ("u", self._wish.sources)}
        if (pointer := self._pointer) is not None:
            select["cursor_mode"] = ("u", int(pointer))
        if self._wish.devices:
            given = {"types": ("u", self._wish.devices), **keeping}
            self._ask(REMOTE_DESKTOP, "SelectDevices", "o", self._path, given=given)
        else:
            select |= keeping
        self._ask(SCREEN_CAST, "SelectSources", "o", self._path, given=select)
        interface = self._wish.interface
        answer = self._ask(
            interface, "Start", "os", self._path, "", within_s=within_s, gives_up=gives_up
        )
        self.streams = tuple(map(_shared, answer.get("streams", ())))
        self.devices = int(answer.get("devices", 0))
        return str(answer.get("restore_token", ""))

    def open_remote(self) -> int:
        """A connection to PipeWire that sees these streams only: its descriptor.

        Raises:
            CaptureError: the portal gives none.
        """
        try:
            answer = self._bus.call(
                SCREEN_CAST, "OpenPipeWireRemote", "oa{sv}", self._path, {}
            )
        except CallRefused as error:
            raise SourceUnavailable(FAILED) from error
        return int(answer[0].to_raw_fd())

    def is_over(self) -> bool:
        """Whether it has ended, for instance by somebody's "Stop".

        Raises:
            SourceLost: the bus is gone.
        """
        self._bus.read()
        self._is_over = self._is_over or bool(self._closed)
        return self._is_over

    def close(self) -> None:
        """End it. Nothing if it has ended."""
        if not self._is_over:
            self._is_over = True
            with suppress(CallRefused, CaptureError):  # it ended meanwhile, or the desktop did
                self._bus.call(SESSION, "Close", path=self._path, within_s=2.0)

    def _ask(
        self,
        interface: str,
        method: str,
        signature: str,
        *values: Any,
        given: Options = _NOTHING,
        within_s: float | None = ANSWER_S,
        gives_up: Callable[[], bool] = _never,
    ) -> Mapping[str, Any]:
        """Send a request, and wait for its answer."""
        bus, token = self._bus, self._bus.new_token()
        sender = bus.own_name[1:].replace(".", "_")
        answers = bus.listen(REQUEST, "Response", f"{PATH}/request/{sender}/{token}")
        options = {"handle_token": _text(token), **given}
        try:
            bus.call(interface, method, f"{signature}a{{sv}}", *values, options)
        except CallRefused as error:
            if "restore_token" in given and error.name.endswith(".InvalidArgument"):
                raise _NoAnswer from error  # no token of this portal's
            raise SourceUnavailable(f"{FAILED} ({error})") from error
        answer = bus.wait_for(answers, within_s, lambda: bool(self._closed) or gives_up())
        if answer is None:
            if self._closed:
                raise SourceUnavailable(REFUSED)
            if gives_up():
                raise SourceUnavailable("nobody answered the dialog while that was wanted")
            raise _NoAnswer
        code, results = answer.body
        if code:
            raise SourceUnavailable(REFUSED if code == 1 else FAILED)
        return {name: value for name, (_, value) in results.items()}


def open_session(
    bus: Bus,
    wish: Wish,
    tokens: Tokens,
    *,
    may_ask: bool = True,
    on_ask: Callable[[], None],
    gives_up: Callable[[], bool] = _never,
) -> Session:
    """A session of what somebody chooses now, or chose before.

    `may_ask`: whether a dialog may open. `on_ask` is called before one may. `gives_up`: asked now
    and then whether to wait for the person no longer.

    Raises:
        CaptureError: it was refused, or cannot be; the message has the cure.
    """
    able = ability(bus, wish.interface)
    wanted = wish.sources & able.sources
    if not wanted:
        raise SourceUnavailable(_cannot(wish))
    wish = replace(wish, sources=wanted)
    token = tokens.read(wish.kind)
    tries = ([(token, _RESTORE_S)] if token else []) + ([("", None)] if may_ask else [])
    for each, within_s in tries:
        if within_s is None:
            on_ask()
        try:
            return _started(bus, able, wish, tokens, _Try(each, within_s, gives_up))
        except _NoAnswer:
            if within_s is None:
                raise SourceUnavailable(SLOW) from None
    raise SourceLost("the desktop does not share its screen again by itself; share again")


def _started(bus: Bus, able: Ability, wish: Wish, tokens: Tokens, how: _Try) -> Session:
    session = Session(bus, able, wish)
    try:
        tokens.write(wish.kind, session.start(how.token, how.within_s, how.gives_up))
    except (CaptureError, _NoAnswer):
        session.close()
        raise
    return session


def _cannot(wish: Wish) -> str:
    if wish.sources == Source.VIRTUAL:
        return "this desktop cannot make a new screen; share `screen`"
    return _no_screen_cast()


def _shared(stream: tuple[int, Mapping[str, Any]]) -> Shared:
    node, properties = stream
    plain = {name: value for name, (_, value) in properties.items()}
    position, size = plain.get("position"), plain.get("size")
    return Shared(
        int(node),
        str(plain.get("pipewire-serial", "")),
        tuple(position) if position else None,
        tuple(size) if size else None,
        str(plain.get("mapping_id", "")),
    )


def _text(text: str) -> tuple[str, str]:
    return ("s", text)
