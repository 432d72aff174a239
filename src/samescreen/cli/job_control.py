"""Which group of processes the shell has put in the foreground of a terminal.

SIGTTIN stops a process that reads the terminal from the background. SIGTTOU stops one that writes,
if the terminal forbids that. Windows has neither: there everything is allowed.
"""

from __future__ import annotations

import os
import signal
import sys


def is_foreground(descriptor: int) -> bool:
    """Whether this program is in the foreground of its terminal, or the terminal has none."""
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # not the terminal that controls this session
        return True


def never_stop_this_thread() -> None:
    """Make reading from the background fail with EIO, and allow writing always."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
