"""What others show here, from the terminal: a link, a question, a source for all. Event loop."""

from __future__ import annotations

from samescreen.clock import clock_us
from samescreen.errors import UsageError
from samescreen.host import Host
from samescreen.labels import sentence
from samescreen.serve.links import Link
from samescreen.serve.site import now_s
from samescreen.tunnelled import Tunnelled

from .words import Words


class Showing:
    """Each method acts as the host and returns a sentence about it. It keeps the newest link.

    Methods that act raise UsageError where nobody may show anything here. `tunnelled`: by which
    people on the internet come; None: they do not.
    """

    def __init__(self, host: Host, words: Words, tunnelled: Tunnelled | None = None) -> None:
        self._host = host
        self._words = words
        self._tunnelled = tunnelled
        self._link: Link | None = None

    @property
    def link(self) -> str:
        """The link for one person, which nobody has used yet; "": there is none."""
        if self._link is None or not self._is_awaited(self._link):
            return ""
        tunnelled, secret = self._tunnelled, self._link.secret
        if tunnelled is not None and (public := tunnelled.show_link(secret)):
            return public
        scheme = "http" if self._host.tls is None else "https"
        return self._host.links_with(secret, scheme, page="show").best

    @property
    def limit(self) -> str:
        """Who cannot use the link, and what to do about it, as a sentence; "": everybody can."""
        tunnelled = self._tunnelled
        why = "none" if tunnelled is None else tunnelled.why_not_shown
        if tunnelled is None or why in ("", "none"):
            return ""
        return self._words(f"unshown-{why}", page=f"{tunnelled.relay.rstrip('/')}/host")

    def _is_awaited(self, link: Link) -> bool:
        now = self._host.gatekeeper.links.find(link.link_id, now_s())
        return now is not None and bool(now.uses_left)

    def new_link(self) -> str:
        """Make a link for one person. One that this terminal made before, unused, ends."""
        self._end()
        self._link = self._host.actions.new_show_link(now_s())
        made = self._words("show-link", link=self.link)
        return f"{made} {self.limit}".rstrip()

    def end_link(self) -> str:
        """End the newest link, if nobody has used it."""
        return self._words("show-link-ended" if self._end() else "show-link-none")

    def _end(self) -> bool:
        """A link that was used stays: its end would put the person out."""
        link, self._link = self._link, None
        if link is None or not self._is_awaited(link):
            return False
        return self._host.actions.end_link(link.link_id)

    def ask(self, person_id: str, said: str) -> str:
        """Ask this person for a screen. `said`: how the person was named here."""
        person = self._host.hub.people.find(person_id)
        if person is None or not self._host.actions.showing.ask(person_id, "", clock_us()):
            return self._words("no-such-person", number=sentence(said))
        return self._words("show-asked", who=sentence(person.name or person.address))

    def ask_by_name(self, name: str) -> str:
        """Ask the one person with this name or address for a screen."""
        people = self._host.actions.people
        found = [each for each in people if name.casefold() in _named(each.name, each.address)]
        if len(found) != 1:
            names = ", ".join(sentence(each.name or each.address) for each in found or people)
            return self._words("show-who", names=names or "–")
        return self.ask(found[0].person_id, name)

    def to_all(self, number: str) -> str:
        """Have everybody watch the source of this number; "0" takes that back."""
        streams = [*self._host.hub.streams.values()]
        if not number.isdecimal() or int(number) > len(streams):
            key = "none-of.one" if len(streams) == 1 else "none-of"
            why = self._words(key, n=len(streams), number=sentence(number))
            raise UsageError(self._words("unchanged", why=why))
        stream = streams[int(number) - 1] if int(number) else None
        self._host.actions.showing.to_all("" if stream is None else stream.stream_id)
        if stream is None:
            return self._words("to-all-off")
        return self._words("to-all", name=sentence(self._words.label(stream.name)))


def _named(*names: str) -> list[str]:
    return [name.casefold() for name in names]
