"""The base of both ways to capture an output: ask for a picture, take it once it is there.

Runs on the track's thread. At most one picture is asked for at a time. Each subclass speaks one
protocol.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Final

from samescreen.capture.upright import AS_STORED, Orientation
from samescreen.clock import clock_us
from samescreen.errors import SourceUnavailable
from samescreen.media import Region
from samescreen.wayland.desktop import Desktop, Output

from .buffers import SHM, Buffer, Buffers
from .pixel_format import Layout, format_name, is_known

_MANY_DAMAGES: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A picture that the compositor has written into `buffer`.

    `damage`: what differs from the one taken before, in the buffer's pixels; None: maybe anything.
    `way`: how to turn the buffer's pixels upright, after rows are swapped if `is_upside_down`.
    """

    buffer: Buffer
    layout: Layout
    taken_us: int
    damage: tuple[Region, ...] | None
    way: Orientation = AS_STORED
    is_upside_down: bool = False

    @property
    def is_as_stored(self) -> bool:
        return self.way == AS_STORED and not self.is_upside_down


@dataclass(slots=True)
class Asked:
    """A picture that is asked for: the protocol's object for it, and what was said about it."""

    frame: int
    kept: tuple[Buffer, ...]
    is_urgent: bool
    asked_us: int
    buffer: Buffer | None = None
    damage: list[Region] = field(default_factory=list)
    way: Orientation = AS_STORED
    is_upside_down: bool = False
    stamp_us: int = 0


class Capture(ABC):
    """Captures one output, with the cursor in the picture."""

    name: str
    """The protocol's name, for people."""

    def __init__(self, desktop: Desktop) -> None:
        shm = desktop.offered(SHM)
        if shm is None:
            raise SourceUnavailable("this Wayland compositor shares no memory with programs")
        self._desktop = desktop
        self._connection = desktop.connection
        self._shm = desktop.bind(shm, 1)
        self._buffers: Buffers | None = None
        self._asked: Asked | None = None
        self._taken: Taken | None = None
        self.failures = 0
        """How many pictures in a row the compositor failed to write."""

    @property
    def is_asked(self) -> bool:
        """Whether a picture is on its way."""
        return self._asked is not None

    def ask(self, *kept: Buffer, is_urgent: bool) -> None:
        """Ask for a picture, in a buffer that is none of those kept. It may come at any time.

        Without `is_urgent` it comes once something has changed; with it at once, where the protocol
        has a way to say so.

        Raises:
            CaptureError: the compositor is gone, or cannot capture.
        """
        assert self._asked is None, "one at a time"
        self._asked = Asked(0, kept, is_urgent, clock_us())
        self._request(self._asked)

    def take(self) -> Taken | None:
        """The picture that has arrived; None: none has."""
        taken, self._taken = self._taken, None
        return taken

    def rest(self) -> None:  # noqa: B027  (most protocols need nothing)
        """Nobody watches: let the compositor work as little for us as the protocol allows."""

    def _cancel(self) -> None:
        """Take back what is asked for. It may be lost, if it is on its way already."""
        if self._asked is not None:
            asked, self._asked = self._asked, None
            if asked.frame:
                self._destroy_frame(asked.frame)

    def close(self) -> None:
        """Forget all memory; the connection's end is the end of everything else."""
        self._buffers = self._asked = self._taken = None

    # For subclasses

    def turn(self, output: Output) -> bool:
        """The output's place or orientation has changed. True: all pictures so far are turned
        wrongly, and none is asked for any more."""
        return False

    @abstractmethod
    def _request(self, asked: Asked) -> None:
        """Send what asks for a picture."""

    @abstractmethod
    def _destroy_frame(self, frame: int) -> None:
        """Send what ends the protocol's object of a picture."""

    def _buffer_for(self, asked: Asked, layout: Layout) -> Buffer:
        """A buffer of this layout for the picture.

        Raises:
            SourceUnavailable: this program cannot read such a buffer.
        """
        if not is_known(layout.code):
            raise SourceUnavailable(
                f"this screen's pixels have the format {format_name(layout.code)}, which cannot be "
                "read; please report it"
            )
        if not layout.is_sound:
            raise SourceUnavailable(
                f"this Wayland compositor names an impossible picture: "
                f"{layout.width}×{layout.height}, {layout.stride} bytes a row"
            )
        if self._buffers is None or self._buffers.layout != layout:
            if self._buffers is not None:
                self._buffers.close()
            self._buffers = Buffers(self._desktop, self._shm, layout)
        asked.buffer = self._buffers.free(*asked.kept)
        return asked.buffer

    def _finish(self, asked: Asked) -> None:
        """The picture is there."""
        assert self._buffers is not None
        assert asked.buffer is not None
        self._asked, self.failures = None, 0
        self._destroy_frame(asked.frame)
        now_us = clock_us()
        stamp_us = asked.stamp_us if asked.asked_us <= asked.stamp_us <= now_us else now_us
        damage = tuple(asked.damage) if 0 < len(asked.damage) < _MANY_DAMAGES else None
        self._taken = Taken(
            asked.buffer, self._buffers.layout, stamp_us, damage, asked.way, asked.is_upside_down
        )

    def _fail(self, asked: Asked) -> None:
        """The compositor could not write the picture."""
        self._asked = None
        self.failures += 1
        self._destroy_frame(asked.frame)


def stamp_us(high: int, low: int, nanoseconds: int) -> int:
    """A time stamp of the protocols, in microseconds."""
    return ((high << 32) + low) * 1_000_000 + nanoseconds // 1000
