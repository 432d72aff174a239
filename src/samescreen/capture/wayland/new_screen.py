"""A screen that sway makes for a share, beside its monitors: for a tablet on the desk, say.

Runs on the track's thread. sway 1.8 and later removes it when the share ends, also when this
process is killed: a small shell waits for that. Earlier ones keep it until they end; it is then
used again by the next share that wants one.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

from samescreen.errors import SourceUnavailable
from samescreen.wayland.desktop import Desktop
from samescreen.wayland.sway_ipc import Sway, SwayRefused, socket_of_sway

from .screen import WaylandScreen
from .source import View

_log: Final = logging.getLogger(__name__)

UNABLE: Final = (
    "this compositor makes no new screens for programs; make one with its own tool "
    "(hyprctl output create headless), and share it by its name, as `samescreen sources` has it"
)
_USUAL: Final = (1280, 720)
_UNPLUGS: Final = (1, 8)
"""The first version of sway that can remove a screen again."""
_END_S: Final = 1.0
_AFTERWARDS: Final = 'read -r _; exec "$1" -s "$2" -- output "$3" unplug'
"""Waits for the end of this process, or for `remove`. $1: swaymsg, $2: sway's socket, $3: name."""


class MadeScreen:
    """An output that exists from now until `remove`, as `name`.

    Raises:
        SwayRefused: sway does not make it.
    """

    def __init__(self, sway: Sway, size: tuple[int, int]) -> None:
        self._claim: int | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        stays = sway.version() < _UNPLUGS
        self.note = ""
        self.name = (self._claimed(sway) if stays else "") or self._made(sway)
        if stays:
            self._claim = self._claim or _claim(sway, self.name)
            self.note = f"this version of sway keeps the new screen {self.name} until it ends"
        else:
            self._guard = _guard(sway.path, self.name)
        try:
            sway.order("output {} mode --custom {}x{}".format(self.name, *size))
        except SwayRefused:
            self.remove()
            raise

    def remove(self) -> None:
        """Have sway remove it, where it can. May be called twice."""
        guard, self._guard = self._guard, None
        if guard is not None and guard.stdin is not None:
            guard.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                guard.wait(_END_S)
        claim, self._claim = self._claim, None
        if claim is not None:
            os.close(claim)

    def _claimed(self, sway: Sway) -> str:
        """A screen that an earlier share has left, and that no other uses; "": there is none."""
        for name in sorted(sway.outputs()):
            if _mark(sway, name).exists() and (claim := _claim(sway, name)) is not None:
                self._claim = claim
                return name
        return ""

    @staticmethod
    def _made(sway: Sway) -> str:
        before = sway.outputs()
        sway.order("create_output")
        new = sorted(sway.outputs() - before)
        if not new:
            raise SwayRefused("it made none")
        return new[0]


def _mark(sway: Sway, name: str) -> Path:
    """The file that says that a share has made this output of that sway."""
    return sway.path.with_name(f"samescreen.{sway.path.name}.{name}")


def _claim(sway: Sway, name: str) -> int | None:
    """A lock on an output, which the kernel ends with this process; None: another has it."""
    try:
        file = os.open(_mark(sway, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def _guard(path: Path, name: str) -> subprocess.Popen[bytes] | None:
    """A process that removes the output when this one ends; None: swaymsg is not installed."""
    swaymsg = shutil.which("swaymsg")
    if swaymsg is None:
        _log.warning("swaymsg is not installed: sway keeps the new screen %s", name)
        return None
    return subprocess.Popen(
        ["/bin/sh", "-c", _AFTERWARDS, "sh", swaymsg, str(path), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


class WaylandNewScreen(WaylandScreen):
    """A new screen of this size, in pixels; (0, 0): of a usual one. `dispose` removes it."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self._size = size if all(size) else _USUAL
        self._made: MadeScreen | None = None

    def open(self) -> None:
        self.close()
        desktop = Desktop()
        try:
            self._make(desktop.connection.peer_pid, {each.name for each in desktop.outputs})
        finally:
            desktop.close()
        super().open()

    def _make(self, compositor_pid: int, there: set[str]) -> None:
        """Make the screen, unless it is there."""
        if self._made is not None and self._made.name in there:
            return
        self._remove()
        path = socket_of_sway(compositor_pid)
        if path is None:
            raise SourceUnavailable(UNABLE)
        try:
            self._made = MadeScreen(Sway(path), self._size)
        except SwayRefused as error:
            raise SourceUnavailable(f"sway makes no new screen: {error}") from error
        self._wanted, self.notes = self._made.name, tuple(filter(None, (self._made.note,)))

    def _look(self, desktop: Desktop) -> View:
        view = super()._look(desktop)
        self.label = f"new {self.label}"
        return view

    def dispose(self) -> None:
        try:
            super().dispose()
        finally:
            self._remove()

    def _remove(self) -> None:
        made, self._made = self._made, None
        if made is not None:
            made.remove()
