"""A full-screen window of a Wayland compositor, painted by the test. On our own wire client."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np

from samescreen.capture.wayland.buffers import SHM, Buffer
from samescreen.capture.wayland.pixel_format import Layout
from samescreen.errors import SourceLost
from samescreen.media import Pixels
from samescreen.wayland.desktop import Desktop
from samescreen.wayland.wire import Body, Message

_CREATE_SURFACE: Final = 0
_ATTACH, _DAMAGE, _COMMIT = 1, 2, 6
_GET_XDG_SURFACE: Final = 2
_GET_TOPLEVEL, _ACK_CONFIGURE = 1, 4
_SET_FULLSCREEN: Final = 11
_XRGB: Final = 1
_PATIENCE_US: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class Painted:
    """A buffer with a whole picture, and which part of that is new."""

    buffer: Buffer
    x: int
    y: int
    width: int
    height: int


class WaylandWindow:
    """One window, as large as the compositor wants it. `size` is that, in pixels."""

    def __init__(
        self, path: Path, listen: Callable[[Desktop], object] = lambda _: None
    ) -> None:
        self.desktop = Desktop(path)
        listen(self.desktop)  # before there is a window that the pointer could enter unseen
        self._connection = self.desktop.connection
        self.size = (0, 0)
        self._serial = 0
        compositor, wm = self._bind("wl_compositor"), self._bind("xdg_wm_base")
        self._shm = self._bind(SHM)
        send, create = self._connection.send, self._connection.create
        self._surface = create(lambda _: None)
        send(compositor, _CREATE_SURFACE, self._surface)
        self._xdg = create(self._take_configure)
        send(wm, _GET_XDG_SURFACE, self._xdg, self._surface)
        toplevel = create(self._take_size)
        send(self._xdg, _GET_TOPLEVEL, toplevel)
        send(toplevel, _SET_FULLSCREEN, 0)
        send(self._surface, _COMMIT)
        assert self._connection.wait_for(lambda: self._serial != 0, _PATIENCE_US), "not configured"
        width, height = self.size if all(self.size) else (1, 1)
        # Sway says the size once there is something; mutter leaves a window where it grew from.
        self.show(np.zeros((height, width, 4), np.uint8))
        assert self._connection.wait_for(lambda: self.size != (0, 0), _PATIENCE_US), "no size"
        self.dispatch()

    def buffer(self, width: int, height: int) -> Buffer:
        """Memory for a picture of this size, BGRX."""
        layout = Layout(width, height, width * 4, _XRGB)
        return Buffer(self._connection, self._shm, layout)

    def show(self, pixels: Pixels) -> None:
        """Shows a picture, BGRX. Returns once the compositor has it."""
        height, width = pixels.shape[:2]
        buffer = self.buffer(width, height)
        buffer.rows[:] = pixels.reshape(height, width * 4)
        self.attach(Painted(buffer, 0, 0, width, height))
        self._connection.roundtrip()

    def attach(self, painted: Painted) -> None:
        """Shows a buffer, without waiting."""
        send = self._connection.send
        if self._serial:
            send(self._xdg, _ACK_CONFIGURE, self._serial)
            self._serial = 0
        send(self._surface, _ATTACH, painted.buffer.object_id, 0, 0)
        send(self._surface, _DAMAGE, painted.x, painted.y, painted.width, painted.height)
        send(self._surface, _COMMIT)

    def fill(self, bgr: tuple[int, int, int]) -> None:
        width, height = self.size
        pixels = np.zeros((height, width, 4), np.uint8)
        pixels[:, :, :3] = bgr
        self.show(pixels)

    def dispatch(self) -> None:
        """Takes what the compositor says, such as another size."""
        self._connection.roundtrip()

    def close(self) -> None:
        with suppress(SourceLost):
            self.desktop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _bind(self, interface: str) -> int:
        offered = self.desktop.offered(interface)
        assert offered is not None, interface
        return self.desktop.bind(offered, 1)

    def _take_size(self, message: Message) -> None:
        if message.opcode == 0:
            width, height = Body(message).numbers(2)
            self.size = (width, height)

    def _take_configure(self, message: Message) -> None:
        self._serial = Body(message).number()
