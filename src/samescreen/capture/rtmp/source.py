"""The pictures that somebody publishes here by RTMP, as they come.

A `ReaderThread` listens, reads and decodes. Nobody may publish yet, and publishers come and go: the
source is then lost with words that say so, and is opened again once somebody publishes. The sound
is read with the pictures (`sound/live.py`).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Final

import av
from av.container import InputContainer

from samescreen.capture.reader_thread import Pacer, ReaderSource, ReaderThread, decoded_pictures
from samescreen.capture.sound.live import LiveSound
from samescreen.errors import SourceLost

from .address import ListenAddress
from .publishers import Publishers

_OPTIONS: Final = {
    "analyzeduration": "1000000",
    "protocol_whitelist": "",
    "format_whitelist": "flv",
}
"""At most a second of the stream, in µs, to learn what is in it; and nothing besides it."""


class PublishedSource(ReaderSource):
    """Listens at `address` from the first `open` to `dispose`."""

    backend = "rtmp"

    def __init__(self, address: ListenAddress) -> None:
        super().__init__(f"RTMP on port {address.port}")
        self.opens_once = True
        self._publishers = Publishers(address)
        self.sound = self._live_sound = LiveSound(self.label)
        self._is_published = False
        self._fault = ""

    def open(self) -> None:
        """Listen. The first call succeeds also while nobody publishes."""
        if self._reader is not None and not self._reader.has_failed:
            self._resume(self._reader)
            self._check_published()
            return
        self._stop()
        self._publishers.open()
        mailbox = self._begin()
        self._reader = ReaderThread(self._frame_factories, mailbox, f"reader of {self.label}")
        self._reader.start()

    def rest(self) -> None:
        super().rest()
        self._check_published()

    def dispose(self) -> None:
        super().dispose()
        self._publishers.close()

    def frames(self, pacer: Pacer) -> Generator[av.VideoFrame, None, None]:
        publishers = self._publishers
        while publishers.wait(lambda: pacer.is_stopped):
            self._fault = f"what was sent to {self.label} is not a video that can be read"
            try:
                with closing(self._opened()) as container:
                    video = container.streams.video[0]
                    video.thread_type = "SLICE"
                    self._is_published, self._fault = True, ""
                    packets = container.demux(video, *container.streams.audio[:1])
                    pictures = self._live_sound.taken_from(packets)
                    yield from decoded_pictures(pictures, pacer, skips=True)
            except (av.FFmpegError, OSError, ValueError, IndexError):
                pass  # what it sends can be read no further: the next one may do better
            finally:
                self._is_published = False
                publishers.leave()

    def _opened(self) -> InputContainer:
        return av.open(self._publishers, "r", format="flv", options=_OPTIONS)

    def _check(self, now_us: int) -> None:
        self._check_published()
        super()._check(now_us)

    def _check_published(self) -> None:
        """Raise SourceLost while nobody publishes."""
        if not self._is_published:
            raise SourceLost(self._fault or f"nobody sends to {self.label} yet")
