"""Files with keys: read only if no other user could have written them, and written atomically.

A few small files; any thread. On Windows the user's folder is private by its inherited rights, and
this module checks nothing.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

_OTHERS_WRITE: Final = 0o022
_OTHERS: Final = 0o077


class NotPrivate(OSError):
    """Another user owns the folder or file, or could have written it; the message has the cure."""


def open_folder(folder: Path) -> str:
    """Make the folder, or take away write access of others. Returns what was changed, or "".

    Raises:
        NotPrivate: it belongs to another user, or others can still write to it.
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fault = fault_of(folder)
    if not fault:
        return ""
    if _is_ours(folder.stat()):
        with suppress(OSError):
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~_OTHERS_WRITE)
    if still := fault_of(folder):
        raise NotPrivate(still)
    return f"others could write to {folder}; it is closed to them now"


def read_key(path: Path) -> tuple[bytes, bool]:
    """Read the file, and close it to others. Returns the content, and whether it was open to them.

    Raises:
        FileNotFoundError: there is none.
        NotPrivate: it belongs to another user, is no plain file, or others could have written it.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if fault := _fault(path, status):
            raise NotPrivate(fault)
        was_open = sys.platform != "win32" and bool(status.st_mode & _OTHERS)
        if was_open:
            os.fchmod(file.fileno(), 0o600)
        return file.read(), was_open


def fault_of(path: Path) -> str:
    """Why a folder or a key is not private, with the cure; "" if it is private or missing."""
    try:
        return _fault(path, path.stat())
    except FileNotFoundError:
        return ""


def openness_of(key: Path) -> str:
    """What others can do with a key outside our folder, with the cure; "" if nothing.

    The owner does not matter, nor whether its group can read it: a key may belong to root and be
    meant for a group of programs.
    """
    mode = 0 if sys.platform == "win32" else key.stat().st_mode
    if mode & _OTHERS_WRITE:
        return f"others can write to {key}; chmod go-w it"
    return f"everybody on this machine can read {key}; chmod o-r it" if mode & 0o004 else ""


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Write the file atomically, with this mode; others cannot read it in between."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _fault(path: Path, status: os.stat_result) -> str:
    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
        return f"{path} is neither a file nor a folder; remove it"
    if sys.platform == "win32":
        return ""
    if not _is_ours(status):
        return f"{path} belongs to another user (number {status.st_uid}); remove it, or chown it"
    if not status.st_mode & _OTHERS_WRITE:
        return ""
    if stat.S_ISDIR(status.st_mode):
        return f"others can write to {path}; chmod go-w it"
    return (
        f"others could write to {path}, so its key may be theirs; chmod 600 it if you trust it, "
        "or make another: samescreen ca renew"
    )


def _is_ours(status: os.stat_result) -> bool:
    return sys.platform == "win32" or status.st_uid == os.geteuid()
