"""The clipboard of the shared desktop: who may set it, and who sees what was copied. Event loop.

Only what a program on the host copied goes to viewers, never what another viewer set. A viewer
sees what was copied while they were connected with the grant, and nothing of before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from samescreen.control.clips import Clip, Origins
from samescreen.errors import UsageError
from samescreen.flow.token_bucket import TokenBucket
from samescreen.grants import Grant

from .acts import Acts
from .broadcast import Broadcast
from .people import People, Person
from .publisher import ClipboardSink
from .shown import ClipboardNews
from .stream import Stream

PUTS_PER_S: Final = 4
PUTS_AT_ONCE: Final = 10
MOST_ARRIVING: Final = 4
"""So many clips are on their way into memory at once, of all viewers together."""
_NOTE_AGAIN_US: Final = 60_000_000
_NO_CLIPBOARD: Final = "no desktop with a clipboard is shared now"


@dataclass(slots=True)
class _Use:
    """What one person did with the clipboard lately."""

    budget: TokenBucket
    noted_us: dict[str, int]


class Clipboard:
    """The clipboard of the first shared desktop that has one."""

    def __init__(
        self,
        streams: Callable[[], Iterable[Stream]],
        people: People,
        broadcast: Broadcast,
        acts: Acts,
        clock_us: Callable[[], int],
    ) -> None:
        self._streams = streams
        self._people = people
        self._broadcast = broadcast
        self._acts = acts
        self._clock_us = clock_us
        self._origins = Origins()
        self._sink: ClipboardSink | None = None
        self._uses: dict[str, _Use] = {}
        self._arriving: set[str] = set()
        self._newest: Clip | None = None
        self._readers: frozenset[str] = frozenset()
        self._number = 0

    @property
    def is_offered(self) -> bool:
        """Whether any shared desktop has a clipboard that viewers may use."""
        return self._found() is not None

    def _found(self) -> ClipboardSink | None:
        found = (stream.publisher.clipboard for stream in self._streams())
        return next((each for each in found if each is not None), None)

    @contextmanager
    def arriving(self, person: Person) -> Iterator[None]:
        """Somebody sends a clip, which lies in memory meanwhile.

        Raises:
            UsageError: they send one already, or too many others do.
        """
        if person.person_id in self._arriving or len(self._arriving) >= MOST_ARRIVING:
            raise UsageError("another clipboard is still on its way; try again")
        self._arriving.add(person.person_id)
        try:
            yield
        finally:
            self._arriving.discard(person.person_id)

    async def put(self, person: Person, clip: Clip) -> None:
        """A viewer sets the clipboard. Returns once programs can paste it.

        Raises:
            UsageError: there is no clipboard now, or they set it too often.
        """
        if self._is_withheld:
            raise UsageError("the host has paused what viewers may do")
        self._spend(person)
        sink = self._found()
        if sink is None:
            raise UsageError(_NO_CLIPBOARD)
        self._origins.put_by(person.person_id, clip, self._clock_us())
        if not await sink.put(clip, person.person_id):
            raise UsageError("the desktop did not take the clipboard")
        self._origins.put_by(person.person_id, clip, self._clock_us())
        self._note(person, "clipboard-in")

    async def offer_files(self, uris: tuple[str, ...]) -> bool:
        """Let file managers paste these files; whether the desktop took them."""
        sink = self._found()
        return sink is not None and await sink.put_files(uris)

    def newest_for(self, person: Person) -> Clip | None:
        """What a program on the host copied last, if that was news for this person."""
        if self._newest is None or person.person_id not in self._readers or self._is_withheld:
            return None
        self._note(person, "clipboard-out")
        return self._newest

    @property
    def has_news(self) -> bool:
        """Something was copied, and may be seen now."""
        return self._newest is not None and not self._is_withheld

    def tick(self) -> None:
        """Watch what is copied while somebody may see it. Called a few times a second."""
        here = {person.person_id for person in self._people}
        self._uses = {each: use for each, use in self._uses.items() if each in here}
        sink = self._found()
        if sink is not self._sink:
            if self._sink is not None:
                self._sink.read(None, None)
            self._sink = sink
        if sink is None or self._is_withheld or not self._those_who_may_see():
            self._newest, self._readers = None, frozenset()
            if sink is not None:
                sink.read(None, None)
        else:
            sink.read(self._copied, self._refused)

    @property
    def _is_withheld(self) -> bool:
        return self._broadcast.is_paused or self._broadcast.is_blanked

    def _those_who_may_see(self) -> dict[str, Person]:
        return {
            person.person_id: person
            for person in self._people
            if Grant.CLIPBOARD_OUT in person.grants and person.connections
        }

    def _copied(self, clip: Clip, among: frozenset[str] | None = None) -> None:
        people = {} if self._is_withheld else self._those_who_may_see()
        if among is not None:
            people = {each: person for each, person in people.items() if each in among}
        readers = self._origins.readers_of(clip, frozenset(people), self._clock_us())
        newest = self._newest
        if not readers and newest is not None and newest.fingerprint == clip.fingerprint:
            return  # a clipboard manager took it over: those who may read it still may
        self._newest, self._readers = clip, readers
        self._number += 1
        news = ClipboardNews(clip.kind.value, len(clip.content), self._number)
        for person_id in readers:
            people[person_id].show(news)

    def _refused(self, why: str) -> None:
        self._newest, self._readers = None, frozenset()
        for person in self._those_who_may_see().values():
            person.show(ClipboardNews("none", 0, self._number, why))

    def _use_of(self, person: Person) -> _Use:
        budget = TokenBucket(PUTS_PER_S, PUTS_AT_ONCE, self._clock_us())
        return self._uses.setdefault(person.person_id, _Use(budget, {}))

    def _spend(self, person: Person) -> None:
        budget, now_us = self._use_of(person).budget, self._clock_us()
        budget.spend(1, now_us)
        if budget.wait_us(now_us):
            raise UsageError(f"the clipboard can be set {PUTS_PER_S} times a second")

    def _note(self, person: Person, kind: str) -> None:
        """Keep this act, once a minute for each person; never the content."""
        noted_us, now_us = self._use_of(person).noted_us, self._clock_us()
        if now_us - noted_us.get(kind, -_NOTE_AGAIN_US) >= _NOTE_AGAIN_US:
            noted_us[kind] = now_us
            actor = person.name_or_address
            self._acts.did(actor, kind, person=person.person_id, address=person.address)
