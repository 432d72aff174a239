"""What light viewers received, and what follows from it: rates, delays, the age of the picture.

Pure: arrays in, arrays out. All times are CLOCK_MONOTONIC microseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

SAMPLE_US: Final = 10_000
"""How often the age of the picture is looked at."""
WINDOW_SAMPLES: Final = 50
_PACKET: Final = struct.Struct(">QI")
RENDITIONS: Final = ("main", "low", "jpeg")


class Event(IntEnum):
    """What a line of the trace tells."""

    JOINED = 0
    VIDEO = 1
    STILL = 2
    LEFT = 3
    """The host, or the network, ended the connection."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One line for each thing that happened to a viewer, in the order it happened."""

    viewer: Integers
    at_us: Integers
    event: Integers
    pts_us: Integers
    """When the picture was grabbed; 0 where the system does not tell."""
    size_bytes: Integers
    rendition: Integers
    decodable: Integers
    """1 when everything it refers to had arrived."""

    def __len__(self) -> int:
        return len(self.at_us)

    def where(self, chosen: NDArray[np.bool_]) -> Trace:
        """These lines only."""
        columns = (getattr(self, name)[chosen] for name in COLUMNS)
        return Trace(*columns)

    def of(self, viewer: int) -> Trace:
        return self.where(self.viewer == viewer)

    def between(self, start_us: int, end_us: int) -> Trace:
        return self.where((self.at_us >= start_us) & (self.at_us < end_us))

    def pictures(self) -> Trace:
        """What can be shown."""
        is_picture = (self.event == Event.VIDEO) | (self.event == Event.STILL)
        return self.where(is_picture & (self.decodable == 1))


COLUMNS: Final = tuple(Trace.__dataclass_fields__)


def read_trace(path: Path) -> Trace:
    """A trace as the viewers' process leaves it."""
    lines = np.fromfile(path, dtype=np.int64).reshape(-1, len(COLUMNS))
    return Trace(*(np.ascontiguousarray(column) for column in lines.T))


def write_packets(path: Path, packets: Iterable[tuple[int, bytes]]) -> None:
    """When each came, in microseconds, and its bytes, for `read_packets`."""
    with path.open("wb") as file:
        for at_us, packet in packets:
            file.write(_PACKET.pack(at_us, len(packet)) + packet)


def read_packets(path: Path) -> list[tuple[int, bytes]]:
    """What `write_packets` wrote."""
    content, packets, at = path.read_bytes(), [], 0
    while at < len(content):
        at_us, size = _PACKET.unpack_from(content, at)
        at += _PACKET.size
        packets.append((at_us, content[at : at + size]))
        at += size
    return packets


def fps_of(trace: Trace, viewers: int, seconds: float) -> list[float]:
    """Different pictures a second, for each of the first `viewers` viewers."""
    shown = trace.pictures()
    order = np.lexsort((shown.pts_us, shown.viewer))  # once for all: there may be thousands
    viewer, pts_us = shown.viewer[order], shown.pts_us[order]
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (np.diff(viewer) != 0) | (np.diff(pts_us) != 0)
    counts = np.bincount(viewer[is_new], minlength=viewers)[:viewers]
    return [float(each) for each in counts / seconds]


def messages_per_second(trace: Trace, viewers: int, seconds: float) -> list[float]:
    """Where pictures have no time of their own: what came, for each viewer."""
    counts = np.bincount(trace.pictures().viewer, minlength=viewers)[:viewers]
    return [float(each) for each in counts / seconds]


def delays_ms(trace: Trace) -> Floats:
    """From grabbed to received, for each picture."""
    shown = trace.pictures()
    return (shown.at_us - shown.pts_us) / 1000


def grab_jitter_ms(trace: Trace, fps: float) -> Floats:
    """How far each interval between two grabs is from 1/`fps`, over all viewers' pictures.

    A scene that changes all the time must be on the screen. A picture that reached nobody shows as
    an interval of two.
    """
    intervals_us = np.diff(np.unique(trace.pictures().pts_us)).astype(np.float64)
    return np.abs(intervals_us - 1e6 / fps) / 1000


def ages_ms(trace: Trace, start_us: int, end_us: int) -> tuple[Integers, Floats]:
    """At each sample's time, how old the newest picture is that one viewer could show.

    `trace` is one viewer's. Samples before its first picture are left out.
    """
    shown = trace.pictures()
    times_us = np.arange(start_us, end_us, SAMPLE_US, dtype=np.int64)
    if not len(shown):
        return times_us[:0], np.zeros(0)
    newest_us = np.maximum.accumulate(shown.pts_us)
    index = np.searchsorted(shown.at_us, times_us, side="right") - 1
    times_us, index = times_us[index >= 0], index[index >= 0]
    return times_us, (times_us - newest_us[index]) / 1000


def settled_after_ms(times_us: Integers, ages: Floats, fresh_ms: float) -> float:
    """From the first sample until the picture is fresh and stays so; -1: it never does.

    Fresh is a window of half a second whose 95th percentile of age is below `fresh_ms`; settled
    is the start of the first window after which, itself included, every window is fresh.
    """
    if len(ages) < WINDOW_SAMPLES:
        return -1.0
    windows = np.lib.stride_tricks.sliding_window_view(ages, WINDOW_SAMPLES)
    late = np.flatnonzero(np.percentile(windows, 95, axis=1) >= fresh_ms)
    if not len(late):
        return 0.0
    if late[-1] == len(windows) - 1:
        return -1.0
    return float(times_us[late[-1] + 1] - times_us[0]) / 1000


def recovered_after_ms(trace: Trace, end_us: int, fresh_ms: float, *, within_us: int) -> float:
    """From the end of an outage until the picture is fresh; -1: not within that time."""
    times_us, ages = ages_ms(trace, end_us, end_us + within_us)
    fresh = np.flatnonzero(ages < fresh_ms)
    return float(times_us[fresh[0]] - end_us) / 1000 if len(fresh) else -1.0


def renditions_over_time(trace: Trace, start_us: int) -> str:
    """Each change of one viewer's video rendition and its second, as in "main 0.0 · low 3.2"."""
    video = trace.where(trace.event == Event.VIDEO)
    if not len(video):
        return ""
    changes = [0, *(np.flatnonzero(np.diff(video.rendition)) + 1)]
    return " · ".join(
        f"{RENDITIONS[video.rendition[at]]} {(video.at_us[at] - start_us) / 1e6:.1f}"
        for at in changes
    )
