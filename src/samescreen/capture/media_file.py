"""A video or picture from a file or a URL, repeated, at its own pace.

A `ReaderThread` reads and decodes it. While nobody watches, a file pauses and costs nothing. Live
input (rtsp, live playlists, pipes) is read on without decoding; it is opened only once, so its
sound is read with the pictures (`sound/live.py`). The sound of a file is read by `sound/file.py`,
which follows the playhead.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from fractions import Fraction
from typing import Any, Final, TypeAlias

import av
from av.container import InputContainer
from av.stream import Stream

from samescreen.errors import SourceLost, SourceUnavailable

from .decoded import SQUARE
from .media_address import MediaAddress, OpenContainer, open_media
from .pipe import Pipe
from .playhead import Playhead
from .reader_thread import Pacer, ReaderSource, decoded_pictures, reason_of
from .sound.file import FileSound
from .sound.live import LiveSound
from .timeline import JUMP_US, PAUSE_US, Timeline
from .webp import animation, is_animated

_LATE_US: Final = 500_000
_INTERLEAVED_US: Final = 2_000_000
_USUAL_FPS: Final = Fraction(25)
_MAY_JUMP: Final = 0x0200  # AVFMT_TS_DISCONT

_NOT_MEDIA: Final = ("tty",)
"""Formats that libav takes any text for: it would draw the text as a film of a terminal."""

_LENGTH_IN_SECONDS: Final = ("hls", "dash", "rtsp")

Packets: TypeAlias = "Iterator[av.Packet[av.VideoStream]]"


class MediaFile(ReaderSource):
    """The file or URL at `address`. A video repeats; a single picture stays."""

    backend = "file"

    def __init__(self, address: str, open_container: OpenContainer = open_media) -> None:
        self._address = MediaAddress(address, open_container)
        super().__init__(self._address.label)
        self._playhead = Playhead()
        self._own_sound = FileSound(self.label, self._address.open, self._playhead)
        self._live_sound = LiveSound(self.label)

    def frames(self, pacer: Pacer) -> Generator[av.VideoFrame, None, None]:
        if self._address.is_pipe:
            yield from self._from_pipe(pacer)
            return
        timeline = Timeline()
        while not pacer.is_stopped:
            count = shift_us = 0
            with closing(self._address.open()) as container:
                is_live = self._address.is_remote and _is_endless(container)
                self.opens_once = self._address.is_remote
                timeline.longest_us = _longest_us(container)
                if is_live:
                    sound_ends_us, packets = 0, self._live_packets(container)
                else:
                    sound_ends_us = self._begin_pass(container)
                    packets = self._packets(container, self._stream(container))
                for frame, lasts_us in self._decode(container, packets, pacer, skips=is_live):
                    pts_us = None if frame.time is None else round(frame.time * 1e6)
                    due_us = timeline.due_us(pts_us, lasts_us, pacer.now_us())
                    if not is_live:
                        if pts_us is not None:
                            shift_us = due_us - pts_us
                            self._playhead.shows(pts_us, due_us)
                        pacer.wait_until(due_us)
                    yield frame
                    count += 1
            if is_live and not pacer.is_stopped:
                raise SourceLost(f"{self.label} ended")
            if count == 0 and not pacer.is_stopped:
                raise self._no_picture()
            if not self._hold_last_frame(shift_us + sound_ends_us, pacer) and count <= 1:
                return
            timeline.loop_point()

    def _from_pipe(self, pacer: Pacer) -> Generator[av.VideoFrame, None, None]:
        """The pictures of a pipe, which is opened once. A single picture stays."""
        count = 0
        with ExitStack() as stack:
            pipe = self._address.pipe(lambda: pacer.is_stopped)
            stack.callback(pipe.close)
            self.opens_once = True
            self.cure = f"; write a video into {self.label}"
            container = stack.enter_context(closing(self._address.read(pipe)))
            paced = _Paced(pipe, _longest_us(container), pacer)
            packets = self._live_packets(container, paced)
            for frame, _ in self._decode(container, packets, pacer, skips=True):
                yield frame
                count += 1
        if pacer.is_stopped:
            return
        if count == 0:
            raise self._no_picture()
        if paced.count > 1:
            raise SourceLost(f"{self.label} ended")

    def _no_picture(self) -> SourceUnavailable:
        return SourceUnavailable(f"no picture in {self.label} could be decoded")

    def _live_packets(self, container: InputContainer, paced: _Paced | None = None) -> Packets:
        """The packets of pictures; those of sound, if there are any, go to the live sound."""
        sounds = container.streams.audio[:1]
        self.sound = self._live_sound if sounds else None
        packets = self._packets(container, self._stream(container), *sounds)
        return self._live_sound.taken_from(packets if paced is None else paced.packets(packets))

    def _begin_pass(self, container: InputContainer) -> int:
        """Where in the file its sound ends; 0: it has none, or the file does not say."""
        pictures, sounds = container.streams.video, container.streams.audio
        self.sound = self._own_sound if sounds else None
        whole_us = None
        if container.duration is not None:
            whole_us = (container.start_time or 0) + container.duration
        sound_ends_us = _end_us(sounds[0]) or whole_us or 0 if sounds else 0
        ends_us = _end_us(pictures[0]) if pictures else None
        if ends_us is None:
            ends_us = whole_us
        if ends_us is not None and sound_ends_us - ends_us > _LATE_US:
            ends_us = sound_ends_us
        begins_us = _time_us(pictures[0], pictures[0].start_time) or 0 if pictures else 0
        self._playhead.begins(None if ends_us is None else ends_us - begins_us)
        return sound_ends_us

    def _hold_last_frame(self, until_us: int, pacer: Pacer) -> bool:
        """Keep the last picture while sound goes on until `until_us`. False: that is soon."""
        if until_us - pacer.now_us() <= _LATE_US:
            return False
        self._playhead.hold_until(until_us)
        pacer.wait_until(until_us)
        return True

    @property
    def _may_rest(self) -> bool:
        """Keep playing for a listener whose tab is hidden."""
        return not self._own_sound.is_open

    def close(self) -> None:
        super().close()
        self._playhead.stop()

    def _decode(
        self, container: InputContainer, packets: Packets, pacer: Pacer, *, skips: bool
    ) -> Iterator[tuple[av.VideoFrame, int]]:
        """Each picture and how long it is shown, in µs. Damaged ones are left out."""
        stream = self._stream(container)
        stream.thread_type = "SLICE" if skips else "AUTO"
        usual_us = round(1e6 / (stream.average_rate or stream.guessed_rate or _USUAL_FPS))
        aspect = _Aspect(stream)
        is_webp = container.format.name == "webp_pipe"
        pictures = _of_webp(packets, pacer) if is_webp else (
            decoded_pictures(packets, pacer, skips=skips)
        )
        for picture in pictures:
            picture.opaque = aspect.now
            lasts_us = usual_us
            if picture.duration and picture.time_base:
                lasts_us = round(picture.duration * picture.time_base * 1_000_000) or usual_us
            yield picture, lasts_us

    def _stream(self, container: InputContainer) -> av.VideoStream:
        stream = next(iter(container.streams.video), None)
        if container.format.name in _NOT_MEDIA:
            raise SourceUnavailable(f"{self.label} is not a video or picture that can be read")
        if stream is None or stream.codec_context is None:
            raise SourceUnavailable(f"{self.label} has no pictures in it")
        return stream

    def _packets(self, container: InputContainer, *streams: Stream) -> Iterator[av.Packet[Any]]:
        """The packets up to the end, or up to damage that libav cannot skip."""
        try:
            yield from container.demux(*streams)
        except (av.error.InvalidDataError, av.error.EOFError):
            return
        except (av.FFmpegError, OSError) as error:
            raise SourceLost(f"{self.label} went away: {reason_of(error)}") from error


def _of_webp(packets: Packets, pacer: Pacer) -> Iterator[av.VideoFrame]:
    for packet in packets:
        file = bytes(packet)
        if is_animated(file):
            yield from animation(file)
        else:
            yield from decoded_pictures(iter((packet,)), pacer, skips=False)


class _Aspect:
    """The sample aspect ratio of a stream's pictures.

    Both the container and the video may state one. The container's is constant and takes
    precedence, unless the two agreed at the start: then the video's counts, which may change.
    """

    def __init__(self, stream: av.VideoStream) -> None:
        self._codec = stream.codec_context
        self._at_first = stream.codec_context.sample_aspect_ratio
        self._said = stream.sample_aspect_ratio or self._at_first

    @property
    def now(self) -> Fraction:
        """The ratio of the picture that was decoded last; square when none is stated."""
        in_video = self._codec.sample_aspect_ratio
        is_followed = not self._said or self._said == self._at_first
        return (in_video if is_followed else self._said) or SQUARE


class _Paced:
    """Passes on the packets of a pipe, no faster than their pictures are to be shown.

    Packets that arrived while the container was opened pass at once. So do packets that the reader
    had to wait for: they are live. All others come from a writer that is faster than the video;
    waiting before they pass slows that writer down.
    """

    def __init__(self, pipe: Pipe, longest_us: int, pacer: Pacer) -> None:
        self.count = 0
        """How many packets of pictures that were not empty have passed."""
        self._pipe = pipe
        self._reads_to_open = pipe.reads
        self._longest_us = longest_us
        self._pacer = pacer

    def packets(self, packets: Iterator[av.Packet[Any]]) -> Iterator[av.Packet[Any]]:
        timeline, latest_us = self._timeline(), 0
        for packet in packets:
            self.count += packet.size > 0 and packet.stream.type == "video"
            if self._pipe.has_waited or self._pipe.reads == self._reads_to_open:
                timeline = self._timeline()
            if packet.dts is not None and packet.time_base is not None:
                dts_us = round(packet.dts * packet.time_base * 1_000_000)
                if -_INTERLEAVED_US < dts_us - latest_us < 0:
                    dts_us = latest_us  # sound beside pictures: only the later one waits
                latest_us = dts_us
                due_us = timeline.due_us(dts_us, 0, self._pacer.now_us())
                self._pacer.sleep_until(due_us)
            yield packet

    def _timeline(self) -> Timeline:
        timeline = Timeline()
        timeline.longest_us = self._longest_us
        return timeline


def _longest_us(container: InputContainer) -> int:
    return JUMP_US if int(container.format.flags) & _MAY_JUMP else PAUSE_US


def _is_endless(container: InputContainer) -> bool:
    """Whether the input is live, so that it cannot be read from its beginning again.

    Live input has no length in bytes (for playlists: in seconds), and is not a single picture.
    """
    form = container.format.name
    if form.endswith("_pipe") or container.size > 0:
        return False
    return container.duration is None or form not in _LENGTH_IN_SECONDS


def _time_us(stream: Stream, at: int | None) -> int | None:
    if at is None or stream.time_base is None:
        return None
    return round(at * stream.time_base * 1_000_000)


def _end_us(stream: Stream) -> int | None:
    """Where in the file the stream ends; None when the file does not say."""
    length_us = _time_us(stream, stream.duration)
    if length_us is None:
        return None
    return (_time_us(stream, stream.start_time) or 0) + length_us
