"""/api/status: streams and viewers as JSON. Pure: reads hub and audience, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from samescreen.flow.rate import RateTarget
from samescreen.hub.events import SourceStatus, TrackStats
from samescreen.media import Limit, TrackConfig
from samescreen.outputs.output import Output, State
from samescreen.record.recordings import Kept, Recordings
from samescreen.subscribe.audience import Audience
from samescreen.subscribe.facts import facts_about
from samescreen.subscribe.sound import SoundListeners
from samescreen.subscribe.stream_viewers import StreamViewers
from samescreen.subscribe.viewer import Viewer
from samescreen.version import __version__
from samescreen.wire.messages import Report


class ViewerStatus(msgspec.Struct, frozen=True):
    """One viewer. `report` is what the viewer claims; everything else the host measured."""

    viewer: str
    address: str
    rendition: str | None
    hidden: bool
    limit: Limit
    rtt_us: int | None
    queue_us: int
    in_flight_bytes: int
    gated: bool
    gated_us: int
    dropped: int
    report: Report


class ReaderStatus(msgspec.Struct, frozen=True):
    """One reader of /stream.mjpg: how many stills it got, and how many it was too slow for."""

    address: str
    sent: int
    skipped: int


class ListenerStatus(msgspec.Struct, frozen=True):
    """One viewer that listens: how many packets it got, and how many would have been too late."""

    viewer: str
    rendition: str
    sent: int
    dropped: int


class SoundStatus(msgspec.Struct, frozen=True):
    """The sound of a stream, and who listens."""

    status: SourceStatus
    dropped: int
    listeners: list[ListenerStatus]


class StreamStatus(msgspec.Struct, frozen=True):
    """One stream."""

    stream: str
    name: str
    status: SourceStatus
    stats: TrackStats
    targets: dict[str, RateTarget]
    """What each video rendition may cost now."""

    host_cpu_percent: float
    dropped: int
    """Packets that reached no viewer, because the event loop was busy."""

    renditions: list[TrackConfig]
    viewers: list[ViewerStatus]
    readers: list[ReaderStatus]
    sound: SoundStatus | None
    hosts: list[str]
    """The hosts that it comes through, this one first."""


class RecordingStatus(msgspec.Struct, frozen=True):
    """What is recorded: `seconds` and bytes of the recording that runs, 0 while none does.

    `dropped`: packets it left out. `kept_seconds`, `kept_bytes`: the last minutes that are kept;
    `kept_cut`: keyframes that went before their time, to save memory.
    """

    is_running: bool
    seconds: float
    size_bytes: int
    dropped: int
    kept_seconds: float
    kept_bytes: int
    kept_cut: int


class OutputStatus(msgspec.Struct, frozen=True):
    """One output. No address: whoever may watch may read this.

    `seconds`: how long it has been sending. `dropped`: packets that it left out since it connected.
    """

    state: State
    seconds: float
    dropped: int


class HostStatus(msgspec.Struct, frozen=True):
    """The whole response."""

    version: str
    streams: list[StreamStatus]
    recording: RecordingStatus | None = None
    """None: this host has no place for recordings."""
    outputs: list[OutputStatus] = []


def status_json(
    audience: Audience,
    now_us: int,
    recordings: Recordings | None = None,
    outputs: Iterable[Output] = (),
) -> bytes:
    """The response's body."""
    return msgspec.json.encode(host_status(audience, now_us, recordings, outputs))


def host_status(
    audience: Audience,
    now_us: int,
    recordings: Recordings | None = None,
    outputs: Iterable[Output] = (),
) -> HostStatus:
    """The status of all streams and viewers now."""
    hub = audience.hub
    streams = [
        _stream_status(audience.of(stream), now_us, hub.host_id)
        for stream in hub.public
    ]
    recording = _recording_status(recordings) if recordings is not None else None
    sent = [OutputStatus(each.state, each.seconds(now_us), each.dropped) for each in outputs]
    return HostStatus(__version__, streams, recording, sent)


def _recording_status(recordings: Recordings) -> RecordingStatus:
    """No names of files: whoever may watch may read this."""
    now, kept = recordings.now(), recordings.kept() or Kept(0, 0, 0)
    return RecordingStatus(
        is_running=now is not None,
        seconds=now.seconds if now else 0,
        size_bytes=now.size_bytes if now else 0,
        dropped=now.dropped if now else 0,
        kept_seconds=kept.seconds,
        kept_bytes=kept.size_bytes,
        kept_cut=kept.cut,
    )


def _stream_status(group: StreamViewers, now_us: int, host_id: str) -> StreamStatus:
    stream = group.stream
    return StreamStatus(
        stream=stream.stream_id,
        name=stream.name,
        status=stream.status,
        stats=stream.stats,
        targets={r.name.lower(): target for r, target in group.control.targets.items()},
        host_cpu_percent=group.statistics.cpu_percent,
        dropped=stream.publisher.dropped,
        renditions=list(stream.configs.values()),
        viewers=[
            viewer_status(group, viewer, now_us)
            for viewer in group.everybody
            if viewer.session.is_open
        ],
        readers=[ReaderStatus(r.address, r.sent, r.skipped) for r in group.stills.readers],
        sound=_sound_status(group.sound, group) if group.sound is not None else None,
        hosts=[host_id, *stream.publisher.hosts],
    )


def _sound_status(listeners: SoundListeners, group: StreamViewers) -> SoundStatus:
    far = [(each.viewer_id, each.facts.sound) for each in group.far.values()]
    return SoundStatus(
        status=listeners.sound.status,
        dropped=listeners.sound.publisher.dropped,
        listeners=[
            ListenerStatus(viewer_id, each.rendition.name.lower(), each.sent, each.dropped)
            for viewer_id, each in listeners.listeners.items()
        ]
        + [
            ListenerStatus(viewer_id, sound[0].name.lower(), *sound[1:])
            for viewer_id, sound in far
            if sound is not None
        ],
    )


def viewer_status(group: StreamViewers, viewer: Viewer, now_us: int) -> ViewerStatus:
    facts = facts_about(group, viewer, now_us)
    return ViewerStatus(
        viewer=viewer.viewer_id,
        address=viewer.address,
        rendition=facts.rendition.name.lower() if facts.rendition is not None else None,
        hidden=facts.hidden,
        limit=facts.limit,
        rtt_us=facts.rtt_us,
        queue_us=facts.queue_us,
        in_flight_bytes=facts.in_flight_bytes,
        gated=facts.gated,
        gated_us=facts.gated_us,
        dropped=facts.dropped,
        report=facts.report,
    )
