"""What others show here, as far as the host decides: asking somebody for a screen. Event loop."""

from __future__ import annotations

from collections.abc import Callable

from samescreen.errors import UsageError
from samescreen.grants import Grant
from samescreen.hub.hub import Hub
from samescreen.hub.invitations import Invitation
from samescreen.hub.people import ON_RELAY


class ShowActions:
    """`did` keeps each act: its kind, and what it is about. This class keeps nothing itself."""

    def __init__(self, hub: Hub, did: Callable[..., None]) -> None:
        self._hub = hub
        self._people = hub.people
        self._did = did

    @property
    def open(self) -> tuple[Invitation, ...]:
        """The questions that are not over."""
        return self._people.invitations.all

    def ask(self, person_id: str, by: str, now_us: int) -> bool:
        """Ask this person to show something, in the name of `by`. False: they are not here.

        Raises:
            UsageError: nobody may show anything on this host, the person has the host link, or they
                are on a relay, which sends no pictures down to this host.
        """
        if Grant.PUBLISH in self._people.barred:
            raise UsageError("this host was started with --view-only: nobody shows anything here")
        person = self._people.find(person_id)
        if person is None or not person.connections or person.is_waiting:
            return False
        if Grant.HOST in person.grants:
            raise UsageError("whoever has the host link may show something without being asked")
        if person.link_id == ON_RELAY:
            raise UsageError(
                "this person is on the relay: ask on its host page (its address with /host), "
                "which the publish token opens"
            )
        self._people.invitations.ask(person, by, now_us)
        self._did("show-ask", person=person_id, address=person.name_or_address)
        return True

    def to_all(self, stream_id: str) -> None:
        """Have everybody watch this stream; "": take that back. Raises KeyError: it is gone."""
        self._hub.show_to_all(stream_id)
        self._did("forward" if stream_id else "forward-off", stream=stream_id)

    def withdraw(self, person_id: str) -> bool:
        """Take the question back. False: there is none."""
        is_found = self._people.invitations.withdraw(person_id)
        if is_found:
            self._did("show-withdraw", person=person_id)
        return is_found
