"""Which links lead to this host. Asks the system for its addresses; sends nothing."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

import psutil

_ANY: Final = frozenset({"", "0.0.0.0", "::"})
_INNER_INTERFACES: Final = ("docker", "br-", "veth", "virbr", "lxc", "cni", "flannel")
_DOCUMENTATION_ADDRESS: Final = ("192.0.2.1", 9)  # RFC 5737; connecting UDP sends nothing


@dataclass(frozen=True, slots=True)
class Links:
    """`here` works on this machine, `lan` (best first, may be empty) on others."""

    here: str
    lan: tuple[str, ...]

    @property
    def best(self) -> str:
        """The one to hand out."""
        return self.lan[0] if self.lan else self.here


def links_for(
    host: str, port: int, token: str | None, *, scheme: str = "http", base_path: str = ""
) -> Links:
    """The links of a host that listens on `host`:`port`; `token` None: without access control."""
    fragment = f"#token={token}" if token else ""

    def link(name: str) -> str:
        place = f"[{name}]" if ":" in name else name
        return f"{scheme}://{place}:{port}{base_path}/{fragment}"

    if host in _ANY:
        return Links(link("localhost"), tuple(link(address) for address in lan_addresses()))
    if is_loopback(host):
        return Links(link("localhost"), ())
    return Links(link(host), (link(host),))


def lan_addresses() -> list[str]:
    """IPv4 addresses of this machine that others may reach, the default route's first."""
    preferred = _default_route_address()
    found = [
        entry.address
        for name, addresses in psutil.net_if_addrs().items()
        for entry in addresses
        if entry.family == socket.AF_INET and not _is_local_only(entry.address)
        # A bridge is inner (containers, machines in machines), unless the way out leads over it.
        if not name.startswith(_INNER_INTERFACES) or entry.address == preferred
    ]
    return sorted(found, key=lambda address: (address != preferred, found.index(address)))


def shown_addresses(host: str) -> list[str]:
    """Those that links to a host listening on `host` may name; `host` itself may be a name."""
    if host not in _ANY:
        return [host]
    if host != "::":
        return lan_addresses()
    return lan_addresses() + [each for each in own_addresses() if ":" in each]


def own_addresses() -> list[str]:
    """Every address of this machine, both families; IPv6 ones may end in %interface."""
    families = (socket.AF_INET, socket.AF_INET6)
    return [
        entry.address
        for addresses in psutil.net_if_addrs().values()
        for entry in addresses
        if entry.family in families
    ]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_local_only(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback or parsed.is_link_local


def _default_route_address() -> str | None:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_DOCUMENTATION_ADDRESS)
            return str(probe.getsockname()[0])
    except OSError:
        return None
