"""What each key means: the table of keys, prompts, and sheets over the panel. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .keystrokes import BACKSPACE, CLEAR, ENTER, ESCAPE

LONGEST_TYPED: Final = 1000
_MOST_AHEAD: Final = 8
"""More keys than this at once were pasted, not pressed."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `deed` names what it does, and its words in the catalogue: `key-…`, `help-…`.

    `asks`: it first asks for a text (see `Prompt`). `is_in_footer`: the footer shows it always.
    """

    char: str
    deed: str
    asks: bool = False
    is_in_footer: bool = True


KEYS: Final = (
    Key("p", "pause"),
    Key("b", "blank"),
    Key("n", "next"),
    Key("s", "source", asks=True),
    Key("l", "lock"),
    Key("a", "approve"),
    Key("y", "let-in", is_in_footer=False),
    Key("x", "turn-away", is_in_footer=False),
    Key("e", "end-control", is_in_footer=False),
    Key("g", "give-back", is_in_footer=False),
    Key("k", "put-out", asks=True),
    Key("t", "tell", asks=True),
    Key("d", "done", is_in_footer=False),
    Key("o", "hands"),
    Key("v", "voices", is_in_footer=False),
    Key("u", "mute-one", asks=True, is_in_footer=False),
    Key("r", "record"),
    Key("m", "mute"),
    Key("c", "copy"),
    Key("h", "phone"),
    Key("w", "show-me"),
    Key("i", "ask-show", asks=True, is_in_footer=False),
    Key("f", "to-all", asks=True, is_in_footer=False),
    Key("?", "help"),
    Key("q", "quit"),
)
_BY_CHAR: Final = {key.char: key for key in KEYS}
END: Final = "end"
_ON_SHEET: Final = {("show-me", "w"): "", ("show-me", "x"): END}
"""Keys on a sheet that do its deed once more, and with which text. All others close it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a key asks for: the name in `KEYS`, and the text that was typed for it."""

    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A line that asks for the text of a deed."""

    deed: str
    text: str = ""

    def typed(self, key: str) -> Prompt:
        """The prompt after one more key."""
        if key == BACKSPACE:
            return replace(self, text=self.text[:-1])
        if key == CLEAR:
            return replace(self, text="")
        return replace(self, text=(self.text + key)[:LONGEST_TYPED])


class Controls:
    """The state of the keys: commands, a prompt, or a sheet that the next key closes."""

    def __init__(self) -> None:
        self.prompt: Prompt | None = None
        self.sheet = ""
        """What covers the panel: "help", "phone", "show-me" or ""."""

    def press(self, keys: Sequence[str]) -> list[Deed]:
        """Take keys that came at once, and return what they ask for.

        Text that was pasted where no prompt is open does nothing.
        """
        deeds: list[Deed] = []
        for number, key in enumerate(keys):
            is_command = self.prompt is None and not self.sheet
            if is_command and len(keys) - number > _MOST_AHEAD and not _asks(key):
                break
            if deed := self._press(key):
                deeds.append(deed)
        return deeds

    def _press(self, key: str) -> Deed | None:
        if self.prompt is not None:
            return self._type(self.prompt, key)
        if self.sheet:
            closed, self.sheet = self.sheet, ""
            text = _ON_SHEET.get((closed, key.lower()))
            return Deed("close", closed) if text is None else Deed(closed, text)
        found = _BY_CHAR.get(key.lower())
        if found is None:
            return None
        if found.asks:
            self.prompt = Prompt(found.deed)
            return None
        if found.deed == "help":
            self.sheet = "help"
            return None
        return Deed(found.deed)

    def _type(self, prompt: Prompt, key: str) -> Deed | None:
        if key not in (ESCAPE, ENTER):
            self.prompt = prompt.typed(key)
            return None
        self.prompt = None
        text = prompt.text.strip()
        return Deed(prompt.deed, text) if key == ENTER and text else None


def _asks(key: str) -> bool:
    return key in _BY_CHAR and _BY_CHAR[key].asks


def chosen_number(text: str) -> int | None:
    """The number that was typed, from 1 to 9999; None: it is none."""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,3}", text, re.ASCII) else None
