"""What the injecting thread is asked to do: the one interface between it and those who act."""

from __future__ import annotations

from typing import Protocol

from samescreen.media import OnDesktop

from .events import Order
from .news import News


class Orders(Protocol):
    """What the thread is asked to do. `release` and `tell` may be called on any thread."""

    @property
    def is_stopped(self) -> bool:
        """Whether to end."""

    @property
    def is_interrupted(self) -> bool:
        """Whether what is being typed does not count any more."""

    def take(self) -> tuple[Order | None, bool]:
        """The next event, and whether everything must be let go first."""

    def place(self) -> OnDesktop | None:
        """Where the picture lies now."""

    def release(self) -> None:
        """Drop what waits, and let everything go."""

    def tell(self, news: News) -> None:
        """Report this to the event loop."""

    def wait(self, timeout_us: int | None, fd: int | None = None) -> None:
        """Sleep until there is an order, `fd` is readable, or the time is over."""
