"""The statistics that the host sends to the viewers of one stream. Event loop.

With many viewers it sends them in slices, so that packets do not wait for all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from samescreen.flow.bottleneck import Conditions, find_bottleneck
from samescreen.flow.rate import RateControl
from samescreen.hub.stream import Stream
from samescreen.media import Limit, Quality, Rendition
from samescreen.wire import messages

from .viewer import Viewer

SENT_AT_ONCE: Final = 30
_ACK_INTERVALS: Final = (
    (10, 20), (50, 50), (200, 100), (350, 300), (10**9, 500),
)  # (viewers up to, ms)  # fmt: skip


_LEAVES: Final = 1.25
"""So many times the viewers must fit a shorter interval before it is used. Thus one viewer who
comes and goes at a limit does not change the interval each time."""


def ack_interval_ms(viewers: int, before_ms: int = 0) -> int:
    """How often each viewer acknowledges, so that the acks of all of them have a bounded cost.

    `before_ms`: the interval until now, which holds while the viewers are nearly too many for a
    shorter one; 0: there was none.
    """
    if (interval := _interval_ms(viewers)) >= before_ms:
        return interval
    return min(before_ms, _interval_ms(viewers * _LEAVES))


def _interval_ms(viewers: float) -> int:
    return next(interval for limit, interval in _ACK_INTERVALS if viewers <= limit)


class Statistics:
    """Statistics of one stream for its `viewers`; `rates` say what its renditions may cost."""

    def __init__(
        self,
        stream: Stream,
        viewers: Mapping[str, Viewer],
        rates: Mapping[Rendition, RateControl],
    ) -> None:
        self.cpu_percent = 0.0
        """The share of the machine's CPU that is in use."""
        self.others = 0
        """The number of welcomed viewers that other processes serve."""
        self._stream = stream
        self._viewers = viewers
        self._rates = rates
        self._pending: deque[Viewer] = deque()
        self._stuck: set[str] = set()
        self._ack_interval_ms = 0

    def changed(self, now_us: int) -> None:
        """Queue all viewers for new statistics. Those still queued skip the last ones."""
        if not self._pending:
            self._pending.extend(v for v in self._viewers.values() if v.session.is_open)
        self.send(now_us)

    def send(self, now_us: int) -> None:
        """Send statistics to the next few viewers in the queue."""
        count, interval_ms = self.open_viewers(), self.ack_interval_ms()
        for _ in range(min(SENT_AT_ONCE, len(self._pending))):
            viewer = self._pending.popleft()
            if viewer.viewer_id in self._viewers:
                viewer.acknowledge_every(interval_ms)
                viewer.send_if_idle(self.message(viewer, count, now_us))

    def watch(self, viewer: Viewer, now_us: int) -> None:
        """Put a viewer first in the queue when its connection gets stuck or recovers."""
        is_stuck = viewer.outbox.is_stuck(now_us)
        if is_stuck != (viewer.viewer_id in self._stuck):
            self._stuck ^= {viewer.viewer_id}
            self._pending.appendleft(viewer)

    def forget(self, viewer: Viewer) -> None:
        """Forget a viewer that has left."""
        self._stuck.discard(viewer.viewer_id)

    def open_viewers(self) -> int:
        """The number of viewers that have been welcomed."""
        here = sum(viewer.session.is_open for viewer in self._viewers.values())
        return here + self.others

    def ack_interval_ms(self) -> int:
        """How often each viewer may acknowledge now."""
        self._ack_interval_ms = ack_interval_ms(self.open_viewers(), self._ack_interval_ms)
        return self._ack_interval_ms

    def limit_on(self, viewer: Viewer, now_us: int) -> Limit:
        """What limits this viewer's picture now."""
        is_low = viewer.rendition is Rendition.LOW
        rate = self._rates[Rendition.LOW if is_low else Rendition.MAIN]
        stats, report = self._stream.stats, viewer.report
        return find_bottleneck(
            Conditions(
                hidden=viewer.session.hidden,
                stuck=viewer.outbox.is_stuck(now_us),
                link_is_narrow=viewer.has_narrow_link() or rate.is_lowered,
                decode_us=report.decode_us,
                encode_us=stats.encode_us,
                fps=rate.target.fps,
                cpu_percent=self.cpu_percent,
                encoded_fps=stats.encoded_fps,
                painted_fps=report.fps,
                in_flight_bytes=viewer.outbox.window.in_flight_bytes,
                saves_data=viewer.layers.preference is Quality.LOW and is_low,
            )
        )

    def message(self, viewer: Viewer, count: int, now_us: int) -> messages.Stats:
        """This viewer's statistics: the stream's and its own."""
        stats, outbox = self._stream.stats, viewer.outbox
        return messages.Stats(
            viewers=count,
            captured_fps=stats.captured_fps,
            encoded_fps=stats.encoded_fps,
            bitrate_bps=stats.bitrate_bps,
            capture=self._stream.status.backend,
            encoder=stats.encoder,
            encode_us=stats.encode_us,
            rendition=viewer.rendition or Rendition.MAIN,
            limit=self.limit_on(viewer, now_us),
            ack_interval_ms=ack_interval_ms(count, self._ack_interval_ms),
            rtt_us=outbox.window.rtt_us or 0,
            queue_us=outbox.window.queue_us,
            in_flight_bytes=outbox.window.in_flight_bytes,
            dropped=outbox.dropped,
            gated_us=outbox.gated_us(now_us),
        )
