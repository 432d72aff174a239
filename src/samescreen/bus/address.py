"""Where the broker is, and by which secret this relay may use it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from samescreen.errors import UsageError
from samescreen.labels import label

_PORT: Final = 4222
_MOST_SERVERS: Final = 16
_SERVER: Final = re.compile(
    r"(?P<scheme>nats|tls)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?/?",
    re.ASCII,
)
_SECRET: Final = re.compile(r"[^\x00-\x1f\x7f]{1,4096}")
_CREDENTIALS: Final = "-----BEGIN NATS USER JWT-----"


@dataclass(frozen=True, slots=True)
class Server:
    """One broker. `is_secure`: only by TLS."""

    host: str
    port: int
    is_secure: bool

    @property
    def url(self) -> str:
        return f"{'tls' if self.is_secure else 'nats'}://{self.name}"

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


def parse_servers(text: str) -> tuple[Server, ...]:
    """The brokers of `--bus`: "nats://HOST", "tls://HOST:4222", several with commas.

    Raises:
        UsageError: it is none, or has a password, which belongs into --bus-secret.
    """
    servers = []
    for part in text.split(","):
        found = _SERVER.fullmatch(part.strip())
        if found is None or not 0 < int(found["port"] or _PORT) <= 65535:
            given = "this" if "@" in part else repr(label(part, 60))
            raise UsageError(
                "--bus takes addresses such as nats://broker.example.org:4222 or tls://…, without "
                f"a password, not {given}"
            )
        port = int(found["port"] or _PORT)
        servers.append(Server(found["host"].lower(), port, found["scheme"] == "tls"))
    if len(servers) > _MOST_SERVERS:
        raise UsageError(f"--bus takes {_MOST_SERVERS} addresses at most")
    return tuple(servers)


@dataclass(frozen=True, slots=True)
class Secret:
    """A user and a password, or a token, or the path of a .creds file, or nothing."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    credentials: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """What no log may show."""
        return tuple(filter(None, (self.password, self.token)))


@dataclass(frozen=True, slots=True)
class BusChoice:
    """The bus that this relay uses."""

    servers: tuple[Server, ...]
    secret: Secret = Secret()


def parse_secret(text: str, path: str = "") -> Secret:
    """What `--bus-secret` says: "USER:PASSWORD", or a token, or the text of a .creds file.

    `path`: of the file that the text is from.

    Raises:
        UsageError: it is none. The message does not show it.
    """
    if _CREDENTIALS in text and path:
        return Secret(credentials=path)
    text = text.strip()
    if not _SECRET.fullmatch(text):
        raise UsageError(
            "--bus-secret takes USER:PASSWORD, a token, or file:PATH of a file with one of them or "
            "of a .creds file"
        )
    user, colon, password = text.partition(":")
    return Secret(user=user, password=password) if colon else Secret(token=text)
