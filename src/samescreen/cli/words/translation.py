"""Translates sentences that another room made of a template and values. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

_LONGEST: Final = 2000
"""Longer sentences stay as they are: matching must take no time that is felt."""

_PLAIN: Final = "((?:(?!; ).)+?)"
"""A value. It has no "; " in it: what follows that is a sentence with words of its own."""

_ANY: Final = "(.+?)"
"""A list, or a reason that another sentence gives."""


class Translation:
    """`texts`: templates with "{}" for each value, and their translations with "{0}", "{1}"."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        # The longest first: a short one may be the beginning of others.
        ordered = sorted(texts, key=lambda text: (-len(text.replace("{}", "")), text))
        self._patterns = [(_pattern(text), texts[text]) for text in ordered]

    def of(self, sentence: str) -> str:
        """The translation; the sentence itself where there is none. Values are translated too."""
        return self._translated(sentence, self.of)

    def of_label(self, label: str) -> str:
        """As `of`, for the name of a source: what people named in it stays as it is."""
        return self._translated(label, str)

    def _translated(self, said: str, of_value: Callable[[str], str]) -> str:
        if len(said) > _LONGEST:
            return said
        for pattern, translated in self._patterns:
            if found := pattern.fullmatch(said):
                return translated.format(*map(of_value, found.groups()))
        return said


def _pattern(template: str) -> re.Pattern[str]:
    first, *others = template.split("{}")
    found, before = re.escape(first), first
    for literal in others:
        is_open = not before or before.endswith((": ", "; ", "because "))
        found += (_ANY if is_open else _PLAIN) + re.escape(literal)
        before = literal
    return re.compile(found, re.DOTALL)
