"""Programs that act on the shared sources, request by request. Event loop.

A program keeps control between its requests, until it is idle, or a person takes over: on a page,
or by a hand on the machine's mouse or keyboard. People never wait for a program.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from samescreen.closing import CloseCode
from samescreen.control.events import Event, Input, Text
from samescreen.control.news import Applied
from samescreen.errors import ProtocolError
from samescreen.flow.token_bucket import TokenBucket
from samescreen.grants import Grant

from .control import Cause, Control, ControlState
from .people import People, Person
from .shown import Shown

IDLE_US: Final = 30_000_000
"""A program that asked for nothing for so long gives control back."""
COST_PER_S: Final = 500
COST_AT_ONCE: Final = 2000
"""Keys, clicks and characters."""
APPLIED_S: Final = 10.0
_SLOW: Final = "This took longer than ten seconds; it may happen later"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`refusal`: why nothing was done, "" if it was. `cause`: why a part was not carried out.

    `wait_us`: the program sent too much, and must wait so long.
    """

    refusal: str = ""
    cause: Cause = ""
    wait_us: int = 0


class AgentSession:
    """One program that acts, until it is idle, ended or preempted."""

    is_program = True

    def __init__(self, agents: Agents, person: Person, now_us: int) -> None:
        self.person = person
        self.used_us = now_us
        self.budget = TokenBucket(COST_PER_S, COST_AT_ONCE, now_us)
        self._agents = agents
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Outcome]] = {}
        self._cause: Cause = ""

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    async def act(self, control: Control, track: int, events: Sequence[Event]) -> Outcome:
        """Carry these out, and wait until they are. Raises ProtocolError: too many wait."""
        number, self._cause = next(self._numbers), ""
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[number] = done
        try:
            given = Input(track, number, 0, tuple(events), answered=True)
            if not control.take(self, given):
                return Outcome(control.refusal_of(self) or "The picture takes no input now")
            return await asyncio.wait_for(done, APPLIED_S)
        except TimeoutError:
            return Outcome(_SLOW)
        finally:
            self._waiting.pop(number, None)

    # What the hub tells it

    def show_applied(self, applied: Applied) -> None:
        """Everything that it sent in that message has been carried out."""
        done = self._waiting.get(applied.sequence)
        if done is not None and not done.done():
            done.set_result(Outcome(cause=self._cause))

    def show_control(self, state: ControlState) -> None:
        self._cause = state.cause or self._cause
        if state.cause == "failed":
            self._refuse("The host could not carry that out; its log says why")

    def preempted(self, why: str) -> None:
        """A person took over."""
        self._refuse(why)
        self._agents.forget(self)

    def dismiss(self, code: CloseCode, detail: str) -> None:
        self.preempted(detail)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        if Grant.CONTROL not in grants:
            self.preempted("The host took the grant control back")

    def show(self, shown: Shown) -> None:
        """Nothing: a program reads what it asks for."""

    def _refuse(self, why: str) -> None:
        for done in self._waiting.values():
            if not done.done():
                done.set_result(Outcome(why))


class Agents:
    """The programs that act now, by person."""

    def __init__(self, control: Control, people: People, clock_us: Callable[[], int]) -> None:
        self._control = control
        self._people = people
        self._clock_us = clock_us
        self._sessions: dict[str, AgentSession] = {}

    async def act(
        self, person: Person, name: str, track: int, events: Sequence[Event]
    ) -> Outcome:
        """Have this program act, if no person does.

        `name` is what others see it as. Raises ProtocolError: it sends more than is carried out.
        """
        now_us = self._clock_us()
        session = self._sessions.get(person.person_id) or AgentSession(self, person, now_us)
        if refusal := self._control.refusal_of(session):
            return Outcome(refusal)
        if person.person_id not in self._sessions:
            self._enter(session, name)
        session.used_us = now_us
        if wait_us := session.budget.wait_us(now_us):
            return Outcome(wait_us=wait_us)
        session.budget.spend(sum(map(_cost, events)), now_us)
        try:
            return await session.act(self._control, track, events)
        except ProtocolError:
            self.forget(session)
            raise

    def _enter(self, session: AgentSession, name: str) -> None:
        session.person = self._people.arrived(session.person)
        if name and not session.person.name:
            self._people.rename(session.person, name)
        self._people.connect(session.person, session, Grant.CONTROL)
        self._sessions[session.person.person_id] = session
        self._control.enter(session)

    def forget(self, session: AgentSession) -> None:
        """It acts no more; may be called twice."""
        if self._sessions.get(session.person.person_id) is session:
            del self._sessions[session.person.person_id]
            self._control.leave(session, is_cut=True)
            self._people.disconnect(session.person, session)

    def tick(self) -> None:
        """Take control back from programs that are idle. A few times a second."""
        now_us = self._clock_us()
        for session in tuple(self._sessions.values()):
            if not session.is_busy and now_us - session.used_us >= IDLE_US:
                self.forget(session)


def _cost(event: Event) -> int:
    return len(event.text) if isinstance(event, Text) else 1
