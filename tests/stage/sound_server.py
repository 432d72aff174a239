"""A PulseAudio of the tests' own: null sinks for sound cards, a folder instead of the user's.

Nothing of it is found by other programs, and it finds nothing of theirs.
"""

from __future__ import annotations

import signal
import subprocess
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, python_environment, spawn

RATE: Final = 48_000
SINK: Final = "stage"


class SoundServer:
    """Start it, play into it; programs with `env` hear it. `sinks` are its outputs."""

    def __init__(self, folder: Path, sinks: Sequence[str] = (SINK,)) -> None:
        self._program = find_tool("pulseaudio")
        self._player = find_tool("paplay")
        self._folder = folder
        self._sinks = tuple(sinks)
        self._process: subprocess.Popen[str] | None = None
        socket = folder / "native"
        self._socket = socket
        home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "XDG_CONFIG_HOME": str(folder)}
        self.env: dict[str, str] = {
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
        }
        self._own_env = python_environment() | home | self.env

    def start(self) -> SoundServer:
        """Returns once it answers. Again after `kill`: on the same socket."""
        # norewinds: a null sink otherwise begins with two seconds that nobody hears.
        modules = [f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}"]
        modules += [
            f"module-null-sink sink_name={sink} rate={RATE} channels=2 norewinds=1 "
            f'sink_properties=device.description="{sink.title()}"'
            for sink in self._sinks
        ]
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        # A realtime thread that runs for 200 ms without a pause, as one does to catch up after the
        # machine was held up, is ended by the kernel, and the server with it.
        options.append("--realtime=no")
        loads = [word for module in modules for word in ("-L", module)]
        self._process = spawn([self._program, *options, *loads], env=self._own_env)
        eventually(
            lambda: self.control("info") is not None, what="PulseAudio answers", within=10_000 * MS
        )
        return self

    def control(self, *words: str) -> str | None:
        """What pactl says; None when it failed."""
        done = subprocess.run(
            [find_tool("pactl"), *words],
            env=self._own_env,
            capture_output=True,
            text=True,
            check=False,
            timeout=5000 * MS,
        )
        return done.stdout if done.returncode == 0 else None

    @contextmanager
    def hung(self) -> Iterator[None]:
        """It is there, and does nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a crash does."""
        self.stop(signal.SIGKILL)
        self._socket.unlink(missing_ok=True)

    def stop(self, by: int = signal.SIGTERM) -> None:
        if self._process is not None:
            end(self._process, by=by)
            self._process = None

    @contextmanager
    def playing(self, samples: NDArray[np.float32], sink: str = SINK) -> Iterator[None]:
        """Plays mono samples, -1 to 1, on both channels."""
        path = self._folder / f"{sink}.wav"
        write_wave(path, samples)
        command = [self._player, f"--device={sink}", "--latency-msec=20", str(path)]
        player = spawn(command, env=self._own_env)
        try:
            yield
        finally:
            end(player)


def tone(seconds: float, hertz: float = 1000.0, level: float = 0.5) -> NDArray[np.float32]:
    """A sine."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * time_s)).astype(np.float32)


def write_wave(path: Path, samples: NDArray[np.float32]) -> None:
    """A 16-bit stereo file."""
    steps = (samples * 32767).round().astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.column_stack((steps, steps)).tobytes())
