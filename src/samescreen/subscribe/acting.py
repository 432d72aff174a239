"""Shows every viewer who uses mouse and keyboard. Event loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from samescreen.hub.control import Control
from samescreen.wire import messages
from samescreen.wire.outgoing import text

from .connection import CONTROL_BACKLOG_BYTES
from .viewer import Viewer

_KIND: Final = messages.Acting.__struct_config__.tag
_NOBODY: Final = messages.Acting(on=False, by="", program=False)


class ActingSign:
    """What viewers were shown last. Addresses are for the host only: who has no name has none."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._shown = _NOBODY

    @property
    def _now(self) -> messages.Acting:
        holder = self._control.holder
        if holder is None:
            return _NOBODY
        return messages.Acting(True, holder.name, self._control.is_program_acting)

    def tick(self, viewers: Iterable[Viewer]) -> None:
        """Send everybody what has changed. A few times a second."""
        now = self._now
        if now == self._shown:
            return
        self._shown, outgoing = now, text(now)
        for viewer in viewers:
            if _KIND in viewer.session.kinds:
                viewer.send_unless_behind(outgoing, CONTROL_BACKLOG_BYTES)

    def greet(self, viewer: Viewer) -> None:
        """Send a newcomer who acts, if anybody does."""
        if _KIND in viewer.session.kinds and self._shown != _NOBODY:
            viewer.send(self._shown)
