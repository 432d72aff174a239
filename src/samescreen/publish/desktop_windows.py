"""The host's own windows on the desktop that it shares: the sign and the marks. Event loop."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from samescreen.aside import waited_for
from samescreen.capture.systems import DesktopSign, open_marks, open_sign
from samescreen.hub.ink import Ink

from .desktop_marks import MarksOnDesktop
from .local_streams import LocalStreams

_log = logging.getLogger(__name__)


class DesktopWindows:
    """None are open at first."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._sign: DesktopSign | None = None

    async def open_sign(self) -> None:
        """Say on the desktop how many watch. Raises CaptureError: it can have no sign."""
        sign = await waited_for(open_sign, "the desktop's sign", lambda late: late.close())
        self._stack.callback(sign.close)
        self._sign = sign

    async def open_marks(self, ink: Ink, streams: LocalStreams) -> None:
        """Show on the desktop what people draw. Raises CaptureError: it can have no marks."""
        marks = await waited_for(open_marks, "the desktop's marks", lambda late: late.close())
        self._stack.callback(marks.close)
        ink.shower = MarksOnDesktop(marks, streams.source_of)
        if not any(source.shows_desktop for source in streams.sources):
            _log.warning(
                "--show-marks: no screen or region is shared through the backend x11, so the "
                "desktop shows no marks; pages do"
            )

    def show_watching(self, count: int) -> None:
        """So many people watch."""
        if self._sign is not None:
            self._sign.show(count)

    def close(self) -> None:
        """Take everything away."""
        self._stack.close()
