"""What becomes of a tunnel: an address, or why there is none. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LONGEST_LINE: Final = 200
_COLOURS: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<name>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?/?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Where browsers find this host: an origin. `name` is in lower case, without brackets."""

    scheme: str
    name: str
    port: int

    @property
    def origin(self) -> str:
        """As a browser writes it: without the port that its scheme has by itself."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        is_default = self.port == _DEFAULT_PORTS[self.scheme]
        return f"{self.scheme}://{name}" if is_default else f"{self.scheme}://{name}:{self.port}"

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it through TLS."""
        return self.scheme == "https"


@dataclass(frozen=True, slots=True)
class Opened:
    """The tunnel works. `warning`: what the person who shares must know, or ""."""

    address: PublicAddress
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why the tunnel does not work, with the cure, as one line.

    `is_final`: trying again cannot help. `goes_on`: the tool waits by itself until somebody has
    done what the line says.
    """

    why: str
    is_final: bool = False
    goes_on: bool = False


Event = Opened | Failed


def address_in(url: str) -> PublicAddress | None:
    """The origin that an http or https URL without a path names; None: it is anything else."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"] or _DEFAULT_PORTS[scheme])
    return PublicAddress(scheme, found["name"].lower(), port) if 0 < port < 65536 else None


def plain(line: str) -> str:
    """A line of a tool's output without colours and control characters, cut to a sane length."""
    shown = "".join(char for char in _COLOURS.sub("", line) if char.isprintable())
    return shown.strip()[:_LONGEST_LINE]
