"""Who asks, through which name and scheme, when reverse proxies stand in between. Pure.

Forwarding headers are believed from `--trusted-proxy` addresses only; from anybody else they are
a stranger's claim and ignored.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from samescreen.flow.network import Address, parsed_address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_WITH_PORT: Final = re.compile(
    r"(?:\[(?P<inner>[^\[\]]+)\]|(?P<plain>[0-9.]+))(?::[0-9]{1,5})?"
)


class Headers(Protocol):
    """As aiohttp has them: several of one name are possible."""

    def getall(self, name: str, default: list[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Client:
    """A request as its sender made it. `host` is what the Host header said there."""

    address: str
    host: str
    is_secure: bool
    is_proxied: bool = False


class TrustedProxies:
    """The networks whose word on forwarding is taken."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)

    def client(self, peer: str, headers: Headers, *, is_secure: bool) -> Client:
        """Who asks; `peer` is the connection's other end, `is_secure` whether it speaks TLS."""
        hosts = headers.getall("Host", [])
        host = hosts[0] if len(hosts) == 1 else ""  # two: each reader would believe another one
        if not self.trusts(peer):
            return Client(_plain(peer), host, is_secure)
        scheme = _last(headers, "X-Forwarded-Proto")
        return Client(
            address=self._viewer(_list(headers, "X-Forwarded-For"), _plain(peer)),
            host=_last(headers, "X-Forwarded-Host") or host,
            is_secure=is_secure if scheme is None else scheme.lower() in ("https", "wss"),
            is_proxied=True,
        )

    def _viewer(self, hops: list[str], peer: str) -> str:
        """The last hop that no trusted proxy vouches to be one of its own."""
        nearest = peer
        for hop in reversed(hops):
            address = _address_in(hop)
            if address is None:
                return nearest
            nearest = str(address)
            if not self.trusts(nearest):
                return nearest
        return nearest

    def trusts(self, peer: str) -> bool:
        """Whether this address is one of theirs."""
        if not self._networks:
            return False
        address = parsed_address(peer)
        return address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )


def _list(headers: Headers, name: str) -> list[str]:
    values = ",".join(headers.getall(name, [])).split(",")
    return [value.strip() for value in values if value.strip()]


def _last(headers: Headers, name: str) -> str | None:
    """What the nearest proxy wrote: those before it may be a stranger's."""
    values = _list(headers, name)
    return values[-1] if values else None


def _address_in(hop: str) -> Address | None:
    """The address of one X-Forwarded-For entry, which may carry a port."""
    parts = _WITH_PORT.fullmatch(hop)
    return parsed_address((parts["inner"] or parts["plain"]) if parts else hop)


def _plain(peer: str) -> str:
    address = parsed_address(peer)
    return peer if address is None else str(address)
