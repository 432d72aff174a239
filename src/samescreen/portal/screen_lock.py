"""Follows whether the screen of this session is locked. On a thread of its own, which sleeps.

systemd-logind knows it for GNOME, KDE and whatever sets the session's LockedHint, xss-lock for
example; screen lockers say it on the session bus. Nothing is started by asking: a locker that does
not run has locked nothing. The X server and wlroots compositors tell nobody.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

from jeepney import Message

from samescreen.errors import CaptureError, SourceUnavailable
from samescreen.waker import Waker

from .bus import PROPERTIES, Bus, CallRefused, bus_address, system_bus_address

_log: Final = logging.getLogger(__name__)

_BUS: Final = "org.freedesktop.DBus"
_BUS_PATH: Final = "/org/freedesktop/DBus"
_LOGIN: Final = "org.freedesktop.login1"
_SESSION: Final = "org.freedesktop.login1.Session"
_OWN_USER: Final = "/org/freedesktop/login1/user/self"
_END_S: Final = 1.0

LOCKERS: Final[Mapping[str, str]] = {
    "org.gnome.ScreenSaver": "/org/gnome/ScreenSaver",
    "org.freedesktop.ScreenSaver": "/org/freedesktop/ScreenSaver",
    "org.cinnamon.ScreenSaver": "/org/cinnamon/ScreenSaver",
    "org.mate.ScreenSaver": "/org/mate/ScreenSaver",
    "org.xfce.ScreenSaver": "/org/xfce/ScreenSaver",
}
"""Services with GetActive and ActiveChanged, each with its object. The service is the interface."""


class ScreenLock:
    """Calls `report` with whether the screen is locked: at first if it is, then on change.

    From its construction to `close`. `report` is called on the thread. The session is the one of
    this environment: that of an X display of our own is not the one that somebody logged in to.
    """

    def __init__(
        self, report: Callable[[bool], None], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._report = report
        self._session = bus_address(environment)
        self._system = system_bus_address(environment)
        self._screen = _Screen.of(environment)
        self._waker = Waker()
        self._is_closed = False
        self._was_locked = False
        self._thread = threading.Thread(target=self._run, name="screen-lock", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Report nothing any more. Any thread; waits for the end of a report."""
        self._is_closed = True
        self._waker.wake()
        self._thread.join(_END_S)

    @property
    def is_following(self) -> bool:
        """Whether anything says when the screen is locked, or has not been asked yet."""
        return self._thread.is_alive()

    def _run(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._waker.close)
            views: list[_Login | _Lockers] = []
            for make, address in (
                (partial(_Login, self._screen), self._system), (_Lockers, self._session)
            ):
                try:
                    bus = Bus(address=address)
                    stack.callback(bus.close)
                    views.append(make(bus))
                except (CaptureError, CallRefused) as error:
                    _log.debug("one of the buses says nothing of locks: %s", error)
            try:
                self._follow(views)
            except CaptureError as error:
                _log.debug("nothing says any more whether the screen is locked: %s", error)
                self._say(False)

    def _follow(self, views: list[_Login | _Lockers]) -> None:
        """Raises CaptureError: a bus went away."""
        fds = [view.bus.fd for view in views]
        while views and not self._is_closed:
            for view in views:
                view.update()
            self._say(any(view.is_locked for view in views))
            self._waker.wait(None, *fds)

    def _say(self, is_locked: bool) -> None:
        if is_locked != self._was_locked and not self._is_closed:
            self._was_locked = is_locked
            self._report(is_locked)


@dataclass(frozen=True, slots=True)
class _Screen:
    """What an environment names: a Wayland compositor, else the X display `display`."""

    display: str
    is_wayland: bool
    is_own: bool = False
    """A compositor that is named by its path is one of our own, or another that is no session."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        wayland = environment.get("WAYLAND_DISPLAY", "")
        is_wayland = bool(wayland) or environment.get("XDG_SESSION_TYPE") == "wayland"
        display = environment.get("DISPLAY", "").partition(".")[0]
        return cls(display, is_wayland, is_own="/" in wayland)

    def is_of(self, kind: str, display: str) -> bool:
        """Whether a session of logind with this Type and Display shows it."""
        if self.is_own:
            return False
        if kind == "wayland" or self.is_wayland:
            return kind != "x11" and self.is_wayland
        return display in ("", self.display)


class _Login:
    """What systemd-logind says of this user's graphical session, or else of this process's.

    Raises:
        CaptureError, CallRefused: it says nothing of the session that shows this screen.
    """

    def __init__(self, screen: _Screen, bus: Bus) -> None:
        self.bus = bus
        path = self._path()
        kind, display, is_locked = (
            bus.read_property(_SESSION, name, path=path, service=_LOGIN)
            for name in ("Type", "Display", "LockedHint")
        )
        if not screen.is_of(kind, display):
            raise SourceUnavailable("logind knows another session than that of this screen")
        self._news = bus.listen(PROPERTIES, "PropertiesChanged", path, about=_SESSION)
        self.is_locked = bool(is_locked)

    def _path(self) -> str:
        try:
            graphical = self.bus.read_property(
                f"{_LOGIN}.User", "Display", path=_OWN_USER, service=_LOGIN
            )
        except CallRefused:
            graphical = ("", "/")
        if graphical[1] != "/":
            return str(graphical[1])
        manager = (f"{_LOGIN}.Manager", "GetSessionByPID", "u", os.getpid())
        return str(self.bus.call(*manager, path="/org/freedesktop/login1", service=_LOGIN)[0])

    def update(self) -> None:
        self.bus.read()
        for body in _taken(self._news):
            changed = body[1]
            if "LockedHint" in changed:
                self.is_locked = bool(changed["LockedHint"][1])


class _Lockers:
    """What the screen lockers on the session bus say. Raises CaptureError: there is no such bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._active: set[str] = set()
        self._news = {name: bus.listen(name, "ActiveChanged", None) for name in LOCKERS}
        self._owners = {
            name: bus.listen(_BUS, "NameOwnerChanged", _BUS_PATH, about=name) for name in LOCKERS
        }
        for name, path in LOCKERS.items():
            if self._is_active(name, path):
                self._active.add(name)

    @property
    def is_locked(self) -> bool:
        return bool(self._active)

    def _is_active(self, name: str, path: str) -> bool:
        try:
            asked = (_BUS, "NameHasOwner", "s", name)
            if not self.bus.call(*asked, path=_BUS_PATH, service=_BUS)[0]:
                return False
            return bool(self.bus.call(name, "GetActive", path=path, service=name)[0])
        except CallRefused:
            return False

    def update(self) -> None:
        self.bus.read()
        for name in LOCKERS:
            for body in _taken(self._news[name]):
                self._set(name, is_active=bool(body[0]))
            for body in _taken(self._owners[name]):
                if not body[2]:  # it ended, and its lock with it
                    self._set(name, is_active=False)

    def _set(self, name: str, *, is_active: bool) -> None:
        if is_active:
            self._active.add(name)
        else:
            self._active.discard(name)


def _taken(queue: deque[Message]) -> list[tuple[Any, ...]]:
    """The values of all signals that wait there."""
    bodies = [tuple(message.body) for message in queue]
    queue.clear()
    return bodies
