"""H.264 that a program pushes, as a source: checked on the thread that pushes, and passed on.

`push` may be called on any thread; `pushed_publisher.py` takes it on the event loop.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from samescreen.capture.base import Source
from samescreen.capture.push import check_process
from samescreen.clock import clock_us
from samescreen.errors import NotSharing, SourceUnavailable, UsageError
from samescreen.flow.rate import RateTarget
from samescreen.gate.access_unit import split
from samescreen.gate.parameter_sets import read_sequence
from samescreen.gate.profiles import HOST
from samescreen.gate.refusal import Reason, Refusal, Unfit
from samescreen.gate.times import PublisherClock
from samescreen.gate.track import Passed
from samescreen.gate.video import VideoGate
from samescreen.hub.events import TrackEvent
from samescreen.media import Codec, Damage, Frame, Packet, PacketKind, Rendition
from samescreen.wire.published import Published
from samescreen.wire.publishing import Configure, Offer, VideoCost

MAX_WAITING: Final = 30
"""Pictures for the event loop, or for the stream to begin. When more come, all are dropped."""
_SEQUENCE_SET: Final = re.compile(rb"\x00\x00\x01[\x07\x27\x47\x67]")
_IDR: Final = re.compile(rb"\x00\x00\x01[\x05\x25\x45\x65]")
_SLICE: Final = re.compile(rb"\x00\x00\x01[\x01\x21\x41\x61\x05\x25\x45\x65]")
_SPS: Final = 7
_MOST_OF_SETS: Final = 1024
_REFUSED: Final = (
    "this H.264 is refused: {}; push whole access units in Annex B, Constrained Baseline without "
    "B-frames"
)


class PushedVideo(Source):
    """The access units of one stream, which may cost `ceiling`.

    `on_keyframe` is called on the event loop when a viewer needs a keyframe; None: the program
    cannot be asked. No thread grabs from it.
    """

    backend = "push"
    waiting = "no picture has been pushed yet"

    label = "H.264 from Python"

    def __init__(self, ceiling: RateTarget, on_keyframe: Callable[[], None] | None) -> None:
        super().__init__()
        self.ceiling = ceiling
        self.on_keyframe = on_keyframe
        self.dropped = 0
        """Pictures that the event loop did not take in time."""
        self._process = os.getpid()
        self._lock = threading.Lock()
        # Guarded by _lock:
        self._checked = _Checked(ceiling)
        self._unsent: list[TrackEvent] = []
        self._call: Callable[[], None] | None = None
        self._is_over = False

    def push(self, unit: bytes) -> None:
        """Show this access unit next. Any thread; never waits.

        A unit of parameter sets alone is kept for the next keyframe.

        Raises:
            UsageError: a decoder of some viewer could not show it. Pictures are dropped from here
                to the next keyframe.
            NotSharing: the stream has ended.
        """
        check_process(self._process)
        with self._lock:
            if self._is_over:
                raise NotSharing
            if len(self._unsent) >= MAX_WAITING:
                self.dropped += len(self._unsent)
                self._unsent.clear()
                self._checked.lose_step()
            events = self._checked.take(unit, clock_us())
            is_first = not self._unsent
            self._unsent += events
            if self._call is not None and events and is_first:
                self._call()

    @property
    def needs_keyframe(self) -> bool:
        """Nothing passes but a keyframe."""
        return self._checked.size == (0, 0)

    def connect(self, call: Callable[[], None] | None) -> None:
        """`call` has the event loop take what waits; None: nobody does any more."""
        with self._lock:
            self._call = call
            if call is not None and self._unsent:
                call()

    def taken(self) -> list[TrackEvent]:
        """What has waited, in order."""
        with self._lock:
            events, self._unsent = self._unsent, []
            return events

    def open(self) -> None:
        """Do nothing: the program pushes."""

    def close(self) -> None:
        """Do nothing."""

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        """Raises SourceUnavailable: its pictures come encoded."""
        raise SourceUnavailable("pushed H.264 is passed on as it is")

    def dispose(self) -> None:
        with self._lock:
            self._is_over, self._call = True, None
            self._unsent.clear()
        super().dispose()


class _Checked:
    """What the gate says of each access unit, as events of a track with the number 0."""

    def __init__(self, ceiling: RateTarget) -> None:
        self._ceiling = ceiling
        self._clock = PublisherClock()
        self._gate = self._new_gate()
        self._sets = b""
        self.size = (0, 0)
        """Of the pictures; (0, 0): a keyframe must come first."""
        self._number = 0
        """Of the last access unit, for the gate."""
        self._sequence = 0
        """Of the next packet that passes."""

    def take(self, unit: bytes, now_us: int) -> list[TrackEvent]:
        """The events of this unit; none where a picture before it is missing. Raises UsageError."""
        try:
            return self._take(unit, now_us)
        except Unfit as unfit:
            self.lose_step()
            raise UsageError(_REFUSED.format(unfit.refusal.detail)) from None

    def lose_step(self) -> None:
        """A picture is missing: let nothing pass but a keyframe."""
        self._gate, self.size = self._new_gate(), (0, 0)

    def _new_gate(self) -> VideoGate:
        cost = VideoCost(Rendition.MAIN, self._ceiling.bitrate_bps, self._ceiling.fps)
        return VideoGate(HOST, Offer(0, "", "", [cost]), 0, self._clock, clock_us())

    def _configure(self, unit: bytes, now_us: int) -> None:
        """Announce the size that a keyframe has, when it is another one. Raises Unfit."""
        sets = [each for each in split(unit, HOST.picture.units) if each[0] & 0x1F == _SPS]
        size = read_sequence(sets[0]).size if sets else self.size
        if size == self.size:
            return
        message = Configure(
            0, Rendition.MAIN, Codec.H264, "", *size, *size, max(1, self._ceiling.fps)
        )
        refusal = self._gate.configure(message, now_us)
        if isinstance(refusal, Refusal):
            raise Unfit(refusal.reason, refusal.detail)
        self.size = size

    def _take(self, unit: bytes, now_us: int) -> list[TrackEvent]:
        is_keyframe = bool(_IDR.search(unit))
        if not _SLICE.search(unit):
            split(unit, HOST.picture.units)
            before = b"" if _SEQUENCE_SET.search(unit) else self._sets
            self._sets = (before + unit)[:_MOST_OF_SETS]
            return []
        if is_keyframe and not _SEQUENCE_SET.search(unit):
            unit = self._sets + unit
        if is_keyframe:
            self._configure(unit, now_us)
        self._number += 1
        packet = Packet(
            *(PacketKind.VIDEO, Rendition.MAIN, 0, self._number % 2**32, now_us, is_keyframe),
            *(Damage.ALL, unit),
        )
        passed = self._gate.take(Published(packet), now_us)
        if isinstance(passed, Passed):
            config = [] if passed.config is None else [passed.config]
            numbered = replace(passed.published.packet, sequence=self._sequence)
            self._sequence = (self._sequence + 1) % 2**32
            return [*config, numbered]
        if passed.reason is Reason.OUT_OF_STEP:
            return []
        raise Unfit(passed.reason, passed.detail)
