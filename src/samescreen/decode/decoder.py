"""Decodes one stream in a process of its own, and restarts it when it dies.

`submit`, `newest` and `close` may be called on any thread, and never wait for the process; a thread
of the decoder does. What was not taken is replaced by what is newer: nothing here grows.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from samescreen.clock import clock_us
from samescreen.labels import label
from samescreen.media import Codec

from .exchange import NO_SLOT, SLOTS, Outcome
from .inbox import Inbox, Waiting
from .process import DecodingProcess, Gone
from .restarts import Restarts
from .values import Decoded, Layout, Limits

_log = logging.getLogger(__name__)

LIMITS: Final = Limits()
MOST_UNDECODABLE: Final = 4
"""Keyframes in a row. So ends, too, what libav calls damaged when it gets no memory."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A picture in the memory of a process."""

    process: DecodingProcess
    slot: int
    width: int
    height: int
    when_us: int

    def copied(self) -> Decoded:
        pixels = self.process.picture(self.slot, self.width, self.height).copy()
        return Decoded(pixels, self.when_us)


@dataclass(slots=True)
class _Pictures:
    """The newest picture, and the one that is being copied now."""

    newest: _Ready | None = None
    copying: _Ready | None = None

    def free_slot(self) -> int:
        """A slot that nobody reads."""
        taken = {each.slot for each in (self.newest, self.copying) if each is not None}
        return next(slot for slot in range(SLOTS) if slot not in taken)


class Decoder:
    """Decodes the stream `name` (for log lines) from now on, until `close`.

    `changed` is called on the decoder's own thread when there is a new picture, when a keyframe is
    needed, and when decoding has ended for good. It must return at once.

    If the process dies (killed, out of memory, crashed, a packet that takes longer than
    `limits.packet_s`, or MOST_UNDECODABLE keyframes in a row that it cannot decode), one line in
    the log says why. The process starts again after a pause that doubles each time, from 0.25 s.
    After five deaths, each within a minute after the one before, it does not start again, and
    `ended` says why.
    """

    def __init__(
        self,
        name: str,
        codec: Codec,
        changed: Callable[[], None],
        *,
        layout: Layout = "bgr",
        limits: Limits = LIMITS,
    ) -> None:
        self._task = codec, layout, limits
        self._name = label(name)
        self._changed = changed
        self._inbox = Inbox(limits.packet_bytes, limits.waiting)
        self._pictures = _Pictures()
        self._process: DecodingProcess | None = None
        self._ended = ""
        self._is_closed = False
        self._news = threading.Condition()
        self._copying = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)
        self._thread.start()

    @property
    def needs_keyframe(self) -> bool:
        """Only a keyframe can be decoded now. True at first, and again after whatever is lost."""
        return self._inbox.needs_keyframe

    @property
    def ended(self) -> str:
        """Why it decodes nothing any more, as one line; "" while it does."""
        return self._ended

    def submit(
        self, payload: bytes, when_us: int, *, is_keyframe: bool, is_past: bool = False
    ) -> bool:
        """Decode one packet that passed the gate: an access unit in Annex B, or a JPEG file.

        A JPEG file is always a keyframe. `is_past`: nobody wants to see the picture; those after it
        need it. False: it was dropped, and a keyframe is needed.
        """
        with self._news:
            if self._is_closed or self._ended:
                return False
            is_taken = self._inbox.put(Waiting(payload, when_us, is_keyframe, is_past))
            self._news.notify()
            return is_taken

    def newest(self) -> Decoded | None:
        """The newest picture, once; None if there is none since the last call."""
        with self._copying:
            with self._news:
                ready, self._pictures.newest = self._pictures.newest, None
                self._pictures.copying = ready
            try:
                return ready.copied() if ready is not None else None
            finally:
                with self._news:
                    self._pictures.copying = None

    def close(self) -> None:
        """End the process and forget everything. Does not wait; may be called twice."""
        with self._news:
            self._is_closed = True
            self._pictures.newest = None
            self._inbox.lose()
            self._news.notify()
            if self._process is not None:
                self._process.kill()

    # --- the decoder's thread -------------------------------------------------------------------

    def _run(self) -> None:
        restarts = Restarts()
        while not self._is_closed:
            try:
                self._decode_until_closed()
            except Gone as why:
                pause_s = restarts.after_death(clock_us())
                if not self._is_closed:
                    self._lost(str(why), pause_s)
                if pause_s is None:
                    return
                with self._news:
                    self._news.wait_for(lambda: self._is_closed, pause_s)

    def _decode_until_closed(self) -> None:
        """Run one process. Raises Gone."""
        process = DecodingProcess(*self._task)
        undecodable = 0
        try:
            with self._news:
                self._process = process
                if self._is_closed:
                    return
            process.ready()
            while (taken := self._taken()) is not None:
                if self._decode(process, *taken):
                    undecodable = 0
                elif taken[0].is_keyframe:
                    undecodable += 1
                    if undecodable >= MOST_UNDECODABLE:
                        raise Gone(f"could not decode {undecodable} keyframes in a row")
        finally:
            with self._news:
                self._process = None
            process.end()

    def _taken(self) -> tuple[Waiting, int] | None:
        """The next packet and the slot for it, as soon as there is one; None: it is closed."""
        with self._news:
            while not self._is_closed:
                taken = self._inbox.take()
                if taken is not None:
                    packet, is_shown = taken
                    return packet, self._pictures.free_slot() if is_shown else NO_SLOT
                self._news.wait()
        return None

    def _decode(self, process: DecodingProcess, packet: Waiting, slot: int) -> bool:
        """Decode one packet; False: it is undecodable."""
        reply = process.decode(packet.payload, slot)
        with self._news:
            if reply.outcome == Outcome.PICTURE and not self._is_closed:
                size = reply.width, reply.height
                self._pictures.newest = _Ready(process, slot, *size, packet.when_us)
            elif reply.outcome == Outcome.UNDECODABLE:
                self._inbox.lose()
            else:
                return True
        self._changed()
        return reply.outcome != Outcome.UNDECODABLE

    def _lost(self, why: str, pause_s: float | None) -> None:
        """The process is gone."""
        with self._news:
            self._inbox.lose()
            if pause_s is None:
                self._ended = f"{self._name} cannot be decoded: the decoder {why}"
        if pause_s is None:
            _log.warning("%s, again and again", self._ended)
        else:
            _log.warning(
                "%s: the decoder %s; it starts again in %g s", self._name, why, pause_s
            )
        self._changed()
