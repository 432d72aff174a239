"""The sentences of the terminal, in English and Chinese. Pure.

`en.py` and `zh.py` have the same keys and the same placeholders; a test compares them. Errors come
from other rooms in English. `zh_sentences.py` and the files that it gathers translate them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from . import en, zh, zh_sentences, zh_sources
from .translation import Translation

_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set names the language, as POSIX says."""


class Words:
    """One language's sentences."""

    def __init__(
        self,
        texts: Mapping[str, str],
        sentences: Mapping[str, str],
        labels: Mapping[str, str],
    ) -> None:
        self._texts = texts
        self._sentences = sentences
        self._names = labels

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

    def translated(self, sentence: str) -> str:
        """A sentence of another room in this language; in English where nobody translated it."""
        if not self._sentences:
            return sentence
        if whole := self._sentences.get(sentence):
            return whole
        return self._translation.of(sentence)

    def label(self, name: str) -> str:
        """The name that a source or a backend gives itself, in this language."""
        return self._labels.of_label(name)

    @cached_property
    def _translation(self) -> Translation:
        return Translation(self._sentences)

    @cached_property
    def _labels(self) -> Translation:
        return Translation(self._names)


ENGLISH: Final = Words(en.TEXTS, {}, {})
CHINESE: Final = Words(zh.TEXTS, zh_sentences.TEXTS, zh_sources.LABELS)


def words_for(environment: Mapping[str, str]) -> Words:
    """The language that this environment asks for; English for every language but Chinese."""
    asked = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return CHINESE if asked.lower().startswith("zh") else ENGLISH
