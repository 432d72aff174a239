"""Tickets: secrets that open the host link once, within a minute. Pure; time is an argument.

The host shows one as a QR code, so that a phone gets the host's powers and nobody has to hand out
the host link itself. A ticket that was photographed is worth nothing once it was used.
"""

from __future__ import annotations

from typing import Final

from .links import is_equal, new_token

TICKET_LIFE_S: Final = 60
MOST_TICKETS: Final = 8


class HostTickets:
    """The tickets that nobody has used yet."""

    def __init__(self) -> None:
        self._until_s: dict[str, int] = {}

    def new(self, now_s: int) -> str:
        """A new ticket. Beyond `MOST_TICKETS` the oldest one stops working."""
        self._until_s = {each: until for each, until in self._until_s.items() if now_s < until}
        if len(self._until_s) >= MOST_TICKETS:
            del self._until_s[next(iter(self._until_s))]
        ticket = new_token()
        self._until_s[ticket] = now_s + TICKET_LIFE_S
        return ticket

    def holds(self, secret: str, now_s: int) -> bool:
        """Whether this is a ticket that nobody has used yet and that has not expired."""
        return self._find(secret, now_s) is not None

    def use(self, secret: str, now_s: int) -> bool:
        """Use this ticket up. False: it is none, or not valid any more."""
        found = self._find(secret, now_s)
        if found is not None:
            del self._until_s[found]
        return found is not None

    def _find(self, secret: str, now_s: int) -> str | None:
        """Compares every ticket, in a time that does not depend on their secrets."""
        found = None
        for ticket, until_s in self._until_s.items():
            if is_equal(secret, ticket) and now_s < until_s:
                found = ticket
        return found
