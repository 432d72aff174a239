"""Samescreen (同屏): live screen sharing to any browser, over one WebSocket."""

from samescreen.errors import SamescreenError
from samescreen.version import __version__

__all__ = ["SamescreenError", "__version__"]
