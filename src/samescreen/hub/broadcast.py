"""What the host lets out at the moment: it can pause everything, blank the picture, mute the sound.

Event loop. `Broadcast` owns the three switches and applies them to the hub's streams; a stream
that is withheld delivers nothing and asks its publisher for nothing. It also knows which stream the
host shows to everybody, and which ones nobody but the host sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from .events import SourceStatus
from .stream import Stream

PAUSED: Final = SourceStatus("waiting", "paused", "the host has paused sharing")
BLANKED: Final = SourceStatus("waiting", "blanked", "the host has blanked the picture")
MUTED: Final = SourceStatus("waiting", "muted", "the host has muted the sound")


class Broadcast:
    """`streams` gives the hub's streams of pictures; each brings its own sound, or shares one."""

    def __init__(self, streams: Callable[[], Iterable[Stream]]) -> None:
        self._streams = streams
        self._is_paused = False
        self._is_blanked = False
        self._is_muted = False
        self.forward = ""
        """The id of the stream that the host shows to everybody; "": each watches what they like.
        Only the hub changes it."""
        self.private: set[str] = set()
        """The ids of streams that only those with the host link see. Only the hub changes it."""

    @property
    def is_paused(self) -> bool:
        return self._is_paused

    @property
    def is_blanked(self) -> bool:
        return self._is_blanked

    @property
    def is_muted(self) -> bool:
        return self._is_muted

    def pause(self, is_paused: bool = True) -> None:
        """Grab, record and send nothing; viewers keep the last picture and see why."""
        self._is_paused = is_paused
        self._apply_to_all()

    def blank(self, is_blanked: bool = True) -> None:
        """Grab and send no picture; viewers see black instead of the last one. Sound goes on."""
        self._is_blanked = is_blanked
        self._apply_to_all()

    def mute(self, is_muted: bool = True) -> None:
        """Record and send no sound."""
        self._is_muted = is_muted
        self._apply_to_all()

    def apply(self, stream: Stream) -> None:
        """Withhold this stream and its sound, or let them out, as the switches say."""
        stream.withhold(self._of_picture)
        if stream.sound is not None:
            stream.sound.withhold(self._of_sound)

    def _apply_to_all(self) -> None:
        for stream in tuple(self._streams()):
            self.apply(stream)

    @property
    def _of_picture(self) -> SourceStatus | None:
        if self._is_blanked:
            return BLANKED
        return PAUSED if self._is_paused else None

    @property
    def _of_sound(self) -> SourceStatus | None:
        if self._is_muted:
            return MUTED
        return PAUSED if self._is_paused else None
