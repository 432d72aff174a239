"""sway as a display of its own: how it is started, and the thread that gives it its size.

sway runs headless and draws on the CPU, in a folder that only this user can enter, without X11:
its XWayland would let every local user in. Windows fill the screen; several have tabs.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from samescreen.clock import clock_us
from samescreen.errors import DisplayError
from samescreen.media import ROOM_SOCKET
from samescreen.waker import Waker
from samescreen.wayland.sway_ipc import Sway, SwayRefused, socket_in

from .size import LEAST, MOST, PLAIN_DPI, Size

_log: Final = logging.getLogger(__name__)
PROGRAM: Final = "sway"
_OUTPUT: Final = "HEADLESS-1"
_CONFIG: Final = """xwayland disable
default_border none
workspace_layout tabbed
hide_edge_borders --i3 none
focus_on_window_activation focus
output {output} resolution {size} scale {scale:g}
exec echo "$WAYLAND_DISPLAY"
"""
"""The last line tells when sway is ready, on its standard output."""
_HEADLESS: Final = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1"}
_SETTLE_US: Final = 100_000
_END_S: Final = 1.0
_ROOM: Final = struct.Struct("=II")


def sway_command(folder: Path, size: Size, dpi: int) -> list[str]:
    """The command that starts it in this folder, and prints the name of its socket there.

    Raises:
        DisplayError: it is not installed, or refuses to run here.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise DisplayError("--wayland needs sway (Debian: sudo apt install sway)")
    if os.geteuid() == 0:
        raise DisplayError("--wayland: sway does not run as root; run it as another user")
    config = folder / "sway.conf"
    text = _CONFIG.format(output=_OUTPUT, size=size, scale=dpi / PLAIN_DPI)
    config.write_text(text, encoding="utf-8")
    return [program, "--config", str(config)]


def sway_environment(base: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of sway itself."""
    outer = ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "SWAYSOCK")
    kept = {name: text for name, text in base.items() if name not in outer}
    return {"WLR_RENDERER": "pixman", **kept, **_HEADLESS, "XDG_RUNTIME_DIR": str(folder)}


class SwayDesktop:
    """Gives the sway of `folder` its size, from `start` to `close`.

    It `follows` what is asked for at a socket in the folder; the last of several that come quickly
    counts, because a window that is dragged asks often.

    Raises:
        DisplayError: that sway takes no orders.
    """

    most = MOST
    """The largest size that the display can have."""

    def __init__(self, folder: Path, dpi: int, *, follows: bool) -> None:
        path = socket_in(folder)
        if path is None:
            raise DisplayError("sway takes no orders: it has no IPC socket")
        self.path = path
        self._dpi = dpi
        self._due_us: int | None = None
        self._wanted = LEAST
        self._is_closed = False
        self._waker = Waker()
        self._asked = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._asked.setblocking(False)
        if follows:
            self._asked.bind(str(folder / ROOM_SOCKET))
        self._thread = threading.Thread(target=self._run, name="desktop", daemon=True)

    def window_count(self) -> None:
        """Nobody counts the windows here."""

    def start(self, on_change: Callable[[], object]) -> None:
        """Work from now on. Nothing ever changes that `on_change` would be called for."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._is_closed = True
        self._waker.wake()
        if self._thread.ident is not None:
            self._thread.join(_END_S)
        self._asked.close()
        self._waker.close()

    def _run(self) -> None:
        while not self._is_closed:
            left_us = None if self._due_us is None else self._due_us - clock_us()
            if left_us is not None and left_us <= 0:
                self._resize()
            elif not self._waker.wait(left_us, self._asked.fileno()):
                self._listen()

    def _listen(self) -> None:
        with suppress(BlockingIOError):
            while True:
                asked = self._asked.recv(64)
                if len(asked) == _ROOM.size:
                    room = Size(*_ROOM.unpack(asked))
                    self._wanted = room.at(self._dpi).within(LEAST, MOST)
                    self._due_us = clock_us() + _SETTLE_US

    def _resize(self) -> None:
        self._due_us = None
        try:
            Sway(self.path).order(f"output {_OUTPUT} mode --custom {self._wanted}")
        except SwayRefused as error:
            _log.warning("sway refuses a display of %s: %s", self._wanted, error)
