"""The host's actions while it shares: on links, people and what viewers get. Event loop.

The gatekeeper decides who gets in; `hub.people` keeps those who are connected. Each action here
changes both, so that ending a link or a person also ends the live connections.
"""

from __future__ import annotations

from typing import Final

from samescreen.control.policy import Request
from samescreen.errors import UsageError
from samescreen.grants import Grant, words_of
from samescreen.hub.acts import Act
from samescreen.hub.broadcast import Broadcast
from samescreen.hub.hands import Hands
from samescreen.hub.held import Held
from samescreen.hub.hub import Hub
from samescreen.hub.ink import Ink
from samescreen.hub.lobby import Newcomer
from samescreen.hub.people import Person
from samescreen.hub.stream import Stream
from samescreen.labels import label

from .access import Gatekeeper
from .links import HOST, MOST_LINKS, VIEWER, Link, drawn_link
from .new_link import NewLink as NewLink
from .show_actions import ShowActions
from .stream_limits import limit_fields
from .voice_actions import VoiceActions

LONGEST_SAID: Final = 500
SHOW_LINK: Final = "show me your screen"
SHOW_LINK_LIFE_S: Final = 8 * 3600
"""Nobody shows anything for longer with one link."""
_REPLACED: Final = "the host has made a new link; this one is not valid any more"
_ENDED: Final = "the host has ended this link"
_RAN_OUT: Final = "this link has expired"
_PUT_OUT: Final = "the host has ended your access"


class HostActions:
    """The host's say over links, people and what is let out. It keeps nothing itself.

    `actor` is who acts: each act is kept in the hub's list and logged under this name.
    `address`: from where, if over the network.
    """

    def __init__(
        self, gatekeeper: Gatekeeper, hub: Hub, actor: str, address: str = ""
    ) -> None:
        self._gatekeeper = gatekeeper
        self._hub = hub
        self._people = hub.people
        self._broadcast = hub.broadcast
        self._acts = hub.acts
        self._control = hub.control
        self.transfers = hub.transfers
        self._ink = hub.ink
        self.voices = VoiceActions(hub.people, self._did)
        self.showing = ShowActions(hub, self._did)
        self._actor = actor
        self._address = address

    @property
    def name(self) -> str:
        """What the acting host wants to be called; "" for nothing."""
        return self._actor if self._address not in ("", self._actor) else ""

    @property
    def links(self) -> tuple[Link, ...]:
        """The valid links."""
        return tuple(self._gatekeeper.links)

    @property
    def people(self) -> tuple[Person, ...]:
        """Those who are connected now and have been let in."""
        return tuple(each for each in self._people if each.connections and not each.is_waiting)

    def new_link(self, wanted: NewLink, now_s: int) -> Link:
        """Make one more link, with a random secret.

        Raises:
            UsageError: there are `MOST_LINKS` already.
        """
        if len(self._gatekeeper.links) >= MOST_LINKS:
            raise UsageError(f"there are {MOST_LINKS} links already; end one of them first")
        self._check_barred(wanted.grants)
        life_s = wanted.expires_in_s
        link = drawn_link(
            wanted.name,
            grants=wanted.grants,
            may_ask=wanted.may_ask,
            expires_s=None if life_s is None else now_s + life_s,
            uses=wanted.uses,
        )
        self._gatekeeper.links.add(link)
        self._did("new-link", link=link.link_id, name=link.name, grants=_words(link.grants))
        return link

    def new_show_link(self, now_s: int) -> Link:
        """Make a link for one person to show something here, who sees nothing.

        Raises:
            UsageError: there are too many links, or nobody may show anything here.
        """
        grants = frozenset((Grant.PUBLISH,))
        wanted = NewLink(SHOW_LINK, grants, expires_in_s=SHOW_LINK_LIFE_S, uses=1)
        return self.new_link(wanted, now_s)

    def new_viewer_link(self) -> Link:
        """Replace the viewer link and the PIN. Everybody who came in by the old ones is out."""
        gone, link = self._gatekeeper.new_viewer_link()
        self._people.end_link(gone.link_id, _REPLACED)
        self._did("new-viewer-link")
        return link

    def new_host_ticket(self, now_s: int) -> str:
        """A secret that opens the host link once, within `TICKET_LIFE_S` seconds."""
        self._did("host-ticket")
        return self._gatekeeper.host_tickets.new(now_s)

    def secret_of(self, link_id: str) -> str | None:
        """The token of a link that the host wants to hand out again. None: no such link.

        Raises:
            UsageError: it is the host link, for which there are tickets.
        """
        if link_id == HOST:
            raise UsageError("the host link is not handed out; make a ticket for a phone instead")
        return next((link.secret for link in self.links if link.link_id == link_id), None)

    def end_link(self, link_id: str) -> bool:
        """End a link and its connections. False: there is no link with that id.

        Raises:
            UsageError: it is the host link, or the viewer link (which `new_viewer_link` replaces).
        """
        if link_id in (HOST, VIEWER) or link_id == self._gatekeeper.viewer_link_id:
            raise UsageError("the viewer link can be replaced, and the host link stays")
        if self._gatekeeper.links.end(link_id) is None:
            return False
        self._people.end_link(link_id, _ENDED)
        self._did("end-link", link=link_id)
        return True

    def put_out(self, person_id: str, now_s: int) -> bool:
        """End a person's connections, bar their cookie, and keep their address from coming back.

        False: no person with that id is here.

        Raises:
            UsageError: the person came in by the host link.
        """
        person = self._people.find(person_id) or self._people.lobby.find(person_id)
        if person is None:
            return False
        if person.link_id == HOST:
            raise UsageError("whoever has the host link cannot be put out; restart the host")
        self._gatekeeper.put_out(person_id, person.link_id, person.address, now_s)
        self._did("put-out", person=person_id, address=person.address)
        self._people.lobby.forget(person_id)
        self._people.put_out(person_id, _PUT_OUT)
        return True

    @property
    def approves(self) -> bool:
        """Whether newcomers wait until the host lets them in."""
        return self._people.lobby.is_on

    def approve(self, is_on: bool = True) -> None:
        """Have newcomers wait until the host lets them in; or let in all who wait."""
        self._people.lobby.is_on = is_on
        self._did("approve" if is_on else "approve-off")
        if not is_on:
            self._people.let_all_in()

    def newcomers(self, now_us: int) -> tuple[Newcomer, ...]:
        """Those who wait for the host to let them in, the oldest first."""
        return self._people.waiting(now_us)

    def let_in(self, person_id: str) -> bool:
        """Let somebody in who waits. False: nobody of that id waits."""
        newcomer = self._people.lobby.find(person_id)
        if newcomer is not None:
            self._people.let_in(person_id)
            self._did("let-in", person=person_id, address=newcomer.address)
        return newcomer is not None

    @property
    def waiting(self) -> tuple[tuple[str, str], ...]:
        """Link id and network of the people who were put out and not let back in."""
        return self._gatekeeper.held

    def let_back(self, link_id: str, address: str) -> None:
        """Let people log in with that link from that network again."""
        self._gatekeeper.let_back(link_id, address)
        self._did("let-back", link=link_id, address=address)

    @property
    def is_locked(self) -> bool:
        """Whether people who were not in before are kept out."""
        return self._gatekeeper.is_locked

    def lock(self, is_locked: bool = True) -> None:
        """Keep out everybody who was not in before, except users of the host link; or stop that."""
        self._gatekeeper.is_locked = is_locked
        self._did("lock" if is_locked else "unlock")

    def set_grants(self, person_id: str, grants: frozenset[Grant], now_us: int) -> bool:
        """Set what a person may do from now on. False: no person with that id is here.

        Raises:
            UsageError: `grants` has `host`, or the person came in by the host link.
        """
        if Grant.HOST in grants:
            raise UsageError("the host's powers come with the host link only")
        person = self._people.find(person_id)
        if person is None:
            return False
        if person.link_id == HOST:
            raise UsageError("the host link always gives everything")
        self._check_barred(grants)
        person.change(grants, now_us)
        self._people.invitations.decided(person_id)
        self._did("grants", person=person_id, address=person.address, grants=_words(grants))
        return True

    def _check_barred(self, grants: frozenset[Grant]) -> None:
        if barred := grants & self._people.barred:
            raise UsageError(f"this host was started with --view-only: no {min(barred)} here")

    # What is let out

    @property
    def broadcast(self) -> Broadcast:
        """What is paused, blanked, muted. Only to be read: the methods below change it."""
        return self._broadcast

    def pause(self, is_on: bool = True) -> None:
        """Grab, record and send nothing, or go on."""
        self._broadcast.pause(is_on)
        self._did("pause" if is_on else "go-on")

    def blank(self, is_on: bool = True) -> None:
        """Show black instead of the picture, at once, or show the picture again."""
        self._broadcast.blank(is_on)
        self._did("blank" if is_on else "unblank")

    def mute(self, is_on: bool = True) -> None:
        """Send no sound, or send it again."""
        self._broadcast.mute(is_on)
        self._did("mute" if is_on else "unmute")

    def hold(self, stream: Stream, held: Held) -> None:
        """Hold a stream to these limits from now on; what it encodes with is exchanged."""
        stream.hold(held)
        limits = {name: str(value) for name, value in limit_fields(stream).items() if value}
        self._did("limit", stream=stream.stream_id, **limits)

    def stream(self, stream_id: str) -> Stream | None:
        """The stream with this id, "" for the first; None: there is no such stream."""
        return self._hub.find(stream_id, sees_all=True)

    # Hands and lines

    @property
    def hands(self) -> Hands:
        """Who has a hand up, and what people wrote. Only to be read."""
        return self._people.hands

    def lower_hand(self, person_id: str) -> bool:
        """Lower somebody's hand. False: it was not up."""
        return self._people.lower_hand(person_id)

    def put_line_away(self, number: int) -> bool:
        """That line has been dealt with. False: there is none of that number."""
        return self._people.hands.put_away(number)

    def switch_hands(self, is_on: bool) -> None:
        """Let those who watch raise hands and write lines, or not."""
        self._people.switch_hands(is_on)
        self._did("hands" if is_on else "hands-off")

    def say(self, text: str, person_id: str | None = None) -> bool:
        """Show one line to somebody; None: to everybody. False: they are not here.

        Raises:
            UsageError: the line is empty or too long.
        """
        said = label(text, LONGEST_SAID + 1)
        if not 1 <= len(said) <= LONGEST_SAID:
            raise UsageError(f"a line has 1 to {LONGEST_SAID} characters")
        return self._people.say(said, person_id)

    # Remote control

    @property
    def requests(self) -> tuple[Request, ...]:
        """What people ask for, the oldest first. The answer to what stays open is no."""
        return self._control.requests.all

    @property
    def controller(self) -> Person | None:
        """Who has control now; None: nobody."""
        return self._control.holder

    def answer(self, person_id: str, is_yes: bool) -> bool:
        """Give a person what they ask for, or refuse it. False: nobody of that id asks.

        Raises:
            UsageError: a yes at this machine while a viewer acts here, who could have typed it.
        """
        if is_yes and self._is_here and self._control.is_acting:
            raise UsageError("a viewer is acting on this machine; take control back first")
        request = self._control.answer(person_id, is_yes)
        if request is not None:
            person = self._people.find(person_id)
            address, grants = person.address if person else "", " ".join(request.grants)
            kind = "give" if is_yes else "refuse"
            self._did(kind, person=person_id, address=address, grants=grants)
        return request is not None

    @property
    def _is_here(self) -> bool:
        """Whether the keys that act as host may be those of this machine."""
        return self._actor == "terminal" or self._address in ("127.0.0.1", "::1")

    def end_control(self) -> None:
        """Take control from everybody who has it, at once."""
        self._control.end()
        self._did("end-control")

    def end_offer(self, offer_id: str) -> bool:
        """Let viewers fetch a file no more. False: there is no such offer."""
        offer = self.transfers.offers.pop(offer_id, None)
        if offer is not None:
            self._did("file-end", name=offer.name)
        return offer is not None

    @property
    def is_control_kept(self) -> bool:
        """Whether the person at the machine took over from a program, and has not given back."""
        return self._control.is_kept

    def give_control_back(self) -> None:
        """Let programs act again, after the person at the machine took over."""
        self._control.give_back()
        self._did("give-back")

    # Marks over the picture

    @property
    def ink(self) -> Ink:
        """Who draws over the pictures. Only to be read: the methods below change it."""
        return self._ink

    def allow_ink(self, is_on: bool = True) -> None:
        """Let those with the grant draw; or remove all marks, and let nobody draw."""
        self._ink.allow(is_on)
        self._did("ink" if is_on else "ink-off")

    def clear_ink(self, person_id: str | None = None) -> bool:
        """Remove the marks of that person; None: of everybody. False: there are none."""
        if not self._ink.clear(person_id):
            return False
        self._did("ink-clear", person=person_id or "")
        return True

    # What was done, and what runs out

    def acts_since(self, number: int) -> tuple[Act, ...]:
        """What hosts did after the act of that number."""
        return self._acts.since(number)

    def _did(self, kind: str, **about: str) -> None:
        person = self._people.find(about.get("person", ""))
        if person is not None and person.name:
            about = {"name": person.name} | about
        self._acts.did(self._actor, kind, **about)

    def tick(self, now_us: int, now_s: int) -> None:
        """End what has expired: links, cookies and grants. Called a few times a second."""
        for link in self._gatekeeper.links.end_expired(now_s):
            self._people.end_link(link.link_id, _RAN_OUT)
        self._people.tick(now_us, now_s)


def _words(grants: frozenset[Grant]) -> str:
    return " ".join(words_of(grants))
