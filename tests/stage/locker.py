"""A stand-in for systemd-logind and screen lockers on a real bus. The bus is a `dbus-daemon`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Final, Self

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import open_dbus_connection

from samescreen.portal.bus import PROPERTIES
from tests.stage.timing import MS, eventually
from tests.stage.tools import find_tool, spawn

LOGIN: Final = "org.freedesktop.login1"
SESSION: Final = "/org/freedesktop/login1/session/_32"
USER: Final = "/org/freedesktop/login1/user/self"


class PrivateBus:
    """A bus of its own, as `address`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bus-"))
        self.address = f"unix:path={self.folder}/bus"
        self._daemon: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        options = ("--session", "--nofork", "--nopidfile", f"--address={self.address}")
        self._daemon = spawn((find_tool("dbus-daemon"), *options))
        eventually((self.folder / "bus").exists, what="the bus listens")
        return self

    def stop(self) -> None:
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait(5000 * MS)
            self._daemon = None
        shutil.rmtree(self.folder, ignore_errors=True)


class Service:
    """Owns `name` on a bus, and answers calls and reads of properties as `answers` says.

    `answers`: by method, or interface and property, the signature and the value. A call without an
    answer gets an error. `asked` lists what was called.
    """

    def __init__(self, bus: PrivateBus, name: str, answers: dict[str, tuple[str, Any]]) -> None:
        self.answers, self.asked = answers, list[str]()
        self._connection = open_dbus_connection(bus.address)
        self._connection.send_and_get_reply(message_bus.RequestName(name))
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def signal(self, path: str, interface: str, name: str, signature: str, *body: Any) -> None:
        """Send a signal."""
        address = DBusAddress(path, interface=interface)
        self._connection.send(new_signal(address, name, signature, body))

    def lock(self, *, is_locked: bool) -> None:
        """As logind: the session's LockedHint."""
        self.answers[f"{LOGIN}.Session.LockedHint"] = ("b", is_locked)
        changed = {"LockedHint": ("b", is_locked)}
        unreadable: list[str] = []
        body = (f"{LOGIN}.Session", changed, unreadable)
        self.signal(SESSION, PROPERTIES, "PropertiesChanged", "sa{sv}as", *body)

    def close(self) -> None:
        self._is_over = True
        self._thread.join(5000 * MS)
        self._connection.close()

    def _run(self) -> None:
        while not self._is_over:
            try:
                self._take(self._connection.receive(timeout=0.02))
            except TimeoutError:
                continue
            except OSError:
                return

    def _take(self, message: Message) -> None:
        if message.header.message_type != MessageType.method_call:
            return
        member = str(message.header.fields[HeaderFields.member])
        is_property = member == "Get"
        name = ".".join(message.body) if is_property else member
        self.asked.append(name)
        if name not in self.answers:
            unknown = "org.freedesktop.DBus.Error.UnknownMethod"
            self._connection.send(new_error(message, unknown, "s", (f"no {name} here",)))
            return
        signature, value = self.answers[name]
        if is_property:
            signature, value = "v", (signature, value)
        self._connection.send(new_method_return(message, signature, (value,)))


def login(
    bus: PrivateBus, kind: str = "wayland", display: str = "", *, is_locked: bool = False
) -> Service:
    """systemd-logind with one graphical session of this user."""
    answers: dict[str, tuple[str, Any]] = {
        f"{LOGIN}.User.Display": ("(so)", ("2", SESSION)),
        f"{LOGIN}.Session.Type": ("s", kind),
        f"{LOGIN}.Session.Display": ("s", display),
        f"{LOGIN}.Session.LockedHint": ("b", is_locked),
    }
    return Service(bus, LOGIN, answers)
