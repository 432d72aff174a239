"""The subjects of the bus: who sends what to whom. Pure.

All subjects of a room begin with `ss.1.ROOM.`, so a broker can give a relay the rights to some
rooms only. `NODE` is a relay's random name of this run.

    ss.1.ROOM.state.NODE                     from NODE: its heartbeat, and what changes there
    ss.1.ROOM.media.NODE.TRACK.RENDITION     from NODE: packets, and their configurations
    ss.1.ROOM.ask.NODE                       to NODE: what another relay's viewers need of it
    ss.1.ROOM.answer.NODE.OTHER              to NODE, from OTHER: the answer to what it asked
    ss.1.ROOM.ink.NODE                       from NODE: what its people draw over the pictures
    ss.1.ROOM.redraw.NODE                    to NODE: another relay misses some of that
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samescreen.media import Rendition

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class RoomSubjects:
    """The subjects of one room. Its name has no dot, no space and no wildcard."""

    room: str

    @property
    def states(self) -> str:
        """The states of all relays."""
        return self.state("*")

    def state(self, node: str) -> str:
        return self._of("state", node)

    def ask(self, node: str) -> str:
        return self._of("ask", node)

    def answers(self, node: str) -> str:
        """All answers to that relay."""
        return self.answer(node, "*")

    def answer(self, node: str, origin: str) -> str:
        return self._of("answer", f"{node}.{origin}")

    @property
    def inks(self) -> str:
        """The marks from all relays."""
        return self.ink("*")

    def ink(self, node: str) -> str:
        return self._of("ink", node)

    def redraw(self, node: str) -> str:
        return self._of("redraw", node)

    def media(self, node: str, track: int, rendition: Rendition) -> str:
        return self._of("media", f"{node}.{track}.{int(rendition)}")

    def _of(self, kind: str, rest: str) -> str:
        return f"ss.{VERSION}.{self.room}.{kind}.{rest}"


def last_token(subject: str) -> str:
    """The last part of a subject: of a state, the relay that sends it."""
    return subject.rpartition(".")[2]
