"""Who waits to be let in, while the host lets newcomers in one by one. Event loop.

A person who was let in once stays so until the host stops: a page that is loaded again does not
wait again. Both lists are bounded. A newcomer who is dropped from the list still waits, and is
listed again with their next request.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from samescreen.flow.network import network_of

MOST_WAITING: Final = 200
MOST_OF_NETWORK: Final = 20
WAITING_US: Final = 60_000_000
"""How long somebody without a connection stays listed after they asked last."""
_MOST_LET_IN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who waits: by which link, from where, and when they asked last (µs)."""

    person_id: str
    link_id: str
    address: str
    asked_us: int


class Lobby:
    """`is_on`: newcomers wait until the host lets them in."""

    def __init__(self) -> None:
        self.is_on = False
        self.is_asked_for = 0
        """How many hosts that publish here want to be asked at each login."""
        self._let_in: OrderedDict[str, None] = OrderedDict()
        self._waiting: OrderedDict[str, Newcomer] = OrderedDict()

    def admits(self, newcomer: Newcomer) -> bool:
        """Whether they may come in; otherwise the host sees them among those who wait."""
        is_open = not self.is_on and not self.is_asked_for
        if is_open or newcomer.person_id in self._let_in:
            self.let_in(newcomer.person_id)
            return True
        self._waiting[newcomer.person_id] = newcomer
        self._waiting.move_to_end(newcomer.person_id)
        self._bound(newcomer)
        return False

    def let_in(self, person_id: str) -> None:
        """They do not wait from now on."""
        self._waiting.pop(person_id, None)
        self._let_in[person_id] = None
        self._let_in.move_to_end(person_id)
        if len(self._let_in) > _MOST_LET_IN:
            self._let_in.popitem(last=False)

    def forget(self, person_id: str) -> None:
        """They gave up, or the host turned them away."""
        self._waiting.pop(person_id, None)
        self._let_in.pop(person_id, None)

    def find(self, person_id: str) -> Newcomer | None:
        """Somebody who waits."""
        return self._waiting.get(person_id)

    def waiting(self, now_us: int, connected: frozenset[str]) -> tuple[Newcomer, ...]:
        """Those who wait, the oldest first; `connected` wait on an open connection."""
        return tuple(
            each
            for each in self._waiting.values()
            if each.person_id in connected or now_us - each.asked_us < WAITING_US
        )

    def _bound(self, newcomer: Newcomer) -> None:
        network = network_of(newcomer.address)
        of_network = [
            each.person_id for each in self._waiting.values() if network_of(each.address) == network
        ]
        if len(of_network) > MOST_OF_NETWORK:
            del self._waiting[of_network[0]]
        elif len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
