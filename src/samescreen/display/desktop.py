"""The thread that manages the windows of a display of its own, and gives the display its size.

It has a connection of its own. Who has control sends the size of their page's window to the root
window as a client message (`control/x11/acting.py`). The display takes the last one of several that
come quickly, because a window that is dragged sends many.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import xcffib
import xcffib.xproto as x

from samescreen.clock import clock_us
from samescreen.errors import SourceLost
from samescreen.media import FITS_PROPERTY, ROOM_MESSAGE
from samescreen.waker import Waker

from .resizing import Resizer
from .size import LEAST, MOST, Size
from .windows import TopWindows
from .x_connection import XConnection

_log: Final = logging.getLogger(__name__)
_SETTLE_US: Final = 100_000
_END_S: Final = 1.0


class Desktop:
    """Works from `start` to `close` on the X display `name`.

    Without `manages` the display's programs bring a window manager of their own.

    Raises:
        SourceLost: the server does not answer, or is of a kind that has no RandR.
        DisplayError: another window manager runs there.
    """

    def __init__(
        self, name: str, size: Size, dpi: int, *, follows: bool, manages: bool
    ) -> None:
        self._dpi = dpi
        self._follows = follows
        self._on_change: Callable[[], object] = lambda: None
        self._x = XConnection(name)
        self._wanted: Size | None = None
        self._due_us = 0
        self._is_closed = False
        self._waker = Waker()
        try:
            self._windows = TopWindows(self._x) if manages else None
            self._resizer = Resizer(self._x, dpi)
            self._resize(size.within(LEAST, self.most))
            if follows:
                self._x.set_numbers(self._x.root, FITS_PROPERTY, "CARDINAL", [dpi])
            if not manages:
                events = [x.EventMask.StructureNotify]
                self._x.core.ChangeWindowAttributes(self._x.root, x.CW.EventMask, events)
            self._x.connection.flush()
        except xcffib.XcffibException as error:
            self._release()
            raise SourceLost(f"the X server cannot change its size: {error!r}") from error
        except BaseException:
            self._release()
            raise
        self._thread = threading.Thread(target=self._run, name="desktop", daemon=True)

    @property
    def most(self) -> Size:
        """The largest size that the display can have."""
        return self._resizer.most.within(LEAST, MOST)

    def window_count(self) -> int:
        """How many windows there are. 0 without a window manager of ours, which alone knows."""
        return 0 if self._windows is None else self._windows.count

    def start(self, on_change: Callable[[], object]) -> None:
        """Work from now on.

        `on_change` is called on the thread when the number of windows has changed, or the server
        has gone.
        """
        self._on_change = on_change
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._is_closed = True
        self._waker.wake()
        if self._thread.ident is None:
            self._release()
        else:
            self._thread.join(_END_S)

    def _release(self) -> None:
        with suppress(xcffib.XcffibException):
            self._x.connection.disconnect()
        self._waker.close()

    # The thread

    def _run(self) -> None:
        try:
            while not self._is_closed:
                count = self.window_count()
                self._resize_if_due()
                self._x.connection.flush()
                # Replies and flushes bring events along, which no wait would see.
                if self._handle_events():
                    if self.window_count() != count:
                        self._on_change()
                    continue
                left_us = None if self._wanted is None else max(0, self._due_us - clock_us())
                self._waker.wait(left_us, self._x.fd)
        except xcffib.XcffibException as error:
            _log.info("the X server has gone: %r", error)
        except Exception:  # the thread's outermost edge
            _log.exception("the display's windows are managed no more; please report this")
        finally:
            self._release()
            self._on_change()

    def _handle_events(self) -> bool:
        """React to all events that wait; whether there were any."""
        were_any = False
        while (event := self._x.next_event()) is not None:
            if isinstance(event, x.ClientMessageEvent) and event.type == self._x.atom(ROOM_MESSAGE):
                if self._follows:
                    self._want(event)
            elif self._windows is not None:
                with suppress(xcffib.Error):  # a window closed meanwhile
                    self._windows.handle(event)
            were_any = True
        return were_any

    def _want(self, event: Any) -> None:
        width, height = event.data.data32[:2]
        self._wanted = Size(width, height).at(self._dpi).within(LEAST, self.most)
        self._due_us = clock_us() + _SETTLE_US

    def _resize(self, size: Size) -> None:
        if size != Size(*self._x.size()):
            self._resizer.resize(size)

    def _resize_if_due(self) -> None:
        if self._wanted is None or clock_us() < self._due_us:
            return
        wanted, self._wanted = self._wanted, None
        try:
            self._resize(wanted)
        except xcffib.Error as error:
            _log.warning("the X server refuses a display of %s: %r", wanted, error)
