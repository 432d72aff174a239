"""The network of an address: the unit that limits per address apply to. Pure."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed_address(text: str) -> Address | None:
    """The address that a text names, without its scope; None if it names none.

    A socket for both families shows an IPv4 peer as ::ffff:10.0.0.1; this returns 10.0.0.1.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """An IPv4 address itself, or the /64 of an IPv6 address, since one customer has a whole /64.

    A text that is not an address is returned unchanged.
    """
    parsed = parsed_address(address)
    if parsed is None:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))
