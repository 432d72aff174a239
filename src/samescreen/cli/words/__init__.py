"""The sentences of the terminal, in English and Chinese. Pure.

`en.py` and `zh.py` have the same keys and the same placeholders; a test compares them. Errors, and
what the machine calls its sources, come from other rooms and are in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import en, zh

_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set names the language, as POSIX says."""


class Words:
    """One language's sentences."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def __call__(self, key: str, **about: object) -> str:
        """The sentence, with these values in it.

        Raises:
            KeyError: the catalogue lacks that key, or a value.
        """
        text = self._texts[key]
        return text.format(**about) if about else text

    def count(self, key: str, number: int) -> str:
        """The sentence for so many: `key.one` for exactly one, otherwise `key`."""
        return self(f"{key}.one" if number == 1 else key, n=number)

    def find(self, key: str, otherwise: str) -> str:
        """The text without placeholders, or `otherwise` where the catalogue has no such key."""
        return self._texts.get(key, otherwise)


ENGLISH: Final = Words(en.TEXTS)
CHINESE: Final = Words(zh.TEXTS)


def words_for(environment: Mapping[str, str]) -> Words:
    """The language that this environment asks for; English for every language but Chinese."""
    asked = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return CHINESE if asked.lower().startswith("zh") else ENGLISH
