"""The interface of every source of sound. Runs on the thread of the track that owns the source."""

from __future__ import annotations

from abc import abstractmethod

from samescreen.capture.openable import Openable
from samescreen.media import SoundBlock


class SoundSource(Openable):
    """Records sound, in blocks of 10 ms."""

    @abstractmethod
    def read(self, timeout_us: int) -> SoundBlock | None:
        """Wait for the next block; None when none came in time.

        Raises:
            SourceLost: the device went away, or another became the default. The caller closes the
                source and opens it again later.
        """
