"""The interface to the files that people here send and fetch. Event loop.

This machine keeps them (`serve/local_files.py`), or a host that publishes here
(`publish/remote_files.py`). The caller has checked the person's grant.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from samescreen.errors import UsageError
from samescreen.flow.token_bucket import ByteBudget
from samescreen.grants import Grant

from .people import Person


class Body(Protocol):
    """Bytes that somebody sends and that nobody has read yet."""

    def chunks(self, pace: ByteBudget) -> AsyncGenerator[bytes]:
        """The bytes as they come, no faster than the bucket of bytes allows.

        Raises:
            Refused: they are broken or compressed, or their sender is silent for too long.
        """


class Part(Protocol):
    """Bytes that are made while they are sent."""

    @property
    def length(self) -> int | None:
        """How many; None: that shows at their end."""

    def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes; fewer than `length` where something ended them early.

        Raises:
            OSError: they break off.
        """


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file that somebody sends has come. `name`: once it is whole, "" before."""

    upload_id: str
    offset: int
    size: int
    name: str = ""


class Misplaced(UsageError):
    """These bytes do not follow those at hand. `offset`: where the file goes on."""

    def __init__(self, words: str, offset: int) -> None:
        super().__init__(words)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that people may fetch."""

    file_id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a file somebody wants. `range_header`, `if_range`: as in their request.

    `is_head`: only what there is, no bytes.
    """

    file_id: str
    range_header: str | None = None
    if_range: str | None = None
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file, or a range of it from `start` on. `size`: of the whole file.

    `is_range`: a range was asked for; `part` is empty where that lies outside.
    """

    name: str
    etag: str
    size: int
    start: int
    length: int
    is_range: bool
    part: Part


class FileKeeper(Protocol):
    """Files to and from people. All methods raise Refused, with words for that person."""

    async def begin(self, person: Person, name: str, size: int) -> Progress:
        """Somebody announces a file."""

    async def progress(self, person: Person, upload_id: str) -> Progress:
        """How far their file is, to go on after a break."""

    async def go_on(self, person: Person, upload_id: str, offset: int, body: Body) -> Progress:
        """The next bytes of their file. Raises Misplaced too; what came before a break stays."""

    async def end(self, person: Person, upload_id: str) -> None:
        """They give it up; the host may give up any file."""

    async def offers(self, person: Person) -> list[Offered]:
        """What they may fetch."""

    async def fetch(self, person: Person, wanted: Wanted) -> Fetched:
        """One of these."""


class FarFiles(FileKeeper, Protocol):
    """Files of another host."""

    def serves(self, person: Person, grant: Grant) -> bool:
        """Whether that host gave the person this right."""
