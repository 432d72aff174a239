"""Forwarding by OpenSSH: to a server of one's own, or to a service that gives an address. Pure.

A server of one's own listens on a port for us: plain http, and nobody adds headers. A service
(`SERVICES`) ends https for us and prints the address. Source of the lines: OpenSSH's `ssh.c`,
`sshconnect.c` and `clientloop.c`, 9.2; the services' own documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .events import Event, Failed, Opened, PublicAddress, address_in, plain

SERVICES: Final = {
    "localhost.run": re.compile(r"tunneled with tls termination, (https://\S+)"),
    "serveo.net": re.compile(r"Forwarding HTTP traffic from (https?://\S+)"),
}
"""Services that print the address, and how. Their port to ask for is 80."""

_SAFE: Final = (
    *("BatchMode=yes", "ExitOnForwardFailure=yes", "ConnectTimeout=15"),
    *("ServerAliveInterval=15", "ServerAliveCountMax=3"),
    *("ControlMaster=no", "ControlPath=none", "ForwardAgent=no", "ForwardX11=no"),
    *("PermitLocalCommand=no", "RequestTTY=no"),
)
_ALLOCATED: Final = re.compile(r"Allocated port ([0-9]{1,5}) for remote forward")
_FORWARDED: Final = re.compile(r"debug1: remote forward success for: listen ([^,]+),")
_HOST_NAME: Final = re.compile(r"^hostname (\S+)$", re.M)


@dataclass(frozen=True, slots=True)
class Ssh:
    """The tool. No header can be believed: what a visitor sends arrives as it is.

    Attributes:
        host: the server, as ssh's configuration may abbreviate it.
        user: "": the one of ssh's configuration.
        ssh_port: where its sshd listens; 0: as ssh's configuration says.
        port: where it should listen for browsers; 0: it chooses.
    """

    host: str
    user: str = ""
    ssh_port: int = 0
    port: int = 0
    name: str = "ssh"
    patience_s: float = 30.0
    client_header: str = ""

    @property
    def is_direct(self) -> bool:
        """Whether the server listens itself, so that its own settings and firewall decide."""
        return self.host not in SERVICES

    @property
    def sees(self) -> str:
        """Who can read what passes."""
        if self.is_direct:
            return (
                "It is plain http between the viewers and that server: the server, and everybody "
                "on the way to it, can see the picture and the link's secret."
            )
        return (
            f"{self.host} decrypts it on its way, so it can see the picture and the link's "
            "secret; nobody else on the way can."
        )

    def question(self) -> list[str]:
        """For the real name of a host that ~/.ssh/config may only abbreviate."""
        return ["-G", *self._words] if self.is_direct else []

    def answer(self, said: str) -> str | Failed:
        """The name that browsers need."""
        found = _HOST_NAME.search(said)
        return found[1].lower() if found else self.host.lower()

    def arguments(self, port: int) -> list[str]:
        """The user's own configuration and keys count; nothing is asked on the terminal."""
        wanted = self.port or (0 if self.is_direct else 80)
        bind = "*:" if self.is_direct else ""
        # Only at this level ssh says that a port of our choice is forwarded.
        level = "DEBUG1" if self.is_direct and wanted else "INFO"
        return [
            *(word for option in (*_SAFE, f"LogLevel={level}") for word in ("-o", option)),
            *(("-N",) if self.is_direct else ()),
            *("-R", f"{bind}{wanted}:127.0.0.1:{port}"),
            *self._words,
        ]

    def reader(self, name: str) -> SshReader:
        """A reader for one run; `name` is the server's."""
        return SshReader(self, name)

    @property
    def destination(self) -> str:
        """As ssh takes it."""
        return f"{self.user}@{self.host}" if self.user else self.host

    @property
    def _words(self) -> list[str]:
        port = ("-p", str(self.ssh_port)) if self.ssh_port else ()
        return [*port, "--", self.destination]


class SshReader:
    """Reads what ssh prints: the port that the server gave, or the address of a service."""

    def __init__(self, ssh: Ssh, name: str) -> None:
        self._ssh = ssh
        self._name = name
        self._service = SERVICES.get(ssh.host)
        self._last = ""

    def take(self, line: str) -> Event | None:
        """What this line says, if it says anything."""
        line = plain(line)
        if line and not line.startswith("debug"):
            self._last = line
        if (failed := self._fault_in(line)) is not None:
            return failed
        if self._service is not None:
            found = self._service.search(line)
            address = address_in(found[1]) if found else None
            return Opened(address) if address is not None else None
        if found := _ALLOCATED.match(line):
            return self._opened(int(found[1]))
        if _FORWARDED.match(line) and self._ssh.port:
            return self._opened(self._ssh.port)
        return None

    def late(self) -> Failed:
        """Why no address may have come in time."""
        return Failed(f"ssh gave no address in time: {self._last or 'it said nothing'}")

    def ended(self) -> Failed:
        """Why the tool may have ended."""
        return Failed(f"ssh ended: {self._last or 'it gave no reason'}")

    def _opened(self, port: int) -> Event | None:
        return Opened(PublicAddress("http", self._name, port)) if 0 < port < 65536 else None

    def _fault_in(self, line: str) -> Failed | None:
        to = self._ssh.destination
        if "REMOTE HOST IDENTIFICATION HAS CHANGED" in line:
            return Failed(
                f"{to} shows another key than before, so somebody may sit in between; compare it, "
                f"then: ssh-keygen -R {self._ssh.host}",
                is_final=True,
            )
        if "Host key verification failed" in line or "host key is known for" in line:
            return Failed(
                f"ssh does not know the key of {to} yet; connect once, compare it and accept it: "
                f"ssh {to}",
                is_final=True,
            )
        if "Permission denied (" in line or "Too many authentication failures" in line:
            return Failed(
                f"{to} refused the key; install yours there (ssh-copy-id {to}), and load one with "
                "a passphrase (ssh-add)",
                is_final=True,
            )
        if "remote port forwarding failed" in line or "administratively prohibited" in line:
            return Failed(
                f"{to} refused to forward; the port may be taken or below 1024, or its "
                "sshd_config needs AllowTcpForwarding yes"
            )
        if "Could not resolve hostname" in line:
            return Failed(f"there is no server {self._ssh.host}; check its name and the network")
        return None
