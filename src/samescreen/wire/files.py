"""Files of people of a relay, as messages of /ws/publish: they ask, and the host answers. Pure.

The bytes travel beside, in HTTP requests that the host makes (docs/protocol.md).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

MOST_OFFERS: Final = 25
"""Of one message: a name has 200 bytes at most, and a text message 16 KiB."""
LONGEST_NAME: Final = 1000
LONGEST_ID: Final = 64
LONGEST_HEADER: Final = 200

_Id = Annotated[str, Meta(max_length=LONGEST_ID)]
_Text = Annotated[str, Meta(max_length=200)]
_Name = Annotated[str, Meta(max_length=LONGEST_NAME)]
_Header = Annotated[str, Meta(max_length=LONGEST_HEADER)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]


class FileAsk(Struct, frozen=True, tag="file"):
    """Of the relay: what a guest wants. `transfer`: names it in the answer and for the bytes.

    begin: announce the file `name` of `size` bytes. look: how far the upload `file` is. put: its
    bytes from `offset` on, which the host fetches. end: give it up. list: what the host offers.
    get: the offer `file`, whose bytes the host sends. head: the same without bytes. `range`,
    `if_range`: the headers of the guest's request.
    """

    transfer: _Id
    guest: _Text
    act: Literal["begin", "look", "put", "end", "list", "get", "head"]
    file: _Id = ""
    name: _Name = ""
    size: _Count = 0
    offset: _Count = 0
    range: _Header | None = None
    if_range: _Header | None = None


class FileState(Struct, frozen=True):
    """How far an upload is. `name`: once it is whole."""

    file: _Id
    offset: _Count
    size: _Count
    name: _Name = ""


class FileOffer(Struct, frozen=True):
    """A file that guests may fetch."""

    file: _Id
    name: _Name
    size: _Count


class FileFound(Struct, frozen=True):
    """The file that was asked for, or a range of it. `is_range`: a range was asked for."""

    name: _Name
    etag: Annotated[str, Meta(pattern=r'^"[!#-~]{1,120}"\Z')]
    size: _Count
    start: _Count
    length: _Count
    is_range: bool = False


class FileAnswer(Struct, frozen=True, tag="file-answer"):
    """Of the host. `status`: of HTTP. `words`: why not. `more`: the list goes on in the next.

    `state` answers begin, look and put; with `status` 409 it says where the upload goes on.
    """

    transfer: _Id
    status: Annotated[int, Meta(ge=200, le=599)]
    words: Annotated[str, Meta(max_length=600)] = ""
    state: FileState | None = None
    offers: Annotated[list[FileOffer], Meta(max_length=MOST_OFFERS)] = []
    more: bool = False
    found: FileFound | None = None
