"""What the hub asks of whatever brings a stream. Event loop.

A thread of this process, a page, a relay: the hub knows none of them by name. A publisher hands
its events to `Stream.deliver`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.media import Rendition

from .demand import Demand
from .events import TrackEvent


@dataclass(frozen=True, slots=True)
class MediaTrack:
    """One track: its number on the wire and what can be made of it.

    `targets`: the renditions of video it can make, and the most each may cost. `stills`: the best
    stills it makes, None: it makes none.
    """

    medium: Literal["video", "sound"]
    number: int
    targets: Mapping[Rendition, RateTarget] = field(default_factory=dict)
    stills: StillTarget | None = None


class ControlSink(Protocol):
    """Takes what people with a grant do to a source: pointer, keys. No publisher has one yet."""


class Publisher(Protocol):
    """Brings a stream. Only `close` waits."""

    @property
    def tracks(self) -> tuple[MediaTrack, ...]:
        """The main one first."""

    @property
    def control(self) -> ControlSink | None:
        """Where input for the source goes; None: it takes none."""

    @property
    def loop_lag_us(self) -> int:
        """How long events lately waited for the event loop: no subscriber is to blame for it."""

    @property
    def dropped(self) -> int:
        """Packets that never reached the hub because the event loop was held up."""

    def start(self, deliver: Callable[[TrackEvent], None]) -> None:
        """Begin; `deliver` takes the events, in order, on the event loop."""

    def set_demand(self, demand: Demand) -> None:
        """Make this from now on. Keyframes and repairs add up until they are made."""

    async def close(self) -> None:
        """End, within two seconds. Nothing is delivered from here on."""
