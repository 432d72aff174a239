"""Lifts what a viewer holds down here when the host dies, however it dies.

XTEST's keys belong to nobody: what was down when somebody killed the host would stay down. A small
shell waits for the end of the host, or for its goodbye. Only then it becomes this program, which is
`python -m samescreen.control.x11.guard DISPLAY`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from samescreen.errors import CaptureError

from .connecting import InputConnection

_WAIT: Final = 'read -r _ || exec "$@"'
_END_S: Final = 1.0
_SECRETS: Final = "SAMESCREEN_"


@contextmanager
def guarded(display: str) -> Iterator[None]:
    """Inside, the end of this process lifts everything. On the injecting thread."""
    guard = _started(display)
    try:
        yield
    finally:
        if guard is not None:
            with suppress(OSError, subprocess.TimeoutExpired):
                guard.communicate(b"\n", _END_S)


def _started(display: str) -> subprocess.Popen[bytes] | None:
    """The shell that waits; None: there is none here, or no Python."""
    if getattr(sys, "frozen", False):
        return None
    with suppress(OSError):
        return subprocess.Popen(
            # -P: a folder where somebody starts the host must not bring modules of its own.
            ["/bin/sh", "-c", _WAIT, "sh", sys.executable, "-P", "-m", __name__, display],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={k: v for k, v in os.environ.items() if not k.startswith(_SECRETS)},
            start_new_session=True,
        )
    return None


def lift(display: str) -> None:
    """Lift what is down on that display. Raises CaptureError: it is gone."""
    connection = InputConnection(display)
    try:
        connection.lift_leftovers()
        connection.settle()
    finally:
        connection.close()


if __name__ == "__main__":
    with suppress(CaptureError):
        lift(sys.argv[1])
