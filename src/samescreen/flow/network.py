"""Which network an address belongs to: limits per address hold for those. Pure."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed_address(text: str) -> Address | None:
    """The address in a text, without its scope; None: it is no address.

    A socket for both families shows IPv4 peers as ::ffff:10.0.0.1; that is 10.0.0.1 here.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: one customer has as many as that.

    Text that is no address stands for itself.
    """
    parsed = parsed_address(address)
    if parsed is None:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))
