"""Samescreen (同屏): live screen sharing to any browser, over one WebSocket.

`Share` and what belongs to it are imported when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from samescreen.errors import NotSharing, SamescreenError, UsageError
from samescreen.version import __version__

if TYPE_CHECKING:
    from samescreen.share import Share
    from samescreen.share_recording import Recording
    from samescreen.share_values import Asking, Newcomer, ShareLink
    from samescreen.watcher import Watcher

__all__ = [
    "Asking",
    "Newcomer",
    "NotSharing",
    "Recording",
    "SamescreenError",
    "Share",
    "ShareLink",
    "UsageError",
    "Watcher",
    "__version__",
]

_LATER = {
    "Asking": "share_values",
    "Newcomer": "share_values",
    "Recording": "share_recording",
    "Share": "share",
    "ShareLink": "share_values",
    "Watcher": "watcher",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"samescreen.{_LATER[name]}")
    return getattr(module, name)
