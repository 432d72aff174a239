"""Files on their way between viewers and the host: what comes, what the host put up, how fast.

Event loop. It touches no disk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Final

from samescreen.control.file_names import safe_name
from samescreen.control.uploads import Upload, Uploads
from samescreen.errors import UsageError
from samescreen.flow.token_bucket import TokenBucket
from samescreen.flow.yielding import YieldingPace
from samescreen.grants import Grant

from .acts import Acts
from .files import FarFiles
from .people import Person
from .pipes import Pipes

MOST_BYTES_PER_S: Final = 8 * 1024 * 1024
"""Of all files together, so that they leave the host's processor to pictures."""
BURST_BYTES: Final = 256 * 1024
_LEAST_AT_ONCE_BYTES: Final = 8 * 1024
MOST_OFFERS: Final = 200
_MOST_PACES: Final = 1000
QueueOf = Callable[[Person], int]


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file that the host put up. `path` is never shown to viewers."""

    offer_id: str
    name: str
    path: str
    size: int


class Transfers:
    """All files of this host. `queue_of`: how long a person's pictures wait on their way, in µs."""

    def __init__(self, acts: Acts, clock_us: Callable[[], int]) -> None:
        self.uploads = Uploads()
        self.offers: dict[str, OfferedFile] = {}
        self.queue_of: QueueOf = lambda person: 0
        self.queue_of_link: dict[str, Callable[[], int]] = {}
        """For links whose people share one connection: how long its pictures wait, in µs."""
        self.far: list[FarFiles] = []
        """Hosts that publish here and let people ask for their files."""
        self.pipes = Pipes()
        self._acts = acts
        self._clock_us = clock_us
        self._total = TokenBucket(MOST_BYTES_PER_S, BURST_BYTES, clock_us())
        self._paces: dict[str, YieldingPace] = {}

    def begin(self, person: Person, name: str, size: int, free_bytes: int) -> Upload:
        """Somebody announces a file. Raises UsageError: there is no room for it."""
        upload_id, now_us = token_urlsafe(12), self._clock_us()
        upload = Upload(upload_id, person.person_id, safe_name(name), size, now_us)
        self.uploads.begin(upload, free_bytes)
        return upload

    def offer(self, path: str, name: str, size: int) -> OfferedFile:
        """Put up a file. Raises UsageError: there are `MOST_OFFERS`."""
        if len(self.offers) >= MOST_OFFERS:
            raise UsageError(f"{MOST_OFFERS} files are offered already; end one of them first")
        offer = OfferedFile(token_urlsafe(12), safe_name(name), path, size)
        self.offers[offer.offer_id] = offer
        return offer

    def note(self, person: Person, kind: str, name: str) -> None:
        """Keep who sent or fetched what."""
        actor = person.name_or_address
        self._acts.did(actor, kind, person=person.person_id, address=person.address, name=name)

    def pace_of(self, person: Person) -> Pace:
        """How fast this person's files may travel, both ways together."""
        pace = self._paces.pop(person.person_id, None)
        if len(self._paces) >= _MOST_PACES:
            del self._paces[next(iter(self._paces))]
        pace = pace or YieldingPace(MOST_BYTES_PER_S, self._clock_us())
        self._paces[person.person_id] = pace
        return Pace(self._total, pace, lambda: self._queue_us(person))

    def _queue_us(self, person: Person) -> int:
        shared = self.queue_of_link.get(person.link_id)
        return self.queue_of(person) if shared is None else shared()

    def keeper_for(self, person: Person, grant: Grant) -> FarFiles | None:
        """The host that gave this person the right; None: none did, and the files lie here."""
        return next((each for each in self.far if each.serves(person, grant)), None)


class Pace:
    """Two limits as one: what all files may use, and what this person's pictures leave."""

    def __init__(
        self, total: TokenBucket, own: YieldingPace, queue_us: Callable[[], int]
    ) -> None:
        self._total = total
        self._own = own
        self._queue_us = queue_us

    @property
    def at_once_bytes(self) -> int:
        """What may go at once: a picture that comes right after waits no longer than 20 ms."""
        return max(_LEAST_AT_ONCE_BYTES, int(self._own.bytes_per_s / 50))

    def spend(self, amount: float, now_us: int) -> None:
        if self._own.is_due(now_us):  # the answer takes a look at all viewers
            self._own.give_way(self._queue_us(), now_us)
        self._own.spend(amount, now_us)
        self._total.spend(amount, now_us)

    def wait_us(self, now_us: int) -> int:
        return max(self._own.wait_us(now_us), self._total.wait_us(now_us))
