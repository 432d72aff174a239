"""Takes from a decoding process everything that it does not need. Runs in that process.

It is called when all libraries are loaded and before the first packet is read. What a system does
not have is left out: docs/platforms.md says what that is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from .system_calls import forbid_other_calls

if sys.platform != "win32":
    import resource

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_DESCRIPTORS: Final = 1024
"""A new process has fewer: its own, and the one by which Python keeps the shared memory."""
_NICE: Final = 5
"""Below the host: what strangers send must not delay what the host sends."""


def end_with(parent: int) -> None:
    """End at once when the thread that started this process ends. Linux only.

    Elsewhere the end of standard input says so, after what is being done at that moment.
    """
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the call
            os._exit(0)


def confine(memory_bytes: int) -> None:
    """Allow no new files, descriptors, processes or rights, and so much more memory than now."""
    if sys.platform == "win32":
        return
    memory_now = _memory_now()
    os.closerange(3, _DESCRIPTORS)
    with suppress(OSError):
        os.nice(_NICE)
    for limit in (
        resource.RLIMIT_CORE,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_NOFILE,
        resource.RLIMIT_NPROC,
    ):
        _limit(limit, 0)
    if memory_now:
        _limit(resource.RLIMIT_AS, memory_now + memory_bytes)
    if sys.platform == "linux":
        _prctl(_PR_SET_DUMPABLE, 0)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        forbid_other_calls()


def allow_cpu(seconds: float) -> None:
    """The kernel ends this process once it has used so much processor time from now on."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        with suppress(OSError, ValueError):
            most = int(time.process_time() + seconds) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _limit(limit: int, most: int) -> None:
    if sys.platform != "win32":
        with suppress(OSError, ValueError):  # macOS refuses some
            resource.setrlimit(limit, (most, most))


def _memory_now() -> int:
    """The address space of this process in bytes; 0 where the system does not say."""
    with suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)
