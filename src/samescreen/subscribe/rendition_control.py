"""Decides which rendition each viewer of a stream gets, and what each rendition may cost.

Event loop. It decides by asking flow, and changes nothing but viewers' renditions and the targets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from samescreen.flow.rate import RateControl, RateTarget, rates_within
from samescreen.hub.stream import Stream
from samescreen.media import Rendition, TrackConfig

from .viewer import Viewer

SLOW_STILL_US: Final = 400_000
RISE_SPACING_US: Final = 4_000_000
NO_VIDEO: Final = RateTarget(1, 1)


class RenditionControl:
    """Controls one stream and its `viewers`."""

    def __init__(self, stream: Stream, viewers: Mapping[str, Viewer]) -> None:
        self.rates: dict[Rendition, RateControl] = rates_within(
            stream.publisher.tracks[0].targets.get(Rendition.MAIN, NO_VIDEO)
        )
        self._stream = stream
        self._viewers = viewers
        self._risen_us = -RISE_SPACING_US

    @property
    def targets(self) -> dict[Rendition, RateTarget]:
        """What each video rendition may cost now."""
        return {rendition: rate.target for rendition, rate in self.rates.items()}

    def watch(self, viewer: Viewer, now_us: int) -> None:
        """Let this viewer go up to main again if its link was calm; a few times a second.

        Viewers go up together, because each rise costs all viewers of main a keyframe.
        """
        may_rise = now_us == self._risen_us or now_us - self._risen_us >= RISE_SPACING_US
        if viewer.watch_link(self._stream.stats.main_bps, now_us, may_rise=may_rise):
            self._risen_us = now_us

    def update_targets(self, now_us: int) -> None:
        """Fit what each rendition may cost to its viewers' links; a few times a second."""
        configs = self._stream.configs
        if not configs:
            return
        for rendition, rate in self.rates.items():
            watching = [v for v in self._viewers.values() if v.rendition is rendition]
            config = configs.get(rendition)
            if not self._viewers and rate.is_lowered:
                rate.reset()
            elif watching and config is not None:
                claims = [viewer.late_claim(now_us) for viewer in watching]
                rate.update(claims, config.width * config.height, now_us)
        self._demote_lone_viewer(now_us)

    def probe_newcomer(self, viewer: Viewer, now_us: int) -> None:
        """Begin with no more than the first still has measured of a newcomer's path."""
        sample = viewer.outbox.window.bandwidth_sample
        largest = viewer.outbox.window.largest_sample
        if sample is None or largest is None or not viewer.is_new:
            return
        if largest.took_us < SLOW_STILL_US:
            return  # a page that is still starting can take this long on a fast link
        rate, config = self.rates[Rendition.MAIN], self._any_config()
        others = (v for v in self._viewers.values() if v is not viewer)
        if self._is_passed_on or any(v.rendition is Rendition.MAIN for v in others):
            if not viewer.carries(self._stream.stats.main_bps):
                viewer.step_down(now_us)
        elif config is not None:
            claims = [viewer.claim(sample.rate_bps)]
            if rate.update(claims, config.width * config.height, now_us):
                self._stream.reduced()

    def _demote_lone_viewer(self, now_us: int) -> None:
        """Move the only viewer of main to low once main cannot become cheaper."""
        on_main = [v for v in self._viewers.values() if v.rendition is Rendition.MAIN]
        is_lowest = self._is_passed_on or self.rates[Rendition.MAIN].is_at_floor
        if is_lowest and len(on_main) == 1 and on_main[0].outbox.window.is_congested():
            on_main[0].step_down(now_us)

    @property
    def _is_passed_on(self) -> bool:
        """Nobody can make main cheaper."""
        return self._stream.publisher.tracks[0].is_passed_on

    def _any_config(self) -> TrackConfig | None:
        """The configuration of main, or of the stills, which have the same size."""
        configs = self._stream.configs
        return configs.get(Rendition.MAIN) or configs.get(Rendition.JPEG)
