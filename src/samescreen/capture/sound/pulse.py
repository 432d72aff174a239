"""Sound from PulseAudio, or from PipeWire's PulseAudio socket. On the sound track's thread."""

from __future__ import annotations

from typing import Final

import numpy as np

from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import BLOCK_FRAMES, BLOCK_US, SOUND_CHANNELS, SOUND_RATE, SoundBlock

from .base import SoundSource
from .libpulse import Connection, Device, Recording
from .named import OUTPUT, found_device

_BLOCK_BYTES: Final = BLOCK_FRAMES * SOUND_CHANNELS * 4
_FRAGMENT_BYTES: Final = _BLOCK_BYTES // 2
"""How much the server sends at a time: half a block, as a block waits for its last fragment."""
_DEFAULT_MONITOR: Final = "@DEFAULT_MONITOR@"
_LOOK_US: Final = 1_000_000
_MOST_WAITING_BYTES: Final = 20 * _BLOCK_BYTES


def list_devices() -> list[Device]:
    """All devices that can be recorded now.

    Raises:
        SourceUnavailable: there is no sound server.
    """
    connection = Connection()
    try:
        return connection.devices()
    finally:
        connection.close()


class PulseSound(SoundSource):
    """The sound that `spec` names: "output" is what this machine plays, else a device.

    "output" is the default output: when the default changes, the source is lost, and reopened.
    """

    backend = "PulseAudio"

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self.label = spec
        self._connection: Connection | None = None
        self._recording: Recording | None = None
        self._waiting = bytearray()
        self._output = ""
        self._looked_us = 0

    def open(self) -> None:
        self.close()
        connection = self._connection = Connection()
        try:
            device = self._device(connection)
            self._recording = connection.record(
                device, rate=SOUND_RATE, channels=SOUND_CHANNELS, fragment_bytes=_FRAGMENT_BYTES
            )
        except (SourceUnavailable, SourceLost):
            self.close()
            raise
        self._looked_us = clock_us()

    def _device(self, connection: Connection) -> str:
        if self._spec != OUTPUT:
            device = found_device(self._spec, connection.devices())
            self.label = device.description
            return device.name
        self._output = connection.default_output()
        if not self._output:
            raise SourceUnavailable("this machine has no sound output to record")
        self.label = "this machine's output"
        return _DEFAULT_MONITOR

    def read(self, timeout_us: int) -> SoundBlock | None:
        if self._connection is None or self._recording is None:
            raise SourceLost("the sound is not open")
        deadline_us = clock_us() + timeout_us
        while len(self._waiting) < _BLOCK_BYTES:
            self._waiting += self._recording.take()
            if len(self._waiting) >= _BLOCK_BYTES:
                break
            now_us = clock_us()
            if now_us >= deadline_us:
                return None
            self._look_for_another_output(self._connection, now_us)
            self._connection.iterate(deadline_us - now_us)
            self._recording.has_begun()
        return self._block()

    def _block(self) -> SoundBlock:
        if len(self._waiting) > _MOST_WAITING_BYTES:  # this process was late: keep the newest
            del self._waiting[:-_BLOCK_BYTES]
        samples = np.frombuffer(bytes(self._waiting[:_BLOCK_BYTES]), dtype="<f4")
        del self._waiting[:_BLOCK_BYTES]
        later_us = len(self._waiting) * BLOCK_US // _BLOCK_BYTES
        began_us = clock_us() - later_us - BLOCK_US
        return SoundBlock(samples.reshape(BLOCK_FRAMES, SOUND_CHANNELS), began_us)

    def _look_for_another_output(self, connection: Connection, now_us: int) -> None:
        if self._spec == OUTPUT and now_us - self._looked_us >= _LOOK_US:
            self._looked_us = now_us
            connection.ask_default_output(self._output_is)
        if self._spec == OUTPUT and not self._output:
            raise SourceLost("this machine plays its sound elsewhere now")

    def _output_is(self, name: str) -> None:
        if name != self._output:
            self._output = ""

    def close(self) -> None:
        if self._recording is not None:
            self._recording.close()
        if self._connection is not None:
            self._connection.close()
        self._recording = self._connection = None
        self._waiting.clear()
