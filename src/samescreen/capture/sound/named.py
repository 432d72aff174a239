"""Finds the sound device that a spec of `--audio` names. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

from samescreen.errors import SourceUnavailable

OUTPUT: Final = "output"
"""The spec of what this machine plays."""


class Named(Protocol):
    """A device of any system: the system's name for it, and a description for people."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def is_output(self) -> bool:
        """Whether it plays sound; otherwise it is a microphone."""


AnyDevice = TypeVar("AnyDevice", bound=Named)


def found_device(spec: str, devices: Sequence[AnyDevice]) -> AnyDevice:
    """The device whose name or description `spec` is, or otherwise is a part of.

    Of several that match equally well, a microphone wins, then the one that is listed first.

    Raises:
        SourceUnavailable: no device matches; the message lists the devices.
    """
    wanted = spec.casefold()
    for fits in (
        lambda device: wanted == device.name.casefold(),
        lambda device: wanted == device.description.casefold(),
        lambda device: wanted in f"{device.description}\n{device.name}".casefold(),
    ):
        matching = [device for device in devices if fits(device)]
        if matching:
            return min(matching, key=lambda device: device.is_output)
    there_are = ", ".join(f"{each!r}" for each in specs_for(devices)) or "none"
    raise SourceUnavailable(f"no sound device is called {spec!r}; there are: {there_are}")


def specs_for(devices: Sequence[Named]) -> list[str]:
    """A spec for each device by which `found_device` finds it.

    That is its description when no other device has the same; otherwise the system's name for it.
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
