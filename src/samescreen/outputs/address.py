"""Reads where outputs go, from the option itself or from a file that it names. Any thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from samescreen.errors import UsageError
from samescreen.option_values import OutputAddress, parse_output
from samescreen.paths import typed_path

_LONGEST_FILE: Final = 64 * 1024


def read_addresses(texts: Iterable[str]) -> tuple[OutputAddress, ...]:
    """The addresses of --output. "@FILE" stands for the lines of that file.

    Empty lines, and lines that begin with #, are left out.

    Raises:
        UsageError: a file cannot be read, or something is no address, or is there twice.
    """
    found = [parse_output(line) for text in texts for line in _lines(text)]
    if len({each.url for each in found}) < len(found):
        raise UsageError("each --output goes to another place: one was named twice")
    return tuple(_named_apart(found))


def _named_apart(found: list[OutputAddress]) -> Iterator[OutputAddress]:
    """Two keys of one site have one name, and people must tell them apart."""
    count: Counter[str] = Counter()
    for each in found:
        count[each.name] += 1
        number = count[each.name]
        yield each if number == 1 else replace(each, name=f"{each.name} ({number})")


def _lines(text: str) -> list[str]:
    if not text.startswith("@"):
        return [text]
    path = typed_path(text[1:])
    try:
        with path.open(encoding="utf-8") as file:
            lines = [line.strip() for line in file.read(_LONGEST_FILE).splitlines()]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"--output cannot read {path}: {reason}") from None
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise UsageError(f"--output finds no address in {path}: write rtmps://HOST/APP/KEY there")
    return found
