"""Fakes of Apple's frameworks, as far as the sources use them, driven by the tests.

Every selector and function must be in the record, with as many arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from samescreen.media import Pixels, Samples
from tests.capture.recorded_signatures import ScreenCaptureKit as Recorded

SETTERS = {
    *("setWidth_", "setHeight_", "setPixelFormat_", "setQueueDepth_"),
    *("setSampleRate_", "setChannelCount_"),
}
"""Properties of plain numbers: pyobjc reads them at run time, no metadata is needed."""


class FakeError:
    """NSError."""

    def __init__(self, code: int, reason: str = "it said no") -> None:
        self._code, self._reason = code, reason

    def code(self) -> int:
        return self._code

    def localizedDescription(self) -> str:  # noqa: N802
        return self._reason


class NSObject:
    """Classes below it need names that the record has."""

    delegate: Any

    def __init_subclass__(cls, protocols: list[str]) -> None:
        assert protocols == ["SCStreamOutput", "SCStreamDelegate"]
        methods = {name for name in vars(cls) if name.endswith("_") and not name.startswith("_")}
        assert {name.replace("_", ":") for name in methods} <= Recorded.SELECTORS
        for name in methods:
            assert vars(cls)[name].__code__.co_argcount == 1 + name.count("_")

    @classmethod
    def alloc(cls) -> NSObject:
        return cls()

    def init(self) -> NSObject:
        return self


class FakeKit:
    """All modules. `on_*` scripts what happens; the other attributes record what was done."""

    def __init__(self) -> None:
        self.is_allowed = True
        self.was_asked = False
        self.displays = {7: (1440, 900), 2: (2560, 1600)}
        self.main = 7
        self.content_error: FakeError | None = None
        self.start_error: FakeError | None = None
        self.output_error: FakeError | None = None
        self.is_deaf = False
        self.is_before_13 = False
        self.settings: dict[str, Any] = {}
        self.observer: Any = None
        self.shown: Any = None
        self.running = 0
        self.locks = 0
        self.copies = 0

    def modules(self) -> dict[str, ModuleType]:
        functions: dict[str, Callable[..., Any]] = {
            "CGPreflightScreenCaptureAccess": lambda: self.is_allowed,
            "CGRequestScreenCaptureAccess": self._request,
            "CGMainDisplayID": lambda: self.main,
            "CGDisplayCopyDisplayMode": self.displays.get,
            "CGDisplayModeGetPixelWidth": lambda mode: mode[0],
            "CGDisplayModeGetPixelHeight": lambda mode: mode[1],
            "CVPixelBufferLockBaseAddress": lambda image, flags: self._lock(1),
            "CVPixelBufferUnlockBaseAddress": lambda image, flags: self._lock(-1),
            "CVPixelBufferGetBaseAddress": self._base,
            "CVPixelBufferGetBytesPerRow": lambda image: image.shape[1] * 4 + 64,
            "CVPixelBufferGetWidth": lambda image: image.shape[1],
            "CVPixelBufferGetHeight": lambda image: image.shape[0],
            "CMSampleBufferGetImageBuffer": lambda sample: sample,
            "CMSampleBufferGetDataBuffer": lambda sample: sample.block,
            "CMSampleBufferGetNumSamples": lambda sample: sample.frames,
            "CMSampleBufferGetFormatDescription": lambda sample: sample,
            "CMAudioFormatDescriptionGetStreamBasicDescription": lambda sample: sample.description,
            "CMBlockBufferGetDataLength": len,
            "CMBlockBufferCopyDataBytes": _copied,
            "CMTimeMake": lambda value, scale: (value, scale),
            "dispatch_queue_create": lambda label, kind: (label, kind),
        }
        names = ("ScreenCaptureKit", "Quartz", "CoreMedia", "dispatch", "Foundation", "objc")
        made = {name: ModuleType(name) for name in names}
        homes = {"CG": "Quartz", "CV": "Quartz", "CM": "CoreMedia", "di": "dispatch"}
        for name, function in functions.items():
            setattr(made[homes[name[:2]]], name, _counted(name, function))
        kit = made["ScreenCaptureKit"]
        kit.SCShareableContent = Selectors({self._CONTENT: self._content})  # type: ignore[attr-defined]
        kit.SCContentFilter = _class({"initWithDisplay_excludingWindows_": self._filter})  # type: ignore[attr-defined]
        kit.SCStreamConfiguration = _class({"init": self._settings})  # type: ignore[attr-defined]
        kit.SCStream = _class({"initWithFilter_configuration_delegate_": self._stream})  # type: ignore[attr-defined]
        made["Foundation"].NSObject = NSObject  # type: ignore[attr-defined]
        made["objc"].protocolNamed = lambda name: name  # type: ignore[attr-defined]
        return made

    _CONTENT = "getShareableContentExcludingDesktopWindows_onScreenWindowsOnly_completionHandler_"

    def shows(self, pixels: Pixels | None) -> None:
        """Deliver a sample with this picture; None: one without, as when nothing changed."""
        self.observer.stream_didOutputSampleBuffer_ofType_(None, pixels, 0)

    def delivers_sound(self) -> None:
        """Deliver a sample of sound to an observer that did not ask for sound."""
        self.observer.stream_didOutputSampleBuffer_ofType_(None, "sound", 1)

    def plays(self, sample: SoundSample) -> None:
        self.observer.stream_didOutputSampleBuffer_ofType_(None, sample, 1)

    def stops(self, error: FakeError) -> None:
        self.observer.stream_didStopWithError_(None, error)

    def _request(self) -> bool:
        self.was_asked = True
        return False

    def _content(self, desktop: bool, on_screen: bool, handler: Callable[..., None]) -> None:
        if self.is_deaf:
            return
        found = [SimpleNamespace(displayID=lambda own=own: own) for own in self.displays]
        content = SimpleNamespace(displays=lambda: found)
        handler(None if self.content_error else content, self.content_error)

    def _settings(self) -> Settings:
        return SettingsBefore13(self.settings) if self.is_before_13 else Settings(self.settings)

    def _filter(self, display: Any, excluded: list[Any]) -> Any:
        assert excluded == []
        self.shown = display.displayID()
        return "filter"

    def _stream(self, content: Any, settings: Any, delegate: Any) -> Any:
        assert content == "filter"
        self.observer = delegate
        return Selectors(
            {
                "addStreamOutput_type_sampleHandlerQueue_error_": self._add,
                "startCaptureWithCompletionHandler_": self._start,
                "stopCaptureWithCompletionHandler_": self._stop,
            }
        )

    def _add(self, output: Any, kind: int, queue: Any, error: None) -> tuple[bool, Any]:
        assert kind in (0, 1), "the screen or its sound"
        assert (output, queue) == (self.observer, (b"samescreen.capture", None))
        return self.output_error is None, self.output_error

    def _start(self, handler: Callable[[Any], None]) -> None:
        self.running += self.start_error is None
        handler(self.start_error)

    def _stop(self, handler: Callable[[Any], None]) -> None:
        self.running -= 1
        handler(None)

    def _lock(self, change: int) -> int:
        self.locks += change
        return 0

    def _base(self, image: Pixels) -> Any:
        assert self.locks == 1, "locked while it is read"
        self.copies += 1
        height, width = image.shape[:2]
        rows = np.zeros((height, width * 4 + 64), dtype=np.uint8)
        rows[:, : width * 4] = image.reshape(height, width * 4)

        def as_buffer(count: int) -> memoryview:
            assert count == rows.size
            return rows.data.cast("B")

        return SimpleNamespace(as_buffer=as_buffer)


class Selectors:
    """An Objective-C object with these methods and no others."""

    def __init__(self, methods: dict[str, Callable[..., Any]]) -> None:
        for name, method in methods.items():
            if "_" in name:
                assert name.replace("_", ":") in Recorded.SELECTORS, name
            setattr(self, name, method)


class Settings:
    """SCStreamConfiguration."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings

    def __getattr__(self, name: str) -> Callable[[Any], None]:
        assert name in SETTERS or name.replace("_", ":") in Recorded.SELECTORS, name
        return lambda value: self._settings.__setitem__(name[3:-1], value)


class SettingsBefore13(Settings):
    """SCStreamConfiguration of a macOS that cannot record its output."""

    def __getattr__(self, name: str) -> Callable[[Any], None]:
        if name in ("setCapturesAudio_", "setSampleRate_", "setChannelCount_"):
            raise AttributeError(name)
        return super().__getattr__(name)


class SoundSample:
    """A CMSampleBuffer of floats, by default channel by channel as ScreenCaptureKit gives them."""

    def __init__(self, samples: Samples, *, planar: bool = True, status: int = 0) -> None:
        values = samples.T if planar else samples
        self.block: bytes | None = StatusBytes(np.ascontiguousarray(values).tobytes(), status)
        self.frames = len(samples)
        flags = 1 | 8 | (32 if planar else 0)
        channels = samples.shape[1]
        self.description = (48000.0, 0x6C70636D, flags, 4, 1, 4, channels, 32, 0)


class StatusBytes(bytes):
    """A CMBlockBuffer, and the status of copying it."""

    status: int

    def __new__(cls, contents: bytes, status: int) -> StatusBytes:
        made = super().__new__(cls, contents)
        made.status = status
        return made


def _copied(block: StatusBytes, offset: int, length: int, nothing: None) -> tuple[int, bytes]:
    return block.status, bytes(block[offset : offset + length])


def _class(initialisers: dict[str, Callable[..., Any]]) -> Any:
    return SimpleNamespace(alloc=lambda: Selectors(initialisers))


def _counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        assert len(args) == Recorded.FUNCTIONS[name], name
        return function(*args)

    return call
