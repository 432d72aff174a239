"""Pictures that come encoded, decoded in a process with limits, as a source of a track.

`put` runs on the event loop, the rest on the track's thread. Nothing that came from elsewhere is
decoded in this process (`decode/`). The process is there while pictures come, and ends when none is
wanted for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

from samescreen.capture.base import Source
from samescreen.capture.damage import changed_regions
from samescreen.clock import clock_us
from samescreen.decode.decoder import Decoder
from samescreen.decode.values import Decoded, Limits
from samescreen.errors import SourceLost
from samescreen.media import Codec, Damage, Frame, Pixels, Region

_RESTS: Final = 10
"""Seconds of rest after which the process ends."""


class Decoding(Protocol):
    """The part of a `Decoder` that is used here."""

    @property
    def needs_keyframe(self) -> bool: ...

    @property
    def ended(self) -> str: ...

    def submit(
        self, payload: bytes, when_us: int, *, is_keyframe: bool, is_past: bool = False
    ) -> bool:
        """Decode this next; `is_past`: without showing it."""

    def newest(self) -> Decoded | None:
        """The newest picture, once."""

    def close(self) -> None:
        """End the process."""


NewDecoder = Callable[[Callable[[], None]], Decoding]
"""Takes what is to be called on news, on any thread."""


def jpeg_decoder(name: str, pixels: int) -> NewDecoder:
    """Decoders for files of at most so many pixels; `name` is for the log."""
    limits = Limits.of(pixels)
    return lambda changed: Decoder(name, Codec.JPEG, changed, layout="bgrx", limits=limits)


class DecodedSource(Source):
    """What `put` brings, in the order in which it comes; pictures that nobody took are replaced.

    `on_lost` is called, on any thread, when a picture was lost with its process: another one is
    needed. `forgets`: after a rest, the last picture is too old to be shown.
    """

    backend = "a page"
    waiting = "no picture has come yet"

    def __init__(
        self,
        label: str,
        new_decoder: NewDecoder,
        on_lost: Callable[[], None],
        *,
        forgets: bool = False,
    ) -> None:
        super().__init__()
        self.label = label
        self.forgets_at_rest = forgets
        self._new_decoder = new_decoder
        self._on_lost = on_lost
        self._lock = threading.Lock()
        # Guarded by _lock:
        self._decoder: Decoding | None = None
        self._is_over = False
        # Of the track's thread:
        self._shown: Pixels | None = None
        self._is_fresh = True
        self._rested = 0

    @property
    def ended(self) -> str:
        """Why nothing can be decoded any more; "" while it can. Any thread."""
        decoder = self._decoder
        return "" if decoder is None else decoder.ended

    @property
    def needs_keyframe(self) -> bool:
        """Only a keyframe can be decoded next. Any thread."""
        decoder = self._decoder
        return decoder is None or decoder.needs_keyframe

    def put(
        self, payload: bytes, pts_us: int, *, is_keyframe: bool = True, is_past: bool = False
    ) -> None:
        """Show this JPEG file or access unit, which has passed the gate.

        `is_past`: only decode it, for those that follow.
        """
        with self._lock:
            if self._is_over:
                return
            if self._decoder is None:
                self._decoder = self._new_decoder(self._changed)
            decoder = self._decoder
        self.waiting = ""
        decoder.submit(payload, pts_us, is_keyframe=is_keyframe, is_past=is_past)

    def open(self) -> None:
        self._is_fresh = True

    def grab(self, deadline_us: int, *, needs_pixels: bool = True) -> Frame | None:
        self._rested = 0
        is_woken = False
        while True:
            frame = self._take()
            now_us = clock_us()
            if frame is not None or is_woken or now_us >= deadline_us:
                return frame
            if self.ended:
                raise SourceLost(self.ended)
            is_woken = self._waker.wait(deadline_us - now_us)

    def rest(self) -> None:
        self._rested += 1
        decoder = self._decoder
        if self.forgets_at_rest:
            self._shown = None
            if decoder is not None:
                decoder.newest()
        if self._rested == _RESTS:
            self.end_decoding()

    def close(self) -> None:
        """Do nothing: the next `open` shows the last picture."""

    def dispose(self) -> None:
        with self._lock:
            self._is_over = True
        self.end_decoding()
        super().dispose()

    def end_decoding(self) -> None:
        """End the process; the next picture begins another one. Any thread; does not wait."""
        with self._lock:
            decoder, self._decoder = self._decoder, None
        if decoder is not None:
            decoder.close()

    def _changed(self) -> None:
        self.wake()
        decoder = self._decoder
        if decoder is not None and decoder.needs_keyframe:
            self._on_lost()

    def _take(self) -> Frame | None:
        decoder = self._decoder
        decoded = None if decoder is None else decoder.newest()
        if decoded is not None:
            return self._compared(decoded.pixels, decoded.when_us)
        if self._shown is None or not self._is_fresh:
            return None
        self._is_fresh = False
        return Frame(self._shown, clock_us(), Damage.of(_bounds(self._shown)))

    def _compared(self, pixels: Pixels, pts_us: int) -> Frame | None:
        shown, bounds = self._shown, _bounds(pixels)
        is_new = shown is None or shown.shape != pixels.shape or self._is_fresh
        self._shown, self._is_fresh = pixels, False
        if is_new or shown is None:
            return Frame(pixels, pts_us, Damage.of(bounds))
        damage = changed_regions(shown, pixels, (bounds,))
        return Frame(pixels, pts_us, damage) if damage else None


def _bounds(pixels: Pixels) -> Region:
    return Region(0, 0, int(pixels.shape[1]), int(pixels.shape[0]))
