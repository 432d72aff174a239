"""From the words of `--audio` to a source of sound. Any thread; opens and closes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from samescreen.errors import CaptureError

from .base import SoundSource
from .named import OUTPUT, words_for


@dataclass(frozen=True, slots=True)
class SoundChoice:
    """A source of sound; `note` says why it gives none so far, in words for people.

    `label` is the source's as it is now. The event loop reads it here, since the source belongs to
    the sound's thread later.
    """

    source: SoundSource
    note: str = ""
    label: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.source.label)


@dataclass(frozen=True, slots=True)
class ListedSound:
    """A sound device: the word for `--audio`, and what it is."""

    words: str
    description: str

    @property
    def option(self) -> str:
        """What to type, for any shell."""
        quoted = self.words if re.fullmatch(r"[\w.-]+", self.words) else f'"{self.words}"'
        return f"--audio {quoted}"


def choose_sound(words: str) -> SoundChoice | None:
    """The source that `words` name, seen to open; None for no words.

    What cannot be opened yet is chosen all the same, with a note: it is tried again later.
    """
    if not words:
        return None
    source = _this_system().source(words)
    try:
        source.open()
    except CaptureError as error:
        return SoundChoice(source, f"no sound: {error}")
    finally:
        source.close()
    return SoundChoice(source)


def list_sounds() -> list[ListedSound]:
    """Everything that `--audio` can name here and now; empty without sound."""
    return _this_system().listed()


@dataclass(frozen=True, slots=True)
class _System:
    """Where one system's sound comes from. What it needs is imported when it is asked for."""

    source: Callable[[str], SoundSource]
    listed: Callable[[], list[ListedSound]]


def _this_system() -> _System:
    return _SYSTEMS.get(sys.platform, _PULSE)


_MACHINE: Final = ListedSound(OUTPUT, "what this machine plays")


# Linux, and whatever else has libpulse


def _pulse_source(words: str) -> SoundSource:
    from .pulse import PulseSound

    return PulseSound(words)


def _list_pulse() -> list[ListedSound]:
    from .pulse import list_devices

    try:
        devices = list_devices()
    except CaptureError:
        return []
    listed = [
        ListedSound(words, device.name if words == device.description else device.description)
        for words, device in zip(words_for(devices), devices, strict=True)
    ]
    return [_MACHINE, *listed] if listed else []


# Windows


def _card_source(words: str) -> SoundSource:
    from .card import CardSound

    return CardSound(words)


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
    for words, card in zip(words_for(cards), cards, strict=True):
        what = "what it plays" if card.is_output else "microphone"
        if words != card.description:
            what = f"{what}: {card.description}"
        (outputs if card.is_output else inputs).append(ListedSound(words, what))
    return outputs, inputs


# macOS


def _mac_source(words: str) -> SoundSource:
    """What the Mac plays is not a device to Core Audio."""
    if words != OUTPUT:
        return _card_source(words)
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
