"""The visits: one is one page load, with a secret id that only that page is given. Event loop.

All connections of a page show the id, so that they belong together.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Final

REMEMBERED_US: Final = 60_000_000
"""How long a visit without connections is kept, so that a page that reconnects continues it."""
_MOST_IDLE_VISITS: Final = 10_000


class Visits:
    """The visits by their secret ids, each with its number of connections.

    Only the page that received an id knows it. After a restart of the host, a page presents an id
    that this host never issued; all connections that present it get the same new id.
    """

    def __init__(self) -> None:
        self._connections: dict[str, int] = {}
        self._owners: dict[str, str] = {}
        self._renamed: dict[tuple[str, str], str] = {}
        self._shown: dict[str, tuple[str, str]] = {}
        self._idle: OrderedDict[str, int] = OrderedDict()

    def enter(self, person_id: str, shown: str, now_us: int) -> str:
        """Add a connection; returns its visit's id. `shown`: the id that it presented, or ""."""
        self._forget_idle(now_us)
        visit = self._known(person_id, shown)
        if not visit:
            visit = secrets.token_urlsafe(16)
            self._connections[visit], self._owners[visit] = 0, person_id
            if shown:
                self._renamed[person_id, shown] = visit
                self._shown[visit] = person_id, shown
        self._idle.pop(visit, None)
        self._connections[visit] += 1
        return visit

    def leave(self, visit: str, now_us: int) -> None:
        """Remove one connection of a visit."""
        if visit not in self._connections:
            return
        self._connections[visit] -= 1
        if self._connections[visit] <= 0:
            self._idle[visit] = now_us
        while len(self._idle) > _MOST_IDLE_VISITS:
            self._forget(next(iter(self._idle)))

    def __len__(self) -> int:
        return len(self._connections)

    def _known(self, person_id: str, shown: str) -> str:
        if self._owners.get(shown) == person_id:
            return shown
        return self._renamed.get((person_id, shown), "")

    def _forget_idle(self, now_us: int) -> None:
        while self._idle and now_us - next(iter(self._idle.values())) > REMEMBERED_US:
            self._forget(next(iter(self._idle)))

    def _forget(self, visit: str) -> None:
        del self._idle[visit], self._connections[visit], self._owners[visit]
        if visit in self._shown:
            del self._renamed[self._shown.pop(visit)]
