"""The pictures of one source: grabbed when the track asks, or one ahead on a thread of its own.

The track's thread calls everything here, except `wake` (any thread) and what is marked. At each
moment one of the two threads uses the source: the other one from the start of a job until the job
is done, and else the track. A job grabs and converts one picture, which then waits for the track.
So a picture that the track uses is never written: the source keeps it during that one grab
(`Source.keeps_previous`), and the converter keeps it too (`YuvPair`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Final

from samescreen.capture.base import Source
from samescreen.clock import clock_us
from samescreen.encode.colour import YuvPair
from samescreen.encode.threads import converts_while_reading, grabs_ahead
from samescreen.flow.lead import Lead
from samescreen.media import Frame

_LOOK_AGAIN_US: Final = 1_000_000
"""A job without a change asks the source again after this long."""
_END_S: Final = 1.0


class Grabs:
    """Grabs the pictures of `source`; the next one ahead while many threads encode this one."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lead = Lead()
        self._pair: YuvPair | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._job: _Job | None = None
        self._is_woken = False
        self._is_closed = False

    def wake(self) -> None:
        """Make a waiting grab return. Any thread."""
        with self._changed:
            self._is_woken = is_ahead = self._job is not None
            self._changed.notify_all()
        if not is_ahead:
            self.source.wake()

    def grab(
        self, deadline_us: int, *, needs_pixels: bool = True, threads: int = 1
    ) -> Frame | None:
        """As `Source.grab`. `threads`: how many encode the picture as MAIN; 1 if nobody wants it.

        Raises:
            SourceLost: as `Source.grab`.
        """
        is_ahead = grabs_ahead(threads) and self.source.keeps_previous
        self._lead.asked(clock_us())
        if not is_ahead:
            self.recall()
        job = self._job
        if job is not None:
            frame = self._take(job, deadline_us)
        else:
            frame = self._grab(deadline_us, needs_pixels=needs_pixels)
        if not is_ahead:
            self._drop_pair()
        elif frame is not None:
            frame = frame if frame.converted is not None else self._convert(frame, threads)
            self._begin(_Job(self._lead.handed(clock_us()), threads))
        return frame

    def recall(self) -> None:
        """Afterwards the source is this thread's.

        If a picture is there, the next `grab` gives a newer one, or the same if nothing changed.
        So what was grabbed before a pause is not shown after it.
        """
        self._lead.forget()
        job = self._job
        if job is None:
            return
        job.is_wanted = False
        self.source.wake()
        with self._changed:
            self._changed.notify_all()
            self._changed.wait_for(lambda: job.is_done)
            if job.frame is None and job.error is None:
                self._job = None

    def release(self) -> None:
        """Afterwards the source is this thread's, and its pictures are forgotten."""
        self.recall()
        with self._changed:
            self._job = None
        self._drop_pair()

    def close(self) -> None:
        """The same for good; ends the other thread, which has nothing to do then."""
        self.release()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_END_S)

    def _take(self, job: _Job, deadline_us: int) -> Frame | None:
        """The picture of a job; None: the deadline or a wake came first."""
        timeout_s = max(0, deadline_us - clock_us()) / 1e6
        with self._changed:
            self._changed.wait_for(lambda: job.is_done or self._is_woken, timeout_s)
            self._is_woken = False
            if not job.is_done:
                return None
            self._job = None
        if job.error is not None:
            raise job.error
        assert job.frame is not None, "a job without a picture was recalled"
        self._lead.grabbed(job.ready_us - job.frame.pts_us)
        return self._fresh(job.frame, job)

    def _fresh(self, frame: Frame, job: _Job) -> Frame:
        """The frame of a job, or a newer one if the track recalled the job or was away for long."""
        if job.is_wanted and not self._lead.is_stale(job.ready_us, clock_us()):
            return frame
        newer = self._grab(clock_us())
        if newer is None:
            return frame
        if newer.size == frame.size:
            both = self._convert(newer, job.threads)
            return replace(both, damage=frame.damage | newer.damage)
        return newer

    def _grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        """As `Source.grab`. Of the thread whose the source is."""
        if self._pair is not None:
            self._pair.begin()
        return self.source.grab(deadline_us, needs_pixels=needs_pixels)

    def _convert(self, frame: Frame, threads: int) -> Frame:
        """The frame with its YUV picture. Of the thread whose the source is."""
        pair = self._pair
        if pair is None or (pair.size, pair.threads) != (frame.size, threads):
            self._drop_pair()
            self._pair = pair = YuvPair(frame, threads)
            if converts_while_reading(threads):
                self.source.part_ready = pair.part
        pair.changed(frame.damage)
        return pair.convert(frame)

    def _drop_pair(self) -> None:
        pair, self._pair, self.source.part_ready = self._pair, None, None
        if pair is not None:
            pair.close()

    def _begin(self, job: _Job) -> None:
        """Have the other thread grab a picture."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="grab-ahead", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system has no thread left, or the interpreter shuts down
                return
            self._thread = thread
        with self._changed:
            self._job = job
            self._changed.notify_all()

    # On the other thread

    def _run(self) -> None:
        """Do each job once, until closed."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed or self._has_work())
                job = self._job
            if job is None:
                return
            try:
                self._do(job)
            except Exception as error:  # the track's thread raises it, as if it had grabbed
                job.error = error
            with self._changed:
                job.is_done = True
                self._changed.notify_all()

    def _has_work(self) -> bool:
        return self._job is not None and not self._job.is_done

    def _do(self, job: _Job) -> None:
        with self._changed:
            timeout_s = max(0, job.begin_us - clock_us()) / 1e6
            self._changed.wait_for(lambda: not job.is_wanted, timeout_s)
        frame = None
        while job.is_wanted and frame is None:
            frame = self._grab(clock_us() + _LOOK_AGAIN_US)
        if frame is not None:
            job.frame = self._convert(frame, job.threads)
            job.ready_us = clock_us()


@dataclass(slots=True)
class _Job:
    """One picture to be grabbed: begin at `begin_us`, convert with so many threads.

    The track ends it by `is_wanted`; the other thread writes the rest, `is_done` last.
    """

    begin_us: int
    threads: int
    is_wanted: bool = True
    is_done: bool = False
    frame: Frame | None = None
    ready_us: int = 0
    error: Exception | None = None
