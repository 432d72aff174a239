"""What a person may do, beyond being let in. Pure.

The host checks a grant at the moment of the act, on the host. docs/security.md says what each
one opens.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from samescreen.errors import UsageError


class Grant(StrEnum):
    """One thing that a person may do. The values are the words of the wire and of /api."""

    WATCH = "watch"
    POINT = "point"
    CONTROL = "control"
    CLIPBOARD_IN = "clipboard-in"
    CLIPBOARD_OUT = "clipboard-out"
    FILES_IN = "files-in"
    FILES_OUT = "files-out"
    TALK = "talk"
    PUBLISH = "publish"
    HOST = "host"
    """Everything that the person at the machine may do: links, people, the lock."""


EVERYTHING: Final = frozenset(Grant)
WATCH_ONLY: Final = frozenset((Grant.WATCH,))
FOR_LINKS: Final = EVERYTHING - {Grant.HOST}
"""What a link made later may give: there is one host link."""


def grants_from(words: Iterable[str]) -> frozenset[Grant]:
    """The grants that these words name.

    Raises:
        UsageError: a word that names none, or no words but one text.
    """
    if isinstance(words, str) and not isinstance(words, Grant):
        words = (words,)
    try:
        return frozenset(Grant(word) for word in words)
    except (TypeError, ValueError):
        raise UsageError(f"grants are: {', '.join(sorted(FOR_LINKS))}") from None


def lack_of(grant: Grant) -> str:
    """Why the host closes a connection with `CloseCode.FORBIDDEN`; it fits into a close frame."""
    return f"this needs the grant {grant}"


def words_of(grants: Iterable[Grant]) -> list[str]:
    """The grants' words, sorted."""
    return sorted(grant.value for grant in grants)
