"""Files with keys: read only where nobody else could have written them, and written whole.

Runs on the event loop, on a few small files. On Windows the user's folder is private by its
inherited rights, and nothing is checked here.
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
    """A folder or file that another user owns or could have written; the message has the cure."""


def open_folder(folder: Path) -> str:
    """Make the folder if it is missing, close it to others if it is not; what was done, or "".

    Raises:
        NotPrivate: it belongs to another user, or cannot be closed to others.
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
    """What is in the file, and whether others could read it until now.

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
    """Why a folder or a key is not private, with the cure; "" when it is, or is not there."""
    try:
        return _fault(path, path.stat())
    except FileNotFoundError:
        return ""


def openness_of(key: Path) -> str:
    """What others can do with a key that the user keeps elsewhere, with the cure; "" if nothing.

    Not whose it is: a key of root's for a group of programs is no fault, nor that those read it.
    """
    mode = 0 if sys.platform == "win32" else key.stat().st_mode
    if mode & _OTHERS_WRITE:
        return f"others can write to {key}; chmod go-w it"
    return f"everybody on this machine can read {key}; chmod o-r it" if mode & 0o004 else ""


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all; never readable to others in between."""
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
