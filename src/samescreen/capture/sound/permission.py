"""Whether macOS lets this program use the microphone. macOS only; any thread, never waits.

Without permission Core Audio raises nothing: it records zeros.
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
    """Does nothing before somebody was asked: opening the microphone asks.

    Raises:
        SourceUnavailable: it was refused.
    """
    try:
        objc: Any = importlib.import_module("objc")
    except (ImportError, OSError):  # nobody to ask: zeros, if it is refused
        return
    try:
        objc.loadBundle("AVFoundation", {}, bundle_path=_FRAMEWORK, scan_classes=False)
        device = objc.lookUpClass("AVCaptureDevice")
    except (ImportError, objc.error):
        return
    if device.authorizationStatusForMediaType_(_AUDIO) in _REFUSED:
        raise SourceUnavailable(MICROPHONE)
