"""Whose turn it is at a terminal: the shell gives it to one group of processes at a time.

A process that reads a terminal out of turn is stopped by SIGTTIN, and by SIGTTOU where it writes
and the terminal forbids that. Windows has no such thing: there everything is allowed.
"""

from __future__ import annotations

import os
import signal
import sys


def is_foreground(descriptor: int) -> bool:
    """Whether the terminal behind `descriptor` is this program's now, or nobody hands it out."""
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # not the terminal that controls this session
        return True


def never_stop_this_thread() -> None:
    """Reading out of turn then fails with EIO, and writing is always allowed."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
