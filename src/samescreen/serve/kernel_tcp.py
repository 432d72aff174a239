"""What the kernel measures of one TCP connection: Linux's TCP_INFO. Event loop; never waits.

Python does not offer it on macOS and Windows; there the functions return None. Behind a proxy the
connection ends at the proxy, so the figures do not describe the viewer's path: callers must not
use them.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final

from samescreen.flow.claims import Delivery

_TCP_INFO: Final[int | None] = getattr(socket, "TCP_INFO", None)
_LAYOUT: Final = struct.Struct("=56xI8xI72xII8xQ")
"""struct tcp_info of linux/tcp.h, up to where Linux 4.9 ends it: tcpi_last_ack_recv in ms ago,
tcpi_rtt in µs, tcpi_notsent_bytes, tcpi_min_rtt in µs, tcpi_delivery_rate in bytes a second."""

_NO_MIN_RTT: Final = 2**32 - 1


def delivery_of(transport: asyncio.WriteTransport) -> Delivery | None:
    """The kernel's figures for this connection; None: it has none, or nothing was sent yet."""
    sock = transport.get_extra_info("socket")
    if sock is None or _TCP_INFO is None:
        return None
    try:
        said = sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _LAYOUT.size)
    except OSError:
        return None  # closed, or not TCP
    return delivery_in(said, transport.get_write_buffer_size())


def delivery_in(tcp_info: bytes, buffered_bytes: int) -> Delivery | None:
    """The figures in a struct tcp_info; `buffered_bytes`: not yet handed to the kernel.

    None: the struct is that of an older kernel, or has no round trip yet.
    """
    if len(tcp_info) < _LAYOUT.size:
        return None  # an older kernel
    quiet_ms, rtt_us, kernel_bytes, min_rtt_us, bytes_per_second = _LAYOUT.unpack_from(tcp_info)
    if not rtt_us or min_rtt_us == _NO_MIN_RTT:
        return None
    unsent_bytes = kernel_bytes + buffered_bytes
    return Delivery(rtt_us, min_rtt_us, unsent_bytes, 8 * bytes_per_second, 1000 * quiet_ms)
