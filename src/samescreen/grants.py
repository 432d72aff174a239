"""What a person may do once admitted. Pure.

The host checks a grant whenever a person uses it. docs/security.md explains what each one allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from samescreen.errors import UsageError


class Grant(StrEnum):
    """One thing that a person may do. The values are its names on the wire and in /api."""

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
    """Everything that the person at the machine may do: manage links, people and the lock."""


EVERYTHING: Final = frozenset(Grant)
WATCH_ONLY: Final = frozenset((Grant.WATCH,))
FOR_LINKS: Final = EVERYTHING - {Grant.HOST}
"""What an added link may grant; there is only one host link."""


BROUGHT: Final = frozenset((Grant.PUBLISH, Grant.TALK))
"""What people bring here of their own. Nobody does on a host that is for looking only."""

CLIPBOARDS: Final = frozenset((Grant.CLIPBOARD_IN, Grant.CLIPBOARD_OUT))
FILES: Final = frozenset((Grant.FILES_IN, Grant.FILES_OUT))
ALLOWABLE: Final = CLIPBOARDS | FILES | BROUGHT | {Grant.CONTROL, Grant.POINT}
"""What the host may let everybody with the viewer link do."""
THROUGH_RELAY: Final = CLIPBOARDS | FILES | {Grant.CONTROL, Grant.POINT}
"""What the host may let people on a relay ask for."""


def grants_from(words: Iterable[str]) -> frozenset[Grant]:
    """The grants with these names.

    Raises:
        UsageError: a word names no grant, or `words` is a single string.
    """
    if isinstance(words, str) and not isinstance(words, Grant):
        words = (words,)
    try:
        return frozenset(Grant(word) for word in words)
    except (TypeError, ValueError):
        raise UsageError(f"grants are: {', '.join(sorted(FOR_LINKS))}") from None


def allowed_from(texts: Iterable[str]) -> frozenset[Grant]:
    """The grants of `--allow`: words, or several with commas between them.

    Raises:
        UsageError: such a grant is not for everybody, or nothing needs it yet.
    """
    words = {word.strip() for text in texts for word in text.split(",")} - {""}
    if unknown := words - ALLOWABLE:
        raise UsageError(f"--allow takes {', '.join(sorted(ALLOWABLE))}, not {min(unknown)!r:.60}")
    return grants_from(words)


def allowed_through_relay(texts: Iterable[str]) -> frozenset[Grant]:
    """The grants of `--allow-via`.

    Raises:
        UsageError: such a grant does not go through a relay.
    """
    words = {word.strip() for text in texts for word in text.split(",")} - {""}
    if "clipboard" in words:
        words = (words - {"clipboard"}) | CLIPBOARDS
    if "files" in words:
        words = (words - {"files"}) | FILES
    if unknown := words - THROUGH_RELAY:
        raise UsageError(
            "--allow-via takes control, point, clipboard, files, clipboard-in, clipboard-out, "
            f"files-in and files-out, not {min(unknown)!r:.60}"
        )
    return grants_from(words)


def lack_of(grant: Grant) -> str:
    """Why the host closes a connection with `CloseCode.FORBIDDEN`; it fits into a close frame."""
    return f"this needs the grant {grant}"


def words_of(grants: Iterable[Grant]) -> list[str]:
    """The names of these grants, sorted."""
    return sorted(grant.value for grant in grants)
