"""A real sshd on a free port of 127.0.0.1, with keys of its own, and the ssh that knows them."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.stage.host_process import free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, spawn

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
GatewayPorts clientspecified
"""
_KEYS = ("host", "good", "bound", "stranger")


@dataclass(frozen=True, slots=True)
class SshServer:
    """A running sshd. Of the users' keys it knows `good`, and `bound`, which may not forward."""

    folder: Path
    port: int

    @property
    def spec(self) -> str:
        """For --tunnel."""
        return f"ssh:{pwd.getpwuid(os.geteuid()).pw_name}@127.0.0.1:{self.port}"

    def client(self, folder: Path, *, key: str = "good", knows: str = "host") -> Path:
        """An executable `ssh` in that folder. It offers this key, and knows the server by a key."""
        known = folder / f"known-{knows}"
        public = (self.folder / f"{knows}.pub").read_text() if knows else ""
        known.write_text(f"[127.0.0.1]:{self.port} {public}" if public else "")
        options = {
            "IdentityFile": str(self.folder / key),
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": str(known),
            "GlobalKnownHostsFile": "/dev/null",
        }
        words = " ".join(f"-o {name}={value}" for name, value in options.items())
        path = folder / "ssh"
        path.write_text(f'#!/bin/sh\nexec {find_tool("ssh")} -F /dev/null {words} "$@"\n')
        path.chmod(0o755)
        return path


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """An sshd that ends with the block; `folder` gets its keys."""
    sshd = find_tool("sshd", "/usr/sbin/sshd")
    for name in _KEYS:
        words = ("-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        subprocess.run([find_tool("ssh-keygen"), *words], check=True)
    good, bound = ((folder / f"{name}.pub").read_text() for name in ("good", "bound"))
    (folder / "authorized").write_text(f"{good}no-port-forwarding {bound}")
    port = free_port()
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)  # as the service's own script does
    with (folder / "log").open("w") as log:
        running = spawn([sshd, "-D", "-e", "-f", str(folder / "config")], stderr=log)
        try:
            what = f"{sshd} listens"
            eventually(lambda: "listening" in _text(folder / "log"), what=what)
            yield SshServer(folder, port)
        finally:
            end(running, within=5000 * MS)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
