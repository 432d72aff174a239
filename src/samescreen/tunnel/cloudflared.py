"""A quick tunnel of Cloudflare: no account, a random https name, new at each start. Pure.

Source of the lines: cloudflared's `quick_tunnel.go` and `connection.go`, versions 2021 to 2025.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .events import Event, Failed, Opened, PublicAddress, plain

_ADDRESS: Final = re.compile(
    r"https://(?!api\.)(?P<name>[a-z0-9-]{1,63}\.trycloudflare\.com)(?=[\s|/]|$)"
)
_CONNECTED: Final = re.compile(r"[Rr]egistered tunnel connection|Connection \S+ registered")
_TOO_MANY: Final = re.compile(r"unmarshal quick tunnel|429 Too Many|error code: 1015", re.I)
_NO_ADDRESS: Final = re.compile(r"failed to request quick tunnel: (?P<why>.+)", re.I)
_FAULT: Final = re.compile(r"\b(?:ERR|FTL)\b (?P<why>.+)")
_SETTLES: Final = "Configuration file"
"""Begins a complaint about the empty configuration, which is on purpose."""


@dataclass(frozen=True, slots=True)
class Cloudflared:
    """The tool. Its edge sets `Cf-Connecting-Ip`, whatever the visitor sent.

    `no_file`: this system's name of an empty file.
    """

    no_file: str = "/dev/null"
    name: str = "cloudflared"
    patience_s: float = 40.0
    client_header: str = "Cf-Connecting-Ip"
    is_direct: bool = False

    @property
    def sees(self) -> str:
        """Who can read what passes."""
        return (
            "Cloudflare decrypts it on its way, so Cloudflare can see the picture and the link's "
            "secret; nobody else on the way can."
        )

    def question(self) -> list[str]:
        """Nothing has to be asked first."""
        return []

    def answer(self, said: str) -> str | Failed:
        """No name is known before the tunnel runs."""
        return ""

    def arguments(self, port: int) -> list[str]:
        """Without the user's own configuration, whose rules might catch the requests."""
        return [
            *("tunnel", "--config", self.no_file, "--no-autoupdate", "--grace-period", "500ms"),
            *("--url", f"http://127.0.0.1:{port}"),
        ]

    def reader(self, name: str) -> CloudflaredReader:
        """A reader for one run."""
        return CloudflaredReader()


class CloudflaredReader:
    """Reads what cloudflared prints: the address first, then the connection that serves it."""

    def __init__(self) -> None:
        self._address: PublicAddress | None = None
        self._fault = ""

    def take(self, line: str) -> Event | None:
        """What this line says, if it says anything."""
        line = plain(line)
        if _TOO_MANY.search(line):
            return Failed("Cloudflare gives this network no more quick tunnels; wait some minutes")
        if found := _NO_ADDRESS.search(line):
            return Failed(f"Cloudflare gave no address; is this machine online? ({found['why']})")
        if found := _ADDRESS.search(line):
            self._address = PublicAddress("https", found["name"], 443)
        elif (found := _FAULT.search(line)) and not found["why"].startswith(_SETTLES):
            self._fault = found["why"]
        if self._address is not None and _CONNECTED.search(line):
            return Opened(self._address)
        return None

    def late(self) -> Failed:
        """Why no address may have come in time."""
        if self._address is not None:
            return Failed("cloudflared gets no connection; let port 7844 out, TCP or UDP")
        return Failed("cloudflared got no address in time; is this machine online?")

    def ended(self) -> Failed:
        """Why the tool may have ended."""
        return Failed(f"cloudflared ended: {self._fault or 'it gave no reason'}")
