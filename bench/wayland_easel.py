"""What `painter.py` paints on in a Wayland session: a full-screen window in shared memory.

A frame is copied whole into the next of three buffers, and the compositor hears which part of it
is new. It shows a frame at its next refresh, which is up to 17 ms later.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from barcode import Pixels
from scenes import Put, Scene
from stamps import now_us

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from samescreen.capture.wayland.buffers import Buffer
from tests.stage.wayland_window import Painted, WaylandWindow

_BUFFERS = 3
"""A compositor reads one, may read the one before until it has drawn, and one is painted."""


class WaylandEasel:
    """The window, and the picture that it shows parts of."""

    def __init__(self, path: Path, what: Scene, width: int, height: int) -> None:
        self.picture: Pixels = np.zeros((what.picture_height, what.picture_width, 4), np.uint8)
        self._window = WaylandWindow(path)
        if self._window.size != (width, height):
            raise SystemExit(f"the window is {self._window.size}, not {(width, height)}")
        self._shown: Pixels = np.zeros((height, width, 4), np.uint8)
        self._buffers: list[Buffer] = [self._window.buffer(width, height) for _ in range(_BUFFERS)]

    def put(self, put: Put) -> int:
        """Show it; returns when it was handed to the compositor, in microseconds."""
        part = put.source
        rows, columns = slice(put.y, put.y + part.height), slice(put.x, put.x + part.width)
        source = self.picture[part.y : part.y + part.height, part.x : part.x + part.width]
        self._shown[rows, columns] = source
        buffer = self._buffers.pop(0)
        self._buffers.append(buffer)
        buffer.rows[:] = self._shown.reshape(buffer.rows.shape)
        painted_us = now_us()
        self._window.attach(Painted(buffer, put.x, put.y, part.width, part.height))
        return painted_us

    def settle(self) -> None:
        """Wait until the compositor knows of it."""
        self._window.dispatch()
