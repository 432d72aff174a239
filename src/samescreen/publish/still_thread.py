"""Encodes whole stills of large pictures beside their track, each on a thread of its own.

Such a still takes longer than the time between two pictures of video. So the track hands it over
with a copy of the pixels, goes on with video, and takes the JPEG file when it is there. The thread
knows no source, no encoder, no bridge and no loop. It ends with its still.

Everything here runs on the track's thread, except `_Job.run`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.encode.base import EncodeRequest, StillCodec
from samescreen.errors import EncodeError
from samescreen.media import Frame, Rendition

_errors: Final = RecurringErrors(logging.getLogger(__name__))

END_S: Final = 0.5
"""How long a track that ends waits for its still; one of 3840×2160 takes 0.03 to 0.15 s."""


@dataclass(frozen=True, slots=True)
class MadeStill:
    """A JPEG file, and the request that it answers; `frame` is what it shows, pixels included."""

    rendition: Rendition
    frame: Frame
    request: EncodeRequest
    jpeg: bytes


class StillThread:
    """Encodes at most one still at a time; calls `wake` on the still's thread when it is done."""

    def __init__(self, wake: Callable[[], None], above_px: int = 0) -> None:
        self.above_px = above_px
        """Pictures of more pixels are worth a thread."""
        self._wake = wake
        self._job: _Job | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a still is being encoded or waits to be taken."""
        job = self._job
        if job is not None and not job.is_wanted and job.is_done.is_set():
            self._job = None
        return self._job is not None

    def is_done(self) -> bool:
        """Whether a still waits to be taken. Any thread."""
        job = self._job
        return job is not None and job.is_wanted and job.is_done.is_set()

    def begin(
        self,
        rendition: Rendition,
        frame: Frame,
        request: EncodeRequest,
        encode: StillCodec,
        *,
        is_copy: bool = False,
    ) -> None:
        """Encode this frame for that rendition of stills.

        The caller may overwrite the pixels at once, unless `is_copy`: they are a copy already.
        """
        assert not self.is_busy, "one still at a time"
        own = frame if is_copy else replace(frame, decoded=frame.pixels.copy())
        self._job = job = _Job(rendition, own, request, encode)
        thread = threading.Thread(target=job.run, args=(self._wake,), name="still", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no thread left, or the interpreter shuts down
            job.run(self._wake)

    def take(self) -> MadeStill | None:
        """The still that is done, once; None: none is.

        Raises:
            EncodeError: it failed.
        """
        job = self._job
        if job is None or not job.is_done.is_set():
            return None
        self._job = None
        if not job.is_wanted:
            return None
        if job.error is not None:
            raise job.error
        return MadeStill(job.rendition, job.frame, job.request, job.jpeg)

    def drop(self) -> None:
        """Forget the still that is being encoded: nobody wants it any more."""
        if self._job is not None:
            self._job.is_wanted = False

    def close(self) -> None:
        """Drop the still and wait for its thread, `END_S` at most."""
        self.drop()
        if self._job is not None:
            self._job.is_done.wait(END_S)


class _Job:
    """One still. The thread writes `jpeg` or `error`, and then sets `is_done`."""

    def __init__(
        self, rendition: Rendition, frame: Frame, request: EncodeRequest, encode: StillCodec
    ) -> None:
        self.rendition = rendition
        self.frame = frame
        self.request = request
        self.jpeg = b""
        self.error: EncodeError | None = None
        self.is_done = threading.Event()
        self.is_wanted = True
        self._encode = encode

    def run(self, wake: Callable[[], None]) -> None:
        try:
            self.jpeg = self._encode(self.frame)
        except EncodeError as error:
            self.error = error
        except Exception as error:  # a bug, or no memory: the track reports it like a failure
            _errors.log("a still", error)
            self.error = EncodeError(f"a still failed: {type(error).__name__}")
        finally:
            self.is_done.set()
            wake()
