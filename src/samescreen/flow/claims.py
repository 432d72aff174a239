"""What viewers claim about their paths, and which claim a shared rendition follows. Pure.

A claim rests on acks, so a viewer can make one up. Two rules keep a claim from costing others:

- The host measures each connection it owns. Where its measure contradicts a claim, the claim does
  not count (`Delivery.bears_out`).
- A rendition follows a majority only, counted by viewers and also by addresses, so that many
  connections from one address weigh no more than it. With fewer than three addresses there is no
  majority worth the name: then all viewers must be slow.

A lone viewer is taken at its word: nobody else pays for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from .network import network_of

_LEAST_QUEUE_US: Final = 25_000
_FEWEST_ADDRESSES: Final = 3


class Delivery(NamedTuple):
    """What the host's own system measures of one connection.

    `unsent_bytes` have not left this machine. `rate_bps` is what the other end took when it last
    took something, which is `quiet_us` ago.
    """

    rtt_us: int
    min_rtt_us: int
    unsent_bytes: int
    rate_bps: int
    quiet_us: int = 0

    @property
    def queue_us(self) -> int:
        """How much longer than on an empty path a byte written now would take."""
        on_the_way_us = max(0, self.rtt_us - self.min_rtt_us)
        if not self.unsent_bytes:
            return on_the_way_us
        leaving_us = self.unsent_bytes * 8_000_000 // max(1, self.rate_bps)
        return on_the_way_us + max(leaving_us, self.quiet_us - self.rtt_us)

    def bears_out(self, queue_us: int) -> bool:
        """Whether a queue as long as the acks claim may be there; half of it is enough."""
        return self.queue_us >= max(_LEAST_QUEUE_US, queue_us // 2)


class Claim(NamedTuple):
    """What one viewer's acks say of its path. `capacity_bps` None: no queue stands on it.

    `is_borne_out` None: the host has no measure of its own.
    """

    viewer_id: str
    address: str
    capacity_bps: int | None
    is_borne_out: bool | None = None

    @property
    def is_late(self) -> bool:
        """It says that its path is full, and the host knows nothing to the contrary."""
        return self.capacity_bps is not None and self.is_borne_out is not False


def representative(claims: Sequence[Claim]) -> int | None:
    """The capacity that a shared rendition follows, in bit/s; None: it need not go down."""
    if len(claims) == 1:
        return claims[0].capacity_bps
    if not any(claim.is_late for claim in claims):
        return None
    sites: dict[str, list[int | None]] = {}
    for claim in claims:
        capacity = claim.capacity_bps if claim.is_late else None
        sites.setdefault(network_of(claim.address), []).append(capacity)
    everyone = [capacity for site in sites.values() for capacity in site]
    if len(sites) < _FEWEST_ADDRESSES:
        return _best_of(everyone)
    return _best_of((_of_most(everyone), _of_most([_of_most(site) for site in sites.values()])))


class Followed:
    """The viewers for whom a rendition became cheaper, until they are no majority any more."""

    __slots__ = ("_viewer_ids", "was_word")

    def __init__(self) -> None:
        self._viewer_ids: frozenset[str] = frozenset()
        self.was_word = False
        """There was a lone viewer's word, and the host measured something else."""

    def note(self, claims: Sequence[Claim]) -> None:
        """It became cheaper for the late ones among these, or for a lone viewer."""
        late = [claim for claim in claims if claim.is_late]
        self.was_word = not late
        self._viewer_ids = frozenset(claim.viewer_id for claim in late or claims)

    def present(self, claims: Sequence[Claim]) -> int:
        """How many of them are there still."""
        return sum(claim.viewer_id in self._viewer_ids for claim in claims)

    def are_outvoted(self, claims: Sequence[Claim]) -> bool:
        """There are some, and at most half of the viewers now are such."""
        return bool(self._viewer_ids) and 2 * self.present(claims) <= len(claims)

    def forget(self) -> None:
        """From now on there are none."""
        self._viewer_ids = frozenset()


def _of_most(capacities: Sequence[int | None]) -> int | None:
    """The least capacity that more than half do not exceed; None where half are not late."""
    known = sorted(capacity for capacity in capacities if capacity is not None)
    index = len(capacities) // 2
    return known[index] if index < len(known) else None


def _best_of(capacities: Iterable[int | None]) -> int | None:
    """The greatest; None as soon as one is not late."""
    best = 0
    for capacity in capacities:
        if capacity is None:
            return None
        best = max(best, capacity)
    return best
