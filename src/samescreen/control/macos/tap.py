"""Notices the person at a Mac, by an event tap that only listens. On a thread of its own.

An event of hardware comes from no process; one that a program sent names that program's process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.control.hand import Hand
from samescreen.control.orders import Orders

from . import quartz as cg
from .keycodes import ESCAPE

_log: Final = logging.getLogger(__name__)
_TURN_S: Final = 0.2
_END_S: Final = 1.0


@contextmanager
def watching(orders: Orders, quartz: Any = None) -> Iterator[None]:
    """Report the person at the machine to `orders` meanwhile. `quartz`: None for macOS's own."""
    tap = EventTap(quartz or cg.load_quartz(), Hand(orders))
    thread = threading.Thread(target=tap.run, name="hand-tap", daemon=True)
    thread.start()
    try:
        yield
    finally:
        tap.ended.set()
        thread.join(_END_S)


class EventTap:
    """The tap, and the thread whose run loop it needs."""

    def __init__(self, quartz: Any, hand: Hand) -> None:
        self._quartz = quartz
        self._hand = hand
        self._tap: Any = None
        self.ended = threading.Event()

    def run(self) -> None:
        quartz = self._quartz
        self._tap = quartz.CGEventTapCreate(
            cg.HID_TAP, cg.HEAD, cg.LISTEN_ONLY, cg.ALL_INPUT, self.seen, None
        )
        if self._tap is None:
            _log.warning(
                "macOS lets this program watch no input: remote control does not notice your own "
                "mouse and keyboard; end it on the host page, or allow this program in System "
                "Settings, Privacy & Security, Input Monitoring"
            )
            return
        source = quartz.CFMachPortCreateRunLoopSource(None, self._tap, 0)
        mode = quartz.kCFRunLoopDefaultMode
        quartz.CFRunLoopAddSource(quartz.CFRunLoopGetCurrent(), source, mode)
        quartz.CGEventTapEnable(self._tap, True)
        while not self.ended.is_set():
            quartz.CFRunLoopRunInMode(mode, _TURN_S, False)
        quartz.CGEventTapEnable(self._tap, False)
        quartz.CFMachPortInvalidate(self._tap)

    def seen(self, proxy: Any, kind: int, event: Any, refcon: Any) -> Any:
        """macOS calls this for each event."""
        field = self._quartz.CGEventGetIntegerValueField
        if kind in (cg.TAP_TIMED_OUT, cg.TAP_TURNED_OFF):
            self._quartz.CGEventTapEnable(self._tap, True)
        elif field(event, cg.SOURCE_PID) or field(event, cg.SOURCE_USER) == cg.MARK:
            pass  # a program sent it
        elif kind == cg.KEY_DOWN:
            self._hand.pressed(field(event, cg.KEYCODE) == ESCAPE, clock_us())
        else:
            self._hand.touched(clock_us())
        return event
