"""Standard input, output and error of the program: always open, and never blocking.

`samescreen` puts outlets in place of `sys.stdout` and `sys.stderr`, so that nothing that prints
(logging, warnings, tracebacks, rich) waits for a blocked terminal.
"""

from __future__ import annotations

import errno
import os
import re
import select
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final, TextIO

from .job_control import is_foreground
from .outlet import Outlet

_BLANK_LINE: Final = "\r\x1b[K"
_STYLE: Final = re.compile(r"\x1b\[[?0-9;]*[a-z]")


def open_missing() -> None:
    """Open the null device for each standard stream that is closed.

    Otherwise the next socket or file would get its number, and be used as a terminal.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:  # pragma: no cover - the lowest free number is given out
                os.dup2(opened, number)
                os.close(opened)


@contextmanager
def outlets() -> Iterator[tuple[Outlet, ...]]:
    """Make `sys.stdout` and `sys.stderr` outlets while inside; streams that are no files stay.

    Output and errors that go to one terminal share an outlet, so that their lines do not mix.
    """
    before = sys.stdout, sys.stderr
    out, err = _outlet(sys.stdout), _outlet(sys.stderr)
    if out is not None and err is not None and _are_one_terminal(*before):
        err = out
    try:
        if out is not None:
            sys.stdout = out
        if err is not None:
            sys.stderr = err
        yield tuple(dict.fromkeys(filter(None, (out, err))))
    finally:
        sys.stdout, sys.stderr = before


def _outlet(stream: TextIO | None) -> Outlet | None:
    if stream is None:  # it was closed, so nobody misses what is written to it
        return Outlet(lambda chunk: None, "utf-8")
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return None
    erase = _eraser() if stream.isatty() else ""
    return Outlet(
        _sender(stream, number),
        stream.encoding,
        erase=erase,
        erase_rows=erase_rows if erase == _BLANK_LINE else None,
        is_ours=partial(is_foreground, number),
    )


def _sender(stream: TextIO, number: int) -> Callable[[bytes], None]:
    """What writes bytes to the stream. Windows consoles take them only through Python's own."""
    if sys.platform == "win32":
        buffer = stream.buffer

        def send(chunk: bytes) -> None:
            buffer.write(chunk)
            buffer.flush()

        return send
    return partial(write_all, number)


def write_all(number: int, chunk: bytes) -> None:
    """Write all bytes, however long that takes.

    Raises:
        OSError: the reader is gone, or there is no room.
    """
    rest = memoryview(chunk)
    while rest:
        try:
            rest = rest[os.write(number, rest) :]
        except BlockingIOError:  # another program made the descriptor non-blocking
            with suppress(ValueError):
                select.select([], [number], [])


def _eraser() -> str:
    """The text that clears the current line, also on terminals without escape sequences."""
    if sys.platform == "win32":
        from rich.console import get_windows_console_features

        if not get_windows_console_features().vt:
            return f"\r{' ' * (columns() - 1)}\r"
    return _BLANK_LINE


def erase_rows(drawn: str) -> str:
    """The text that clears what was drawn, from its first line on.

    When the terminal has become narrower since, it has broken the lines that were too wide.
    """
    from rich.cells import cell_len  # late: --help must not pay for it

    width = columns()
    lines = _STYLE.sub("", drawn).split("\n")
    rows = sum(max(1, -(-cell_len(line) // width)) for line in lines)
    return f"\r\x1b[{rows - 1}A\x1b[J" if rows > 1 else _BLANK_LINE


def columns() -> int:
    """Width of the terminal; 80 if it is unknown."""
    width = shutil.get_terminal_size().columns
    return width if width > 0 else 80


def _are_one_terminal(one: TextIO | None, other: TextIO | None) -> bool:
    if one is None or other is None or not (one.isatty() and other.isatty()):
        return False
    if sys.platform == "win32":
        return True
    return os.fstat(one.fileno()).st_rdev == os.fstat(other.fileno()).st_rdev


def why_lost(error: OSError) -> str | None:
    """Why output was lost, in words; None: its reader has left, which is no fault."""
    if error.errno in (errno.EPIPE, errno.EINVAL):
        return None
    return f"the output cannot be written: {error.strerror}"
