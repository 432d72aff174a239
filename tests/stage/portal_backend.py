"""A stand-in for a desktop's own part of the portal, behind the real xdg-desktop-portal.

Run as `python -m tests.stage.portal_backend FOLDER`. It answers as FOLDER/answers.json says at that
moment, and writes each call as a line of FOLDER/calls.jsonl. A file FOLDER/stop makes it end all
sessions, as somebody's "Stop" does.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

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
from jeepney.io.blocking import DBusConnection, open_dbus_connection

NAME: Final = "org.freedesktop.impl.portal.desktop.fake"
_IMPL: Final = "org.freedesktop.impl.portal."
_RESULT: Final = "ua{sv}"


class Backend:
    """Answers the calls of xdg-desktop-portal."""

    def __init__(self, folder: Path, connection: DBusConnection) -> None:
        self._folder = folder
        self._connection = connection
        self._sessions: list[str] = []
        self._held: list[tuple[float, Message, tuple[Any, ...]]] = []

    def run(self) -> None:
        (self._folder / "ready").touch()
        while True:
            with suppress(TimeoutError):
                self._take(self._connection.receive(timeout=0.02))
            now = time.monotonic()
            for due, message, body in [each for each in self._held if each[0] <= now]:
                self._held.remove((due, message, body))
                self._connection.send(new_method_return(message, _RESULT, body))
            if (self._folder / "stop").exists():
                (self._folder / "stop").unlink()
                self._stop()

    def _stop(self) -> None:
        for path in self._sessions:
            session = DBusAddress(path, interface=f"{_IMPL}Session")
            self._connection.send(new_signal(session, "Closed"))
        self._sessions.clear()

    def _take(self, message: Message) -> None:
        if message.header.message_type != MessageType.method_call:
            return
        fields = message.header.fields
        interface = str(fields.get(HeaderFields.interface, ""))
        member = str(fields.get(HeaderFields.member, ""))
        answers = json.loads((self._folder / "answers.json").read_text())
        if interface == "org.freedesktop.DBus.Properties":
            self._tell_property(message, member, answers)
            return
        interface = interface.removeprefix(_IMPL)
        with (self._folder / "calls.jsonl").open("a") as file:
            file.write(json.dumps([interface, member, _plain(message.body)]) + "\n")
        if interface not in ("ScreenCast", "RemoteDesktop", "Session"):
            self._connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
        elif member == "Start":
            self._start(message, interface, answers)
        elif member in ("CreateSession", "SelectSources", "SelectDevices"):
            if member == "CreateSession":
                self._sessions.append(message.body[1])
            self._connection.send(new_method_return(message, _RESULT, (0, {})))
        else:
            self._connection.send(new_method_return(message))

    def _start(self, message: Message, interface: str, answers: dict[str, Any]) -> None:
        streams = [
            (node, {name: (kind, _typed(kind, value)) for name, (kind, value) in named.items()})
            for node, named in answers["streams"]
        ]
        results: dict[str, Any] = {"streams": ("a(ua{sv})", streams)}
        if interface == "RemoteDesktop":
            results["devices"] = ("u", answers.get("devices", 3))
        if answers.get("restore"):
            results["persist_mode"] = ("u", 2)
            results["restore_data"] = ("(suv)", ("fake", 1, ("s", answers["restore"])))
        code = answers.get("response", 0)
        body = (code, results if code == 0 else {})
        restores = bool(answers.get("is_restoring"))
        delay = answers.get("restored_s" if restores else "delay_s", 0)
        self._held.append((time.monotonic() + delay, message, body))

    def _tell_property(self, message: Message, member: str, answers: dict[str, Any]) -> None:
        values = {
            "AvailableSourceTypes": ("u", answers.get("sources", 7)),
            "AvailableCursorModes": ("u", answers.get("pointers", 7)),
            "AvailableDeviceTypes": ("u", answers.get("devices", 3)),
            "version": ("u", answers.get("version", 4)),
        }
        if member == "GetAll":
            self._connection.send(new_method_return(message, "a{sv}", (values,)))
        else:
            self._connection.send(new_method_return(message, "v", (values[message.body[1]],)))


def _typed(kind: str, value: Any) -> Any:
    return tuple(value) if kind.startswith("(") else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float) else repr(value)


def main() -> None:
    connection = open_dbus_connection("SESSION")
    connection.send_and_get_reply(message_bus.RequestName(NAME))
    Backend(Path(sys.argv[1]), connection).run()


if __name__ == "__main__":
    main()
