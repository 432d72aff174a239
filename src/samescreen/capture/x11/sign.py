"""A small sign on the desktop that says how many people watch.

Runs on a thread of its own, with its own connection, and comes back with the server. Nobody can
click on it: clicks reach the windows below. Sources hide it from their pictures by its class,
`SIGN`.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

import xcffib.xproto as x

from samescreen.capture.recurring_errors import RecurringErrors
from samescreen.clock import clock_us
from samescreen.errors import CaptureError, SourceLost, SourceUnavailable
from samescreen.waker import Waker

from .click_through import ClickThrough
from .display import Display, lost_on_error

SIGN: Final = "samescreen-sign"
"""Both parts of its WM_CLASS."""
_log: Final = logging.getLogger(__name__)
_errors: Final = RecurringErrors(_log)
_FONT: Final = "fixed"
_BACK: Final = 0x202428
_WHITE: Final = 0xF0F0F0
_RED: Final = 0xE0443C
_EDGE_PX: Final = 6
_DOT_PX: Final = 9
_LONG_US: Final = 3_600_000_000
_REOPEN_US: Final = 1_000_000
_CLOSE_S: Final = 0.5


class Sign:
    """The sign on the X server `name` (None: $DISPLAY). It shows once somebody watches.

    Raises:
        CaptureError: the server cannot be reached, or has no font for it.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._window: _SignWindow | None = _SignWindow(Display(name))
        self._waker = Waker()
        self._count = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="sign", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def show(self, count: int) -> None:
        """So many people watch; with 0 the sign disappears. Any thread; never waits."""
        if count != self._count:
            self._count = count
            self._waker.wake()

    def close(self) -> None:
        """Take the sign away."""
        self._is_closed = True
        self._waker.wake()
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        try:
            while not self._is_closed:
                self._step_or_reopen()
        except Exception as error:  # the thread's outermost edge
            _errors.log("the sign", error)
        finally:
            if self._window is not None:
                self._window.close()
            self._waker.close()

    def _step_or_reopen(self) -> None:
        """Show what is due, or try to reach a server that is gone; then wait."""
        try:
            if self._window is None:
                self._window = _SignWindow(Display(self._name))
            due_us = self._window.follow(self._count)
            wait_us = _LONG_US if due_us is None else max(0, due_us - clock_us())
            self._waker.wait(wait_us, self._window.fd)
        except CaptureError as error:
            if self._window is not None:
                _log.info("no sign for now: %s", error)
                self._window.close()
                self._window = None
            self._waker.wait(_REOPEN_US)


class _SignWindow:
    """The sign's window. Only one thread may use it."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._core: Any = display.connection.core
        self._gc, self._font = (display.connection.generate_id() for _ in range(2))
        self._shown = 0
        try:
            with lost_on_error("asked for a window"):
                try:
                    self._core.OpenFontChecked(self._font, len(_FONT), _FONT).check()
                except x.NameError as error:
                    raise SourceUnavailable(
                        f"--sign needs the X server's font {_FONT!r}; leave --sign out"
                    ) from error
                self._window = ClickThrough(display, SIGN, x.CW.BackPixel, [_BACK])
                self._core.CreateGCChecked(
                    self._gc, self._window.xid, x.GC.Background | x.GC.Font, [_BACK, self._font]
                ).check()
        except (SourceLost, SourceUnavailable):
            display.close()
            raise

    @property
    def fd(self) -> int:
        return self._display.fd

    def follow(self, count: int) -> int | None:
        """Show that so many watch, and answer the server.

        Returns when to call again, because another window covers it; None: none does.

        Raises:
            SourceLost: the server is gone.
        """
        with lost_on_error("showed a sign"):
            is_stale = self._window.look(clock_us()) or count != self._shown
            if is_stale:
                self._show(count)
            self._display.connection.flush()
            return self._window.due_us

    def close(self) -> None:
        self._display.close()

    def _show(self, count: int) -> None:
        self._shown = count
        if not count:
            self._window.hide()
            return
        text = f"shared: {count} watch"
        font = self._core.QueryFont(self._font).reply()
        height = font.font_ascent + font.font_descent + 2 * _EDGE_PX
        width = len(text) * font.max_bounds.character_width + _DOT_PX + 3 * _EDGE_PX
        screen = self._display.monitors()[0].region
        self._window.put(screen.x + (screen.width - width) // 2, screen.y, width, height)
        self._window.show()
        xid = self._window.xid
        self._core.ClearArea(False, xid, 0, 0, 0, 0)
        self._core.ChangeGC(self._gc, x.GC.Foreground, [_RED])
        top = (height - _DOT_PX) // 2
        dot = x.ARC.synthetic(_EDGE_PX, top, _DOT_PX, _DOT_PX, 0, 360 * 64)
        self._core.PolyFillArc(xid, self._gc, 1, [dot])
        self._core.ChangeGC(self._gc, x.GC.Foreground, [_WHITE])
        left, base = 2 * _EDGE_PX + _DOT_PX, _EDGE_PX + font.font_ascent
        self._core.ImageText8(len(text), xid, self._gc, left, base, text)
