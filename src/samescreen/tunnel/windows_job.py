"""Windows ends the tools with this program, however it ends: by a job object. Any thread.

Source: Microsoft's documentation of `JOBOBJECT_EXTENDED_LIMIT_INFORMATION`. Not yet run on Windows.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

_EXTENDED_LIMITS: Final = 9
_KILL_ON_JOB_CLOSE: Final = 0x2000


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("per_process_user_time_limit", ctypes.c_int64),
        ("per_job_user_time_limit", ctypes.c_int64),
        ("limit_flags", ctypes.c_uint32),
        ("minimum_working_set_size", ctypes.c_size_t),
        ("maximum_working_set_size", ctypes.c_size_t),
        ("active_process_limit", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
    )


class _Limits(ctypes.Structure):
    _fields_ = (
        ("basic", _BasicLimits),
        ("io", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_size_t * 4),
    )


class Job:
    """A job whose processes end when this program does: nobody ever closes its handle.

    `kernel32`: as `ctypes.WinDLL("kernel32")`.
    """

    def __init__(self, kernel32: Any) -> None:
        kernel32.CreateJobObjectW.restype = ctypes.c_void_p
        kernel32.CreateJobObjectW.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p]
        kernel32.SetInformationJobObject.argtypes = [
            *(ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
        ]
        kernel32.AssignProcessToJobObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._kernel32 = kernel32
        self._handle = kernel32.CreateJobObjectW(None, None)
        limits = _Limits()
        limits.basic.limit_flags = _KILL_ON_JOB_CLOSE
        about = ctypes.byref(limits), ctypes.sizeof(limits)
        kernel32.SetInformationJobObject(self._handle, _EXTENDED_LIMITS, *about)

    def add(self, process: int) -> bool:
        """Put the process with this handle into the job. False: Windows refuses."""
        return bool(self._kernel32.AssignProcessToJobObject(self._handle, process))
