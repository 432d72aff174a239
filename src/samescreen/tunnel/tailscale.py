"""A funnel of Tailscale: this machine's own https name in its tailnet, open to the internet. Pure.

Why funnel and not serve: docs/decisions/0049-tunnels-by-installed-tools.md. Source of the lines:
tailscale's `cmd/tailscale/cli/serve_v2.go`, version 1.52 and later.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from .events import Event, Failed, Opened, address_in, plain

_NO_SERVICE: Final = re.compile(r"failed to connect to local tailscaled|tailscaled.*not.*running")
_DENIED: Final = re.compile(r"access denied", re.I)
_TAKEN: Final = re.compile(r"already exists|already in use|listener already", re.I)
_NO_HTTPS: Final = re.compile(r"TLS certs|HTTPS (?:certificates are|is) (?:not|dis)", re.I)
_TOO_OLD: Final = re.compile(r"^USAGE\b|unknown subcommand|flag provided but not defined", re.I)
_OFF: Final = re.compile(r"funnel is not enabled|funnel not available", re.I)
_ONLY_TAILNET: Final = re.compile(r"available within your tailnet", re.I)
_SWITCH: Final = re.compile(r"https://login\.tailscale\.com/\S+")
_ASKS_LOGIN: Final = ("NeedsLogin", "NoState", "Stopped")


@dataclass(frozen=True, slots=True)
class Tailscale:
    """The tool. Its daemon replaces `X-Forwarded-For`, whatever the visitor sent."""

    name: str = "tailscale"
    patience_s: float = 40.0
    client_header: str = "X-Forwarded-For"
    is_direct: bool = False

    @property
    def sees(self) -> str:
        """Who can read what passes."""
        return (
            "It is decrypted on this machine only: Tailscale's servers pass it on and cannot "
            "read it."
        )

    def question(self) -> list[str]:
        """For the state of the daemon and the name of this machine."""
        return ["status", "--json"]

    def answer(self, said: str) -> str | Failed:
        """The name of this machine in its tailnet, from `tailscale status --json`."""
        status = _object_in(said)
        state, self_ = status.get("BackendState"), status.get("Self")
        if _NO_SERVICE.search(said) or not status:
            return Failed("tailscale's service does not run: sudo systemctl start tailscaled")
        if state == "NeedsMachineAuth":
            return Failed("the tailnet's administrator must approve this machine first")
        if state in _ASKS_LOGIN:
            return Failed("tailscale is not logged in: sudo tailscale up")
        name = self_.get("DNSName") if isinstance(self_, dict) else None
        if not isinstance(name, str) or address_in(f"https://{name.rstrip('.')}") is None:
            return Failed("this machine has no name in its tailnet; switch MagicDNS on")
        return name.rstrip(".").lower()

    def arguments(self, port: int) -> list[str]:
        """In the foreground: what the daemon serves ends with the tool."""
        return ["funnel", f"http://127.0.0.1:{port}"]

    def reader(self, name: str) -> TailscaleReader:
        """A reader for one run on the machine of that name."""
        return TailscaleReader(name)


class TailscaleReader:
    """Reads what `tailscale funnel` prints: the address once it serves there."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_off = False
        self._last = ""

    def take(self, line: str) -> Event | None:
        """What this line says, if it says anything."""
        line = plain(line)
        self._last = line or self._last
        for pattern, why in _FAULTS:
            if pattern.search(line):
                return Failed(why)
        self._is_off = self._is_off or _OFF.search(line) is not None
        if self._is_off and (found := _SWITCH.search(line)):
            return Failed(f"Funnel is off in this tailnet; switch it on: {found[0]}", goes_on=True)
        if _ONLY_TAILNET.search(line):
            return Failed(_NO_FUNNEL)
        address = address_in(line)
        return Opened(address) if address is not None and address.name == self._name else None

    def late(self) -> Failed:
        """Why no address may have come in time."""
        return Failed(f"tailscale gave no address in time: {self._last or 'it said nothing'}")

    def ended(self) -> Failed:
        """Why the tool may have ended."""
        if self._is_off:
            return Failed(_NO_FUNNEL)
        return Failed(f"tailscale ended: {self._last or 'it gave no reason'}")


_NO_FUNNEL: Final = "Funnel is off in this tailnet; its administrator can switch it on"
_FAULTS: Final = (
    (_NO_SERVICE, "tailscale's service does not run: sudo systemctl start tailscaled"),
    (_DENIED, "tailscale obeys only its operator: sudo tailscale set --operator=$USER"),
    (_TAKEN, "Tailscale serves something else on port 443: tailscale serve status"),
    (_NO_HTTPS, "https is off in this tailnet; switch it on in the admin console, DNS"),
    (_TOO_OLD, "this tailscale is too old: it takes version 1.52 or newer"),
)


def _object_in(text: str) -> dict[str, Any]:
    """The JSON object that a text holds, or {}."""
    try:
        found = json.loads(text[text.index("{") :])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
