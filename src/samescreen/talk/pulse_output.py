"""Voices on this machine, through PulseAudio or PipeWire's socket: its speakers, or a microphone.

The microphone is for other programs: a sink that nobody hears, and a source that gives what is
played there. Both belong to this process and go with it; what a killed process left behind, the
next one removes. `open_output` is called once, on any thread; `output_thread` does the rest on
its own.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from typing import Final

import psutil

from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.capture.sound.libpulse import Connection, Playback
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost
from samescreen.wire.talk import VOICE_FRAMES, VOICE_RATE

_errors: Final = RecurringErrors(logging.getLogger(__name__))
_BLOCK_BYTES: Final = VOICE_FRAMES * 2
_AGAIN_US: Final = 2_000_000
_SINK: Final = "samescreen_voices_"
_SOURCE: Final = "samescreen_microphone_"
_OWNER: Final = re.compile(rf"(?:{_SINK}|{_SOURCE})([0-9]+)")
_NAMES: Final = "device.description=Samescreen"


class PulseOutput:
    """Plays voices to a microphone, or the default output, which is free while nobody speaks."""

    def __init__(self, microphone: VirtualMicrophone | None = None) -> None:
        self._microphone = microphone
        self._connection: Connection | None = None
        self._playback: Playback | None = None
        self._again_us = 0

    def play(self, samples: bytes) -> None:
        """20 ms of the mix. After a failure the output is opened again in two seconds."""
        if clock_us() < self._again_us:
            return
        try:
            if self._playback is None:
                self._open()
            assert self._connection is not None
            assert self._playback is not None
            self._connection.iterate(0)
            self._playback.has_begun()
            self._playback.put(samples)
        except CaptureError as error:
            _errors.log("playing voices", error)
            self.rest()
            self._again_us = clock_us() + _AGAIN_US  # it may have hung until now

    def _open(self) -> None:
        sink = ""
        if self._microphone is not None:
            self._microphone.make()
            sink = self._microphone.sink
        self._connection = Connection()
        self._playback = self._connection.play(sink, rate=VOICE_RATE, block_bytes=_BLOCK_BYTES)

    def rest(self) -> None:
        """Let the device go."""
        if self._playback is not None:
            self._playback.close()
        if self._connection is not None:
            self._connection.close()
        self._connection = self._playback = None

    def close(self) -> None:
        self.rest()
        if self._microphone is not None:
            self._microphone.close()


class VirtualMicrophone:
    """A microphone that other programs can choose: it gives what is played to `sink`.

    It belongs to the process `pid`: when that has ended, the next one removes it.

    Raises:
        BackendMissing, SourceUnavailable: there is no sound server, or it loads no modules.
        SourceLost: it does not answer.
    """

    def __init__(self, pid: int) -> None:
        self.sink = f"{_SINK}{pid}"
        self._source = f"{_SOURCE}{pid}"
        self._connection: Connection | None = None
        self._modules: list[int] = []
        self.make()

    def make(self) -> None:
        """Make it, unless it is there: a sound server that was started anew has none.

        Raises:
            CaptureError: as the class.
        """
        if self._connection is not None:
            try:
                self._connection.iterate(0)
                return
            except SourceLost:
                self.close()
        self._connection = Connection()
        try:
            self._remove_leftovers(self._connection)
            self._load(self._connection)
        except CaptureError:
            self.close()
            raise

    def _load(self, connection: Connection) -> None:
        sink = f"sink_name={self.sink} rate={VOICE_RATE} sink_properties={_NAMES}-voices"
        source = f"source_name={self._source} source_properties={_NAMES}"
        master = f"master={self.sink}.monitor"
        self._modules.append(connection.load_module("module-null-sink", sink))
        self._modules.append(connection.load_module("module-remap-source", f"{source} {master}"))

    def _remove_leftovers(self, connection: Connection) -> None:
        for index, arguments in reversed(connection.modules().items()):
            owner = _OWNER.search(arguments)
            if owner is not None and not psutil.pid_exists(int(owner[1])):
                connection.unload_module(index)

    def close(self) -> None:
        """Remove both; may be called twice."""
        connection, self._connection = self._connection, None
        modules, self._modules = self._modules, []
        if connection is None:
            return
        with suppress(SourceLost):  # the server is gone, and the modules with it
            for index in reversed(modules):
                connection.unload_module(index)
        connection.close()


def open_output(where: str) -> PulseOutput:
    """Where voices are played: "speakers" or "mic".

    Raises:
        BackendMissing, SourceUnavailable: there is no sound server.
        SourceLost: it does not answer.
    """
    if where == "mic":
        return PulseOutput(VirtualMicrophone(os.getpid()))
    Connection().close()
    return PulseOutput()
