"""The sound that all streams of this machine share: `--audio`. Event loop.

It may be replaced while it is heard. Each one has another track number than the one before, so
that pages and recordings never take two sounds for one.
"""

from __future__ import annotations

from samescreen.capture.sound.choose import SoundChoice
from samescreen.clock import clock_us
from samescreen.hub.hub import SOUND_TRACKS
from samescreen.hub.stream import Stream

from .local_sound import sound_stream


class SharedSound:
    """`choice`: what is recorded; None: nothing, so each source may bring its own sound."""

    def __init__(self, choice: SoundChoice | None) -> None:
        self.choice = choice
        self.stream: Stream | None = None
        """What streams play; None: nothing, or not started yet."""
        self._started = 0

    def start(self) -> None:
        """Start the stream of the chosen sound, if there is one: it records on demand."""
        choice = self.choice
        if choice is not None:
            number = SOUND_TRACKS[self._started % len(SOUND_TRACKS)]
            self._started += 1
            self.stream = sound_stream(choice.note, choice.source, number, clock_us)

    def replace(self, choice: SoundChoice | None) -> Stream | None:
        """Start another sound, and return the stream of the former one, which the caller ends."""
        former, self.stream = self.stream, None
        self.choice = choice
        self.start()
        return former

    async def end(self) -> None:
        """Stop recording; takes at most a second."""
        if self.stream is not None:
            await self.stream.publisher.close()
