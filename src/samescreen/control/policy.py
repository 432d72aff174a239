"""Who may act on the shared desktop: one person at a time, and the person at the machine first.

Pure: times are µs of a monotonic clock. A client is one connection that wants control. The first in
line holds it. Whoever does nothing for a minute while others wait goes to the end of the line.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

IDLE_US: Final = 60_000_000
HAND_RESTS_US: Final = 2_000_000
"""How long the host's own mouse and keyboard must rest before a viewer may go on."""
UNANSWERED_US: Final = 60_000_000
"""A request that the host did not answer for so long is refused."""
ASK_AGAIN_US: Final = 15_000_000
MOST_ASKING: Final = 50
_MOST_REMEMBERED: Final = 1000

State = Literal["mine", "held", "paused", "off"]
Client = TypeVar("Client", bound=Hashable)


class ControlQueue(Generic[Client]):
    """Those who want control, the holder first."""

    def __init__(self) -> None:
        self._clients: list[Client] = []
        self._acted_us = 0
        self._rests_at_us = 0

    @property
    def holder(self) -> Client | None:
        return self._clients[0] if self._clients else None

    @property
    def clients(self) -> tuple[Client, ...]:
        return tuple(self._clients)

    def enter(self, client: Client, now_us: int, before: Client | None = None) -> None:
        """Somebody wants control, at the end of the line or `before` another client."""
        if client not in self._clients:
            place = len(self._clients) if before is None else self._clients.index(before)
            self._clients.insert(place, client)
        if self.holder == client:
            self._acted_us = now_us

    def leave(self, client: Client, now_us: int) -> bool:
        """Somebody gives it back, or is gone. True: they held it."""
        was_holder = self.holder == client
        if client in self._clients:
            self._clients.remove(client)
        if was_holder:
            self._acted_us = now_us
        return was_holder

    def may_act(self, client: Client, now_us: int) -> bool:
        """Whether what they do now counts."""
        if self.holder != client:
            return False
        self._acted_us = now_us
        return not self.is_paused(now_us)

    def hand_seen(self, now_us: int) -> None:
        """The person at the machine touched mouse or keyboard."""
        self._rests_at_us = now_us + HAND_RESTS_US

    def is_paused(self, now_us: int) -> bool:
        """Whether the person at the machine has control."""
        return now_us < self._rests_at_us

    def tick(self, now_us: int) -> bool:
        """Pass control on if the holder is idle while others wait. True: somebody else holds it."""
        if len(self._clients) < 2 or now_us - self._acted_us < IDLE_US:
            return False
        self._clients.append(self._clients.pop(0))
        self._acted_us = now_us
        return True

    def state_of(self, client: Client, now_us: int) -> State:
        """How it stands for this client."""
        if self.holder != client:
            return "held"
        return "paused" if self.is_paused(now_us) else "mine"


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked the host for these grants, by name."""

    person_id: str
    grants: tuple[str, ...]
    asked_us: int


class Requests:
    """The questions to the host. Without an answer the answer is no."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Request] = OrderedDict()
        self._refused_us: OrderedDict[str, int] = OrderedDict()

    @property
    def all(self) -> tuple[Request, ...]:
        """Those without an answer, the oldest first."""
        return tuple(self._open.values())

    def ask(self, person_id: str, grants: tuple[str, ...], now_us: int) -> bool:
        """Put a question to the host. False: too soon after a no, or too many ask."""
        refused_us = self._refused_us.get(person_id)
        if refused_us is not None and now_us - refused_us < ASK_AGAIN_US:
            return False
        if person_id not in self._open and len(self._open) >= MOST_ASKING:
            return False
        self._open.setdefault(person_id, Request(person_id, grants, now_us))
        return True

    def answer(self, person_id: str, is_yes: bool, now_us: int) -> Request | None:
        """The host answered; the question, or None: that person has not asked."""
        request = self._open.pop(person_id, None)
        if request is not None and not is_yes:
            self._refused_us[person_id] = now_us
            self._refused_us.move_to_end(person_id)
            if len(self._refused_us) > _MOST_REMEMBERED:
                self._refused_us.popitem(last=False)
        return request

    def withdraw(self, person_id: str) -> None:
        """They do not ask any more, or are gone."""
        self._open.pop(person_id, None)

    def expired(self, now_us: int) -> tuple[Request, ...]:
        """Refuse the questions that were open for too long; returns them."""
        late = tuple(each for each in self.all if now_us - each.asked_us >= UNANSWERED_US)
        for request in late:
            self.answer(request.person_id, False, now_us)
        return late


ESCAPES: Final = 3
ESCAPES_US: Final = 1_500_000


class Escapes:
    """Three presses of Esc in a row on the host's own keyboard end remote control."""

    def __init__(self) -> None:
        self._pressed_us: list[int] = []

    def pressed(self, is_escape: bool, now_us: int) -> bool:
        """The person at the machine pressed a key. True: it was the third Esc."""
        if not is_escape:
            self._pressed_us.clear()
            return False
        recent = [at_us for at_us in self._pressed_us if now_us - at_us < ESCAPES_US]
        self._pressed_us = [*recent, now_us]
        if len(self._pressed_us) < ESCAPES:
            return False
        self._pressed_us.clear()
        return True
