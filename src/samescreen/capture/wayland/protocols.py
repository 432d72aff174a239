"""Chooses the protocol by which a compositor lets this program capture. On the track's thread."""

from __future__ import annotations

from samescreen.errors import SourceUnavailable
from samescreen.wayland.desktop import Desktop, Output

from . import image_copy, screencopy
from .capture import Capture


def offers_capture(desktop: Desktop) -> bool:
    """Whether the compositor lets programs capture its outputs without a dialog."""
    if desktop.offered(image_copy.MANAGER) and desktop.offered(image_copy.SOURCES):
        return True
    offered = desktop.offered(screencopy.MANAGER)
    return offered is not None and offered.version >= screencopy.OLDEST


def capture_of(desktop: Desktop, output: Output) -> Capture:
    """The best way to capture an output.

    Raises:
        CaptureError: there is none.
    """
    manager, sources = desktop.offered(image_copy.MANAGER), desktop.offered(image_copy.SOURCES)
    if manager and sources:
        return image_copy.ImageCopy(desktop, sources, manager, output)
    offered = desktop.offered(screencopy.MANAGER)
    if offered is not None and offered.version >= screencopy.OLDEST:
        return screencopy.Screencopy(desktop, offered, output)
    raise SourceUnavailable(
        "this Wayland desktop lets no program read its screen without a dialog; leave --backend out"
    )
