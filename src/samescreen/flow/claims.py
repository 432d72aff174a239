"""What viewers claim about their paths, and which claim a shared rendition follows. Pure.

A claim rests on acks, and a viewer can forge acks. Two rules keep a false claim from making the
picture worse for others:

- The host's own system measures each TCP connection. A claim that this measurement contradicts
  does not count (`Delivery.confirms`).
- A rendition follows only a majority, counted by viewers and also by addresses. So many connections
  from one address count as one address. With fewer than three addresses, all viewers must be slow.

If a rendition has only one viewer, the host believes its claim, since nobody else is affected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from .network import network_of

_LEAST_QUEUE_US: Final = 25_000
_FEWEST_ADDRESSES: Final = 3


class Delivery(NamedTuple):
    """What the host's system measures of one TCP connection.

    `unsent_bytes` are still on this machine. `rate_bps` is the last delivery rate, and the peer
    acknowledged its last byte `quiet_us` ago.
    """

    rtt_us: int
    min_rtt_us: int
    unsent_bytes: int
    rate_bps: int
    quiet_us: int = 0

    @property
    def queue_us(self) -> int:
        """How much longer a byte written now would take than on an empty path."""
        on_the_way_us = max(0, self.rtt_us - self.min_rtt_us)
        if not self.unsent_bytes:
            return on_the_way_us
        leaving_us = self.unsent_bytes * 8_000_000 // max(1, self.rate_bps)
        return on_the_way_us + max(leaving_us, self.quiet_us - self.rtt_us)

    def confirms(self, queue_us: int) -> bool:
        """Whether the measured queue is at least half as long as the acks claim."""
        return self.queue_us >= max(_LEAST_QUEUE_US, queue_us // 2)


class Claim(NamedTuple):
    """What one viewer's acks say about its path.

    `capacity_bps`: None means that no queue stands on the path. `is_confirmed`: None means that
    the host has no measurement of its own.
    """

    viewer_id: str
    address: str
    capacity_bps: int | None
    is_confirmed: bool | None = None

    @property
    def is_late(self) -> bool:
        """The viewer claims that its path is full, and no measurement contradicts it."""
        return self.capacity_bps is not None and self.is_confirmed is not False


def majority_capacity(claims: Sequence[Claim]) -> int | None:
    """The capacity that a shared rendition must keep to, in bit/s; None if there is no limit."""
    if len(claims) == 1:
        return claims[0].capacity_bps
    if not any(claim.is_late for claim in claims):
        return None
    networks: dict[str, list[int | None]] = {}
    for claim in claims:
        capacity = claim.capacity_bps if claim.is_late else None
        networks.setdefault(network_of(claim.address), []).append(capacity)
    everyone = [capacity for network in networks.values() for capacity in network]
    if len(networks) < _FEWEST_ADDRESSES:
        return _highest(everyone)
    by_network = [_of_majority(network) for network in networks.values()]
    return _highest((_of_majority(everyone), _of_majority(by_network)))


class LoweredFor:
    """The viewers for whom the host made a rendition cheaper."""

    __slots__ = ("_viewer_ids", "was_unconfirmed")

    def __init__(self) -> None:
        self._viewer_ids: frozenset[str] = frozenset()
        self.was_unconfirmed = False
        """The only reason was a lone viewer's claim, which the host's measurement contradicted."""

    def record(self, claims: Sequence[Claim]) -> None:
        """The host has lowered the rendition for the late viewers, or for a lone viewer."""
        late = [claim for claim in claims if claim.is_late]
        self.was_unconfirmed = not late
        self._viewer_ids = frozenset(claim.viewer_id for claim in late or claims)

    def still_present(self, claims: Sequence[Claim]) -> int:
        """How many of these viewers still watch."""
        return sum(claim.viewer_id in self._viewer_ids for claim in claims)

    def are_outvoted(self, claims: Sequence[Claim]) -> bool:
        """Whether these viewers, if there are any, are no longer a majority of all viewers."""
        return bool(self._viewer_ids) and 2 * self.still_present(claims) <= len(claims)

    def clear(self) -> None:
        """Record that the rendition is not lowered for anybody."""
        self._viewer_ids = frozenset()


def _of_majority(capacities: Sequence[int | None]) -> int | None:
    """The lowest value that more than half do not exceed; None unless more than half are late."""
    known = sorted(capacity for capacity in capacities if capacity is not None)
    index = len(capacities) // 2
    return known[index] if index < len(known) else None


def _highest(capacities: Iterable[int | None]) -> int | None:
    """The highest capacity; None, for unlimited, if any of them is None."""
    best = 0
    for capacity in capacities:
        if capacity is None:
            return None
        best = max(best, capacity)
    return best
