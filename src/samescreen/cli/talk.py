"""Hands, lines and voices at the terminal: answer, put down, mute, switch off. Event loop."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from samescreen.clock import clock_us
from samescreen.labels import sentence
from samescreen.serve.host_actions import HostActions

from .controls import chosen_number
from .words import Words

_TO_ONE: Final = re.compile(r"@(\S*)\s*(.*)", re.DOTALL)


class Talk:
    """Acts through `actions`; `say` prints a sentence about what was done."""

    def __init__(
        self, actions: Callable[[], HostActions], words: Words, say: Callable[[str], None]
    ) -> None:
        self._actions = actions
        self._words = words
        self._say = say

    def tell(self, text: str, numbers: Mapping[int, str]) -> None:
        """Show a line to everybody; `@3 LINE` to person 3. `numbers`: the ids by number.

        Raises:
            UsageError: the line is empty or too long.
        """
        named = _TO_ONE.fullmatch(text)
        if named is None:
            self._actions().say(text)
            self._say(self._words("told-all"))
            return
        number, line = named.groups()
        person = numbers.get(chosen_number(number) or 0)
        if person is None or not self._actions().say(line, person):
            self._say(self._words("no-such-person", number=sentence(number)))
        else:
            self._say(self._words("told", number=number))

    def done(self, hand: str, line: int) -> None:
        """Lower this person's hand ("": none is up), or else put away the line of that number."""
        if hand and self._actions().lower_hand(hand):
            self._say(self._words("hand-lowered"))
        elif line and self._actions().put_line_away(line):
            self._say(self._words("line-done"))
        else:
            self._say(self._words("nothing-said"))

    def switch(self) -> None:
        """Let those who watch raise hands and write lines, or no longer."""
        self._actions().switch_hands(not self._actions().hands.is_on)

    def switch_voices(self) -> None:
        """Mute everybody, or let people with the grant speak again."""
        voices = self._actions().voices
        voices.switch(not voices.now.is_on, clock_us())

    def mute(self, text: str, numbers: Mapping[int, str]) -> None:
        """Mute the person with this number, or let them speak again. `numbers`: the ids."""
        voices, person = self._actions().voices, numbers.get(chosen_number(text) or 0)
        is_muted = person is not None and not voices.now.is_muted(person)
        if person is None or not voices.mute(person, is_muted, clock_us()):
            self._say(self._words("no-such-person", number=sentence(text)))
        else:
            self._say(self._words("muted-one" if is_muted else "unmuted-one", number=text))
