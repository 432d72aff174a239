"""Which sound device the words of `--audio` mean. Pure."""

from __future__ import annotations

from collections import Counter
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
    """The device that `words` are the name or the description of, else are a part of it.

    Of several that fit as well a microphone goes first, then the one that is listed first.

    Raises:
        SourceUnavailable: none is; the message lists those there are.
    """
    wanted = words.casefold()
    for fits in (
        lambda device: wanted == device.name.casefold(),
        lambda device: wanted == device.description.casefold(),
        lambda device: wanted in f"{device.description}\n{device.name}".casefold(),
    ):
        matching = [device for device in devices if fits(device)]
        if matching:
            return min(matching, key=lambda device: device.is_output)
    there_are = ", ".join(f"{each!r}" for each in words_for(devices)) or "none"
    raise SourceUnavailable(f"no sound device is called {words!r}; there are: {there_are}")


def words_for(devices: Sequence[Named]) -> list[str]:
    """What to call each device so that `found_device` finds it.

    Its description, if no other has the same; otherwise the system's name for it.
    """
    counts = Counter(device.description.casefold() for device in devices)
    names = {device.name.casefold() for device in devices}
    return [
        device.name
        if counts[described] > 1 or described in names or described == OUTPUT or not described
        else device.description
        for device in devices
        for described in (device.description.casefold(),)
    ]
