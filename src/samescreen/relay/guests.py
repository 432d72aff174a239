"""The people of a relay, as this host sees them: each is a person of its hub. Event loop.

The relay passes on what they ask for and do; this host decides, with the rules that it has for
everybody. A guest gets nothing that `--allow-via` does not name.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.control.news import Applied
from samescreen.control.wire import input_from_bytes
from samescreen.errors import ProtocolError
from samescreen.flow.token_bucket import TokenBucket
from samescreen.grants import FILES, WATCH_ONLY, Grant, words_of
from samescreen.hub.control import ControlState
from samescreen.hub.files import FileKeeper
from samescreen.hub.hub import Hub
from samescreen.hub.ink import Added
from samescreen.hub.marks import Inker, Mark
from samescreen.hub.people import ON_RELAY, Person
from samescreen.hub.shown import ClipboardNews, RequestState, Shown
from samescreen.hub.stream import Stream
from samescreen.labels import label
from samescreen.wire.carried import Carried
from samescreen.wire.files import FileAnswer, FileAsk
from samescreen.wire.guests import (
    Act,
    Acted,
    Allows,
    Answered,
    Drew,
    Gone,
    Kept,
    Rest,
    Wiped,
    Wish,
)

from .connection import RelayConnection
from .file_bodies import FileBodies
from .guest_clips import GuestClips
from .guest_files import GuestFiles
from .marks import MarksDown

_log = logging.getLogger(__name__)

MOST_GUESTS: Final = 200
_EVENTS_PER_S: Final = 500
_EVENTS_AT_ONCE: Final = 2000
FromRelay = Wish | Gone | Act | Rest | Drew | Kept


class Guest:
    """One person of the relay: a connection to the hub, also for control."""

    is_program = False

    def __init__(
        self, guest: str, person: Person, hub: Hub, connection: RelayConnection, clips: GuestClips
    ) -> None:
        self.person = person
        self.track = 0
        """The number on the connection of what they act on."""
        self.numbers: dict[int, int] = {}
        """Their number there for each track that they draw on."""
        self.has_wished = False
        """The relay says when they are gone."""
        self._draws = False
        """The relay let them draw, and `--allow-via` says so: no news for the relay."""
        self._guest = guest
        self._hub = hub
        self._connection = connection
        self._clips = clips

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """The host changed what they may do."""
        if Grant.CONTROL not in grants:
            self._hub.control.leave(self, is_cut=True)
        self._draws &= Grant.POINT in grants
        self._answer(grants)

    def let_draw(self) -> bool:
        """They draw at the relay. False: this host took that from them."""
        if Grant.POINT not in self.person.grants:
            if self.person.has_lost(Grant.POINT) or self.person.is_waiting:
                return False
            self.person.grants |= {Grant.POINT}
            self._draws = True
        return True

    def _answer(self, grants: frozenset[Grant], detail: str = "", *, is_out: bool = False) -> None:
        told = grants - {Grant.POINT} if self._draws else grants
        self._connection.send_text(Answered(self._guest, words_of(told), detail, is_out))

    def show(self, shown: Shown) -> None:
        """Answers to their questions, and what was copied; the rest stays here."""
        if isinstance(shown, ClipboardNews):
            self._clips.copied(self._guest, shown)
        elif isinstance(shown, RequestState) and shown.state in ("no", "off"):
            self._answer(self.person.grants)

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """The host put them out, or ended remote control."""
        is_out = code is CloseCode.PUT_OUT
        self._answer(self.person.grants - {Grant.CONTROL}, detail, is_out=is_out)

    def show_control(self, state: ControlState) -> None:
        """Whether they have control now."""
        if state.cause:
            self._connection.send_text(Acted(self.track, state.cause))
        elif state.state != "mine":
            self._connection.send_text(Acted(self.track, "hand"))

    def show_applied(self, applied: Applied) -> None:
        self._connection.send_text(Acted(self.track, "applied", applied.sequence))

    def preempted(self, why: str) -> None:
        """Never: a person gives way to nobody."""


class Guests:
    """All guests of one connection. `allowed`: what they may ask for.

    `draw`: shows a mark to this host's own viewers. `files`: who keeps its files, and the way that
    they take; None: no files. `is_barred`: whether the host put the person with that id out.
    """

    def __init__(
        self,
        hub: Hub,
        connection: RelayConnection,
        allowed: frozenset[Grant],
        draw: Callable[[Stream, Mark], None],
        files: tuple[FileKeeper, FileBodies] | None = None,
        is_barred: Callable[[str], bool] = lambda person_id: False,
    ) -> None:
        self.allowed = allowed
        self._is_barred = is_barred
        self._hub = hub
        self._connection = connection
        self._draw = draw
        self._guests: dict[str, Guest] = {}
        self._clips = GuestClips(hub, connection, self._person_of)
        self._files = None if files is None else GuestFiles(*files, connection, self._person_of)
        self._budget = TokenBucket(_EVENTS_PER_S, _EVENTS_AT_ONCE, clock_us())
        self._told: Allows | None = None
        self._marks: MarksDown | None = None
        self._is_warned = False

    def show_marks(
        self, number_of: Callable[[Stream], int | None], clock_us: Callable[[], int]
    ) -> None:
        """Show guests what this host's own people draw. `number_of`: a stream's number there."""
        self._marks = MarksDown(
            self._hub, self._connection, number_of, self._number_of_guest, clock_us
        )

    def offered(self, stream: Stream) -> None:
        """The relay knows of this stream now."""
        if self._marks is not None:
            self._marks.begin(stream)

    def tick(self) -> None:
        """Tell the relay what it may ask for, when that is new."""
        allows = Allows(words_of(self.allowed), self._hub.people.lobby.is_on)
        if allows != self._told and (self.allowed or allows.login or self._told is not None):
            self._told = allows
            self._connection.send_text(allows)
        self._clips.tick()
        for name, guest in tuple(self._guests.items()):
            if not guest.has_wished and not self._hub.ink.shows(guest.person):
                self._forget(name)

    def carried(self, message: Carried) -> None:
        """A message of the relay about the clipboard. Raises ProtocolError: it makes no sense."""
        self._clips.read(message)

    def asked_for_file(self, ask: FileAsk) -> None:
        """A message of the relay about a file."""
        if self._files is None or not self.allowed & FILES:
            why = "The host gives nobody here its files."
            self._connection.send_text(FileAnswer(ask.transfer, 403, why))
        else:
            self._files.asked(ask)

    def read(self, message: FromRelay, stream: Stream | None) -> None:
        """A message of the relay. `stream`: of the track that it names, if that is there.

        Raises:
            ProtocolError: it makes no sense.
        """
        if isinstance(message, Wish):
            self._wish(message)
        elif isinstance(message, Gone):
            self._forget(message.guest)
        elif isinstance(message, Rest):
            guest = self._guests.get(message.guest)
            if guest is not None:
                self._hub.control.leave(guest, is_cut=message.cut)
        elif stream is None:
            return
        elif isinstance(message, Act):
            self._act(message, stream)
        elif Grant.POINT not in self.allowed:
            return
        elif isinstance(message, Drew):
            self._drew(message, stream)
        else:
            self._kept(message, stream)

    def close(self) -> None:
        """The connection is gone, and all guests with it."""
        if self._marks is not None:
            self._marks.close()
        self._clips.close()
        if self._files is not None:
            self._files.close()
        for guest in tuple(self._guests):
            self._forget(guest)

    def _person_of(self, guest: str) -> Person | None:
        found = self._guests.get(guest)
        return None if found is None else found.person

    def _number_of_guest(self, track: int, inker: Inker) -> int | None:
        found = self._guests.get(inker.person.person_id.removeprefix(f"{ON_RELAY}-"))
        is_guest = found is not None and found.person is inker.person
        return found.numbers.get(track) if found is not None and is_guest else None

    def _known(self, guest: str, name: str, address: str) -> Guest | None:
        """Who that is; None: the host put them out, or there are too many."""
        if self._is_barred(f"{ON_RELAY}-{guest}"):
            self._forget(guest)
            return None
        found = self._guests.get(guest)
        if found is not None and self._hub.people.find(found.person.person_id) is None:
            found = None  # the host put them out, and they are here again
        if found is None:
            if len(self._guests) >= MOST_GUESTS:
                return None
            person = Person(
                f"{ON_RELAY}-{guest}", ON_RELAY, label(address), WATCH_ONLY, None, self.allowed
            )
            person = self._hub.people.arrived(person)
            found = self._guests[guest] = Guest(
                guest, person, self._hub, self._connection, self._clips
            )
            self._hub.people.connect(person, found, Grant.WATCH)
        if name != found.person.name:
            self._hub.people.rename(found.person, name)
        return found

    def _wish(self, wish: Wish) -> None:
        guest = self._known(wish.guest, wish.name, wish.address)
        if guest is None:
            is_out = self._is_barred(f"{ON_RELAY}-{wish.guest}")
            why = "" if is_out else "too many people of the relay ask"
            self._connection.send_text(Answered(wish.guest, [], why, is_out))
            return
        guest.has_wished = True
        wanted = frozenset(each for each in self.allowed if each in wish.grants)
        if Grant.WATCH in wish.grants:
            self._hub.people.admit(guest.person, clock_us())
            if not guest.person.is_waiting:
                guest.send_grants(guest.person.grants)
        elif wanted:
            state = self._hub.control.ask(guest.person, wanted)
            if state.state == "given":
                guest.send_grants(guest.person.grants)
            else:
                guest.show(state)
        else:
            guest.send_grants(guest.person.grants)

    def _forget(self, name: str) -> None:
        guest = self._guests.pop(name, None)
        if guest is not None:
            self._hub.control.leave(guest, is_cut=True)
            self._hub.people.disconnect(guest.person, guest)

    def _act(self, act: Act, stream: Stream) -> None:
        guest = self._guests.get(act.guest)
        if guest is None or Grant.CONTROL not in guest.person.grants:
            self._connection.send_text(Answered(act.guest, words_of(WATCH_ONLY)))
            return
        try:
            given = input_from_bytes(base64.b64decode(act.input, validate=True))
        except binascii.Error:
            raise ProtocolError("input that is no base64") from None
        now_us = clock_us()
        self._budget.spend(len(given.events), now_us)
        if self._budget.wait_us(now_us):
            return  # the relay has a limit of its own: it is broken
        guest.track = act.track
        self._hub.control.enter(guest)
        self._hub.control.take(guest, replace(given, track=stream.track))

    def _drew(self, drew: Drew, stream: Stream) -> None:
        if not drew.guest and not self._is_warned:
            self._is_warned = True
            _log.warning("nobody on the relay can draw here: the relay is too old, update it")
        guest = self._known(drew.guest, drew.name, "") if drew.guest else None
        if guest is None or not guest.let_draw():
            self._connection.send_text(Wiped(drew.track, drew.by))
            return
        guest.numbers[drew.track] = drew.by
        added = Added(drew.stroke, drew.tool, drew.points, drew.end, drew.at)
        mark = self._hub.ink.draw(stream, guest.person, stream.track, added, is_far=True)
        if mark is not None:
            self._draw(stream, mark)
        elif not self._hub.ink.has_drawn(stream, guest.person):
            self._connection.send_text(Wiped(drew.track, drew.by))  # drawing is off, or too many do

    def _kept(self, kept: Kept, stream: Stream) -> None:
        board = self._hub.ink.board_of(stream)
        for inker in board.inkers if board is not None else ():
            by = self._number_of_guest(kept.track, inker)
            person = self._hub.people.find(inker.person.person_id)
            if by is not None and person is not None:
                strokes = {stroke for one, stroke in kept.strokes if one == by}
                self._hub.ink.keep_own(stream, person, strokes)
