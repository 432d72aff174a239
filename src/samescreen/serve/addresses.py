"""The URLs that lead to this host. Asks the system for its addresses; sends nothing. Any thread."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any, Final

import psutil

_INNER_INTERFACES: Final = ("docker", "br-", "veth", "virbr", "lxc", "cni", "flannel")
_DOCUMENTATION_ADDRESS: Final = ("192.0.2.1", 9)  # RFC 5737; connecting UDP sends nothing


@dataclass(frozen=True, slots=True)
class HostUrls:
    """The URLs of this host, each with the token in its fragment.

    Attributes:
        here: works on this machine.
        lan: work on other machines, best first; may be empty.
        note: what the person who hands them out must know, or "".
    """

    here: str
    lan: tuple[str, ...]
    note: str = ""

    @property
    def best(self) -> str:
        """The URL to hand out."""
        return self.lan[0] if self.lan else self.here


def urls_for(
    host: str,
    port: int,
    token: str | None,
    *,
    scheme: str = "http",
    base_path: str = "",
    page: str = "",
) -> HostUrls:
    """The URLs of a page of a host that listens on `host`:`port`; `token` None: without one."""
    fragment = f"#token={token}" if token else ""

    def url(name: str) -> str:
        # RFC 6874: the % before an interface is %25 in a URL.
        authority = f"[{name.replace('%', '%25')}]" if ":" in name else name
        return f"{scheme}://{authority}:{port}{base_path}/{page}{fragment}"

    host = bare(host)
    if is_any(host):
        found, note = _everywhere(host)
        return HostUrls(url("localhost"), tuple(map(url, found)), note)
    if is_loopback(host):
        return HostUrls(url("localhost"), ())
    if "%" in host:
        name = f"{socket.gethostname().partition('.')[0]}.local"
        return HostUrls(url(host), (url(name),), _LINK_LOCAL.format(name=name))
    return HostUrls(url(host), (url(host),))


_LINK_LOCAL: Final = (
    "browsers open no address with an interface (curl does): viewers need the name {name}, "
    "or listen on another address (--host ::)"
)
_ONLY_IPV6: Final = "this machine has no IPv4 network; --host :: listens on its IPv6 addresses"


def _everywhere(host: str) -> tuple[list[str], str]:
    """Addresses at which others reach a host that listens on a wildcard address, and a note."""
    if ":" in host:
        ipv4 = lan_addresses() if socket.has_dualstack_ipv6() else []
        return ipv4 + lan_addresses_ipv6(), ""
    ipv4 = lan_addresses()
    return ipv4, "" if ipv4 or not lan_addresses_ipv6() else _ONLY_IPV6


def bare(host: str) -> str:
    """An address as the system writes it: without the brackets that it has in URLs."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


BindAddress = tuple[socket.AddressFamily, Any]


def bind_address(host: str, port: int) -> BindAddress:
    """The family and the address to bind a socket to, with the interface if it has one.

    Raises:
        OSError: `host` is not an address or name that this machine knows.
    """
    host = bare(host)
    if not host:
        return socket.AF_INET, ("", port)
    flags = socket.AI_PASSIVE | (socket.AI_NUMERICHOST if ":" in host else 0)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:  # a label is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, "not a name") from error
    # A name may have both: IPv4 first, as browsers try both for a name.
    family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address


def with_interface(host: str) -> str:
    """A link-local address of this machine with its %interface; any other address unchanged.

    "%INTERFACE" stands for the interface if this machine does not have the address.
    """
    host = bare(host)
    try:
        is_whole = "%" in host or not ipaddress.IPv6Address(host).is_link_local
    except ValueError:
        return host
    if is_whole:
        return host
    own = (address for address in own_addresses() if address.partition("%")[0] == host)
    return next(own, f"{host}%INTERFACE")


def lan_addresses() -> list[str]:
    """IPv4 addresses of this machine that others may reach; that of the default route first."""
    found = _reachable(socket.AF_INET)
    preferred = _default_route_address()
    return sorted(found, key=lambda address: (address != preferred, found.index(address)))


def lan_interfaces() -> dict[str, str]:
    """The name of the interface of each address in `lan_addresses`: address by name."""
    reachable = lan_addresses()
    return {
        name: entry.address
        for name, addresses in psutil.net_if_addrs().items()
        for entry in addresses
        if entry.address in reachable
    }


def lan_addresses_ipv6() -> list[str]:
    """IPv6 addresses of this machine that others may reach: global and unique local ones."""
    return _reachable(socket.AF_INET6)


def _reachable(family: socket.AddressFamily) -> list[str]:
    preferred = _default_route_address()
    return [
        entry.address
        for name, addresses in psutil.net_if_addrs().items()
        for entry in addresses
        if entry.family == family and not _is_local_only(entry.address)
        # Bridges belong to containers and virtual machines, unless the default route uses one.
        if not name.startswith(_INNER_INTERFACES) or entry.address == preferred
    ]


def shown_addresses(host: str) -> list[str]:
    """The addresses that URLs of a host listening on `host` may contain; `host` may be a name."""
    host = bare(host)
    if not is_any(host):
        return [host]
    if ":" not in host:
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


def is_any(host: str) -> bool:
    """Whether this is a wildcard address: a socket there listens on every address."""
    try:
        return not host or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a socket that listens there."""
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
