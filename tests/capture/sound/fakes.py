"""A fake of soundcard, as far as the source uses it, for Windows and for macOS.

Every call must fit the recorded signatures. On "Windows" it also keeps COM's books: imported in a
thread that has none, used only in threads that have one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import numpy as np

from samescreen.media import Samples
from tests.capture import recorded_signatures as recorded
from tests.capture.recorded_signatures import accept

Step = Samples | Exception | Callable[[], object]


class FakeCom:
    """ole32, and the threads that have initialised COM."""

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.answer = 0

    def load(self, name: str) -> SimpleNamespace:
        assert name == "ole32"
        return SimpleNamespace(CoInitializeEx=self._begin, CoUninitialize=self._end)

    def _begin(self, reserved: None, kind: int) -> int:
        assert (reserved, kind) == (None, 0)
        if self.answer >= 0:
            self.threads.add(threading.get_ident())
        return self.answer

    def _end(self) -> None:
        self.threads.remove(threading.get_ident())


@dataclass
class FakeMicrophone:
    """_Microphone."""

    module: FakeSoundcard
    id: str | int
    called: str | Exception
    channels: int = 2
    isloopback: bool = False

    @property
    def name(self) -> str:
        if isinstance(self.called, Exception):
            raise self.called
        return self.called

    def recorder(self, *args: Any, **kwargs: Any) -> FakeRecorder:
        self.module.check()
        self.module.asked = accept(recorded.Soundcard.recorder, *args, **kwargs)
        self.module.opened.append(self.called)
        if self.module.refusal is not None:
            raise self.module.refusal
        return FakeRecorder(self.module)


class FakeRecorder:
    """_Recorder: one thread only."""

    def __init__(self, module: FakeSoundcard) -> None:
        self._module = module
        self._thread = threading.get_ident()

    def __enter__(self) -> Self:
        self._check()
        self._module.recording += 1
        return self

    def __exit__(self, *exc: object) -> None:
        self._check()
        self._module.recording -= 1
        if self._module.is_gone:
            raise RuntimeError("Error 0x88890004")

    def record(self, *args: Any, **kwargs: Any) -> Samples:
        self._check()
        assert accept(recorded.Soundcard.record, *args, **kwargs) == {"numframes": None}
        return self._module.next_step()

    def __getattr__(self, name: str) -> Any:
        assert name in recorded.Soundcard.MACOS_RECORDER, name
        assert not self._module.is_windows, "Windows's has none of these"
        return getattr(self._module, name)

    def _check(self) -> None:
        assert threading.get_ident() == self._thread, "another thread than the one that made it"
        self._module.check()


class FakeSoundcard(ModuleType):
    """The module: `gives` is what a recorder records."""

    def __init__(self, *, is_windows: bool) -> None:
        super().__init__("soundcard")
        self.is_windows = is_windows
        self.com = FakeCom()
        self.asked: dict[str, Any] = {}
        self.opened: list[str | Exception] = []
        self.refusal: Exception | None = None
        self.is_gone = False
        self.hangs: threading.Event | None = None
        """Listing devices waits for it."""
        self.recording = 0
        self.waits_for_ever = False
        self.import_error: Exception | None = None
        self._queue: deque[Step] = deque()
        self._record_event = threading.Event()
        self.default = "{0.0.0}.{b}"
        inputs = [FakeMicrophone(self, "{0.0.1}.{c}", "Microphone (Realtek(R) Audio)")]
        outputs = [
            FakeMicrophone(self, f"{{0.0.0}}.{{{at}}}", called, isloopback=True)
            for at, called in (("a", "Monitor (HDMI)"), ("b", "Speakers (Realtek(R) Audio)"))
        ]
        macs = [
            FakeMicrophone(self, 42, "MacBook Pro Microphone", channels=1),
            FakeMicrophone(self, 57, "BlackHole 16ch", channels=16),
        ]
        self.microphones = [*outputs, *inputs] if is_windows else macs

    def imported(self, name: str) -> ModuleType:
        assert name == "soundcard"
        if self.import_error is not None:
            raise self.import_error
        if threading.get_ident() in self.com.threads:
            raise RuntimeError("Error 0x100000001")  # S_FALSE: this thread has COM already
        return self

    def check(self) -> None:
        assert (
            not self.is_windows
            or self.com.answer < 0
            or (threading.get_ident() in self.com.threads)
        ), "used without COM"

    def gives(self, *steps: Step) -> None:
        self._queue.extend(steps)
        self._record_event.set()

    def next_step(self) -> Samples:
        if not self._queue:
            self.waits_for_ever = not self.is_windows
            assert self.is_windows, "macOS would wait for ever"
            self._record_event.wait(0.01)  # the real one polls, then returns zeros
            self._record_event.clear()
            return np.zeros((0, 2), dtype=np.float32)
        step = self._queue.popleft()
        if isinstance(step, Exception):
            self.is_gone = True
            raise step
        if callable(step):
            step()
            return np.zeros((0, 2), dtype=np.float32)
        return step

    def all_microphones(self, *args: Any, **kwargs: Any) -> list[FakeMicrophone]:
        self.check()
        if self.hangs is not None:
            self.hangs.wait()
        asked = accept(recorded.Soundcard.all_microphones, *args, **kwargs)
        assert asked["include_loopback"] is self.is_windows, "macOS warns of it"
        return self.microphones

    def default_speaker(self) -> Any:
        self.check()
        return SimpleNamespace(id=self.default)
