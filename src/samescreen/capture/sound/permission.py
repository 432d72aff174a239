"""Checks that macOS lets this program use the microphone. macOS only; any thread, never waits.

Without permission Core Audio raises no error: it records zeros.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

from samescreen.errors import SourceUnavailable

MICROPHONE: Final = (
    "macOS does not let this program use the microphone: allow it (or the terminal it runs in) "
    "in System Settings, Privacy & Security, Microphone, then start it again"
)
_FRAMEWORK: Final = "/System/Library/Frameworks/AVFoundation.framework"
_AUDIO: Final = "soun"  # AVMediaTypeAudio
_REFUSED: Final = (1, 2)  # AVAuthorizationStatusRestricted, AVAuthorizationStatusDenied


def check_microphone_permission() -> None:
    """Check the answer that a person gave when macOS asked. Opening a microphone makes it ask.

    Raises:
        SourceUnavailable: the person refused.
    """
    try:
        objc: Any = importlib.import_module("objc")
    except (ImportError, OSError):  # cannot check: a refused microphone records zeros
        return
    try:
        objc.loadBundle("AVFoundation", {}, bundle_path=_FRAMEWORK, scan_classes=False)
        device = objc.lookUpClass("AVCaptureDevice")
    except (ImportError, objc.error):
        return
    if device.authorizationStatusForMediaType_(_AUDIO) in _REFUSED:
        raise SourceUnavailable(MICROPHONE)
