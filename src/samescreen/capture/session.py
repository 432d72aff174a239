"""By which of Linux's ways this session's screen is captured. Any thread.

A Wayland session has an X server as well (XWayland), which shows no desktop. An X server of another
kind that DISPLAY names, such as Xvfb, was named on purpose.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from samescreen.errors import CaptureError


class Way(StrEnum):
    """Each is the name of a backend."""

    WAYLAND = "wayland"
    PORTAL = "portal"
    X11 = "x11"


def is_wayland_session() -> bool:
    """Whether the environment is that of a Wayland session. Asks nobody."""
    is_named = bool(os.environ.get("WAYLAND_DISPLAY"))
    return is_named or os.environ.get("XDG_SESSION_TYPE") == "wayland"


def way_of_this_session() -> Way:
    """The compositor's own protocol where it has one, else the portal; X11 in X11 sessions."""
    if not is_wayland_session():
        return Way.X11
    display = os.environ.get("DISPLAY", "")
    if not os.environ.get("WAYLAND_DISPLAY"):
        return Way.PORTAL if display and _belongs_to(display, 0) else Way.X11
    from samescreen.wayland.desktop import Desktop

    from .wayland.protocols import offers_capture

    try:
        desktop = Desktop()
    except CaptureError:
        return Way.X11
    try:
        if display and not _belongs_to(display, desktop.connection.peer_pid):
            return Way.X11
        return Way.WAYLAND if offers_capture(desktop) else Way.PORTAL
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
