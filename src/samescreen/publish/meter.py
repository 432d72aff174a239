"""Measures what a track does per second. Pure: time is an argument."""

from __future__ import annotations

from statistics import median
from typing import Final

from samescreen.hub.events import TrackStats
from samescreen.media import Packet, Rendition

_SPAN_US: Final = 1_000_000


class TrackMeter:
    """Counts since the last report, of which there is one each second."""

    def __init__(self) -> None:
        self._since_us: int | None = None
        self._captured = 0
        self._encode_us: list[int] = []
        self._bytes = self._main_bytes = 0

    def captured(self, now_us: int) -> None:
        """The track grabbed a picture."""
        if self._since_us is None:
            self._since_us = now_us
        self._captured += 1

    def encoded(self, packet: Packet, took_us: int) -> None:
        """The track encoded a picture, in `took_us` microseconds."""
        self._bytes += len(packet.payload)
        if packet.rendition is Rendition.MAIN:
            self._main_bytes += len(packet.payload)
            self._encode_us.append(took_us)

    def refined(self, packet: Packet) -> None:
        """The track encoded an exact piece."""
        self._bytes += len(packet.payload)

    def rest(self) -> None:
        """Forget all counts, because nobody watches."""
        self._since_us = None
        self._clear()

    def report(self, now_us: int, encoder: str) -> TrackStats | None:
        """The statistics of the last second; None while it is not over."""
        if self._since_us is None:
            self._since_us = now_us
        span_us = now_us - self._since_us
        if span_us < _SPAN_US:
            return None
        stats = TrackStats(
            captured_fps=round(self._captured * 1e6 / span_us, 1),
            encoded_fps=round(len(self._encode_us) * 1e6 / span_us, 1),
            bitrate_bps=self._bytes * 8_000_000 // span_us,
            encode_us=int(median(self._encode_us)) if self._encode_us else 0,
            encoder=encoder,
            main_bps=self._main_bytes * 8_000_000 // span_us,
        )
        self._since_us = now_us
        self._clear()
        return stats

    def _clear(self) -> None:
        self._captured = self._bytes = self._main_bytes = 0
        self._encode_us.clear()
