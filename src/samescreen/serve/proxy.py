"""The client of a request, also behind reverse proxies: its address, host name and scheme. Pure.

This module believes forwarding headers from `--trusted-proxy` addresses only. From any other
address they are a stranger's claim, and it ignores them.
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
    """Headers as aiohttp has them: one name may occur several times."""

    def getall(self, name: str, default: list[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a request.

    Attributes:
        address: its IP address, or "?".
        host: the Host header as the client sent it; "" where there was not exactly one.
        is_secure: the client used https.
        is_proxied: the request came through a trusted proxy.
    """

    address: str
    host: str
    is_secure: bool
    is_proxied: bool = False


class TrustedProxies:
    """The networks of the proxies whose forwarding headers count."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)

    def client(self, peer: str, headers: Headers, *, is_secure: bool) -> Client:
        """The client of a request.

        `peer` is the address at the other end of the connection; `is_secure`: it speaks TLS.
        """
        hosts = headers.getall("Host", [])
        host = hosts[0] if len(hosts) == 1 else ""  # of two, proxy and host might each take another
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
        """The last hop that is not a trusted proxy."""
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
        """Whether this is the address of a trusted proxy."""
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
    """The value that the nearest proxy wrote; a stranger may have written those before it."""
    values = _list(headers, name)
    return values[-1] if values else None


def _address_in(hop: str) -> Address | None:
    """The address in one entry of X-Forwarded-For, which may have a port."""
    parts = _WITH_PORT.fullmatch(hop)
    return parsed_address((parts["inner"] or parts["plain"]) if parts else hop)


def _plain(peer: str) -> str:
    address = parsed_address(peer)
    return peer if address is None else str(address)
