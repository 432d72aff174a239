"""Finds the source of sound that a spec of `--audio` names. Any thread."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from samescreen.errors import CaptureError

from .base import SoundSource
from .named import OUTPUT, specs_for


@dataclass(frozen=True, slots=True)
class SoundChoice:
    """A source of sound, closed; `note` tells people why it could not be opened, or is "".

    `spec`: what `--audio` named it, "" where nobody did.
    `label` is a copy from now: the event loop reads it here, because the source belongs to the
    sound track's thread from now on.
    """

    source: SoundSource
    note: str = ""
    spec: str = ""
    label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.source.label)


@dataclass(frozen=True, slots=True)
class ListedSound:
    """A sound device: its spec for `--audio`, and what it is."""

    spec: str
    description: str

    @property
    def option(self) -> str:
        """The option to type, quoted for any shell."""
        quoted = self.spec if re.fullmatch(r"[\w.-]+", self.spec) else f'"{self.spec}"'
        return f"--audio {quoted}"


def choose_sound(spec: str) -> SoundChoice | None:
    """The source that `spec` names, opened once as a test; None when `spec` is empty.

    A source that cannot be opened is returned too, with a note: the track tries it again later.
    """
    if not spec:
        return None
    source = _this_system().source(spec)
    try:
        source.open()
    except CaptureError as error:
        return SoundChoice(source, f"no sound: {error}", spec)
    finally:
        source.close()
    return SoundChoice(source, spec=spec)


def list_sounds() -> list[ListedSound]:
    """Everything that `--audio` can name here and now; empty without sound."""
    return _this_system().listed()


@dataclass(frozen=True, slots=True)
class _System:
    """Where one system's sound comes from. Its modules are imported when they are first used."""

    source: Callable[[str], SoundSource]
    listed: Callable[[], list[ListedSound]]


def _this_system() -> _System:
    return _SYSTEMS.get(sys.platform, _PULSE)


_MACHINE: Final = ListedSound(OUTPUT, "what this machine plays")


# Linux, and other systems with libpulse


def _pulse_source(spec: str) -> SoundSource:
    from .pulse import PulseSound

    return PulseSound(spec)


def _list_pulse() -> list[ListedSound]:
    from .pulse import list_devices

    try:
        devices = list_devices()
    except CaptureError:
        return []
    listed = [
        ListedSound(spec, device.name if spec == device.description else device.description)
        for spec, device in zip(specs_for(devices), devices, strict=True)
    ]
    return [_MACHINE, *listed] if listed else []


# Windows


def _card_source(spec: str) -> SoundSource:
    from .card import CardSound

    return CardSound(spec)


def _list_windows() -> list[ListedSound]:
    outputs, inputs = _cards()
    return [_MACHINE, *outputs, *inputs] if outputs else inputs


def _cards() -> tuple[list[ListedSound], list[ListedSound]]:
    """Outputs and inputs."""
    from .cards import list_cards

    try:
        cards = list_cards()
    except CaptureError:
        return [], []
    outputs: list[ListedSound] = []
    inputs: list[ListedSound] = []
    for spec, card in zip(specs_for(cards), cards, strict=True):
        what = "what it plays" if card.is_output else "microphone"
        if spec != card.description:
            what = f"{what}: {card.description}"
        (outputs if card.is_output else inputs).append(ListedSound(spec, what))
    return outputs, inputs


# macOS


def _mac_source(spec: str) -> SoundSource:
    """Core Audio has no device for what the Mac plays: ScreenCaptureKit records that."""
    if spec != OUTPUT:
        return _card_source(spec)
    from .kit import KitSound

    return KitSound()


def _list_mac() -> list[ListedSound]:
    from samescreen.capture.macos.frameworks import load_frameworks

    from .kit import hands_out_sound

    try:
        is_there_output = hands_out_sound(load_frameworks())
    except CaptureError:
        is_there_output = False
    _, inputs = _cards()
    return [_MACHINE, *inputs] if is_there_output else inputs


_PULSE: Final = _System(_pulse_source, _list_pulse)
_SYSTEMS: Final = {
    "win32": _System(_card_source, _list_windows),
    "darwin": _System(_mac_source, _list_mac),
}
