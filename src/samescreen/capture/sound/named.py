"""Which sound device the words of `--audio` mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

from samescreen.errors import SourceUnavailable

OUTPUT: Final = "output"
"""The word for what this machine plays."""


class Named(Protocol):
    """A device of any system: the system's name for it, and the one for people."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def is_output(self) -> bool:
        """It is what is played, not what is picked up."""


AnyDevice = TypeVar("AnyDevice", bound=Named)


def found_device(words: str, devices: Sequence[AnyDevice]) -> AnyDevice:
    """The device that `words` are in the description or the name of; microphones first.

    Raises:
        SourceUnavailable: none is; the message lists those there are.
    """
    wanted = words.casefold()
    matching = [d for d in devices if wanted in f"{d.description}\n{d.name}".casefold()]
    if not matching:
        there_are = ", ".join(f"{d.description!r}" for d in devices) or "none"
        raise SourceUnavailable(f"no sound device is called {words!r}; there are: {there_are}")
    return min(matching, key=lambda device: device.is_output)
