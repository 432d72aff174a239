"""Who may draw over the shared pictures, and when their marks go. Event loop.

Marks go when their person leaves, is put out or loses the grant, when the stream shows another
source, and while the picture is blanked. The host can clear them and forbid new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from samescreen.grants import Grant

from .broadcast import Broadcast
from .marks import Board, Inker, Mark, Tool, drawn
from .people import People, Person
from .stream import Stream
from .subscriber import MarksChanged


class MarkShower(Protocol):
    """Shows marks on the desktop that streams show. Nothing here waits."""

    def shows(self, stream: Stream) -> bool:
        """Whether it shows the marks over this stream, so that they are in its pictures."""

    def drew(self, stream: Stream, mark: Mark) -> None:
        """A stroke grew."""

    def changed(self, stream: Stream, board: Board | None) -> None:
        """Strokes are gone, or other people draw; None: nobody does."""


class Ink:
    """The boards of all streams. `is_on`: whether the host lets people draw."""

    def __init__(
        self,
        streams: Callable[[], Iterable[Stream]],
        people: People,
        broadcast: Broadcast,
        clock_us: Callable[[], int],
    ) -> None:
        self._streams = streams
        self._people = people
        self._broadcast = broadcast
        self._clock_us = clock_us
        self._is_on = True
        self._boards: dict[Stream, Board] = {}
        self.shower: MarkShower | None = None
        """What shows marks on the desktop itself; None: only pages show them."""

    @property
    def is_on(self) -> bool:
        return self._is_on

    @property
    def has_marks(self) -> bool:
        """Whether anything stays on any picture."""
        return any(inker.strokes for board in self._boards.values() for inker in board.inkers)

    def board_of(self, stream: Stream) -> Board | None:
        """What is drawn over that stream now; None: nobody has drawn on it."""
        board = self._boards.get(stream)
        return board if board is not None and board.track == stream.track else None

    def is_in_picture(self, stream: Stream) -> bool:
        """Whether the pictures of this stream have the marks, so that no page draws them again."""
        return self.shower is not None and self.shower.shows(stream)

    def _changed(self, stream: Stream) -> None:
        if self.shower is not None:
            self.shower.changed(stream, self.board_of(stream))
        stream.notify(MarksChanged())

    def draw(
        self,
        stream: Stream,
        person: Person,
        track: int,
        mark: tuple[int, Tool, Sequence[int], bool],
    ) -> Mark | None:
        """Add points to a stroke. `mark`: its number, the tool, the points, whether it ends.

        None: it has no effect, because drawing is off, the stream shows another source by now, too
        many people draw, or this person drew too much.

        Raises:
            ProtocolError: the points make no sense.
        """
        if not self._may_draw(person) or track != stream.track:
            return None
        now_us = self._clock_us()
        board = self._boards.get(stream)
        if board is None or board.track != track:
            board = self._boards[stream] = Board(track)
        count = len(board.inkers)
        inker = board.find(person, now_us, is_host=Grant.HOST in person.grants)
        if inker is None:
            return None
        stroke, tool, points, is_end = mark
        added = drawn(inker, stroke, tool, points, is_end=is_end, now_us=now_us)
        if added is None:
            return None
        has_dropped = tool == "pen" and inker.keep(stroke, added.points)
        if has_dropped or len(board.inkers) != count:
            self._changed(stream)
        if self.shower is not None:
            self.shower.drew(stream, added)
        return added

    def _may_draw(self, person: Person) -> bool:
        return self._is_on and not self._broadcast.is_blanked and Grant.POINT in person.grants

    def erase(self, stream: Stream, person: Person, *, everything: bool) -> None:
        """Remove the newest stroke of this person that stays, or all their marks."""
        board = self.board_of(stream)
        inker = None if board is None else _inker_of(board, person)
        if inker is None:
            return
        if everything:
            inker.strokes.clear()
        elif inker.strokes:
            inker.strokes.popitem()
        self._changed(stream)

    # What the host does

    def clear(self, person_id: str | None = None) -> bool:
        """Remove all marks, or those of one person. False: there are none."""
        was_any = False
        for stream, board in self._boards.items():
            ids = [each.person.person_id for each in board.inkers]
            gone = [each for each in ids if person_id in (None, each) and board.forget(each)]
            if gone:
                was_any = True
                self._changed(stream)
        return was_any

    def allow(self, is_on: bool) -> None:
        """Let people draw; or remove all marks, and let nobody draw."""
        self._is_on = is_on
        self._boards.clear()
        for stream in self._streams():
            self._changed(stream)

    def tick(self) -> None:
        """Remove the marks of those who are gone, and of sources that are gone. Often a second."""
        for stream in self._boards.keys() - set(self._streams()):
            del self._boards[stream]
            self._changed(stream)
        for stream, board in tuple(self._boards.items()):
            if board.track != stream.track or self._broadcast.is_blanked:
                del self._boards[stream]
                self._changed(stream)
            elif self._refresh(board):
                self._changed(stream)

    def _refresh(self, board: Board) -> bool:
        """Whether somebody is gone, or has another name."""
        is_changed = False
        for inker in board.inkers:
            person = self._people.find(inker.person.person_id)
            is_here = person is inker.person and person is not None and person.connections
            if person is None or not is_here or Grant.POINT not in person.grants:
                is_changed = board.forget(inker.person.person_id)
            elif inker.name != person.name:
                inker.name, is_changed = person.name, True
        return is_changed


def _inker_of(board: Board, person: Person) -> Inker | None:
    return next((each for each in board.inkers if each.person is person), None)
