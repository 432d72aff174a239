"""A running track with a scripted source and scripted encoders. On the test's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from samescreen.flow.rate import RateTarget
from samescreen.hub.events import SourceStatus
from samescreen.media import Damage, Frame, Region, Rendition
from samescreen.publish.video_track import BESIDE_ABOVE_PX, VideoTrack
from tests.fakes import DrivenBridge, Events, frame, soon
from tests.stage.scripted import EncoderScript, ScriptedSource
from tests.stage.timing import MS

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
FAST = RateTarget(bitrate_bps=20_000_000, fps=240)
SPOT = Region(3, 3, 4, 4)
PATCH = Region(20, 10, 8, 2)
WHILE_S = 60 * MS
"""How long tests wait before they conclude that a thread does nothing."""


class Stage:
    """A running track with its source, bridge and encoders; `beside_above_px` as of the track."""

    def __init__(
        self, beside_above_px: int = BESIDE_ABOVE_PX, source: ScriptedSource | None = None
    ) -> None:
        self.source = source or ScriptedSource()
        self.script = EncoderScript()
        self.events = Events()
        self.bridge = DrivenBridge(asyncio.get_running_loop(), self.events.add, FAST)
        self.track = VideoTrack(
            self.source, self.bridge, self.script.make, FAST, beside_above_px
        )
        self.watched: frozenset[Rendition] = frozenset()

    def watch(self, *renditions: Rendition, ask: bool = True) -> None:
        """A new viewer watches these renditions, and has no picture yet."""
        if ask and renditions:
            self.bridge.ask(*renditions, *([JPEG] if MAIN in renditions else []))
        self.watched = frozenset(renditions)
        self.bridge.demand(renditions=self.watched, paused=False)

    async def shows(self, *frames: Frame) -> None:
        """Push pictures one by one, each after the previous one was encoded (as main, if watched).

        A still goes out before the video of the same picture: it alone is not the end of it.
        """
        for each in frames:
            counted = [MAIN] if MAIN in self.watched else list(Rendition)

            def count(of: list[Rendition] = counted) -> int:
                return sum(packet.rendition in of for packet in self.events.packets)

            wanted = count() + 1
            self.source.push(each)
            await self.events.until(lambda: count() >= wanted, "its packet")  # noqa: B023

    async def turns(self, count: int) -> None:
        """Wake the thread `count` times, and wait each time until it waits for a picture again."""
        for _ in range(count):
            grabs = self.source.grabs
            self.source.wake()
            await soon(lambda: self.source.grabs > grabs, "it looked around")  # noqa: B023

    async def rest(self) -> None:
        await asyncio.sleep(WHILE_S)

    @property
    def statuses(self) -> list[tuple[str, str]]:
        return [(status.state, status.reason) for status in self.events.of(SourceStatus)]

    async def until_status(self, *states: str) -> None:
        await self.events.until(
            lambda: [state for state, _ in self.statuses] == list(states), f"status {states}"
        )


def moving(count: int, start: int = 1) -> Iterable[Frame]:
    return [frame(pts_us=start + n, damage=Damage.of(SPOT)) for n in range(count)]
