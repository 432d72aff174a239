"""What sources of pictures and sources of sound have in common. On the thread of their track."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Openable(ABC):
    """Something that a track opens, reads and closes, again and again.

    `label` says what is captured, `backend` by which means. Both are valid once `open` has
    returned.
    """

    label: str
    backend: str

    @abstractmethod
    def open(self) -> None:
        """Start capturing.

        Raises:
            SourceUnavailable: somebody must change something before it can be opened.
            SourceLost: trying again may help.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop, and release everything. May be called twice, and before `open`."""
