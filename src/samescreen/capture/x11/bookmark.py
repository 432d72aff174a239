"""Reads the X server's reports up to now, however many follow.

Runs on the track's thread. The server sends reports and answers in order, but reports that come
after an answer look like those before it. So this module sends an event to itself: what comes
before that event has happened before it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import xcffib.xproto as x

from .display import Display, lost_on_error

_NAME: Final = "_SAMESCREEN_BOOKMARK"


class Bookmark:
    """Marks places in the reports of `display`'s connection.

    Raises:
        SourceLost: the server is gone.
    """

    def __init__(self, display: Display) -> None:
        self._connection = display.connection
        self._window: int = display.connection.generate_id()
        self._atom = display.atom(_NAME)
        self._number = 0
        with lost_on_error("asked for a window"):
            display.connection.core.CreateWindowChecked(
                *(0, self._window, display.root, -1, -1, 1, 1, 0),
                *(x.WindowClass.InputOnly, 0, x.CW.OverrideRedirect, [1]),
            ).check()

    def before(self) -> Iterator[Any]:
        """All reports of what has happened up to this call. Waits for the server.

        Raises:
            xcffib.XcffibException: the server is gone.
        """
        self._number = (self._number + 1) % 2**32
        union = x.ClientMessageData.synthetic([self._number, 0, 0, 0, 0], "I" * 5)
        mark = x.ClientMessageEvent.synthetic(32, self._window, self._atom, union)
        self._connection.core.SendEvent(False, self._window, 0, mark.pack())
        self._connection.flush()
        while True:
            event = self._connection.wait_for_event()
            if isinstance(event, x.ClientMessageEvent) and event.type == self._atom:
                if event.data.data32[0] == self._number:
                    return
                continue
            yield event
