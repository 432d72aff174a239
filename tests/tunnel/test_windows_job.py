"""The calls of the job object, against a stand-in for kernel32."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import Any

from samescreen.tunnel.windows_job import Job


def test_a_process_joins_a_job_that_ends_with_this_program() -> None:
    calls: list[tuple[Any, ...]] = []

    def create(security: None, name: None) -> int:
        return 7

    def set_limits(job: int, kind: int, limits: Any, size: int) -> int:
        raw = ctypes.string_at(ctypes.addressof(limits._obj), size)
        calls.append((job, kind, size, int.from_bytes(raw[16:20], "little")))
        return 1

    def assign(job: int, process: int) -> int:
        calls.append((job, process))
        return 1

    kernel32 = SimpleNamespace(
        CreateJobObjectW=create,
        SetInformationJobObject=set_limits,
        AssignProcessToJobObject=assign,
    )
    assert Job(kernel32).add(42)
    # On 64 bits the structure has 144 bytes; the flags are its third field.
    assert ctypes.sizeof(ctypes.c_void_p) != 8 or calls[0][2] == 144
    assert (calls[0][0], calls[0][1], calls[0][3]) == (7, 9, 0x2000)
    assert calls[1] == (7, 42)
