"""Which system calls a decoding process may make from now on: seccomp, on Linux. In that process.

It may compute, use memory, read and write what is open, and end. Every other call fails with EPERM,
as if the process had no right to it; no call of a decoder fails so. On machines whose numbers are
not known here, and kernels without seccomp, nothing changes.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from dataclasses import dataclass
from typing import Final

_PR_SET_SECCOMP: Final = 22
_FILTER: Final = 2

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K
_ALLOW: Final = 0x7FFF0000
_FAIL_EPERM: Final = 0x00050001
_NUMBER_AT: Final = 0  # of struct seccomp_data
_MACHINE_AT: Final = 4
_FIRST_ARGUMENT_AT: Final = 16


@dataclass(frozen=True, slots=True)
class Machine:
    """`audit`: how the kernel calls it. `prlimit`: allowed for the process itself, which is 0."""

    audit: int
    allowed: tuple[int, ...]
    prlimit: int


MACHINES: Final = {
    # read write close fstat lseek · mmap mprotect munmap brk mremap madvise · rt_sigaction
    # rt_sigprocmask rt_sigreturn sigaltstack · sched_yield sched_getaffinity getcpu nanosleep
    # clock_gettime clock_nanosleep gettimeofday getrusage · getpid gettid futex restart_syscall
    # membarrier rseq getrandom · exit exit_group
    "x86_64": Machine(
        0xC000003E,
        (
            *(0, 1, 3, 5, 8, 9, 10, 11, 12, 25, 28, 13, 14, 15, 131, 24, 204, 309, 35),
            *(228, 230, 96, 98, 39, 186, 202, 219, 324, 334, 318, 60, 231),
        ),
        302,
    ),
    "aarch64": Machine(
        0xC00000B7,
        (
            *(63, 64, 57, 80, 62, 222, 226, 215, 214, 216, 233, 134, 135, 139, 132, 124, 123),
            *(168, 101, 113, 115, 169, 165, 172, 178, 98, 128, 283, 293, 278, 93, 94),
        ),
        261,
    ),
}


def program(machine: Machine) -> list[tuple[int, int, int, int]]:
    """The filter, as (operation, jump if so, jump if not, value)."""
    count = len(machine.allowed)
    return [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IF_EQUAL, 0, count + 4, machine.audit),  # another machine's numbers: fail
        (_LOAD, 0, 0, _NUMBER_AT),
        *((_IF_EQUAL, count - at + 3, 0, call) for at, call in enumerate(machine.allowed)),
        (_IF_EQUAL, 0, 2, machine.prlimit),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_IF_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _FAIL_EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def forbid_other_calls() -> None:
    """Fail every system call from now on that no decoder makes."""
    machine = MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or struct.calcsize("P") != 8:
        return
    steps = program(machine)
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(steps), ctypes.addressof(buffer))
    ctypes.CDLL(None).prctl(_PR_SET_SECCOMP, _FILTER, ctypes.c_char_p(head), 0, 0)
