"""Orders to a running sway, by its IPC socket. Blocks for a second at most. Any thread.

The protocol is i3's: "i3-ipc", the length of the payload and a type, each 32 bits of this machine's
order, then the payload; answers are JSON (sway-ipc(7)).
"""

from __future__ import annotations

import json
import os
import socket
import struct
from pathlib import Path
from typing import Any, Final

_MAGIC: Final = b"i3-ipc"
_HEADER: Final = struct.Struct("=6sII")
_COMMAND, _OUTPUTS, _VERSION = 0, 3, 7
_ANSWER_S: Final = 1.0
_LONGEST_BYTES: Final = 1 << 20


class SwayRefused(Exception):
    """sway did not do it, or does not answer; the message says why."""


def socket_of_sway(compositor_pid: int) -> Path | None:
    """The socket of the compositor of this process number; None: it is no sway that runs."""
    return socket_in(Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp"), compositor_pid)


def socket_in(folder: Path, pid: int | None = None) -> Path | None:
    """The socket of the sway with this process number there, None: of the only one."""
    return next(iter(folder.glob(f"sway-ipc.*.{'*' if pid is None else pid}.sock")), None)


class Sway:
    """The sway behind a socket. Each call is a connection of its own.

    Raises (each method):
        SwayRefused: it answers no, or nothing that makes sense.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def order(self, command: str) -> None:
        """Have it carry out one command of its configuration language."""
        answers = self._ask(_COMMAND, command)
        for each in answers if isinstance(answers, list) else []:
            if not each.get("success"):
                raise SwayRefused(str(each.get("error") or "it does not say why"))

    def outputs(self) -> set[str]:
        """The names of its outputs, those included that are off."""
        return {str(each["name"]) for each in self._ask(_OUTPUTS)}

    def version(self) -> tuple[int, int]:
        """Its major and minor version."""
        found = self._ask(_VERSION)
        return int(found["major"]), int(found["minor"])

    def _ask(self, kind: int, payload: str = "") -> Any:
        words = payload.encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_ANSWER_S)
                connection.connect(str(self.path))
                connection.sendall(_HEADER.pack(_MAGIC, len(words), kind) + words)
                magic, length, _ = _HEADER.unpack(_read(connection, _HEADER.size))
                if magic != _MAGIC or length > _LONGEST_BYTES:
                    raise ValueError("its answer makes no sense")
                return json.loads(_read(connection, length))
        except (OSError, ValueError, KeyError) as error:
            raise SwayRefused(f"sway does not answer: {error}") from error


def _read(connection: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        part = connection.recv(count - len(found))
        if not part:
            raise ValueError("it hung up")
        found += part
    return bytes(found)
