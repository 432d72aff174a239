"""/ws/control: the input of one page. Event loop.

`GrantedSession` has checked the grant before each message; this session counts, reads and passes
on. Moves are free as long as a page sends a reasonable number of messages; everything that types
or clicks has a budget.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from samescreen.clock import clock_us
from samescreen.control.events import Event, Move, Pen, Room, Shift, Text
from samescreen.control.news import Applied
from samescreen.control.wire import input_from_bytes
from samescreen.errors import ProtocolError
from samescreen.flow.token_bucket import TokenBucket
from samescreen.grants import Grant, words_of
from samescreen.hub.control import Control, ControlState
from samescreen.hub.people import Person
from samescreen.hub.shown import Shown
from samescreen.subscribe.transport import Transport
from samescreen.wire import messages
from samescreen.wire.outgoing import text

from .counted_session import CountedSession

FRAMES_PER_S: Final = 1000
EVENTS_PER_S: Final = 500
EVENTS_AT_ONCE: Final = 2000
_ANSWER_BACKLOG_BYTES: Final = 64 * 1024


class ControlSession(CountedSession):
    """One connection in the queue for control. `person`: whose it is."""

    is_program = False

    def __init__(
        self, control: Control, person: Person, address: str, transport: Transport
    ) -> None:
        super().__init__(address, transport, FRAMES_PER_S)
        self.person = person
        self._control = control
        self._budget = TokenBucket(EVENTS_PER_S, EVENTS_AT_ONCE, clock_us())
        control.enter(self)

    def _take(self, message: str | bytes, now_us: int) -> None:
        if isinstance(message, str):
            raise ProtocolError("input is sent as binary messages")
        given = input_from_bytes(message)
        self._budget.spend(sum(map(_cost, given.events)), now_us)
        if self._budget.wait_us(now_us):
            raise ProtocolError(f"more than {EVENTS_PER_S} keys and clicks in a second")
        self._control.take(self, given)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Without the grant everything is let go at once; messages under way have no effect."""
        if self._is_over:  # nothing may follow the goodbye
            return
        if Grant.CONTROL in grants:
            self._control.enter(self)
        else:
            self._control.leave(self, is_cut=True)
        self.send_if_idle(messages.Grants(words_of(grants)))

    def show(self, shown: Shown) -> None:
        """Nothing: the page's other connection shows it."""

    def show_control(self, state: ControlState) -> None:
        fits = state.fits or UNSET
        self.send_if_idle(messages.Control(state.state, state.by, state.cause, fits))

    def show_applied(self, applied: Applied) -> None:
        message = messages.Applied(applied.sequence, applied.host_us)
        self.send_unless_behind(text(message), _ANSWER_BACKLOG_BYTES)

    def preempted(self, why: str) -> None:
        """Never: a person gives way to nobody."""

    def _let_go(self, *, is_cut: bool) -> None:
        self._control.leave(self, is_cut=is_cut)


def _cost(event: Event | Room) -> int:
    if isinstance(event, Text):
        return len(event.text)
    return 0 if isinstance(event, Move | Pen | Room | Shift) else 1
