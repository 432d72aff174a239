"""Notices the person at a Windows machine, by low-level hooks. On a thread of its own.

Windows calls the hooks on the thread that installed them, which must read messages meanwhile. What
programs send has a flag, so only hardware counts.
"""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from samescreen.clock import clock_us
from samescreen.control.hand import Hand
from samescreen.control.orders import Orders

from . import user32 as win

_log: Final = logging.getLogger(__name__)
_START_S: Final = 2.0
_END_S: Final = 1.0


@contextmanager
def watching(orders: Orders, user32: Any = None) -> Iterator[None]:
    """Report the person at the machine to `orders` meanwhile. `user32`: None for Windows's own."""
    hooks = Hooks(user32 or win.user32(), Hand(orders))
    thread = threading.Thread(target=hooks.run, name="hand-hooks", daemon=True)
    thread.start()
    hooks.started.wait(_START_S)
    try:
        yield
    finally:
        hooks.stop()
        thread.join(_END_S)


class Hooks:
    """The two hooks, and the thread that they need."""

    def __init__(self, user32: Any, hand: Hand) -> None:
        self._user32 = user32
        self._hand = hand
        self._thread_id = 0
        self.started = threading.Event()

    def run(self) -> None:
        self._thread_id = threading.get_native_id()
        kinds = {win.MOUSE_LL: self._mouse, win.KEYBOARD_LL: self._key}
        # ctypes does not keep a function alive that Windows holds.
        functions = {kind: win.HookFunction(function) for kind, function in kinds.items()}
        handles = [self._user32.SetWindowsHookExW(*each, None, 0) for each in functions.items()]
        if not all(handles):
            _log.warning(
                "Windows allows no hooks: remote control does not notice your own mouse and "
                "keyboard; end it on the host page"
            )
        message = win.Message()
        # This makes the thread's queue: without one, the message that ends it would be lost.
        self._user32.PeekMessageW(ctypes.byref(message), None, 0, 0, 0)
        self.started.set()
        try:
            while self._user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                pass
        finally:
            for handle in filter(None, handles):
                self._user32.UnhookWindowsHookEx(handle)

    def stop(self) -> None:
        self._user32.PostThreadMessageW(self._thread_id, win.WM_QUIT, 0, 0)

    def _mouse(self, code: int, message: int, address: int) -> int:
        if code >= 0 and not win.MouseHook.from_address(address).flags & win.MOUSE_INJECTED:
            self._hand.touched(clock_us())
        return self._pass_on(code, message, address)

    def _key(self, code: int, message: int, address: int) -> int:
        key = win.KeyHook.from_address(address) if code >= 0 else None
        is_press = message in (win.WM_KEYDOWN, win.WM_SYSKEYDOWN)
        if key is not None and is_press and not key.flags & win.KEY_INJECTED:
            self._hand.pressed(key.vkCode == win.VK_ESCAPE, clock_us())
        return self._pass_on(code, message, address)

    def _pass_on(self, code: int, message: int, address: int) -> int:
        return int(self._user32.CallNextHookEx(None, code, message, address))
