"""Paints a scene on an X screen or in a Wayland session; every frame has its number as a barcode.

Scenes are rendered beforehand into one shared-memory picture; a frame costs this process a
barcode and one ShmPutImage, so it is atomic on the screen and the painter stays out of the way.
Writes "ready" to stdout when the first frame is up, then paints until SIGTERM.
"""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path
from typing import Protocol

import numpy as np
import xcffib.xproto
from barcode import Pixels, Rect
from scenes import Put, Scene, scene
from stamps import Stamps, now_us
from xshm import Screen


class Easel:
    """The window, and the shared picture that is put into it."""

    def __init__(self, screen: Screen, what: Scene, width: int, height: int) -> None:
        self._screen = screen
        self._shared = screen.segment(what.picture_width, what.picture_height)
        self._window = screen.window(width, height)
        self._gc = screen.connection.generate_id()
        screen.connection.core.CreateGC(self._gc, self._window, 0, [])

    @property
    def picture(self) -> Pixels:
        return self._shared.pixels

    def put(self, put: Put) -> int:
        """Show it; returns when it was handed to the X server, in microseconds."""
        width = self.picture.shape[1]
        part = put.source
        # X counts rows in 16 bits, and a picture may have more. So a put names its first row by
        # the offset into the shared memory, which has 32 bits.
        first_byte = part.y * width * 4
        self._screen.shm.PutImage(
            self._window, self._gc, width, part.height, part.x, 0, part.width, part.height,
            put.x, put.y, 24, xcffib.xproto.ImageFormat.ZPixmap, True, self._shared.xid, first_byte,
        )  # fmt: skip
        painted_us = now_us()
        self._screen.connection.flush()
        return painted_us

    def settle(self) -> None:
        """Wait until the X server has read the picture, so that it may be changed."""
        self._screen.connection.wait_for_event()


class Paintable(Protocol):
    """What `paint` needs."""

    picture: Pixels

    def put(self, put: Put) -> int: ...

    def settle(self) -> None: ...


def paint(easel: Paintable, what: Scene, stamps: Stamps) -> None:
    """Paint frame after frame, at the scene's pace; a late frame is not made up for."""
    frame_id, next_s = 1, time.monotonic()
    while True:
        put = what.next(easel.picture, frame_id)
        stamps[frame_id] = easel.put(put)
        easel.settle()
        if frame_id == 1:
            print("ready", flush=True)
        interval_s = what.interval_s()
        if interval_s is None:
            signal.pause()
        else:
            next_s = max(next_s + interval_s, time.monotonic())
            time.sleep(max(0.0, next_s - time.monotonic()))
        frame_id += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--display", help="an X server's")
    parser.add_argument("--wayland", type=Path, help="or the socket of a compositor")
    parser.add_argument("--scene", required=True)
    parser.add_argument("--size", required=True, help="WIDTHxHEIGHT")
    parser.add_argument("--stamps", required=True, type=Path)
    options = parser.parse_args()
    width, height = (int(number) for number in options.size.split("x"))
    what = scene(options.scene, width, height)
    if options.wayland is not None:
        from wayland_easel import WaylandEasel

        begin(WaylandEasel(options.wayland, what, width, height), what, options)
    with Screen(options.display) as screen:
        begin(Easel(screen, what, width, height), what, options)


def begin(easel: Paintable, what: Scene, options: argparse.Namespace) -> None:
    """Paint without end, in a window of the size of the options."""
    width, height = (int(number) for number in options.size.split("x"))
    what.render(easel.picture)
    easel.put(Put(Rect(0, 0, width, height), 0, 0))
    easel.settle()
    paint(easel, what, Stamps(options.stamps))


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
