"""The clipboard of this host for people of a relay. Event loop.

What a program here copied goes up once, for the guests who may see it. What a guest set comes down,
and this host checks the guest's grant when it begins and when it is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from samescreen.control.clips import ClipKind, clip_of
from samescreen.errors import UsageError
from samescreen.grants import Grant
from samescreen.hub.hub import Hub
from samescreen.hub.people import Person
from samescreen.hub.shown import ClipboardNews
from samescreen.wire.carried import (
    MOST_BYTES,
    TOO_LARGE,
    Carried,
    Carry,
    ClipReceiver,
    ClipSender,
    Part,
    Took,
    named,
)

from .connection import RelayConnection

_GONE: Final = "the host does not show its clipboard now"
_NOT_ALLOWED: Final = "the host does not let you set its clipboard"


class GuestClips:
    """Of one connection. `person_of`: the guest of that name, if the relay has told of them."""

    def __init__(
        self, hub: Hub, connection: RelayConnection, person_of: Callable[[str], Person | None]
    ) -> None:
        self._hub = hub
        self._connection = connection
        self._person_of = person_of
        self._news: ClipboardNews | None = None
        self._readers: list[str] = []
        """Guests for whom the newest is news."""
        self._is_shown = False
        """The relay has what was copied last."""
        self._sender = ClipSender(connection.send_text)
        self._receiver = ClipReceiver(connection.send_text)
        self._putting: set[asyncio.Task[None]] = set()

    def copied(self, guest: str, news: ClipboardNews) -> None:
        """A program copied something that this guest may see."""
        if news != self._news:
            self._news, self._readers = news, []
        self._readers.append(guest)

    def tick(self) -> None:
        """A few times a second: send what was copied, or say that it is out of date."""
        if self._readers and self._news is not None:
            readers, self._readers = named(self._readers), []
            self._begin(self._news, readers)
        elif self._is_shown and not self._hub.clipboard.has_news:
            self._withdraw(_GONE)

    def read(self, message: Carried) -> None:
        """A message of the relay. Raises ProtocolError: it makes no sense."""
        if isinstance(message, Took):
            self._sender.took(message)
        elif isinstance(message, Carry):
            self._comes(message)
        else:
            self._add(message)

    def close(self) -> None:
        """The connection is gone. What is whole is still put where it was meant to be."""
        self._sender.stop()
        self._receiver.stop()

    def _begin(self, news: ClipboardNews, readers: list[str]) -> None:
        people = [each for each in map(self._person_of, readers) if each is not None]
        clips = [self._hub.clipboard.newest_for(person) for person in people]
        clip = next((each for each in clips if each is not None), None)
        if news.kind == "none" or clip is None or len(clip.content) > MOST_BYTES:
            why = TOO_LARGE if clip is not None else _GONE
            self._withdraw(news.detail or why)
            return
        self._is_shown = True
        self._sender.begin(clip.kind.value, clip.content, readers)

    def _withdraw(self, why: str) -> None:
        self._is_shown = False
        self._sender.withdraw(why[:200])

    def _comes(self, carry: Carry) -> None:
        """A guest begins to send a clip."""
        refused = ""
        if carry.kind == "none" or carry.size_bytes > MOST_BYTES or not carry.size_bytes:
            refused = TOO_LARGE
        elif self._setter(carry) is None:
            refused = _NOT_ALLOWED
        self._receiver.begin(carry, refused)

    def _setter(self, carry: Carry) -> Person | None:
        """Who sets this clip; None: they may not."""
        person = self._person_of(carry.guests[0]) if len(carry.guests) == 1 else None
        return person if person is not None and Grant.CLIPBOARD_IN in person.grants else None

    def _add(self, part: Part) -> None:
        whole = self._receiver.add(part)
        if whole is None:
            return
        work = asyncio.ensure_future(self._put(*whole))
        self._putting.add(work)
        work.add_done_callback(self._putting.discard)

    async def _put(self, carry: Carry, content: bytes) -> None:
        person = self._setter(carry)
        refused = "" if person is not None else _NOT_ALLOWED
        if person is not None:
            try:
                await self._hub.clipboard.put(person, clip_of(ClipKind(carry.kind), content))
            except UsageError as error:
                refused = str(error)[:200]
        self._connection.send_text(Took(carry.number, done=not refused, refused=refused))
