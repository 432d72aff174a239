"""What typer says of words that it cannot read, in this program's own words. Pure."""

from __future__ import annotations

import re
from typing import Final

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


def plain(said: str) -> str:
    """The sentence; typer's own one where it is none of those above."""
    for pattern, ours in _OURS:
        if found := re.fullmatch(pattern, said):
            return ours.format(*found.groups())
    return said
