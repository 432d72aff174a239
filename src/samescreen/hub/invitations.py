"""People whom the host asks to show something of theirs, and what they answer. Event loop.

A yes gives the grant `publish`. From then on the host alone sees what this person shows, until the
host shows it to everybody. Whatever else comes of a question is one act, which the hosts see.
Times are µs of a monotonic clock. Nothing here knows connections.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from samescreen.grants import Grant

from .acts import Acts

UNANSWERED_US: Final = 60_000_000
"""A question that is open for so long counts as a no."""
UNUSED_US: Final = 180_000_000
"""So long after a yes the host learns that this person has shown nothing."""

Answer = Literal["yes", "camera", "secure", "no", "denied", "failed"]
"""camera: yes, from a browser that cannot share a screen. secure: yes, and the page goes on through
https first. denied, failed: the browser gave nothing after the yes."""

_YES: Final = ("yes", "camera", "secure")


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """How a question stands, for the pages of the person who was asked.

    `by`: the name of the host who asks; "": they chose none.
    """

    state: Literal["asked", "accepted", "over"]
    by: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A question that is not over yet."""

    person_id: str
    shown: ShowRequest
    since_us: int

    @property
    def is_accepted(self) -> bool:
        """The person said yes, and has shown nothing yet."""
        return self.shown.state == "accepted"


class Guest(Protocol):
    """A person who can be asked."""

    person_id: str
    name: str
    address: str
    grants: frozenset[Grant]

    def change(self, grants: frozenset[Grant], now_us: int) -> None:
        """Replace the grants."""

    def show(self, shown: ShowRequest) -> None:
        """Show this on all pages of this person."""


class Invitations:
    """At most one question for each person. `acts` keeps what came of it."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._open: dict[str, tuple[Guest, Invitation]] = {}
        self._private: set[str] = set()

    @property
    def all(self) -> tuple[Invitation, ...]:
        """The questions that are not over, the oldest first."""
        return tuple(invitation for _, invitation in self._open.values())

    def of(self, person_id: str) -> Invitation | None:
        """The question to this person; None: there is none."""
        found = self._open.get(person_id)
        return None if found is None else found[1]

    def shows_privately(self, person_id: str) -> bool:
        """Whether what this person shows is for the host alone at first, because the host asked."""
        return person_id in self._private

    def ask(self, guest: Guest, by: str, now_us: int) -> None:
        """Put the question on this person's pages; once more if it is there already."""
        self._set(guest, ShowRequest("asked", by), now_us)

    def withdraw(self, person_id: str) -> bool:
        """Take the question back. False: there is none."""
        return self._over(person_id) is not None

    def answer(self, person_id: str, answer: Answer, now_us: int) -> None:
        """A page answers for its person. Without a question, or out of turn, nothing happens."""
        guest, invitation = self._open.get(person_id, (None, None))
        if guest is None or invitation is None:
            return
        if answer in _YES and not invitation.is_accepted:
            self._accept(guest, invitation, now_us)
            self._did(guest, f"show-{answer}")
        elif answer == "no" or (answer not in _YES and invitation.is_accepted):
            self._over(person_id)
            self._did(guest, f"show-{answer}")

    def began(self, person_id: str) -> None:
        """This person shows something now."""
        found = self.of(person_id)
        if found is not None and found.is_accepted:
            self._over(person_id)

    def decided(self, person_id: str) -> None:
        """The host has set this person's grants: what they show is like anything else again."""
        self._private.discard(person_id)

    def left(self, person_id: str) -> None:
        """This person has no connection any more."""
        found = self._open.get(person_id)
        if found is not None and not found[1].is_accepted:  # who goes on through https comes back
            del self._open[person_id]
            self._did(found[0], "show-left")

    def forget(self, person_id: str) -> None:
        """This person is out: nothing of theirs is kept."""
        self._open.pop(person_id, None)
        self._private.discard(person_id)

    def tick(self, now_us: int) -> None:
        """End the questions that nobody answers. A few times a second."""
        for guest, invitation in tuple(self._open.values()):
            life_us = UNUSED_US if invitation.is_accepted else UNANSWERED_US
            if now_us - invitation.since_us >= life_us:
                self._over(guest.person_id)
                self._did(guest, "show-nothing" if invitation.is_accepted else "show-late")

    def _accept(self, guest: Guest, invitation: Invitation, now_us: int) -> None:
        guest.change(guest.grants | {Grant.PUBLISH}, now_us)
        self._private.add(guest.person_id)
        self._set(guest, replace(invitation.shown, state="accepted"), now_us)

    def _set(self, guest: Guest, shown: ShowRequest, now_us: int) -> None:
        self._open[guest.person_id] = guest, Invitation(guest.person_id, shown, now_us)
        guest.show(shown)

    def _over(self, person_id: str) -> Guest | None:
        guest, invitation = self._open.pop(person_id, (None, None))
        if guest is not None and invitation is not None:
            guest.show(replace(invitation.shown, state="over"))
        return guest

    def _did(self, guest: Guest, kind: str) -> None:
        """Keep what this person did as an act of theirs."""
        who = {"person": guest.person_id, "address": guest.address}
        self._acts.did(guest.name or guest.address, kind, **who)
