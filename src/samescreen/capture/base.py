"""The interface of every source of pictures.

Runs on the thread of the track that owns the source. Only `wake` may be called on other threads.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Final

from samescreen.media import Frame, OnDesktop, Pixels, Region
from samescreen.waker import Waker

from .cursor import CursorSeen
from .hiding import Hidden
from .openable import Openable
from .sound.base import SoundSource

FOREVER_US: Final = 2**62
"""A deadline that is never reached."""

PartReady = Callable[[Pixels, Region], None]
"""Gets the pixels of the whole picture, and the region of them that is ready."""


class Source(Openable):
    """Captures pictures.

    `notes` tells people why a slower path was taken; it is valid once `open` has returned.
    `waiting` tells them why an open source has no picture; "": it has one, or one will come.
    `sound` is the sound that belongs to the pictures, known once `open` has returned for the first
    time. `corner` is where the picture's upper left corner lies on the desktop, where that is known
    (x, y in pixels). `waits_for` names the windows to hide that are not there, once it is open.

    After `open`, the first `grab` returns a whole picture at once.
    """

    notes: tuple[str, ...] = ()
    waiting: str = ""
    sound: SoundSource | None = None
    corner: tuple[int, int] = (0, 0)
    waits_for: tuple[str, ...] = ()
    takes_input: bool = False
    """Whether a viewer can act on what it shows."""

    has_clipboard: bool = False
    """Whether viewers can use the clipboard of the desktop that it shows."""

    place: OnDesktop | None = None
    """Where the picture lies now, so that a viewer can act there. Any thread may read it."""

    shows_desktop: bool = False
    """Whether its pictures are what this X11 desktop shows, windows of our own included."""

    shows_session: bool = False
    """Whether it shows the screen of this session, which somebody may lock."""

    can_part_cursor: bool = False
    """Whether the cursor can be left out of the pictures and reported instead."""

    may_change_threads: bool = False
    """Whether another thread may use what one thread opened, so that `hand_over` keeps it open."""

    keeps_previous: bool = False
    """Whether a frame stays as it is during the next grab, until the one after that begins. Then
    the next picture can be grabbed on another thread while this one is in use."""

    forgets_at_rest: bool = False
    """Whether its last picture is not to be shown again once nobody watched."""

    part_ready: PartReady | None = None
    """What `grab` calls for parts of the picture that it reads, as soon as each is there.

    Parts as wide as the picture are what was read, each row once. What is drawn over them later,
    such as the cursor, is reported after that; the last report holds. The same `grab` may return
    None all the same. Only sources that keep the picture before call it, when most of a picture
    changes."""

    def __init__(self) -> None:
        self._waker = Waker()
        self._is_handed_over = False

    def hide(self, hidden: Hidden) -> Hidden:
        """Paint this out of every picture from the next `open` on.

        Returns what the source cannot paint out by itself: here, everything.

        Raises:
            SourceUnavailable: nobody can hide this from its pictures.
        """
        return hidden

    def part_cursor(self, report: Callable[[CursorSeen], None] | None) -> None:
        """Leave the cursor out of the pictures from now on, and `report` it; None: draw it again.

        Only if the source `can_part_cursor`, and while it is open; `close` ends it. The source
        calls `report` on a thread of its own, once at the start and then at most 60 times a second.
        After a change, the next `grab` returns at once.

        Raises:
            SourceLost: as `grab`.
        """

    def hand_over(self) -> None:
        """End this thread's use of an open source; another thread calls `take_over`."""
        if self.may_change_threads:
            self._is_handed_over = True
        else:
            self.close()

    def take_over(self) -> None:
        """Go on with a source that was handed over open; `open` it otherwise.

        Raises:
            SourceUnavailable, SourceLost: as `open`.
        """
        is_open, self._is_handed_over = self._is_handed_over, False
        if not is_open:
            self.open()

    @abstractmethod
    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        """Wait for a picture that differs from the one before.

        Without `needs_pixels` a source need not decode a picture that it has as a JPEG file.
        Returns None at `deadline_us` (monotonic clock), after `wake`, or when nothing changed
        although the system reported a change.

        Raises:
            SourceLost: the source went away. The caller closes it and opens it again later.
        """

    def rest(self) -> None:
        """Called once a second while nobody watches: take what the system has queued for us.

        Raises:
            SourceLost: as `grab`.
        """

    def wake(self) -> None:
        """Make a waiting grab return. Any thread."""
        self._waker.wake()

    def dispose(self) -> None:
        """Close the source for good."""
        try:
            self.close()
        finally:
            self._waker.close()
