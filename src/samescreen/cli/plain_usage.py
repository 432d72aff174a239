"""What typer says of words that it cannot read, in this program's own words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

_ALIKE: Final = 0.75
_NO_OPTION: Final = r"No such option: (\S+)(?: \(Possible options: .+\))?"
_OURS: Final = (
    (r"Invalid value for '(.+)': Input should be a valid integer.*", "{} takes a whole number"),
    (r"Invalid value for '(.+)': Input should be a valid boolean.*", "{} takes 1 or 0 as variable"),
    (r"Option '(.+)' requires an argument\.", "{} needs a value"),
    (r"Option '(.+)' does not take a value\.", "{} takes no value"),
    (r"Got unexpected extra argument.* \((.+)\)", "this command takes no further words: {}"),
    (r"No such option: (\S+)", "there is no option {}"),
    (
        r"No such option: (\S+) \(Possible options: (.+)\)",
        "there is no option {}; similar ones: {}",
    ),
    (r"No such command '([^']+)'\.", "there is no command {}"),
    (
        r"No such command '(.+)'\. Did you mean '(.+)'\?",
        "there is no command {}; a similar one: {}",
    ),
    (r"Missing command\.", "a command is missing"),
)
"""What typer says, and what is said in its place."""


def plain(said: str, others: Sequence[str] = ()) -> str:
    """The sentence; typer's own one where it is none of those above.

    `others`: options that could have stood there besides those that typer knows of.
    """
    found = re.fullmatch(_NO_OPTION, said)
    if found and (similar := get_close_matches(found[1], others, 1, _ALIKE)):
        return f"there is no option {found[1]}; similar ones: {', '.join(similar)}"
    for pattern, ours in _OURS:
        if found := re.fullmatch(pattern, said):
            return ours.format(*found.groups())
    return said


def misspelt(said: str, commands: Sequence[str]) -> str:
    """The sentence about a word that is no source, if a command was meant; else that sentence."""
    found = re.match(r"'([a-z]+)' is not a source; ", said)
    if found and (similar := get_close_matches(found[1], commands, 1, _ALIKE)):
        return f"there is no command {found[1]}; a similar one: {similar[0]}"
    return said
