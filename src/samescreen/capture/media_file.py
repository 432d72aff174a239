"""A video or picture from a file or a URL, over and over, at its own pace.

Reads and decodes on its feed's thread. While nobody watches, a file stands still and costs
nothing; what has no end (rtsp, live playlists) is read on, undecoded, and has no sound here. The
sound of the others keeps in step by the playhead, and is read elsewhere (`sound/file.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.stream import Stream

from samescreen.errors import SourceLost, SourceUnavailable

from .feed import Clockwork, FedSource, decoded_pictures, reason_of
from .playhead import Playhead
from .sound.file import FileSound

_TIMEOUT_S: Final = (6.0, 6.0)
_LATE_US: Final = 500_000
_LONGEST_STEP_US: Final = 60_000_000
_USUAL_FPS: Final = Fraction(25)

_NOT_MEDIA: Final = ("tty",)
"""libav draws any text as a film of a terminal."""

_OPTIONS: Final = {"rtsp_transport": "tcp"}

OpenContainer = Callable[[str], InputContainer]


def open_media(address: str) -> InputContainer:
    return av.open(address, options=dict(_OPTIONS), timeout=_TIMEOUT_S)


class Timeline:
    """When each picture is due on the host's clock, over any number of passes. Pure."""

    def __init__(self) -> None:
        self._previous: tuple[int, int] | None = None
        self._is_seam = False

    def due_us(self, pts_us: int | None, step_us: int, now_us: int) -> int:
        """`pts_us`: as the file says; `step_us`: what a picture usually lasts.

        Never goes back. More than half a second late (nobody watched, the machine is too slow):
        goes on from now instead of chasing.
        """
        if self._previous is None:
            due_us = now_us
        else:
            last_pts_us, last_due_us = self._previous
            elapsed_us = step_us if pts_us is None else pts_us - last_pts_us
            if self._is_seam or not 0 <= elapsed_us <= _LONGEST_STEP_US:
                elapsed_us = step_us
            due_us = last_due_us + elapsed_us
            if now_us - due_us > _LATE_US:
                due_us = now_us
        pts_us = pts_us if pts_us is not None else due_us
        self._previous, self._is_seam = (pts_us, due_us), False
        return due_us

    def seam(self) -> None:
        """The next picture is the first of another pass."""
        self._is_seam = True


class MediaFile(FedSource):
    """What `address` (a path or a URL) shows. Loops; a single picture stands."""

    backend = "file"

    def __init__(self, address: str, open_container: OpenContainer = open_media) -> None:
        self._is_remote = bool(re.match(r"[a-z][a-z0-9+.-]+://", address, re.IGNORECASE))
        super().__init__(_shown_name(address, is_remote=self._is_remote))
        self._address = address
        self._open_container = open_container
        self._playhead = Playhead()
        self._own_sound = FileSound(self.label, self._open, self._playhead)

    def frames(self, clockwork: Clockwork) -> Generator[av.VideoFrame, None, None]:
        timeline = Timeline()
        while not clockwork.is_stopped:
            count = shift_us = 0
            with closing(self._open()) as container:
                is_live = self._is_remote and _is_endless(container)
                sound_ends_us = 0 if is_live else self._begin_pass(container)
                for frame, step_us in self._decode(container, clockwork, skips=is_live):
                    pts_us = None if frame.time is None else round(frame.time * 1e6)
                    due_us = timeline.due_us(pts_us, step_us, clockwork.now_us())
                    if not is_live:
                        if pts_us is not None:
                            shift_us = due_us - pts_us
                            self._playhead.shows(pts_us, due_us)
                        clockwork.hold_until(due_us)
                    yield frame
                    count += 1
            if is_live:
                raise SourceLost(f"{self.label} ended")
            if count == 0 and not clockwork.is_stopped:
                raise SourceUnavailable(f"no picture in {self.label} could be decoded")
            if not self._hear_out(shift_us + sound_ends_us, clockwork) and count <= 1:
                return
            timeline.seam()

    def _begin_pass(self, container: InputContainer) -> int:
        """Where in the file its sound ends; 0: it has none, or does not say."""
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

    def _hear_out(self, until_us: int, clockwork: Clockwork) -> bool:
        """Where sound is much longer than pictures, the last of them stands; whether it did."""
        if until_us - clockwork.now_us() <= _LATE_US:
            return False
        self._playhead.stands_until(until_us)
        clockwork.hold_until(until_us)
        return True

    def rest(self) -> None:
        """Who has turned to another tab may still listen."""
        if self._feed is not None:
            self._feed.rest(not self._own_sound.is_open)

    def close(self) -> None:
        super().close()
        self._playhead.stop()

    def _open(self) -> InputContainer:
        try:
            if self._is_remote:
                return self._open_container(self._address)
            path = Path(self._address).expanduser()
            with path.open("rb"):
                pass  # says what is wrong better than libav does
            return self._open_container(f"file:{path.absolute()}")
        except FileNotFoundError as error:
            raise SourceUnavailable(f"there is no {self.label}") from error
        except IsADirectoryError as error:
            raise SourceUnavailable(f"{self.label} is a folder; name a file in it") from error
        except PermissionError as error:
            raise SourceUnavailable(
                f"{self.label} may not be read by this user; change its permissions"
            ) from error
        except (av.error.HTTPClientError, av.error.InvalidDataError) as error:
            raise self._refusal(error) from error
        except av.error.ProtocolNotFoundError as error:
            raise SourceUnavailable(f"{self.label}: this kind of URL is not understood") from error
        except (av.FFmpegError, OSError) as error:
            raise SourceLost(f"{self.label} cannot be reached: {reason_of(error)}") from error

    def _refusal(self, error: av.FFmpegError) -> SourceUnavailable:
        if isinstance(error, av.error.HTTPClientError):
            return SourceUnavailable(f"the server of {self.label} answers: {reason_of(error)}")
        return SourceUnavailable(f"{self.label} is not a video or picture that can be read")

    def _decode(
        self, container: InputContainer, clockwork: Clockwork, *, skips: bool
    ) -> Iterator[tuple[av.VideoFrame, int]]:
        """Each picture and how long one usually lasts; what is damaged is left out."""
        stream = next(iter(container.streams.video), None)
        if container.format.name in _NOT_MEDIA:
            raise SourceUnavailable(f"{self.label} is not a video or picture that can be read")
        if stream is None or stream.codec_context is None:
            raise SourceUnavailable(f"{self.label} has no pictures in it")
        stream.thread_type = "SLICE" if skips else "AUTO"
        step_us = round(1e6 / (stream.average_rate or stream.guessed_rate or _USUAL_FPS))
        for picture in decoded_pictures(self._packets(container, stream), clockwork, skips=skips):
            yield picture, step_us

    def _packets(
        self, container: InputContainer, stream: av.VideoStream
    ) -> Iterator[av.Packet[av.VideoStream]]:
        """Until the end, or the damage that amounts to one."""
        try:
            yield from container.demux(stream)
        except (av.error.InvalidDataError, av.error.EOFError):
            return
        except (av.FFmpegError, OSError) as error:
            raise SourceLost(f"{self.label} went away: {reason_of(error)}") from error


def _is_endless(container: InputContainer) -> bool:
    """Neither as long as so many seconds nor so many bytes, nor a picture."""
    form = container.format.name
    return container.duration is None and container.size <= 0 and not form.endswith("_pipe")


def _time_us(stream: Stream, at: int | None) -> int | None:
    if at is None or stream.time_base is None:
        return None
    return round(at * stream.time_base * 1_000_000)


def _end_us(stream: Stream) -> int | None:
    """Where in the file the stream ends, if that is said."""
    length_us = _time_us(stream, stream.duration)
    if length_us is None:
        return None
    return (_time_us(stream, stream.start_time) or 0) + length_us


def _shown_name(address: str, *, is_remote: bool) -> str:
    """Without folders, passwords and queries: viewers read it."""
    if not is_remote:
        return Path(address).name or address
    parts = urlsplit(address)
    return f"{parts.hostname or ''}{parts.path}"
