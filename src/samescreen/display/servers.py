"""The X servers that need no screen: which are installed, and how each is started.

Any thread. It starts none; `own_display.py` does.
"""

from __future__ import annotations

import os
import platform
import shutil
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from samescreen.errors import DisplayError

from .size import MOST, Size

_FAMILY_WILD: Final = 0xFFFF
_COOKIE_BYTES: Final = 16
_SCHEME: Final = b"MIT-MAGIC-COOKIE-1"
_PACKAGES: Final[Mapping[str, str]] = {
    "debian": "sudo apt install tigervnc-standalone-server",
    "fedora": "sudo dnf install tigervnc-server",
    "arch": "sudo pacman -S tigervnc",
    "alpine": "sudo apk add tigervnc",
    "suse": "sudo zypper install xorg-x11-Xvnc",
}


def _of_both(dpi: int, cookie: Path) -> list[str]:
    auth = ["-auth", str(cookie), "-nolisten", "tcp"]
    return ["-displayfd", "1", *auth, "-noreset", "-dpi", str(dpi), "-s", "0"]


def _xvnc(size: Size, dpi: int, cookie: Path, follows: bool) -> list[str]:
    """Without its VNC port; nothing could log in to it anyway, as nothing listens."""
    screen = ["-geometry", str(size), "-depth", "24", "-desktop", "samescreen"]
    return [*screen, "-rfbport", "-1", "-SecurityTypes", "None", *_of_both(dpi, cookie)]


def _xvfb(size: Size, dpi: int, cookie: Path, follows: bool) -> list[str]:
    """Xvfb never grows past the size that it starts with."""
    first = MOST if follows else size
    return ["-screen", "0", f"{first}x24", *_of_both(dpi, cookie)]


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """An X server: its program, and its arguments. `arguments(size, dpi, cookie, follows)`."""

    program: str
    arguments: Callable[[Size, int, Path, bool], list[str]]

    @property
    def path(self) -> str | None:
        """Where it is installed; None: nowhere."""
        return shutil.which(self.program)


SERVERS: Final = (ServerProgram("Xvnc", _xvnc), ServerProgram("Xvfb", _xvfb))
"""Best first: Xvnc needs memory for the size that it has, Xvfb for the largest that it may get."""


def installed_servers() -> tuple[ServerProgram, ...]:
    """Those that are installed, best first.

    Raises:
        DisplayError: there is none; the message has the line that installs one.
    """
    found = tuple(each for each in SERVERS if each.path)
    if not found:
        raise DisplayError(
            f"neither Xvnc nor Xvfb is installed; install one with: {install_line(_distribution())}"
        )
    return found


def install_line(distribution: str) -> str:
    """One line that installs a server. `distribution`: ID and ID_LIKE of os-release."""
    words = distribution.split()
    return next((line for word, line in _PACKAGES.items() if word in words), _PACKAGES["debian"])


def _distribution() -> str:
    try:
        about = platform.freedesktop_os_release()
    except OSError:
        return ""
    return f"{about.get('ID', '')} {about.get('ID_LIKE', '')}"


def write_cookie(path: Path) -> None:
    """Make a new key to a display, in a file that only this user can read.

    It fits every number that the server may choose (FamilyWild). The format is Xau's: family, then
    address, number, name and key, each with its length; big-endian.
    """
    parts = (b"", b"", _SCHEME, os.urandom(_COOKIE_BYTES))
    entry = struct.pack(">H", _FAMILY_WILD)
    entry += b"".join(struct.pack(">H", len(part)) + part for part in parts)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(entry)
