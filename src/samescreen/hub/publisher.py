"""The interface of everything that brings a stream. Event loop.

A publisher may be a thread of this process, a page or a relay; the hub does not know which. It
passes its events to `Stream.deliver`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from samescreen.control.clips import Clip
from samescreen.control.events import Order
from samescreen.control.news import News
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.media import Rendition

from .demand import Demand
from .events import TrackEvent


@dataclass(frozen=True, slots=True)
class MediaTrack:
    """One track: its number on the wire, and its renditions.

    `targets`: the video renditions that the publisher can encode, with the maximum cost of each.
    `stills`: the best stills that it encodes; None: it encodes none. `is_sealed`: only pages with
    the key of its link read the packets. `is_passed_on`: main comes encoded and the rest is made of
    it here: nobody can make main cheaper, and the first still takes long.
    """

    medium: Literal["video", "sound"]
    number: int
    targets: Mapping[Rendition, RateTarget] = field(default_factory=dict)
    stills: StillTarget | None = None
    is_sealed: bool = False
    is_passed_on: bool = False

    @property
    def pictures(self) -> frozenset[Rendition]:
        """The renditions of pictures that the publisher makes."""
        stills = frozenset() if self.stills is None else frozenset({Rendition.JPEG})
        return frozenset(self.targets) | stills


class ControlSink(Protocol):
    """Takes pointer and key input for a source. Event loop; nothing here waits."""

    @property
    def fits(self) -> bool:
        """Whether the picture takes the size of the room that a page names (`Room`)."""

    def begin(self, report: Callable[[News], None]) -> None:
        """Take input from now on, and `report` what becomes of it, on the event loop."""

    def put(self, events: Sequence[Order]) -> bool:
        """Carry these out, in order. False: too many wait."""

    def end(self) -> None:
        """Carry out what came, then let go everything that is held, and take no more input."""

    def cut(self) -> None:
        """Let go everything that is held, drop what waits, and take no more input."""


class ReportClip(Protocol):
    """Called with what a program copied, on the event loop."""

    def __call__(self, clip: Clip, among: frozenset[str] | None = None) -> None:
        """`among`: the people who may see it at most; None: the hub knows."""


class ClipboardSink(Protocol):
    """The clipboard of the desktop that a source shows. Event loop."""

    def read(self, report: ReportClip | None, refuse: Callable[[str], None] | None) -> None:
        """Report what programs copy from now on, and why something is not; None: no longer.

        The last call counts; to call it again with the same changes nothing.
        """

    async def put(self, clip: Clip, by: str) -> bool:
        """Set the clipboard for the person `by`; whether programs can paste it now.

        Within two seconds, or as long as the way to another host takes.

        Raises:
            UsageError: another host refuses it.
        """

    async def put_files(self, uris: tuple[str, ...]) -> bool:
        """Let file managers paste these files; whether they can now. Within two seconds."""


class Publisher(Protocol):
    """Brings a stream. Only `close` waits."""

    @property
    def tracks(self) -> tuple[MediaTrack, ...]:
        """The main one first."""

    @property
    def control(self) -> ControlSink | None:
        """Takes input for the source; None: the source takes none."""

    @property
    def clipboard(self) -> ClipboardSink | None:
        """The clipboard of the desktop it shows; None: viewers cannot use it."""

    @property
    def loop_lag_us(self) -> int:
        """How long events lately waited for the event loop; no subscriber causes that delay."""

    @property
    def dropped(self) -> int:
        """Packets that never reached the hub because the event loop was blocked."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The other hosts that the stream comes through, as far as known; the nearest first."""

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Start; the publisher calls `deliver` with its events, in order, on the event loop."""

    def set_demand(self, demand: Demand) -> None:
        """Replace the demand. Keyframes and repairs add up until they are made."""

    async def close(self) -> None:
        """End within two seconds. No event is delivered after the call."""
