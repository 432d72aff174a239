"""Handovers: a page that came through http goes on through https as the same person. Pure.

Cookies do not cross: those of https have other names. So the page asks for a ticket, which its next
login brings along, once, within a minute. Time is an argument.
"""

from __future__ import annotations

from typing import Final

from .access import Gatekeeper, Proof
from .links import is_equal, new_token

HANDOVER_LIFE_S: Final = 60
MOST_HANDOVERS: Final = 1000
_MARK: Final = "h~"
"""What begins the secret of a login with a ticket: mark, ticket, "~", the token of the link."""


class Handovers:
    """The tickets that nobody has used yet, and who may use them."""

    def __init__(self) -> None:
        self._proofs: dict[str, tuple[Proof, int]] = {}

    def new(self, proof: Proof, now_s: int) -> str:
        """A ticket for this person. Beyond `MOST_HANDOVERS` the oldest one stops working."""
        self._proofs = {each: held for each, held in self._proofs.items() if now_s < held[1]}
        if len(self._proofs) >= MOST_HANDOVERS:
            del self._proofs[next(iter(self._proofs))]
        ticket = new_token()
        self._proofs[ticket] = proof, now_s + HANDOVER_LIFE_S
        return ticket

    def use(self, ticket: str, gatekeeper: Gatekeeper, now_s: int) -> Proof | None:
        """Use this ticket up. None: it is none, or its person may not come in any more.

        Compares every ticket, in a time that does not depend on their secrets.
        """
        found = [each for each in self._proofs if is_equal(ticket, each)]
        if not found:
            return None
        proof, until_s = self._proofs.pop(found[0])
        link = gatekeeper.links.find(proof.link.link_id, now_s)
        is_over = now_s >= until_s or link is None or gatekeeper.is_barred(proof.person_id)
        return None if is_over else proof


def parted(secret: str) -> tuple[str, str]:
    """The ticket in the secret of a login, or "", and the token of the link, or ""."""
    if not secret.startswith(_MARK):
        return "", secret
    ticket, _, token = secret.removeprefix(_MARK).partition("~")
    return ticket, token
