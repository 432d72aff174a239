"""Files of this machine that the host puts up for viewers. Any thread; reads the disk."""

from __future__ import annotations

import os
import stat

from samescreen.errors import UsageError
from samescreen.paths import typed_path


def offerable(path: str | os.PathLike[str]) -> tuple[str, str, int]:
    """Absolute path, name and size of a file that can be offered.

    Raises:
        UsageError: it is no file, or cannot be read.
    """
    named = typed_path(path).absolute()
    try:
        status = named.stat()
        if stat.S_ISREG(status.st_mode):
            with named.open("rb"):
                return str(named), named.name, status.st_size
    except OSError as error:
        raise UsageError(f"cannot offer {os.fspath(path)}: {error.strerror}") from None
    raise UsageError(f"cannot offer {os.fspath(path)}: it is no file")
