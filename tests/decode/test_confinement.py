"""What a decoding process cannot do: tried by a process that has confined itself."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from samescreen.decode.system_calls import MACHINES, Machine, program

ATTEMPTS = """
import ctypes, json, mmap, os, signal, socket, sys, threading
from samescreen.decode.confinement import allow_cpu, confine
parent, extra = os.getppid(), os.open(os.devnull, os.O_RDONLY)
confine(64 << 20)
def tried(call):
    try:
        call()
    except (OSError, RuntimeError, MemoryError) as error:
        return type(error).__name__
    return "done"
attempts = {
    "open": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "write": lambda: os.open("new", os.O_CREAT | os.O_WRONLY),
    "inherited": lambda: os.read(extra, 1),
    "socket": socket.socket,
    "fork": os.fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "thread": threading.Thread(target=print).start,
    "signal": lambda: os.kill(parent, 0),
    "unlink": lambda: os.unlink("/nowhere"),
    "memory": lambda: bytearray(96 << 20),
    "compute": lambda: bytearray(32 << 20),
    "time": lambda: allow_cpu(1),
}
print(json.dumps({name: tried(call) for name, call in attempts.items()}), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_a_confined_process_can_compute_and_nothing_else() -> None:
    ran = subprocess.run([sys.executable, "-c", ATTEMPTS], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    outcomes: dict[str, Any] = json.loads(ran.stdout)
    done = {name for name, outcome in outcomes.items() if outcome == "done"}
    assert done == {"compute", "time"}, outcomes
    assert outcomes["memory"] == "MemoryError"


ALLOW, FAIL = 0x7FFF0000, 0x00050001


def verdict(machine: Machine, audit: int, call: int, first_argument: int) -> int:
    """What the filter says of a call: the kernel's machine, as far as the filter uses it."""
    steps, at, held = program(machine), 0, 0
    while True:
        operation, if_so, if_not, value = steps[at]
        if operation == 0x06:
            return value
        if operation == 0x20:
            held = {0: call, 4: audit, 16: first_argument}[value]
            at += 1
        else:
            at += 1 + (if_so if held == value else if_not)


@pytest.mark.parametrize("name", list(MACHINES))
def test_the_filter_allows_what_it_lists_and_fails_the_rest(name: str) -> None:
    machine = MACHINES[name]
    allowed = {
        call for call in range(600) if verdict(machine, machine.audit, call, 1) == ALLOW
    }
    assert allowed == set(machine.allowed)
    assert verdict(machine, machine.audit, machine.prlimit, 0) == ALLOW
    assert verdict(machine, machine.audit, machine.prlimit, 4711) == FAIL
    assert verdict(machine, machine.audit ^ 1, machine.allowed[0], 0) == FAIL
