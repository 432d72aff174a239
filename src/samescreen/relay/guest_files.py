"""Files of this host for people of a relay. Event loop.

The relay passes on what a guest asks for. This host checks the guest's grant each time, and then
does what it does for its own people, with the same limits. The bytes take a way of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final

from samescreen.errors import Refused
from samescreen.flow.token_bucket import ByteBudget
from samescreen.grants import Grant
from samescreen.hub.files import FileKeeper, Misplaced, Progress, Wanted
from samescreen.hub.people import Person
from samescreen.wire.files import (
    MOST_OFFERS,
    FileAnswer,
    FileAsk,
    FileFound,
    FileOffer,
    FileState,
)

from .connection import RelayConnection
from .file_bodies import FileBodies

_log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 32
_IN_ACTS: Final = frozenset({"begin", "look", "put", "end"})


class GuestFiles:
    """Of one connection. `person_of`: the guest of that name, if the relay has named them."""

    def __init__(
        self,
        keeper: FileKeeper,
        bodies: FileBodies,
        connection: RelayConnection,
        person_of: Callable[[str], Person | None],
    ) -> None:
        self._keeper = keeper
        self._bodies = bodies
        self._connection = connection
        self._person_of = person_of
        self._working: set[asyncio.Task[None]] = set()

    def asked(self, ask: FileAsk) -> None:
        """A message of the relay."""
        if len(self._working) >= MOST_AT_ONCE:
            words = "Too many files are on their way; wait for one of them."
            self._connection.send_text(FileAnswer(ask.transfer, 503, words))
            return
        work = asyncio.ensure_future(self._work(ask))
        self._working.add(work)
        work.add_done_callback(self._working.discard)

    def close(self) -> None:
        """The connection is gone: so is everything that is on its way."""
        for work in self._working:
            work.cancel()

    async def _work(self, ask: FileAsk) -> None:
        try:
            await self._do(ask, self._asker(ask))
        except Misplaced as error:
            state = FileState(ask.file, error.offset, error.offset)
            self._connection.send_text(FileAnswer(ask.transfer, 409, str(error), state))
        except Refused as refusal:
            self._connection.send_text(FileAnswer(ask.transfer, refusal.status, str(refusal)[:600]))
        except Exception:  # the outermost edge of this task
            _log.exception("an unexpected error with a file for the relay; please report it")
            self._connection.send_text(FileAnswer(ask.transfer, 500, "The host could not do this."))

    def _asker(self, ask: FileAsk) -> Person:
        """Who asks. Raises Refused: they may not."""
        person = self._person_of(ask.guest)
        is_in = ask.act in _IN_ACTS
        needed = Grant.FILES_IN if is_in else Grant.FILES_OUT
        if person is None or needed not in person.grants:
            raise Refused(
                403,
                "The host does not let you send it files."
                if is_in
                else "The host does not let you fetch its files.",
            )
        return person

    async def _do(self, ask: FileAsk, person: Person) -> None:
        keeper = self._keeper
        if ask.act == "begin":
            self._tell(ask, await keeper.begin(person, ask.name, ask.size))
        elif ask.act == "look":
            self._tell(ask, await keeper.progress(person, ask.file))
        elif ask.act == "put":
            body = _GuestBody(self._bodies, ask.transfer)
            self._tell(ask, await keeper.go_on(person, ask.file, ask.offset, body))
        elif ask.act == "end":
            await keeper.end(person, ask.file)
            self._connection.send_text(FileAnswer(ask.transfer, 200))
        elif ask.act == "list":
            await self._list(ask, person)
        else:
            await self._fetch(ask, person)

    def _tell(self, ask: FileAsk, progress: Progress) -> None:
        state = FileState(progress.upload_id, progress.offset, progress.size, progress.name)
        self._connection.send_text(FileAnswer(ask.transfer, 200, state=state))

    async def _list(self, ask: FileAsk, person: Person) -> None:
        offers = [
            FileOffer(each.file_id, each.name, each.size)
            for each in await self._keeper.offers(person)
        ]
        for at in range(0, len(offers) or 1, MOST_OFFERS):
            some, more = offers[at : at + MOST_OFFERS], at + MOST_OFFERS < len(offers)
            self._connection.send_text(FileAnswer(ask.transfer, 200, offers=some, more=more))

    async def _fetch(self, ask: FileAsk, person: Person) -> None:
        wanted = Wanted(ask.file, ask.range, ask.if_range, ask.act == "head")
        it = await self._keeper.fetch(person, wanted)
        found = FileFound(it.name, it.etag, it.size, it.start, it.length, it.is_range)
        self._connection.send_text(FileAnswer(ask.transfer, 200, found=found))
        if it.length and not wanted.is_head:
            await self._bodies.give(ask.transfer, it.length, it.part)


@dataclass(frozen=True, slots=True)
class _GuestBody:
    """Implements `Body`: what a guest sends through the relay."""

    bodies: FileBodies
    transfer: str

    def chunks(self, pace: ByteBudget) -> AsyncGenerator[bytes]:
        return self.bodies.coming(self.transfer, pace)
