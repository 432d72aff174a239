"""The link that the host wants to make, with every value checked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from samescreen.errors import UsageError
from samescreen.grants import FOR_LINKS, Grant, grants_from
from samescreen.labels import label

LONGEST_LIFE_S: Final = 10 * 365 * 24 * 3600
MOST_USES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class NewLink:
    """The properties of a link that the host wants to make (see `Link`).

    `expires_in_s`: 1 to 315 360 000 seconds from now; `uses`: 1 to 1 000 000 logins.

    Raises:
        UsageError: a grant that such a link cannot give, or a number out of range.
    """

    name: str = ""
    grants: frozenset[Grant] = frozenset((Grant.WATCH,))
    may_ask: frozenset[Grant] = frozenset()
    expires_in_s: int | None = None
    uses: int | None = None

    def __post_init__(self) -> None:
        if not self.grants <= FOR_LINKS or not self.may_ask <= FOR_LINKS:
            raise UsageError("only the host link made at start gives the host's powers")
        _check_range("expires_in_s", self.expires_in_s, LONGEST_LIFE_S)
        _check_range("uses", self.uses, MOST_USES)

    @classmethod
    def of(
        cls,
        name: object = "",
        grants: object = ("watch",),
        may_ask: object = (),
        expires_in_s: object = None,
        uses: object = None,
    ) -> NewLink:
        """Check and convert the values that a program or a request gave.

        Raises:
            UsageError: a value of a wrong type or out of range.
        """
        if not isinstance(name, str):
            raise UsageError("a link's name is a text")
        return cls(
            label(name),
            _grants(grants),
            _grants(may_ask),
            _number("expires_in_s", expires_in_s),
            _number("uses", uses),
        )


def _grants(words: object) -> frozenset[Grant]:
    if not isinstance(words, str | Iterable):
        raise UsageError("grants are a list of words such as watch")
    return grants_from(words)


def _number(name: str, given: object) -> int | None:
    if given is None or (isinstance(given, int) and not isinstance(given, bool)):
        return given
    raise UsageError(f"{name} takes a whole number, or nothing")


def _check_range(name: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        raise UsageError(f"{name} takes 1 to {most}")
