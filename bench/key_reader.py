"""A window that reads what is typed into it, as a plain X program does. A thread of its own."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import xcffib
import xcffib.xproto

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]
from samescreen.control.keysyms import char_of  # noqa: E402
from tests.stage.x_client import XClient  # noqa: E402

_SHIFT, _LOCK, _COMMAND = 1, 2, 4 | 8 | 64


class KeyReader:
    """Covers the screen. It asks for the keymap again at each MappingNotify, as Xlib does.

    `text`: characters typed without Ctrl, Alt and Super, in order. `commands`: those with.
    """

    def __init__(self, client: XClient, width: int, height: int) -> None:
        self._client = client
        self.text: list[str] = []
        self.commands = 0
        self.clicks = 0
        self._ends = threading.Event()
        self._keysyms: list[list[int]] = []
        self._read_keymap()
        window = client.connection.generate_id()
        cw, events = xcffib.xproto.CW, xcffib.xproto.EventMask
        client.core.CreateWindow(
            client.screen.root_depth, window, client.root, 0, 0, width, height, 0,
            xcffib.xproto.WindowClass.InputOutput, client.screen.root_visual,
            cw.BackPixel | cw.EventMask,
            [0, events.KeyPress | events.ButtonPress],
        )  # fmt: skip
        client.core.MapWindow(window)
        client.core.SetInputFocus(xcffib.xproto.InputFocus.PointerRoot, window, 0)
        client.settle()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading."""
        self._ends.set()
        self._thread.join(5)

    def _read_keymap(self) -> None:
        reply = self._client.core.GetKeyboardMapping(8, 248).reply()
        width = reply.keysyms_per_keycode
        syms = list(reply.keysyms)
        self._keysyms = [syms[n : n + width] for n in range(0, len(syms), width)]

    def _run(self) -> None:
        while not self._ends.is_set():
            event: Any = self._client.connection.poll_for_event()
            if event is None:
                self._ends.wait(0.002)
            elif isinstance(event, xcffib.xproto.MappingNotifyEvent):
                self._read_keymap()
            elif isinstance(event, xcffib.xproto.KeyPressEvent):
                self._pressed(event.detail, event.state)
            elif isinstance(event, xcffib.xproto.ButtonPressEvent):
                self.clicks += 1

    def _pressed(self, keycode: int, state: int) -> None:
        row = self._keysyms[keycode - 8]
        plain, shifted = char_of(row[0]), char_of(row[1])
        char = shifted if state & _SHIFT else plain
        if state & _LOCK and plain.isalpha():
            char = plain if state & _SHIFT else shifted
        if char and state & _COMMAND:
            self.commands += 1
        elif char:
            self.text.append(char)
