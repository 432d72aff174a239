"""Decodes and mixes voices on a thread of its own, every 20 ms, while somebody needs the mix.

The event loop calls `take`, `hush`, `serve` and `close`; nothing there waits. The thread hands the
mix to the pages through the loop, and to an output of this machine directly.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

import numpy as np

from samescreen.clock import clock_us
from samescreen.wire.talk import SEQUENCES, VOICE_US, Voice, VoiceKind

from .mix import Block, Mix
from .opus_voice import OpusVoice

_log = logging.getLogger(__name__)

_MOST_DECODERS: Final = 8
_MOST_WAITING: Final = 400
_LATE_US: Final = 5 * VOICE_US
_FULL_SCALE: Final = 32767


class Output(Protocol):
    """Plays the mix on this machine. On the mixer's thread, or one of its own; nothing raises."""

    def play(self, samples: bytes) -> None:
        """20 ms: 16-bit little-endian, one channel, 48 kHz."""

    def rest(self) -> None:
        """Nobody speaks at the moment."""

    def close(self) -> None:
        """For good, as the last call."""


class Mixer:
    """`deliver` gets the mix as packets, on whatever thread; it passes them on to the loop."""

    def __init__(self, deliver: Callable[[Voice], None], output: Output | None = None) -> None:
        self._deliver = deliver
        self._output = output
        self._calls: queue.Queue[Voice | int | None] = queue.Queue(_MOST_WAITING)
        self._is_served = False
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._mix = Mix()
        self._decoders: dict[int, OpusVoice] = {}
        self._sequence = 0

    # Called by the event loop

    def take(self, voice: Voice) -> None:
        """A packet of a speaker. Left out while nobody needs the mix, or far too many wait."""
        if self._is_needed:
            self._begin()
            self._put(voice)

    def hush(self, speaker: int) -> None:
        """The speaker is silent."""
        if self._thread is not None:
            self._put(speaker)

    def serve(self, is_taken: bool) -> None:
        """Whether pages, recordings or outputs take the mix."""
        self._is_served = is_taken

    def close(self) -> threading.Thread | None:
        """End; the thread to wait for, if there is one."""
        self._is_closed = True
        if self._output is not None:
            self._begin()  # the thread closes it, which may take a while
        thread, self._thread = self._thread, None
        if thread is not None:
            self._put(None)
        return thread

    @property
    def _is_needed(self) -> bool:
        return not self._is_closed and (self._is_served or self._output is not None)

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="voice-mixer", daemon=True)
            self._thread.start()

    def _put(self, call: Voice | int | None) -> None:
        with suppress(queue.Full):  # the thread is stuck; sound that waits longer is useless
            self._calls.put_nowait(call)

    # On the thread

    def _run(self) -> None:
        try:
            while not self._is_closed:
                self._speak()
        except Exception:  # the task's outermost edge
            _log.exception("the mix of voices stopped")
        if self._output is not None:
            self._output.close()

    def _speak(self) -> None:
        """Wait for somebody to speak, and mix until everybody is silent."""
        if self._output is not None:
            self._output.rest()
        self._do(self._calls.get())
        due_us = clock_us()
        while not self._mix.is_empty and not self._is_closed:
            due_us += VOICE_US
            if clock_us() - due_us > _LATE_US:
                due_us = clock_us()
            self._listen_until(due_us)
            block = self._mix.pull()
            if block is not None:
                self._hand_out(block)

    def _listen_until(self, due_us: int) -> None:
        while (left_us := due_us - clock_us()) > 0:
            try:
                self._do(self._calls.get(timeout=left_us / 1e6))
            except queue.Empty:
                return

    def _do(self, call: Voice | int | None) -> None:
        if isinstance(call, int):
            self._mix.finish(call)
        elif call is not None:
            self._decode(call)

    def _decode(self, voice: Voice) -> None:
        decoder = self._decoders.pop(voice.speaker, None)
        if decoder is None or voice.begins:
            decoder = OpusVoice()
        self._decoders[voice.speaker] = decoder  # who spoke last is last
        if len(self._decoders) > _MOST_DECODERS:
            del self._decoders[next(iter(self._decoders))]
        block = decoder.decode(voice.payload)
        if block is not None:
            self._mix.push(voice.speaker, block)

    def _hand_out(self, block: Block) -> None:
        samples = (np.clip(block, -1, 1) * _FULL_SCALE).round().astype("<i2").tobytes()
        if self._is_served:
            self._sequence = (self._sequence + 1) % SEQUENCES
            self._deliver(Voice(VoiceKind.MIX, 0, self._sequence, samples))
        if self._output is not None:
            self._output.play(samples)
