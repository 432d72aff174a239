"""One sound track: read, encode once per rendition, post.

Runs on its own thread, which owns the source and the encoders. Speaks to the event loop only
through its bridge. While nobody listens the source is closed and nothing is recorded.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.capture.sound.base import SoundSource
from samescreen.encode.opus import SoundEncoder
from samescreen.errors import CaptureError, EncodeError
from samescreen.flow.silence import Silence
from samescreen.hub.events import SourceStatus
from samescreen.media import Rendition, SoundBlock

from .bridge import ThreadBridge

_log = logging.getLogger(__name__)
_errors: Final = RecurringErrors(_log)

SOUND_RENDITIONS: Final = frozenset((Rendition.OPUS, Rendition.PCM))
MAX_WAITING_SOUND: Final = 20
"""200 ms for one rendition: later than that, it is no use to anybody."""

LEAD_BLOCKS: Final = 4
"""Sent of a silence that ends: the page's buffer is full at once, and fades in on nothing."""

_UNEXPECTED: Final = "an unexpected error stopped the sound; see the host's log"

_READ_US: Final = 100_000
_REST_S: Final = 1.0
_RETRY_S: Final = 1.0
_FIRST_RETRY_S: Final = 0.1

MakeSoundEncoder = Callable[[Rendition, int], SoundEncoder]
"""From a rendition and the sequence to begin with."""


class AudioTrack:
    """The thread of one source of sound."""

    def __init__(
        self, source: SoundSource, bridge: ThreadBridge, make_encoder: MakeSoundEncoder
    ) -> None:
        self._source = source
        self._bridge = bridge
        self._make_encoder = make_encoder
        self._encoders: dict[Rendition, SoundEncoder] = {}
        self._sequences: dict[Rendition, int] = {}
        self._silence = Silence()
        self._unsent: deque[SoundBlock] = deque(maxlen=LEAD_BLOCKS + 1)
        self._status: SourceStatus | None = None
        self._retry_s = _FIRST_RETRY_S
        self._thread = threading.Thread(target=self._run, name="sound-track", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread to end after `bridge.stop()`; whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The thread

    def _run(self) -> None:
        while not self._bridge.is_stopped:
            if not self._bridge.take().renditions:
                self._bridge.wait(_REST_S)
                continue
            status = self._listen_until_lost()
            self._let_go()
            if status is not None:
                self._lost(status)

    def _listen_until_lost(self) -> SourceStatus | None:
        """What went wrong; None: nobody listens any more."""
        try:
            self._listen()
        except CaptureError as error:
            return SourceStatus("lost", "source-lost", str(error))
        except EncodeError as error:
            return SourceStatus("failed", "encoder-failed", str(error))
        except Exception as error:  # of a driver or ours: it may pass
            _errors.log("the sound", error)
            return SourceStatus("failed", "source-unavailable", _UNEXPECTED)
        return None

    def _let_go(self) -> None:
        try:
            self._source.close()
        except Exception as error:  # what is broken may not close either
            _errors.log("letting go of the sound", error)
        self._drop(frozenset())

    def _listen(self) -> None:
        """Record for as long as somebody listens."""
        self._source.open()
        self._silence = Silence()
        self._unsent.clear()
        while True:
            demand = self._bridge.take()
            if self._bridge.is_stopped or not demand.renditions:
                return
            self._drop(demand.renditions)
            block = self._source.read(_READ_US)
            if block is not None:
                live = SourceStatus("live", "live", self._source.label, self._source.backend)
                if not self._is_failing:
                    self._tell(live)
                self._post(block, demand.renditions)
                self._tell(live)
                self._retry_s = _FIRST_RETRY_S

    @property
    def _is_failing(self) -> bool:
        """That there is something to hear does not prove yet that it can be encoded."""
        return self._status is not None and self._status.state == "failed"

    def _post(self, block: SoundBlock, renditions: frozenset[Rendition]) -> None:
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

    def _drop(self, wanted: frozenset[Rendition]) -> None:
        """Forget the encoders of what nobody listens to, but not where they were."""
        for rendition in self._encoders.keys() - wanted:
            self._sequences[rendition] = self._encoders.pop(rendition).sequence

    def _lost(self, status: SourceStatus) -> None:
        """Say so once, and wait a little before the next try."""
        self._tell(status)
        self._bridge.wait(self._retry_s, until_wanted=False)
        self._retry_s = _RETRY_S

    def _tell(self, status: SourceStatus) -> None:
        if status == self._status:
            return
        if status.state != "live":
            _log.warning("no sound: %s; trying again", status.detail)
        elif self._status is not None and self._status.state != "live":
            _log.warning("sound is back: %s", status.detail)
        self._status = status
        self._bridge.post(status)
