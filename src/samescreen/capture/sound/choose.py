"""From the words of `--audio` to a source of sound. Any thread; opens and closes."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from samescreen.errors import CaptureError, SourceUnavailable

from .base import SoundSource
from .pulse import OUTPUT, PulseSound, list_devices


@dataclass(frozen=True, slots=True)
class SoundChoice:
    """A source of sound; `note` says why it gives none so far, in words for people."""

    source: SoundSource
    note: str = ""


@dataclass(frozen=True, slots=True)
class ListedSound:
    """A sound device: the word for `--audio`, and what it is."""

    words: str
    description: str


def choose_sound(words: str) -> SoundChoice | None:
    """The source that `words` name, seen to open; None for no words.

    What cannot be opened yet is chosen all the same, with a note: it is tried again later.
    """
    if not words:
        return None
    source = PulseSound(words)
    try:
        _check_system()
        source.open()
    except CaptureError as error:
        return SoundChoice(source, f"no sound: {error}")
    finally:
        source.close()
    return SoundChoice(source)


def list_sounds() -> list[ListedSound]:
    """Everything that `--audio` can name here and now; empty without a sound server."""
    try:
        _check_system()
        devices = list_devices()
    except CaptureError:
        return []
    output = [ListedSound(OUTPUT, "what this machine plays")] if devices else []
    return [*output, *(ListedSound(device.description, device.name) for device in devices)]


def _check_system() -> None:
    if sys.platform != "linux":
        raise SourceUnavailable("sound is recorded through PulseAudio or PipeWire, on Linux only")
