"""What the pointer and the keyboard of a Wayland session do over a window of the tests.

Keys are read with libxkbcommon and the keymap that the compositor sends, as programs do.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from samescreen.wayland.desktop import Desktop
from samescreen.wayland.wire import Body, Message

_TO_X: Final = 8
_UTF8_BYTES: Final = 16


@dataclass(slots=True)
class Seen:
    """`at`: where the pointer is, in the window; buttons and keys by Linux codes and as text."""

    at: tuple[float, float] = (0.0, 0.0)
    buttons: list[tuple[int, bool]] = field(default_factory=list)
    turns: list[tuple[int, float]] = field(default_factory=list)
    keys: list[tuple[int, bool]] = field(default_factory=list)
    text: str = ""
    modifiers: int = 0


class WaylandSeat:
    """Notes what happens over the windows of this client."""

    def __init__(self, desktop: Desktop) -> None:
        self.seen = Seen()
        self._fds: list[int] = []
        self._xkb: Any = ctypes.CDLL("libxkbcommon.so.0")
        for name in ("xkb_context_new", "xkb_keymap_new_from_string", "xkb_state_new"):
            getattr(self._xkb, name).restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._xkb.xkb_context_new(0))
        self._state = ctypes.c_void_p()
        connection = self._connection = desktop.connection
        setattr(connection, "_receive", self._receive)  # noqa: B010  (its own drops descriptors)
        offered = desktop.offered("wl_seat")
        assert offered is not None
        self._seat = desktop.bind(offered, 5)
        self._ids = {0: connection.create(self._pointer), 1: connection.create(self._keyboard)}
        for request, number in self._ids.items():
            connection.send(self._seat, request, number)
        connection.roundtrip()

    def _receive(self) -> bytes:
        source: socket.socket = self._connection._socket
        try:
            received, beside, _, _ = source.recvmsg(1 << 16, socket.CMSG_LEN(64))
        except BlockingIOError:
            return b""
        for _, _, raw in beside:
            self._fds += array("i", raw)
        if not received:
            raise self._connection._gone()
        return received

    def _pointer(self, message: Message) -> None:
        body = Body(message)
        if message.opcode == 0:  # enter
            body.numbers(2)
            self.seen.at = (body.signed() / 256, body.signed() / 256)
        elif message.opcode == 2:  # motion
            body.number()
            self.seen.at = (body.signed() / 256, body.signed() / 256)
        elif message.opcode == 3:
            _, _, button, state = body.numbers(4)
            self.seen.buttons.append((button, bool(state)))
        elif message.opcode == 4:
            _, axis = body.numbers(2)
            self.seen.turns.append((axis, body.signed() / 256))

    def _keyboard(self, message: Message) -> None:
        body = Body(message)
        if message.opcode == 0:  # keymap
            self._use_keymap(body.numbers(2)[1])
        elif message.opcode == 3:
            _, _, key, state = body.numbers(4)
            self.seen.keys.append((key, bool(state)))
            if state:
                self.seen.text += self._text_of(key)
        elif message.opcode == 4:
            _, depressed, latched, locked, group = body.numbers(5)
            self.seen.modifiers = depressed
            mask = self._xkb.xkb_state_update_mask
            if self._state:
                mask(self._state, depressed, latched, locked, 0, 0, group)

    def _use_keymap(self, size: int) -> None:
        fd = self._fds.pop(0)
        with mmap.mmap(fd, size, mmap.MAP_PRIVATE, mmap.PROT_READ) as memory:
            text = bytes(memory)
        os.close(fd)
        keymap = self._xkb.xkb_keymap_new_from_string(self._context, text, 1, 0)
        assert keymap, "the keymap cannot be compiled"
        self._state = ctypes.c_void_p(self._xkb.xkb_state_new(ctypes.c_void_p(keymap)))

    def _text_of(self, key: int) -> str:
        room = ctypes.create_string_buffer(_UTF8_BYTES)
        self._xkb.xkb_state_key_get_utf8(self._state, key + _TO_X, room, _UTF8_BYTES)
        return room.value.decode()


def has_devices(path: Path) -> bool:
    """Whether the seat of the compositor there has a pointer and a keyboard."""
    desktop, able = Desktop(path), [0]
    try:
        offered = desktop.offered("wl_seat")
        assert offered is not None
        desktop.bind(offered, 1, lambda message: able.append(Body(message).number()))
        desktop.connection.roundtrip()
    finally:
        desktop.close()
    return able[-1] & 3 == 3
