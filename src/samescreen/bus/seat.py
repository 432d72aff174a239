"""A relay's seat in one room: its own name there, and how it sends texts. Event loop."""

from __future__ import annotations

from dataclasses import dataclass

from .broker import Bus
from .messages import Message, to_text
from .subjects import RoomSubjects
from .wire import Kind, Numbered


@dataclass(frozen=True, slots=True)
class Seat:
    """`node`: the name of this relay."""

    subjects: RoomSubjects
    node: str
    bus: Bus

    def say(self, subject: str, numbered: Numbered, message: Message) -> None:
        """Send a text there. `numbered`: of that subject."""
        self.bus.publish(subject, numbered.messages(Kind.TEXT, to_text(message)))
