"""Opens a display of its own for a command: bus, sound, X server, windows, and then the command.

Blocks; not for the event loop. Everything that it starts ends with this process (`keeper.py`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from samescreen.errors import CaptureError, DisplayError

from .desktop import Desktop
from .ending import Ending
from .environment import environment_for, wayland_environment_for
from .kept import COMMAND, SERVER, KeptPrograms
from .servers import ServerProgram, installed_servers, write_cookie
from .services import OwnSink, start_bus
from .size import PLAIN_DPI, USUAL, Size
from .sway import PROGRAM, SwayDesktop, sway_command, sway_environment

_SERVER_S: Final = 10.0
_MANAGER: Final = "manager"
NO_MANAGER: Final = "none"
"""In place of a window manager's command: the command brings its own."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a display of its own is to be.

    `command`: the program and its arguments. `follows`: its size follows the window of whoever has
    control. `manager`: a window manager's command; (): the built-in one. `keeps`: it goes on when
    the command has ended. `has_sound`: it gets a sink. `is_wayland`: it is a sway, which manages
    its windows itself.
    """

    command: tuple[str, ...]
    size: Size = USUAL
    dpi: int = PLAIN_DPI
    follows: bool = True
    manager: tuple[str, ...] = ()
    keeps: bool = False
    has_sound: bool = True
    is_wayland: bool = False


class OwnDisplay:
    """A display from its construction to `close`; `start` starts the command on it.

    This process then has it as DISPLAY and XAUTHORITY, and captures it as its screen. `sink` is the
    sink that programs play to, or ""; `notes` are sentences on what is missing; `ending` says what
    became of the command.

    Raises:
        DisplayError: it cannot be made; the message names the cure.
    """

    def __init__(self, wanted: Wanted, base: Mapping[str, str]) -> None:
        servers = () if wanted.is_wayland else installed_servers()
        self._wanted = wanted
        self._stack = ExitStack()
        self._notes: list[str] = []
        self.sink = ""
        try:
            self._kept = KeptPrograms()
            self._stack.callback(self._kept.close)
            bus, sink = self._start_services(base)
            self.desktop: Desktop | SwayDesktop
            if wanted.is_wayland:
                self._open_sway(base, bus, sink)
            else:
                self._open_on_x(servers, base, bus, sink)
        except CaptureError as error:
            self.close()
            raise DisplayError(str(error)) from error
        except OSError as error:
            self.close()
            why = error.strerror or str(error)
            raise DisplayError(f"cannot write to {self._kept.folder}: {why}") from error
        except BaseException:
            self.close()
            raise
        known = wanted.manager == ()
        count = self.desktop.window_count
        server = "its compositor" if wanted.is_wayland else "its X server"
        self.ending = Ending(
            self._kept,
            wanted.command[0],
            lambda: count() if known else None,
            keeps=wanted.keeps,
            server=server,
        )

    def _open_on_x(
        self,
        servers: tuple[ServerProgram, ...],
        base: Mapping[str, str],
        bus: str,
        sink: OwnSink | None,
    ) -> None:
        wanted, cookie = self._wanted, self._kept.folder / "Xauthority"
        write_cookie(cookie)
        arguments = {
            each.path or "": each.arguments(wanted.size, wanted.dpi, cookie, wanted.follows)
            for each in servers
        }
        self.name, self.server = self._start_server(arguments, base)
        self.sink = self._name_of(sink)
        self.env = environment_for(base, self.name, str(cookie), bus, self.sink)
        self._enter_here()
        self.desktop = self._open_desktop()

    def _open_sway(self, base: Mapping[str, str], bus: str, sink: OwnSink | None) -> None:
        wanted, folder = self._wanted, self._kept.folder
        command = sway_command(folder, wanted.size, wanted.dpi)
        self._kept.run(SERVER, command, sway_environment(base, folder), asks=True)
        try:
            self.name, self.server = self._kept.answer_of(SERVER, _SERVER_S), PROGRAM
        except DisplayError as error:
            raise DisplayError(f"sway does not start: {error}") from error
        self.sink = self._name_of(sink)
        self.desktop = desktop = SwayDesktop(folder, wanted.dpi, follows=wanted.follows)
        self._stack.callback(desktop.close)
        place, orders = str(folder / self.name), str(desktop.path)
        self.env = wayland_environment_for(base, place, orders, bus, self.sink)
        self._enter_here()

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def _start_services(self, base: Mapping[str, str]) -> tuple[str, OwnSink | None]:
        """The address of the bus, and the sink that is being made."""
        bus, sink = "", None
        try:
            sink = OwnSink(self._kept, base) if self._wanted.has_sound else None
        except DisplayError as error:
            self._notes.append(str(error))
        try:
            bus = start_bus(self._kept, base)
        except DisplayError as error:
            self._notes.append(str(error))
        return bus, sink

    def _name_of(self, sink: OwnSink | None) -> str:
        try:
            return "" if sink is None else sink.name()
        except DisplayError as error:
            self._notes.append(str(error))
            return ""

    def _start_server(
        self, commands: Mapping[str, list[str]], base: Mapping[str, str]
    ) -> tuple[str, str]:
        """The display's name, and the program of the first server that works."""
        faults = []
        for path, arguments in commands.items():
            self._kept.run(SERVER, [path, *arguments], base, asks=True)
            try:
                return f":{self._kept.answer_of(SERVER, _SERVER_S)}", Path(path).name
            except DisplayError as error:
                faults.append(f"{Path(path).name}: {error}")
        raise DisplayError(f"no X server works here: {'; '.join(faults)}")

    def _enter_here(self) -> None:
        """Make it the display of this process, until `close`."""
        session = ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "DBUS_SESSION_BUS_ADDRESS")
        names = ("DISPLAY", "XAUTHORITY", *session)
        before = {name: os.environ.pop(name, None) for name in names}
        os.environ.update({name: self.env[name] for name in names if name in self.env})

        def leave() -> None:
            for name, text in before.items():
                os.environ.pop(name, None)
                if text is not None:
                    os.environ[name] = text

        self._stack.callback(leave)

    def _open_desktop(self) -> Desktop:
        desktop = Desktop(
            self.name,
            self._wanted.size,
            self._wanted.dpi,
            follows=self._wanted.follows,
            manages=not self._wanted.manager,
        )
        self._stack.callback(desktop.close)
        return desktop

    @property
    def most(self) -> Size:
        """The largest size that it can have."""
        return self.desktop.most

    def start(self) -> None:
        """Start the command."""
        self._kept.on_end = lambda name: self.ending.check()
        self.desktop.start(self.ending.check)
        if self._wanted.manager not in ((), (NO_MANAGER,)):
            self._kept.run(_MANAGER, self._wanted.manager, self.env)
        self._kept.run(COMMAND, self._wanted.command, self.env)

    def close(self) -> None:
        """End everything that runs on the display, and the display."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
