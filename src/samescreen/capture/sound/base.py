"""What every source of sound can do. Runs on the thread of the track that owns the source."""

from __future__ import annotations

from abc import ABC, abstractmethod

from samescreen.media import SoundBlock


class SoundSource(ABC):
    """Where sound comes from.

    `label` says what is heard, `backend` by which means; both are valid once `open` has returned.
    """

    label: str
    backend: str

    @abstractmethod
    def open(self) -> None:
        """Start recording.

        Raises:
            SourceUnavailable: somebody must mend something first.
            SourceLost: trying again may help by itself.
        """

    @abstractmethod
    def read(self, timeout_us: int) -> SoundBlock | None:
        """The next 10 ms of sound; None when they did not come in time.

        Raises:
            SourceLost: the device went away, or another took its place; `close`, `open` later.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop recording; may be called twice, and before `open`."""
