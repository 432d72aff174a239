"""The painted window's own process: a window over the whole screen, drawn by order.

Takes one order a line on stdin, answers `done TIME_US` once the X server has carried it out, and
says `frame COUNT TIME_US` after each step of the barcode. Times are the monotonic clock's.
Ends when stdin does.

    motion FPS · count N · patch INDEX RRGGBB · patches RRGGBB×8 · rect X Y W H RRGGBB ·
    pointer X Y · size W H
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator

import xcffib
import xcffib.xproto as x

from samescreen.media import Region, hull
from tests.stage.scene import (
    BACKGROUND,
    BLACK,
    COUNTS,
    PATCH_COLOURS,
    WHITE,
    Colour,
    Layout,
    barcode,
)
from tests.stage.x_client import XClient, connected


class Canvas:
    """The window: flat rectangles in sRGB on any visual, shown whole or not at all.

    They are drawn into a pixmap and copied in one request, so no grab sees half an order.
    """

    def __init__(self, client: XClient, width: int, height: int) -> None:
        self._client = client
        self._pixels: dict[Colour, int] = {}
        self._unseen: list[Region] = []
        self._window = client.connection.generate_id()
        self._pixmap = client.connection.generate_id()
        self._gc = client.connection.generate_id()
        client.core.CreateWindow(
            client.screen.root_depth,
            self._window,
            client.root,
            0,
            0,
            width,
            height,
            0,
            x.WindowClass.InputOutput,
            client.screen.root_visual,
            x.CW.OverrideRedirect | x.CW.EventMask,
            [1, x.EventMask.Exposure],
        )
        client.core.CreatePixmap(
            client.screen.root_depth, self._pixmap, self._window, width, height
        )
        client.core.CreateGC(self._gc, self._window, x.GC.GraphicsExposures, [0])
        client.core.MapWindow(self._window)

    def fill(self, regions: list[Region], colour: Colour) -> None:
        self._client.core.ChangeGC(self._gc, x.GC.Foreground, [self._pixel(colour)])
        boxes = [x.RECTANGLE.synthetic(r.x, r.y, r.width, r.height) for r in regions]
        self._client.core.PolyFillRectangle(self._pixmap, self._gc, len(boxes), boxes)
        self._unseen += regions

    def show(self) -> None:
        """Makes everything filled since the last time visible at once."""
        if area := hull(self._unseen):
            at = (area.x, area.y)
            self._client.core.CopyArea(
                self._pixmap, self._window, self._gc, *at, *at, area.width, area.height
            )
        self._unseen.clear()

    def close(self) -> None:
        self._client.core.DestroyWindow(self._window)
        self._client.core.FreePixmap(self._pixmap)
        self._client.core.FreeGC(self._gc)

    def _pixel(self, colour: Colour) -> int:
        if colour not in self._pixels:
            levels = [level * 257 for level in colour]
            colormap = self._client.screen.default_colormap
            self._pixels[colour] = self._client.core.AllocColor(colormap, *levels).reply().pixel
        return self._pixels[colour]


class Painter:
    """Carries out orders and keeps the barcode moving."""

    def __init__(self, client: XClient) -> None:
        self._client = client
        self._layout = Layout(client.screen.width_in_pixels, client.screen.height_in_pixels)
        self._canvas = Canvas(client, self._layout.width, self._layout.height)
        self._colours = list(PATCH_COLOURS)
        self._count = 0
        self._period_s = 0.0
        self._next_s = 0.0
        self._orders: dict[str, Callable[..., None]] = {
            "motion": self._motion,
            "count": self._show_count,
            "patch": self._patch,
            "patches": self._patches,
            "rect": self._rect,
            "pointer": self._pointer,
            "size": self._size,
        }
        self._paint_all()

    def run(self) -> None:
        self._report("done")
        for line in self._lines():
            name, *words = line.split()
            self._orders[name](*words)
            self._report("done")

    def _lines(self) -> Iterator[str]:
        """Orders as they come; the frames due and repaints happen in between."""
        unread = b""
        x_fd = self._client.connection.get_file_descriptor()
        while True:
            wait_s = max(0.0, self._next_s - time.monotonic()) if self._period_s else None
            readable, _, _ = select.select([0, x_fd], [], [], wait_s)
            if x_fd in readable:
                self._answer_x()
            if self._period_s and time.monotonic() >= self._next_s:
                self._step()
            if 0 in readable:
                if not (chunk := os.read(0, 4096)):
                    return
                *lines, unread = (unread + chunk).split(b"\n")
                yield from (line.decode() for line in lines)

    def _answer_x(self) -> None:
        exposed = False
        while event := self._client.connection.poll_for_event():
            exposed |= isinstance(event, x.ExposeEvent)
        if exposed:
            self._paint_all()
            self._canvas.show()

    def _report(self, what: str) -> None:
        self._canvas.show()
        self._client.settle()
        print(what, time.monotonic_ns() // 1000, flush=True)  # noqa: T201 - its protocol

    def _step(self) -> None:
        # After a stall the frames missed are not made up for.
        self._next_s = max(self._next_s + self._period_s, time.monotonic())
        self._show_count((self._count + 1) % COUNTS)
        self._report(f"frame {self._count}")

    def _paint_all(self) -> None:
        self._canvas.fill([Region(0, 0, self._layout.width, self._layout.height)], BACKGROUND)
        for index, colour in enumerate(self._colours):
            self._canvas.fill([self._layout.patch(index)], colour)
        self._show_count(self._count)

    def _motion(self, fps: str) -> None:
        self._period_s = 1 / float(fps) if float(fps) else 0.0
        self._next_s = time.monotonic()

    def _show_count(self, count: str | int) -> None:
        self._count = int(count)
        cells = list(zip(self._layout.cells(), barcode(self._count), strict=True))
        self._canvas.fill([cell for cell, white in cells if white], WHITE)
        self._canvas.fill([cell for cell, white in cells if not white], BLACK)

    def _patch(self, index: str, colour: str) -> None:
        self._colours[int(index)] = _colour(colour)
        self._canvas.fill([self._layout.patch(int(index))], _colour(colour))

    def _patches(self, *colours: str) -> None:
        for index, colour in enumerate(colours):
            self._patch(str(index), colour)

    def _rect(self, left: str, top: str, width: str, height: str, colour: str) -> None:
        region = Region(int(left), int(top), int(width), int(height))
        self._canvas.fill([region], _colour(colour))

    def _pointer(self, left: str, top: str) -> None:
        root = self._client.root
        self._client.core.WarpPointer(xcffib.NONE, root, 0, 0, 0, 0, int(left), int(top))

    def _size(self, width: str, height: str) -> None:
        self._canvas.close()
        self._layout = Layout(int(width), int(height))
        self._canvas = Canvas(self._client, self._layout.width, self._layout.height)
        self._paint_all()


def _colour(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


if __name__ == "__main__":
    with connected(sys.argv[1]) as client:
        Painter(client).run()
