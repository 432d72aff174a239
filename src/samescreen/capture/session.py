"""Which of Linux's display systems the session's screen belongs to: Wayland's or X11's. Any thread.

A Wayland session has an X server as well (XWayland), which shows no desktop. An X server of another
kind that DISPLAY names, such as Xvfb, was named on purpose.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from samescreen.errors import CaptureError


def is_wayland() -> bool:
    """Whether the session's Wayland compositor is to be asked for its screen.

    Where the compositor lets no program capture, X11 says why, if there is an X server at all.
    """
    if not os.environ.get("WAYLAND_DISPLAY"):
        return False
    from .wayland.desktop import Desktop
    from .wayland.protocols import offers_capture

    try:
        desktop = Desktop()
    except CaptureError:
        return False
    try:
        name = os.environ.get("DISPLAY", "")
        if not name:
            return True
        return offers_capture(desktop) and _belongs_to(name, desktop.connection.peer_pid)
    finally:
        desktop.close()


def _belongs_to(display: str, compositor_pid: int) -> bool:
    """Whether this X display is the compositor's XWayland, or shows nothing.

    A compositor that starts XWayland when it is needed holds its lock; then nobody connects to it,
    which would start it.
    """
    pid = _lock_holder(display)
    if pid and (pid == compositor_pid or _program(pid) == "Xwayland"):
        return True
    try:
        from .x11.display import Display

        Display(display).close()
    except (CaptureError, ImportError, OSError):
        return True
    return False


def _lock_holder(display: str) -> int:
    """The process that holds the number of a display of this machine; 0: unknown."""
    local = re.fullmatch(r"(?:unix)?:([0-9]{1,5})(?:\.[0-9]+)?", display)
    if local is None:
        return 0
    with suppress(OSError, ValueError):
        return int(Path(f"/tmp/.X{local[1]}-lock").read_text("ascii"))
    return 0


def _program(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text("utf-8", errors="replace").strip()
    return ""
