"""Signatures of other systems' packages, as read in their published wheels.

A fake binds each call to the signature recorded here, so that a call which the real package would
refuse is refused on every system. Names and defaults are theirs; bodies and types are left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

# ruff: noqa: N802  (names are theirs)


def accept(recorded: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The arguments by name, defaults filled in; TypeError where the real one would raise it."""
    bound = inspect.signature(recorded).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


class Dxcam:
    """dxcam 0.3.0, cp312-win_amd64: dxcam/__init__.py and dxcam/dxcam.py."""

    @staticmethod
    def create(
        device_idx: Any = 0,
        output_idx: Any = None,
        region: Any = None,
        output_color: Any = "RGB",
        max_buffer_len: Any = 8,
        backend: Any = "dxgi",
        processor_backend: Any = "cv2",
    ) -> None: ...

    @staticmethod
    def output_info() -> None: ...

    @staticmethod
    def grab(region: Any = None, copy: Any = True, new_frame_only: Any = True) -> None: ...

    @staticmethod
    def release() -> None: ...


class WindowsCapture:
    """windows-capture 2.0.1, cp39-abi3-win_amd64: windows_capture/__init__.py."""

    @staticmethod
    def WindowsCapture(
        cursor_capture: Any = True,
        draw_border: Any = None,
        secondary_window: Any = None,
        minimum_update_interval: Any = None,
        dirty_region: Any = None,
        monitor_index: Any = None,
        window_name: Any = None,
        window_hwnd: Any = None,
    ) -> None: ...

    @staticmethod
    def event(handler: Any) -> None: ...

    @staticmethod
    def start_free_threaded() -> None: ...


class Soundcard:
    """soundcard 0.4.6, py3-none-any: mediafoundation.py (Windows) and coreaudio.py (macOS).

    `exclusive_mode` of a recorder is Windows's alone, so it is left out. `record` of macOS waits
    for `_record_event` until `_queue` has something, without end.
    """

    @staticmethod
    def all_microphones(include_loopback: Any = False) -> None: ...

    @staticmethod
    def default_speaker() -> None: ...

    @staticmethod
    def recorder(samplerate: Any, channels: Any = None, blocksize: Any = None) -> None: ...

    @staticmethod
    def record(numframes: Any = None) -> None: ...

    MACOS_RECORDER = frozenset({"_queue", "_record_event"})


class PyobjcCore:
    """pyobjc-core 12.2.2, cp312 universal2: the signatures in _objc's own docstrings."""

    @staticmethod
    def loadBundle(
        module_name: Any,
        module_globals: Any,
        bundle_path: Any = None,
        bundle_identifier: Any = None,
        scan_classes: Any = True,
    ) -> None: ...

    @staticmethod
    def lookUpClass(class_name: Any) -> None: ...


class ScreenCaptureKit:
    """pyobjc-framework-ScreenCaptureKit 12.2.2 and -Quartz 13.0, cp312 universal2: _metadata.py.

    For sound -CoreMedia and -CoreAudio 12.2.2. CMBlockBufferCopyDataBytes gives a status and bytes.

    Of a selector each colon is an underscore and takes one argument.
    """

    SELECTORS = frozenset(
        {
            "getShareableContentExcludingDesktopWindows:onScreenWindowsOnly:completionHandler:",
            "initWithDisplay:excludingWindows:",
            "initWithFilter:configuration:delegate:",
            "addStreamOutput:type:sampleHandlerQueue:error:",
            "startCaptureWithCompletionHandler:",
            "stopCaptureWithCompletionHandler:",
            "setShowsCursor:",
            "setCapturesAudio:",
            "setMinimumFrameInterval:",
            "stream:didOutputSampleBuffer:ofType:",
            "stream:didStopWithError:",
        }
    )

    FUNCTIONS = {
        "CGPreflightScreenCaptureAccess": 0,
        "CGRequestScreenCaptureAccess": 0,
        "CGMainDisplayID": 0,
        "CGDisplayCopyDisplayMode": 1,
        "CGDisplayModeGetPixelWidth": 1,
        "CGDisplayModeGetPixelHeight": 1,
        "CVPixelBufferLockBaseAddress": 2,
        "CVPixelBufferUnlockBaseAddress": 2,
        "CVPixelBufferGetBaseAddress": 1,
        "CVPixelBufferGetBytesPerRow": 1,
        "CVPixelBufferGetWidth": 1,
        "CVPixelBufferGetHeight": 1,
        "CMSampleBufferGetImageBuffer": 1,
        "CMSampleBufferGetDataBuffer": 1,
        "CMSampleBufferGetNumSamples": 1,
        "CMSampleBufferGetFormatDescription": 1,
        "CMAudioFormatDescriptionGetStreamBasicDescription": 1,
        "CMBlockBufferGetDataLength": 1,
        "CMBlockBufferCopyDataBytes": 4,
        "CMTimeMake": 2,
        "dispatch_queue_create": 2,
    }
    """How many arguments each takes; CVPixelBufferGetBaseAddress gives an objc.varlist."""

    VALUES = {
        "SCStreamErrorUserDeclined": -3801,
        "SCStreamErrorUserStopped": -3817,
        "SCStreamOutputTypeScreen": 0,
        "SCStreamOutputTypeAudio": 1,
        "kAudioFormatFlagIsNonInterleaved": 32,
        "kCVPixelFormatType_32BGRA": 1111970369,
        "kCVPixelBufferLock_ReadOnly": 1,
    }
