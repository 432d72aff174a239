"""How this relay sends in one room of the bus, and by which name. Event loop."""

from __future__ import annotations

from dataclasses import dataclass

from .broker import Bus
from .messages import Message, to_text
from .subjects import RoomSubjects
from .wire import Kind, Numbered


@dataclass(frozen=True, slots=True)
class Endpoint:
    """This relay in one room. `node`: its random name of this run."""

    subjects: RoomSubjects
    node: str
    bus: Bus

    def send(self, subject: str, numbered: Numbered, message: Message) -> None:
        """Send a text. `numbered`: of that subject."""
        self.bus.publish(subject, numbered.messages(Kind.TEXT, to_text(message)))
