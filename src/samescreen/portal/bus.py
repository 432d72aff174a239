"""A connection to a D-Bus, by default the session's, and calls of the desktop's portal on it.

One thread at a time; only a request waits for a person.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, message_bus
from jeepney import new_method_call as new_call
from jeepney.io.blocking import DBusConnection, prep_socket

from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.waker import readable

PORTAL: Final = "org.freedesktop.portal.Desktop"
PATH: Final = "/org/freedesktop/portal/desktop"
REQUEST: Final = "org.freedesktop.portal.Request"
SESSION: Final = "org.freedesktop.portal.Session"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_LOOK_S: Final = 0.25
"""How often a wait looks whether it is over."""

ANSWER_S: Final = 30.0
"""The bus may have to start the portal first, for which it takes 25 s at most."""

NO_SESSION: Final = (
    "no desktop session here; run it inside the session, or set XDG_RUNTIME_DIR, WAYLAND_DISPLAY "
    "and DBUS_SESSION_BUS_ADDRESS"
)
NOT_THEIRS: Final = "run it as the user whose screen it is, without sudo"
NO_PORTAL: Final = (
    "xdg-desktop-portal is not installed or not running (Debian: apt install xdg-desktop-portal)"
)
SLOW: Final = (
    "the portal took too long to start; try: systemctl --user restart xdg-desktop-portal"
)

Options = Mapping[str, tuple[str, Any]]
"""a{sv}: for each key the value's signature and the value."""


class CallRefused(Exception):
    """A call got an error for an answer. `name`: of the error, as D-Bus has it."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


def bus_address(environment: Mapping[str, str]) -> str:
    """The path of the session bus's socket; "": there is none. "\\0…" is an abstract one."""
    named = environment.get("DBUS_SESSION_BUS_ADDRESS", "")
    if named == "disabled:":  # as libdbus has it
        return ""
    for each in named.split(";"):
        kind, _, rest = each.partition(":")
        pairs = dict(pair.partition("=")[::2] for pair in rest.split(","))
        if kind == "unix" and "path" in pairs:
            return pairs["path"]
        if kind == "unix" and "abstract" in pairs:
            return "\0" + pairs["abstract"]
    folder = environment.get("XDG_RUNTIME_DIR", "")
    usual = os.path.join(folder, "bus")
    return usual if folder and os.path.exists(usual) else ""


def system_bus_address(environment: Mapping[str, str]) -> str:
    """The path of the system bus's socket; "": there is none."""
    named = environment.get("DBUS_SYSTEM_BUS_ADDRESS", "").removeprefix("unix:path=")
    path = named or "/run/dbus/system_bus_socket"
    return path if os.path.exists(path) else ""


class Bus:
    """A connection to a bus, without `address` to that of the session.

    What the portal opened for a connection ends with it.

    Raises:
        SourceUnavailable: there is no bus, or this user may not use it.
    """

    def __init__(
        self, environment: Mapping[str, str] = os.environ, *, address: str | None = None
    ) -> None:
        address = bus_address(environment) if address is None else address
        if not address:
            raise SourceUnavailable(NO_SESSION)
        try:
            self._connection = DBusConnection(prep_socket(address, True), True)
        except (ConnectionResetError, PermissionError) as error:
            raise SourceUnavailable(NOT_THEIRS) from error
        except (OSError, TimeoutError, ValueError) as error:
            raise SourceUnavailable(NO_SESSION) from error
        self._tokens = count(1)
        self._prefix = f"samescreen{os.getpid()}"

    @property
    def fd(self) -> int:
        """Readable when messages wait."""
        return int(self._connection.sock.fileno())

    @property
    def own_name(self) -> str:
        return str(self._connection.unique_name)

    def new_token(self) -> str:
        """A name for a request or a session, which no other of this process has."""
        return f"{self._prefix}_{next(self._tokens)}"

    def call(
        self,
        interface: str,
        method: str,
        signature: str = "",
        *values: Any,
        path: str = PATH,
        service: str = PORTAL,
        within_s: float = ANSWER_S,
    ) -> tuple[Any, ...]:
        """What a method of the portal's answers.

        Raises:
            CallRefused: it answered with an error.
            SourceUnavailable: there is no portal.
            SourceLost: the bus is gone.
        """
        address = DBusAddress(path, bus_name=service, interface=interface)
        message = new_call(address, method, signature or None, values)
        try:
            reply = self._connection.send_and_get_reply(message, timeout=within_s)
        except TimeoutError as error:
            raise SourceUnavailable(SLOW) from error
        except OSError as error:
            raise SourceLost("the desktop session's bus went away") from error
        if reply.header.message_type == MessageType.error:
            name = str(reply.header.fields.get(HeaderFields.error_name, ""))
            _raise_missing(name)
            raise CallRefused(name, str(reply.body[0]) if reply.body else name)
        return tuple(reply.body)

    def read_property(
        self, interface: str, name: str, *, path: str = PATH, service: str = PORTAL
    ) -> Any:
        """A property, without `path` and `service` of the portal's. Raises as `call`."""
        read = self.call(PROPERTIES, "Get", "ss", interface, name, path=path, service=service)
        return read[0][1]

    def listen(
        self, interface: str, signal: str, path: str | None, *, about: str | None = None
    ) -> deque[Message]:
        """Where this signal's messages arrive from now on, the oldest first. Raises as `call`.

        `path`: of the object that sends it; None: any. `about`: only those with this text as their
        first value.
        """
        rule = MatchRule(type="signal", interface=interface, member=signal, path=path)
        if about is not None:
            rule.add_arg_condition(0, about)
        queue: deque[Message] = deque()
        self._connection.filter(rule, queue=queue)
        add = message_bus.AddMatch(rule)
        try:
            self._connection.send_and_get_reply(add, timeout=ANSWER_S)
        except (TimeoutError, OSError) as error:
            raise SourceLost("the desktop session's bus went away") from error
        return queue

    def wait_for(
        self,
        queue: deque[Message],
        within_s: float | None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Message | None:
        """The next message there; None: none came in time, or it `is_over`.

        Raises:
            SourceLost: the bus is gone.
        """
        until_s = None if within_s is None else time.monotonic() + within_s
        while not queue and not is_over():
            left_s = _LOOK_S if until_s is None else until_s - time.monotonic()
            if left_s <= 0:
                return None
            self._receive(min(left_s, _LOOK_S))
        return queue.popleft() if queue else None

    def read(self) -> None:
        """Take in the messages that have arrived. Raises as `wait_for`."""
        while readable([self.fd], 0):
            self._receive(0)

    def close(self) -> None:
        self._connection.close()

    def _receive(self, timeout_s: float | None) -> None:
        try:
            self._connection.recv_messages(timeout=timeout_s)
        except TimeoutError:
            pass
        except OSError as error:
            raise SourceLost("the desktop session's bus went away") from error


def _raise_missing(name: str) -> None:
    """Raise SourceUnavailable if an error of this name says that there is no portal."""
    if name.endswith((".ServiceUnknown", ".Spawn.ServiceNotFound", ".NameHasNoOwner")):
        raise SourceUnavailable(NO_PORTAL)
    if name.endswith((".NoReply", ".TimedOut", ".Timeout")):
        raise SourceUnavailable(SLOW)
    if ".Error.Spawn." in name:
        raise SourceUnavailable(
            "the portal cannot be started; see: journalctl --user -u 'xdg-desktop-portal*'"
        )
