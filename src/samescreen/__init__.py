"""Samescreen (同屏): live screen sharing to any browser, over one WebSocket.

`Share` and what belongs to it are imported when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from samescreen.errors import DecodeError, NotSharing, SamescreenError, UsageError
from samescreen.version import __version__

if TYPE_CHECKING:
    from samescreen.highgui import (
        destroyAllWindows,
        destroyWindow,
        imshow,
        namedWindow,
        setMouseCallback,
        showOptions,
        waitKey,
        waitKeyEx,
    )
    from samescreen.share import Share
    from samescreen.share_frames import Frames, ShownStream
    from samescreen.share_input import KeyEvent, PointerEvent, TextEvent
    from samescreen.share_recording import Recording
    from samescreen.share_values import Asking, Newcomer, ShareLink
    from samescreen.watcher import Watcher

__all__ = [
    "Asking",
    "DecodeError",
    "Frames",
    "KeyEvent",
    "Newcomer",
    "NotSharing",
    "PointerEvent",
    "Recording",
    "SamescreenError",
    "Share",
    "ShareLink",
    "ShownStream",
    "TextEvent",
    "UsageError",
    "Watcher",
    "__version__",
    "destroyAllWindows",
    "destroyWindow",
    "imshow",
    "namedWindow",
    "setMouseCallback",
    "showOptions",
    "waitKey",
    "waitKeyEx",
]

_LATER = {
    "Asking": "share_values",
    "Frames": "share_frames",
    "KeyEvent": "share_input",
    "Newcomer": "share_values",
    "PointerEvent": "share_input",
    "Recording": "share_recording",
    "Share": "share",
    "ShareLink": "share_values",
    "ShownStream": "share_frames",
    "TextEvent": "share_input",
    "Watcher": "watcher",
    "destroyAllWindows": "highgui",
    "destroyWindow": "highgui",
    "imshow": "highgui",
    "namedWindow": "highgui",
    "setMouseCallback": "highgui",
    "showOptions": "highgui",
    "waitKey": "highgui",
    "waitKeyEx": "highgui",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"samescreen.{_LATER[name]}")
    return getattr(module, name)
