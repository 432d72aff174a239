"""Who acts on the shared sources, and who asks to. Event loop.

A client is one connection that wants control. Its input goes to the source of the track that it
names. The rules are in `control/policy.py`; here they meet people, streams and sources.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from samescreen.closing import CloseCode
from samescreen.control.events import Input
from samescreen.control.news import Applied, Escaped, Failed, HandSeen, News, Obstructed
from samescreen.control.policy import ControlQueue, Request, Requests, State
from samescreen.errors import ProtocolError
from samescreen.grants import BROUGHT, CLIPBOARDS, FILES, Grant, words_of

from .acts import Acts
from .broadcast import Broadcast
from .people import People, Person
from .publisher import ControlSink
from .shown import RequestState
from .stream import Stream

ACTING_US: Final = 1_000_000
"""A viewer who did something so long ago may still be the one who presses a key here."""
ASKABLE: Final = CLIPBOARDS | FILES | BROUGHT | {Grant.CONTROL, Grant.POINT}
"""What the host can give somebody who asks."""
_AGAIN_US: Final = 1_000_000
"""After a failure the host tries again this much later."""
_KEYBOARD: Final = "keyboard"
"""The actor of what the person at the machine did with keys."""
_HAND: Final = "the person at the machine"
KEPT_US: Final = 60_000_000
"""After a hand at the machine took over from a program, programs wait so long, or until the host
gives control back."""
_USED_BY: Final = "{} uses mouse and keyboard; try again when they have given it back"
_KEPT: Final = "The person at the machine took over; the host gives control back, or a minute does"
_ENDED: Final = "the person at the machine ended remote control"
Cause = Literal["", "covered", "unfocused", "failed"]


@dataclass(frozen=True, slots=True)
class ControlState:
    """How remote control stands, for one client.

    `by`: the name or address of who holds it. `cause`: why something was not carried out. `fits`: a
    picture takes the size of the room that the page names.
    """

    state: State
    by: str
    cause: Cause = ""
    fits: bool = False


class ControlClient(Hashable, Protocol):
    """One connection that wants control. `is_program`: it gives way to people at once."""

    is_program: bool

    @property
    def person(self) -> Person:
        """Whose it is."""

    def show_control(self, state: ControlState) -> None:
        """Send this to the page."""

    def show_applied(self, applied: Applied) -> None:
        """Learn when one of its messages was carried out."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Send a goodbye with this sentence, and close."""

    def preempted(self, why: str) -> None:
        """A person took over from this program."""


class Control:
    """Remote control of all streams: one holder at a time."""

    def __init__(
        self,
        streams: Callable[[], Iterable[Stream]],
        people: People,
        broadcast: Broadcast,
        acts: Acts,
        clock_us: Callable[[], int],
    ) -> None:
        self.requests = Requests()
        self._streams = streams
        self._people = people
        self._broadcast = broadcast
        self._acts = acts
        self._clock_us = clock_us
        self._queue: ControlQueue[ControlClient] = ControlQueue()
        self._sink: ControlSink | None = None
        self._shown: dict[ControlClient, ControlState] = {}
        self._acted_us = 0
        self._may_begin_us = 0
        self._kept_until_us = 0

    # Clients

    @property
    def holder(self) -> Person | None:
        """Who has control now; None: nobody."""
        return None if self._queue.holder is None else self._queue.holder.person

    @property
    def is_program_acting(self) -> bool:
        """Whether the one who has control is a program."""
        return self._queue.holder is not None and self._queue.holder.is_program

    @property
    def is_offered(self) -> bool:
        """Whether any source takes input."""
        return any(stream.publisher.control is not None for stream in self._streams())

    @property
    def is_acting(self) -> bool:
        """Whether a viewer has just done something, so that a key pressed here may be theirs."""
        return self.holder is not None and self._clock_us() - self._acted_us < ACTING_US

    def enter(self, client: ControlClient) -> None:
        """A connection wants control; it gets it, or waits in line. A program gives way.

        It comes before older connections of the same person, which may be dead: after a change of
        network nobody notices for half a minute.
        """
        holder = self._queue.holder
        if holder is not None and holder.is_program and not client.is_program:
            holder.preempted(_USED_BY.format(client.person.name_or_address))
            self.leave(holder, is_cut=True)
        was_free = self._queue.holder is None
        clients = self._queue.clients
        theirs = (each for each in clients if each.person is client.person and not each.is_program)
        older = None if client in clients else next(theirs, None)
        self._queue.enter(client, self._clock_us(), before=older)
        if older is not None and older == clients[0]:
            self._end_sink(is_cut=True)
        if was_free:
            self._note("control-taken", client)
        self._show_all()

    def leave(self, client: ControlClient, *, is_cut: bool = False) -> None:
        """A connection gives it up, or is gone; may be called twice.

        What it sent before is carried out, unless it `is_cut` off.
        """
        self._shown.pop(client, None)
        if self._queue.leave(client, self._clock_us()):
            self._end_sink(is_cut=is_cut)
            self._note("control-given-back", client)
        self._show_all()

    def refusal_of(self, client: ControlClient) -> str:
        """Why this program may not act now; "" if it may."""
        holder = self._queue.holder
        if not self.is_offered:
            return "Nothing that is shared takes input"
        if self._broadcast.is_paused or self._broadcast.is_blanked:
            return "The host has paused or blanked the picture"
        if holder is not None and holder != client:
            return _USED_BY.format(holder.person.name_or_address)
        return _KEPT if self.is_kept or self._queue.is_paused(self._clock_us()) else ""

    @property
    def is_kept(self) -> bool:
        """Whether the person at the machine took over from a program, and has not given back."""
        return self._clock_us() < self._kept_until_us

    def give_back(self) -> None:
        """Programs may act again at once."""
        self._kept_until_us = 0

    def take(self, client: ControlClient, given: Input) -> bool:
        """Carry out a viewer's input, if it is theirs to act. Returns whether it will be.

        Raises:
            ProtocolError: it came faster than it can be carried out.
        """
        if not self._queue.may_act(client, self._clock_us()):
            return False
        sink = self._sink_of(given.track)
        if sink is None:
            return False
        self._acted_us = self._clock_us()
        if sink is not self._sink:
            if self._acted_us < self._may_begin_us:
                return False
            self._end_sink()
            self._sink = sink
            sink.begin(lambda news: self._heard(sink, news))
        if not sink.put(given.orders):
            self._end_sink(is_cut=True)
            raise ProtocolError("more input than can be carried out")
        return True

    def _sink_of(self, track: int) -> ControlSink | None:
        """Where input for that track goes; None: it is gone, hidden, or takes none."""
        if self._broadcast.is_paused or self._broadcast.is_blanked:
            return None
        streams = (stream for stream in self._streams() if stream.track == track)
        found = next(streams, None)
        return None if found is None else found.publisher.control

    def tick(self) -> None:
        """Pass control on from who is idle, and refuse what nobody answered. Often a second."""
        now_us = self._clock_us()
        if self._queue.tick(now_us):
            self._end_sink()
        if self._sink is not None and (self._broadcast.is_paused or self._broadcast.is_blanked):
            self._end_sink(is_cut=True)
        for request in self.requests.expired(now_us):
            self._tell(request, "no")
        for request in self.requests.all:
            person = self._people.find(request.person_id)
            if person is None or not person.connections:
                self.requests.withdraw(request.person_id)
        self._show_all()

    def end(self, detail: str = _ENDED) -> None:
        """Take control from everybody who has it, at once."""
        self._end_sink(is_cut=True)
        now_us = self._clock_us()
        for client in self._queue.clients:
            client.dismiss(CloseCode.FORBIDDEN, detail)
            self.leave(client)
        for person in self._people:
            if Grant.CONTROL in person.grants and Grant.HOST not in person.grants:
                person.change(person.grants - {Grant.CONTROL}, now_us)

    def let_go(self) -> None:
        """Let go what is held, as this process rests for a while; viewers act again after that."""
        self._end_sink(is_cut=True)
        self._may_begin_us = self._clock_us() + _AGAIN_US

    def close(self) -> None:
        """The host stops."""
        self._end_sink()

    def _end_sink(self, *, is_cut: bool = False) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            (sink.cut if is_cut else sink.end)()

    # News of the source that is acted on

    def _heard(self, sink: ControlSink, news: News) -> None:
        if sink is not self._sink:
            return
        if isinstance(news, Applied):
            if self._queue.holder is not None:
                self._queue.holder.show_applied(news)
        elif isinstance(news, HandSeen):
            self._queue.hand_seen(self._clock_us())
            self._keep_from_programs()
            self._show_all()
        elif isinstance(news, Escaped):
            self._acts.did(_KEYBOARD, "end-control")
            self.end()
        elif isinstance(news, Obstructed):
            self._show_holder(news.cause)
        elif isinstance(news, Failed):
            self._end_sink()
            self._may_begin_us = self._clock_us() + _AGAIN_US
            self._show_holder("failed")

    def _keep_from_programs(self) -> None:
        """The person at the machine takes over for longer: a program would go on at once."""
        holder = self._queue.holder
        if holder is not None and holder.is_program:
            self._kept_until_us = self._clock_us() + KEPT_US
            self._acts.did(_HAND, "took-over", person=holder.person.person_id)
            holder.preempted(_KEPT)
            self.leave(holder, is_cut=True)

    def _state_of(self, client: ControlClient) -> ControlState:
        holder = self.holder
        by = "" if holder is None else holder.name_or_address
        state = self._queue.state_of(client, self._clock_us()) if self.is_offered else "off"
        sinks = [stream.publisher.control for stream in self._streams()]
        return ControlState(state, by, fits=any(sink is not None and sink.fits for sink in sinks))

    def _show_all(self) -> None:
        """Show each client how it stands, if that is new to it."""
        for client in self._queue.clients:
            state = self._state_of(client)
            if self._shown.get(client) != state:
                self._shown[client] = state
                client.show_control(state)

    def _show_holder(self, cause: Cause) -> None:
        client = self._queue.holder
        if client is not None:
            client.show_control(replace(self._state_of(client), cause=cause))

    def _note(self, kind: str, client: ControlClient) -> None:
        person = client.person
        self._acts.did(person.name_or_address, kind, person=person.person_id)

    # Asking

    def ask(self, person: Person, wanted: frozenset[Grant]) -> RequestState:
        """Somebody asks the host for grants. How that stands now."""
        grants = tuple(words_of(wanted))
        if wanted <= person.grants:
            return RequestState(grants, "given")
        if not wanted <= self.open_to(person) | person.grants:
            return RequestState(grants, "off")
        is_asked = self.requests.ask(person.person_id, grants, self._clock_us())
        return RequestState(grants, "waits" if is_asked else "no")

    def open_to(self, person: Person) -> frozenset[Grant]:
        """What this person may ask for now."""
        askable = ASKABLE if self.is_offered else ASKABLE - {Grant.CONTROL}
        if not any(stream.publisher.clipboard is not None for stream in self._streams()):
            askable -= CLIPBOARDS
        return (person.may_ask & askable) - person.grants

    def answer(self, person_id: str, is_yes: bool) -> Request | None:
        """The host answered; the question, or None: nobody of that id asks."""
        request = self.requests.answer(person_id, is_yes, self._clock_us())
        person = self._people.find(person_id)
        if request is None or person is None:
            return None
        if is_yes:
            given = frozenset(Grant(word) for word in request.grants)
            person.change(person.grants | given, self._clock_us())
        self._tell(request, "given" if is_yes else "no")
        return request

    def _tell(self, request: Request, state: Literal["given", "no"]) -> None:
        person = self._people.find(request.person_id)
        if person is not None:
            person.show(RequestState(request.grants, state))
