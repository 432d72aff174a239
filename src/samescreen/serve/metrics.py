"""/metrics: the status of `status.py` in the format of Prometheus. Pure.

The text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from .status import HostStatus, RecordingStatus, StreamStatus, ViewerStatus

CONTENT_TYPE: Final = "text/plain; version=0.0.4"
_US: Final = 1e-6

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Family(Generic[T]):
    """One metric: its name, its meaning, and how to read it from `T`."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    read: Callable[[T], float]


_OF_STREAM: Final[tuple[_Family[StreamStatus], ...]] = (
    _Family("up", "gauge", "1 while the source gives pictures.",
            lambda s: s.status.state == "live"),
    _Family("viewers", "gauge", "Viewers.", lambda s: len(s.viewers)),
    _Family("captured_fps", "gauge", "Pictures grabbed a second.", lambda s: s.stats.captured_fps),
    _Family("encoded_fps", "gauge", "Pictures of the main rendition encoded a second.",
            lambda s: s.stats.encoded_fps),
    _Family("bitrate_bps", "gauge", "Bits encoded a second, all renditions.",
            lambda s: s.stats.bitrate_bps),
    _Family("target_bitrate_bps", "gauge", "What the main rendition may cost now.",
            lambda s: s.targets["main"].bitrate_bps),
    _Family("encode_seconds", "gauge", "Median time to encode a picture.",
            lambda s: s.stats.encode_us * _US),
    _Family("dropped_total", "counter",
            "Packets that no viewer got, because the event loop was busy.",
            lambda s: s.dropped),
    _Family("host_cpu_ratio", "gauge", "The machine's CPU in use, 0 to 1.",
            lambda s: s.host_cpu_percent / 100),
)  # fmt: skip

_OF_VIEWER: Final[tuple[_Family[ViewerStatus], ...]] = (
    _Family("viewer_fps", "gauge", "Pictures painted a second.", lambda v: v.report.fps),
    _Family("viewer_latency_seconds", "gauge", "From grab to paint, as its page estimates.",
            lambda v: v.report.latency_us * _US),
    _Family("viewer_decode_seconds", "gauge", "Time to decode a picture.",
            lambda v: v.report.decode_us * _US),
    _Family("viewer_rtt_seconds", "gauge", "Smoothed round trip, decoding included.",
            lambda v: (v.rtt_us or 0) * _US),
    _Family("viewer_queue_seconds", "gauge", "Time that packets wait in queues on its path.",
            lambda v: v.queue_us * _US),
    _Family("viewer_in_flight_bytes", "gauge", "Sent and not acknowledged.",
            lambda v: v.in_flight_bytes),
    _Family("viewer_dropped_total", "counter", "Packets that the host skipped for this viewer.",
            lambda v: v.dropped),
    _Family("viewer_gated_seconds_total", "counter", "Time it waited for a keyframe.",
            lambda v: v.gated_us * _US),
    _Family("viewer_hidden", "gauge", "1 while its tab is hidden.", lambda v: v.hidden),
)  # fmt: skip

_OF_RECORDING: Final[tuple[_Family[RecordingStatus], ...]] = (
    _Family("recording", "gauge", "1 while a recording runs.", lambda r: r.is_running),
    _Family("recording_seconds", "gauge", "How long it has run.", lambda r: r.seconds),
    _Family("recording_bytes", "gauge", "What it has written.", lambda r: r.size_bytes),
    _Family("recording_dropped", "gauge", "Packets it left out: the disk was behind.",
            lambda r: r.dropped),
    _Family("kept_seconds", "gauge", "Of the last minutes, in memory.", lambda r: r.kept_seconds),
    _Family("kept_bytes", "gauge", "The memory they take.", lambda r: r.kept_bytes),
    _Family("kept_cut_total", "counter", "Keyframes let go before their time, to save memory.",
            lambda r: r.kept_cut),
)  # fmt: skip


def metrics_text(host: HostStatus) -> str:
    """The response's body."""
    viewers = [
        ({"stream": s.stream, "viewer": v.viewer, "address": v.address}, v)
        for s in host.streams
        for v in s.viewers
    ]
    lines = [
        *_head("info", "gauge", "Version of the host."),
        _sample("info", {"version": host.version}, 1),
        *(_families(_OF_RECORDING, [({}, host.recording)]) if host.recording else ()),
        *_families(_OF_STREAM, [({"stream": s.stream}, s) for s in host.streams]),
        *_families(_OF_VIEWER, viewers),
        *_head("viewer_limit", "gauge", "1: what limits its picture now, and its rendition."),
    ]
    for labels, viewer in viewers:
        words = {"limit": viewer.limit, "rendition": viewer.rendition or "none"}
        lines.append(_sample("viewer_limit", labels | words, 1))
    return "\n".join(lines) + "\n"


def _families(
    families: Iterable[_Family[T]], subjects: list[tuple[dict[str, str], T]]
) -> Iterator[str]:
    for family in families:
        yield from _head(family.name, family.kind, family.help)
        for labels, subject in subjects:
            yield _sample(family.name, labels, family.read(subject))


def _head(name: str, kind: str, help: str) -> Iterator[str]:
    yield f"# HELP samescreen_{name} {help}"
    yield f"# TYPE samescreen_{name} {kind}"


def _sample(name: str, labels: dict[str, str], value: float) -> str:
    pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"samescreen_{name}{{{pairs}}} {float(value)!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
