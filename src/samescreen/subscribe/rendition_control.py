"""Which rendition each viewer of a stream is sent, and what each rendition may cost.

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
    """Of one stream and its `viewers`."""

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
        """A few times a second: whether this viewer may go up to main again.

        Viewers go up together, since each time costs all of them a keyframe.
        """
        may_rise = now_us == self._risen_us or now_us - self._risen_us >= RISE_SPACING_US
        if viewer.watch_link(self._stream.stats.main_bps, now_us, may_rise=may_rise):
            self._risen_us = now_us

    def update_targets(self, now_us: int) -> None:
        """A few times a second: let each rendition cost what its healthy viewers' links carry."""
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
        """Its first still has measured the path of a newcomer: do not begin with too much."""
        sample = viewer.outbox.window.bandwidth_sample
        if sample is None or not viewer.is_new:
            return
        if sample.took_us < SLOW_STILL_US:
            return  # a page that just starts is busy for as long
        rate, config = self.rates[Rendition.MAIN], self._any_config()
        others = (v for v in self._viewers.values() if v is not viewer)
        if any(v.rendition is Rendition.MAIN for v in others):
            if not viewer.carries(self._stream.stats.main_bps):
                viewer.go_low(now_us)
        elif config is not None:
            claims = [viewer.claim(sample.rate_bps)]
            if rate.update(claims, config.width * config.height, now_us):
                self._stream.reduced()

    def _demote_lone_viewer(self, now_us: int) -> None:
        """A lone viewer for whom main cannot become cheaper gets a smaller picture."""
        on_main = [v for v in self._viewers.values() if v.rendition is Rendition.MAIN]
        is_alone = self.rates[Rendition.MAIN].is_at_floor and len(on_main) == 1
        if is_alone and on_main[0].outbox.window.is_congested():
            on_main[0].go_low(now_us)

    def _any_config(self) -> TrackConfig | None:
        """Of main, or of the stills, which are as large."""
        configs = self._stream.configs
        return configs.get(Rendition.MAIN) or configs.get(Rendition.JPEG)
