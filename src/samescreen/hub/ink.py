"""Who may draw over the shared pictures, and when their marks go. Event loop.

Marks go when their person leaves, is put out or loses the grant, when the stream shows another
source, and while the picture is blanked. The host can clear them and forbid new ones. What people
draw over the same stream at another machine comes from there, with that machine's decision.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from samescreen.grants import Grant

from .broadcast import Broadcast
from .marks import Board, FarDrawer, Inker, Mark, Tool, drawn
from .people import People, Person
from .stream import Stream
from .subscriber import MarkGrew, MarksChanged


class MarkShower(Protocol):
    """Shows marks on the desktop that streams show. Nothing here waits."""

    def shows(self, stream: Stream) -> bool:
        """Whether it shows the marks over this stream, so that they are in its pictures."""

    def drew(self, stream: Stream, mark: Mark) -> None:
        """A stroke grew."""

    def changed(self, stream: Stream, board: Board | None) -> None:
        """Strokes are gone, or other people draw; None: nobody does."""


class MarkFollower(Protocol):
    """Takes marks to another machine. Nothing here waits."""

    def drew(self, stream: Stream, inker: Inker, mark: Mark) -> None:
        """A stroke grew."""

    def changed(self, stream: Stream) -> None:
        """Strokes are gone, or other people draw, or may draw."""

    def wiped(self, stream: Stream, inker: Inker) -> None:
        """This machine removed all marks of somebody."""


@dataclass(frozen=True, slots=True)
class Added:
    """What a stroke grows by. `at`: how many numbers it has before these; None: not known."""

    stroke: int
    tool: Tool
    points: Sequence[int]
    is_end: bool
    at: int | None = None


@dataclass(frozen=True, slots=True)
class FarRules:
    """What the machine that a stream comes from says of marks over it.

    `is_on`: it lets people draw. `in_picture`: its pictures have the marks.
    """

    is_on: bool = True
    in_picture: bool = False


_NO_RULES: Final = FarRules()
FAR_CHANGE_US: Final = 50_000
"""Other machines change the board of a stream so often at most, as far as pages see it."""


class _Paced:
    """The streams whose board another machine changed. What comes too soon waits for the tick."""

    __slots__ = ("_late", "_shown_us")

    def __init__(self) -> None:
        self._shown_us: dict[Stream, int] = {}
        self._late: dict[Stream, None] = {}

    def may(self, stream: Stream, now_us: int) -> bool:
        """Whether a change may be shown now."""
        if now_us - self._shown_us.get(stream, -FAR_CHANGE_US) < FAR_CHANGE_US:
            self._late[stream] = None
            return False
        self._shown_us[stream] = now_us
        return True

    def late(self, here: Collection[Stream]) -> list[Stream]:
        """Those with a change that was not shown, once; streams that are gone are forgotten."""
        self._shown_us = {each: us for each, us in self._shown_us.items() if each in here}
        late, self._late = self._late, {}
        return [stream for stream in late if stream in here]


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
        self.followers: list[MarkFollower] = []
        self._far: dict[Stream, FarRules] = {}
        self._paced = _Paced()

    @property
    def is_on(self) -> bool:
        return self._is_on

    @property
    def has_marks(self) -> bool:
        """Whether anything stays on any picture."""
        return any(inker.strokes for board in self._boards.values() for inker in board.inkers)

    def is_on_over(self, stream: Stream) -> bool:
        """Whether people may draw here, and at the machine that the stream comes from."""
        return self._is_on and self._far.get(stream, _NO_RULES).is_on

    def rules_over(self, stream: Stream) -> FarRules:
        """What holds for everybody who watches this stream, at other machines too."""
        return FarRules(self.is_on_over(stream), self.is_in_picture(stream))

    def has_rules_over(self, stream: Stream) -> bool:
        """Whether other rules hold than where nobody says anything."""
        return self.rules_over(stream) != _NO_RULES

    def board_of(self, stream: Stream) -> Board | None:
        """What is drawn over that stream now; None: nobody has drawn on it."""
        board = self._boards.get(stream)
        return board if board is not None and board.track == stream.track else None

    def is_in_picture(self, stream: Stream) -> bool:
        """Whether the pictures of this stream have the marks, so that no page draws them again."""
        if self._far.get(stream, _NO_RULES).in_picture:
            return True
        return self.shower is not None and self.shower.shows(stream)

    def _changed(self, stream: Stream) -> None:
        for follower in self.followers:
            follower.changed(stream)
        if self.shower is not None:
            self.shower.changed(stream, self.board_of(stream))
        stream.notify(MarksChanged())

    def _changed_far(self, stream: Stream) -> None:
        """The same by another machine, which may send many: pages are not shown each change."""
        if self._paced.may(stream, self._clock_us()):
            self._changed(stream)

    def draw(
        self, stream: Stream, person: Person, track: int, added: Added, *, is_far: bool = False
    ) -> Mark | None:
        """Add points to a stroke.

        None: it has no effect, because drawing is off, the stream shows another source by now, too
        many people draw, or this person drew too much. `is_far`: a relay passes it on.

        Raises:
            ProtocolError: the points make no sense.
        """
        may_draw = self.is_on_over(stream) and Grant.POINT in person.grants
        if not may_draw or self._broadcast.is_blanked or track != stream.track:
            return None
        now_us, board = self._clock_us(), self._new_board(stream)
        is_host = Grant.HOST in person.grants
        inker = board.find(person, now_us, is_host=is_host, is_far=is_far)
        rest = None if inker is None else unknown_of(inker, added)
        if inker is None or rest is None:
            return None
        return self._add(stream, inker, rest, is_far=is_far)

    def _new_board(self, stream: Stream) -> Board:
        board = self.board_of(stream)
        if board is None:
            board = self._boards[stream] = Board(stream.track)
        return board

    def _add(
        self, stream: Stream, inker: Inker, added: Added, *, is_far: bool
    ) -> Mark | None:
        stroke, tool, now_us = added.stroke, added.tool, self._clock_us()
        mark = drawn(inker, stroke, tool, added.points, is_end=added.is_end, now_us=now_us)
        has_dropped = mark is not None and tool == "pen" and inker.keep(stroke, mark.points)
        is_new = inker.shown_name != inker.name
        inker.shown_name = inker.name
        if has_dropped or is_new:
            (self._changed_far if is_far else self._changed)(stream)
        if mark is None:
            return None
        if self.shower is not None:
            self.shower.drew(stream, mark)
        for follower in self.followers:
            follower.drew(stream, inker, mark)
        return mark

    def has_drawn(self, stream: Stream, person: Person) -> bool:
        """Whether this person is on the board of that stream."""
        return self._inker_of(stream, person) is not None

    def shows(self, person: Person) -> bool:
        """Whether this person is on the board of any stream."""
        return any(self.has_drawn(stream, person) for stream in self._boards)

    def _inker_of(self, stream: Stream, person: Person) -> Inker | None:
        board = self.board_of(stream)
        inkers = board.inkers if board is not None else ()
        return next((each for each in inkers if each.person is person), None)

    def erase(self, stream: Stream, person: Person, *, everything: bool) -> None:
        """Remove the newest stroke of this person that stays, or all their marks."""
        inker = self._inker_of(stream, person)
        if inker is None:
            return
        if everything:
            inker.strokes.clear()
        elif inker.strokes:
            inker.strokes.popitem()
        self._changed(stream)

    # What another machine says

    def grow(self, stream: Stream, drawer: FarDrawer, added: Added) -> bool:
        """Somebody there drew. False: points before these have not come.

        Raises:
            ProtocolError: the points make no sense.
        """
        if self._broadcast.is_blanked or not self._is_on:
            return True
        now_us, board = self._clock_us(), self._new_board(stream)
        inker = board.find_far(drawer, now_us)
        if inker is None:
            return True
        rest = unknown_of(inker, added)
        if rest is None:
            return False
        mark = self._add(stream, inker, rest, is_far=True)
        if mark is not None:
            stream.notify(MarkGrew(mark))
        return True

    def keep(self, stream: Stream, origin: str, strokes: Collection[tuple[int, int]]) -> bool:
        """Of what came from there only these strokes stay. False: some of them are not here."""
        known = self._of_origin(stream, origin)
        gone = False
        for inker in known:
            assert inker.far is not None
            for stroke in [n for n in inker.strokes if (inker.far.by, n) not in strokes]:
                del inker.strokes[stroke]
                gone = True
        if gone:
            self._changed_far(stream)
        return sum(len(inker.strokes) for inker in known) == len(strokes)

    def keep_own(self, stream: Stream, person: Person, strokes: Collection[int]) -> None:
        """Of this person's strokes only these stay."""
        inker = self._inker_of(stream, person)
        gone = [] if inker is None else [each for each in inker.strokes if each not in strokes]
        for stroke in gone:
            assert inker is not None
            del inker.strokes[stroke]
        if gone:
            self._changed_far(stream)

    def leave(self, stream: Stream, origin: str) -> None:
        """Nothing comes from there any more: its marks go."""
        board = self.board_of(stream)
        gone = self._of_origin(stream, origin)
        for inker in gone:
            assert board is not None
            board.forget(inker.person.person_id)
        if gone:
            self._changed_far(stream)

    def rule(self, stream: Stream, rules: FarRules) -> None:
        """The machine that the stream comes from says what may be drawn over it."""
        if rules != self._far.get(stream, _NO_RULES):
            self._far[stream] = rules
            if not rules.is_on:
                self._boards.pop(stream, None)
            self._changed_far(stream)

    def wipe(self, stream: Stream, by: int) -> None:
        """The machine that the stream comes from removed all marks of somebody, by number."""
        board = self.board_of(stream)
        for inker in board.inkers if board is not None else ():
            if inker.by == by:
                self._forget(stream, inker)
                self._changed_far(stream)

    def _of_origin(self, stream: Stream, origin: str) -> list[Inker]:
        board = self.board_of(stream)
        return [each for each in board.inkers if each.origin == origin] if board is not None else []

    def _forget(self, stream: Stream, inker: Inker) -> None:
        """Remove somebody with all marks, and have the machine that they draw at do the same."""
        board = self._boards[stream]
        board.forget(inker.person.person_id)
        for follower in self.followers:
            follower.wiped(stream, inker)

    # What the host does

    def clear(self, person_id: str | None = None) -> bool:
        """Remove all marks, or those of one person. False: there are none."""
        was_any = False
        for stream, board in self._boards.items():
            gone = [
                each for each in board.inkers if person_id in (None, each.person.person_id)
            ]
            for inker in gone:
                self._forget(stream, inker)
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
        here = set(self._streams())
        for stream in self._paced.late(here):
            self._changed(stream)
        for stream in self._far.keys() - here:
            del self._far[stream]
        for stream in self._boards.keys() - here:
            del self._boards[stream]
            self._changed(stream)
        for stream, board in tuple(self._boards.items()):
            if board.track != stream.track or self._broadcast.is_blanked:
                for inker in board.inkers:
                    self._forget(stream, inker)
                del self._boards[stream]
                self._changed(stream)
            elif self._refresh(stream, board):
                self._changed(stream)

    def _refresh(self, stream: Stream, board: Board) -> bool:
        """Whether somebody is gone, or has another name."""
        is_changed = False
        for inker in board.inkers:
            if inker.far is not None:
                continue  # their own machine looks after them
            person = self._people.find(inker.person.person_id)
            is_here = person is inker.person and person is not None and person.connections
            if person is None or not is_here or Grant.POINT not in person.grants:
                self._forget(stream, inker)
                is_changed = True
            elif inker.name != person.name:
                inker.name = inker.shown_name = person.name
                is_changed = True
        return is_changed


def unknown_of(inker: Inker, added: Added) -> Added | None:
    """What of these points is new; None: points before them are missing."""
    if added.tool != "pen" or added.at is None:
        return added
    missing = added.at - len(inker.strokes.get(added.stroke, ()))
    return None if missing > 0 else replace(added, points=added.points[-missing:])
