"""The files of a host that publishes here: they lie there, and that host decides. Event loop.

This host asks it by messages. The bytes pass through `hub/pipes.py`, between the request of the
person and one that the host makes; none of them stays here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from samescreen.control.file_names import safe_name
from samescreen.errors import Refused
from samescreen.grants import Grant
from samescreen.hub.files import Body, Fetched, Misplaced, Offered, Progress, Wanted
from samescreen.hub.people import Person
from samescreen.hub.pipes import PATIENCE_S, Pipe, Pipes
from samescreen.hub.transfers import MOST_OFFERS, Transfers
from samescreen.labels import visible
from samescreen.wire.files import (
    LONGEST_HEADER,
    LONGEST_ID,
    LONGEST_NAME,
    FileAnswer,
    FileAsk,
    FileFound,
)
from samescreen.wire.publishing import ToPublisher

MOST_OF_PERSON: Final = 6
MOST_AT_ONCE: Final = 32
"""So many questions and transfers are under way at once, of one host."""
ANSWER_S: Final = 20.0
_WHY_S: Final = 2.0
"""A host that reads no more mostly says why, on its other connection."""
_REFUSALS: Final = frozenset({400, 403, 404, 408, 409, 413, 416, 429, 503, 507})
_GONE: Final = "The host is not connected any more."
_BROKE: Final = "The connection to the host broke; try again."
_SLOW: Final = "The host did not answer in time; try again."
_ODD: Final = "The host's answer makes no sense."


@dataclass(slots=True)
class _Transfer:
    """One question to the host. `answer`: its last message, with the offers of all of them."""

    transfer_id: str
    person_id: str
    answer: asyncio.Future[FileAnswer]
    offers: list[Offered] = field(default_factory=list)
    pipe: Pipe | None = None


class RemoteFiles:
    """Implements `FileKeeper`. `send`: to that host. `given`: what it lets a person do, by id."""

    def __init__(
        self,
        send: Callable[[ToPublisher], None],
        transfers: Transfers,
        given: Callable[[str], frozenset[Grant]],
    ) -> None:
        self._send = send
        self._hub_transfers = transfers
        self._given = given
        self._transfers: dict[str, _Transfer] = {}

    def serves(self, person: Person, grant: Grant) -> bool:
        """Whether that host gave the person this right."""
        return grant in self._given(person.person_id)

    @property
    def _pipes(self) -> Pipes:
        return self._hub_transfers.pipes

    # --- to the host --------------------------------------------------------------------------

    async def begin(self, person: Person, name: str, size: int) -> Progress:
        """See `FileKeeper.begin`."""
        with self._transfer(person) as it:
            return _progress(
                await self._ask(it, FileAsk(it.transfer_id, person.person_id, "begin",
                                            name=visible(name[-LONGEST_NAME:]), size=size))
            )

    async def progress(self, person: Person, upload_id: str) -> Progress:
        """See `FileKeeper.progress`."""
        with self._transfer(person) as it:
            ask = FileAsk(it.transfer_id, person.person_id, "look", _id(upload_id))
            return _progress(await self._ask(it, ask))

    async def go_on(self, person: Person, upload_id: str, offset: int, body: Body) -> Progress:
        """See `FileKeeper.go_on`."""
        pipe = Pipe(is_up=True, pace=self._hub_transfers.pace_of(person))
        with self._transfer(person, pipe) as it:
            ask = FileAsk(
                it.transfer_id, person.person_id, "put", _id(upload_id), offset=offset
            )
            filling = asyncio.ensure_future(_fill(pipe, body))
            asking = asyncio.ensure_future(self._ask(it, ask, waits_for=filling))
            try:
                await asyncio.wait({filling, asking}, return_when=asyncio.FIRST_COMPLETED)
                if not asking.done() and isinstance(filling.exception(), OSError):
                    await asyncio.wait({asking}, timeout=_WHY_S)
                if not asking.done():
                    filling.result()
                return _progress(await asking)
            except OSError:
                raise Refused(502, _BROKE) from None
            finally:
                filling.cancel()
                asking.cancel()
                await asyncio.gather(filling, asking, return_exceptions=True)

    async def end(self, person: Person, upload_id: str) -> None:
        """See `FileKeeper.end`."""
        with self._transfer(person) as it:
            await self._ask(it, FileAsk(it.transfer_id, person.person_id, "end", _id(upload_id)))

    # --- from the host ------------------------------------------------------------------------

    async def offers(self, person: Person) -> list[Offered]:
        """See `FileKeeper.offers`."""
        with self._transfer(person) as it:
            await self._ask(it, FileAsk(it.transfer_id, person.person_id, "list"))
            return it.offers

    async def fetch(self, person: Person, wanted: Wanted) -> Fetched:
        """See `FileKeeper.fetch`."""
        file_id, of_range = _id(wanted.file_id), _header(wanted.range_header)
        if_range = None if wanted.if_range is None else _header(wanted.if_range) or "?"
        pace = self._hub_transfers.pace_of(person)
        pipe = Pipe(is_up=False, pace=pace)
        it = self._begin(person, pipe)
        try:
            ask = FileAsk(
                it.transfer_id,
                person.person_id,
                "head" if wanted.is_head else "get",
                file_id,
                range=of_range,
                if_range=if_range,
            )
            found = _found(await self._ask(it, ask))
        except BaseException:
            self._over(it)
            raise
        if wanted.is_head or not found.length:
            self._over(it)
        else:
            pipe.on_end = lambda: self._over(it)
            asyncio.get_running_loop().call_later(PATIENCE_S, self._forget, it)
        part = _Passing(pipe, found.length)
        name, tag = safe_name(found.name), found.etag
        return Fetched(
            name, tag, found.size, found.start, found.length, found.is_range, part
        )

    def _forget(self, it: _Transfer) -> None:
        """Its person went before the first byte."""
        if it.pipe is not None and not it.pipe.is_read:
            self._over(it)

    # --- the host's messages ------------------------------------------------------------------

    def answered(self, answer: FileAnswer) -> None:
        """A message of that host; one that nobody waits for any more is dropped."""
        it = self._transfers.get(answer.transfer)
        if it is None:
            return
        if it.answer.done():
            if answer.status >= 400 and it.pipe is not None:
                it.pipe.break_off()  # it cannot send the rest
            return
        if it.pipe is not None and answer.found is not None:
            it.pipe.announce(answer.found.length)
        room = MOST_OFFERS - len(it.offers)
        it.offers += [
            Offered(each.file, safe_name(each.name), each.size) for each in answer.offers[:room]
        ]
        if not answer.more:
            it.answer.set_result(answer)

    def close(self) -> None:
        """The connection is gone."""
        for it in tuple(self._transfers.values()):
            self._over(it)

    # --- questions ----------------------------------------------------------------------------

    @contextmanager
    def _transfer(self, person: Person, pipe: Pipe | None = None) -> Iterator[_Transfer]:
        it = self._begin(person, pipe)
        try:
            yield it
        finally:
            self._over(it)

    def _begin(self, person: Person, pipe: Pipe | None) -> _Transfer:
        theirs = sum(each.person_id == person.person_id for each in self._transfers.values())
        if theirs >= MOST_OF_PERSON or len(self._transfers) >= MOST_AT_ONCE:
            raise Refused(503, "Too many files are on their way; wait for one of them.")
        it = _Transfer(
            Pipes.new_id(),
            person.person_id,
            asyncio.get_running_loop().create_future(),
            pipe=pipe,
        )
        self._transfers[it.transfer_id] = it
        if pipe is not None:
            self._pipes.open(it.transfer_id, pipe)
        return it

    def _over(self, it: _Transfer) -> None:
        self._transfers.pop(it.transfer_id, None)
        self._pipes.close(it.transfer_id)
        if it.pipe is not None:
            it.pipe.break_off()
        if not it.answer.done():
            it.answer.cancel()

    async def _ask(
        self, it: _Transfer, ask: FileAsk, waits_for: asyncio.Future[None] | None = None
    ) -> FileAnswer:
        """Raises Refused, Misplaced. `waits_for`: the host cannot answer before that is done."""
        self._send(ask)
        if waits_for is not None:
            waiting: set[asyncio.Future[Any]] = {it.answer, waits_for}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({it.answer}, timeout=ANSWER_S)
        if it.answer.cancelled():
            raise Refused(503, _GONE)
        if not it.answer.done():
            raise Refused(504, _SLOW)
        answer = it.answer.result()
        if answer.status < 400:
            return answer
        if answer.status == 409 and answer.state is not None:
            raise Misplaced(answer.words, answer.state.offset)
        known = answer.status if answer.status in _REFUSALS else 502
        raise Refused(known, answer.words or _ODD)


@dataclass(frozen=True, slots=True)
class _Passing:
    """Implements `Part`: bytes of a pipe."""

    pipe: Pipe
    length: int | None

    def chunks(self) -> AsyncGenerator[bytes]:
        return self.pipe.chunks()


async def _fill(pipe: Pipe, body: Body) -> None:
    """Put the body into the pipe. Raises Refused, OSError; the other end then gets an error."""
    try:
        async with aclosing(body.chunks(pipe.pace)) as chunks:
            async for chunk in chunks:
                await pipe.put(chunk)
        pipe.finish()
    finally:
        pipe.break_off()


def _id(text: str) -> str:
    """An id as a message takes it. Raises Refused: the host never gave such a one."""
    if len(text) > LONGEST_ID or not text.isascii():
        raise Refused(404, "There is no such file.")
    return text


def _header(text: str | None) -> str | None:
    is_fit = text is not None and text.isascii() and len(text) <= LONGEST_HEADER
    return text if is_fit else None


def _progress(answer: FileAnswer) -> Progress:
    state = answer.state
    if state is None or state.offset > state.size:
        raise Refused(502, _ODD)
    name = safe_name(state.name) if state.name else ""
    return Progress(state.file, state.offset, state.size, name)


def _found(answer: FileAnswer) -> FileFound:
    found = answer.found
    if found is None or found.start + found.length > found.size:
        raise Refused(502, _ODD)
    return found
