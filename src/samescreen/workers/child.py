"""Starts and ends the process of a worker. Any thread; `spawned` blocks for milliseconds."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

from samescreen.options import ENV_PREFIX

CAN_SPAWN: Final = hasattr(socket, "send_fds") and hasattr(socket, "AF_UNIX")
"""Whether this system can hand connections to another process."""


DESCRIPTOR_BUFFER_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Child:
    """A running worker: its process, the socket of its channel, and the one for descriptors."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    descriptors: socket.socket

    def end(self) -> None:
        """End the process now, if it still runs, and close the sockets."""
        self.process.kill()
        self.control.close()
        self.descriptors.close()


def spawned() -> Child:
    """A new worker. It has no terminal: Ctrl-C ends it through the host. Raises OSError."""
    control, their_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    descriptors, their_descriptors = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    descriptors.setblocking(False)
    for sock in (descriptors, their_descriptors):  # macOS takes 2 KB, which headers exceed
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, DESCRIPTOR_BUFFER_BYTES)
    with their_control, their_descriptors:
        inherited = their_control.fileno(), their_descriptors.fileno()
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "samescreen.workers", *map(str, inherited)],
                pass_fds=inherited,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        except OSError:
            control.close()
            descriptors.close()
            raise
    return Child(process, control, descriptors)


def _environment() -> dict[str, str]:
    """This process's own, without our options, which hold secrets; with the same module path."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(ENV_PREFIX)}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
