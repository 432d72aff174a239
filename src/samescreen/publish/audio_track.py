"""One sound track: record, encode once per rendition, post.

Runs on a thread of its own. While nobody listens the source is closed and nothing is recorded.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from samescreen.capture.sound.base import SoundSource
from samescreen.encode.opus import SoundEncoder
from samescreen.errors import CaptureError
from samescreen.flow.silence import Silence
from samescreen.hub.events import SourceStatus
from samescreen.media import Rendition, SoundBlock

from .bridge import ThreadBridge
from .track_thread import TrackThread

_log = logging.getLogger(__name__)

SOUND_RENDITIONS: Final = frozenset((Rendition.OPUS, Rendition.PCM))
MAX_WAITING_SOUND: Final = 20
"""200 ms of one rendition; older sound is useless to a listener."""

LEAD_BLOCKS: Final = 4
"""Blocks sent ahead when sound resumes, to fill the page's buffer and let it fade in."""

_READ_US: Final = 100_000
_REST_S: Final = 1.0
_FIRST_RETRY_S: Final = 0.1

MakeSoundEncoder = Callable[[Rendition, int], SoundEncoder]
"""Takes a rendition and its first sequence number."""


class AudioTrack(TrackThread):
    """The thread of one source of sound."""

    subject = "the sound"
    unexpected = "an unexpected error stopped the sound; see the host's log"

    def __init__(
        self, source: SoundSource, bridge: ThreadBridge, make_encoder: MakeSoundEncoder
    ) -> None:
        super().__init__(bridge, "sound-track")
        self._source = source
        self._make_encoder = make_encoder
        self._encoders: dict[Rendition, SoundEncoder] = {}
        self._sequences: dict[Rendition, int] = {}
        self._silence = Silence()
        self._unsent: deque[SoundBlock] = deque(maxlen=LEAD_BLOCKS + 1)
        self._retries_soon = True

    def _work(self) -> None:
        """Record for as long as somebody listens; wait for listeners otherwise."""
        if not self._bridge.take().renditions:
            self._bridge.wait(_REST_S)
            return
        self._record()
        self._release()

    def _source_failure(self, error: CaptureError) -> SourceStatus:
        return SourceStatus("lost", "source-lost", str(error))

    def _release(self) -> None:
        self._close_each(self._source.close)
        self._close_encoders(but=frozenset())

    def _dispose(self) -> None:
        self._release()

    def _wait_to_retry(self) -> None:
        """The first retry comes soon, because a sound server that restarts is back at once."""
        if self._retries_soon:
            self._retries_soon = False
            self._bridge.wait(_FIRST_RETRY_S, until_wanted=False)
        else:
            super()._wait_to_retry()

    def _record(self) -> None:
        self._source.open()
        self._silence = Silence()
        self._unsent.clear()
        while True:
            demand = self._bridge.take()
            if self._bridge.is_stopped or not demand.renditions:
                return
            self._close_encoders(but=demand.renditions)
            block = self._source.read(_READ_US)
            if block is not None:
                live = SourceStatus("live", "live", self._source.label, self._source.backend)
                if not self._is_failing:
                    self._post_status(live)
                self._post_block(block, demand.renditions)
                self._post_status(live)
                self._retries_soon = True

    def _post_block(self, block: SoundBlock, renditions: frozenset[Rendition]) -> None:
        peak = float(np.abs(block.samples).max())
        self._unsent.append(block)
        if not self._silence.passes(peak, block.pts_us):
            return
        while self._unsent:
            self._encode(self._unsent.popleft(), renditions)

    def _encode(self, block: SoundBlock, renditions: frozenset[Rendition]) -> None:
        for rendition in sorted(renditions & SOUND_RENDITIONS):
            encoder = self._encoders.get(rendition)
            if encoder is None:
                encoder = self._make_encoder(rendition, self._sequences.get(rendition, 0))
                self._encoders[rendition] = encoder
            self._bridge.post(encoder.encode(block))

    def _close_encoders(self, *, but: frozenset[Rendition]) -> None:
        """Drop the other encoders; their sequence numbers continue when they are wanted again."""
        for rendition in self._encoders.keys() - but:
            self._sequences[rendition] = self._encoders.pop(rendition).sequence

    def _post_status(self, status: SourceStatus) -> None:
        before = self._status
        super()._post_status(status)
        if status == before:
            return
        if status.state != "live":
            _log.warning("no sound: %s; trying again", status.detail)
        elif before is not None and before.state != "live":
            _log.warning("sound is back: %s", status.detail)
