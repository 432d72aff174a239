"""Paints a scene on an X screen, a barcode with the frame number in every frame.

Scenes are rendered beforehand into one shared-memory picture; a frame costs this process a
barcode and one ShmPutImage, so it is atomic on the screen and the painter stays out of the way.
Writes "ready" to stdout when the first frame is up, then paints until SIGTERM.
"""

from __future__ import annotations

import argparse
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import barcode
import numpy as np
import pictures
import xcffib.xproto
from barcode import Pixels, Rect
from stamps import Stamps, now_us
from xshm import Screen

FRAME_S = 1 / 59.8
"""Not 60: the phase between this screen and the viewer's browser, which is worth up to 17 ms, would
stand still for a whole run. So it goes through all there are in five seconds."""
SCROLL_STEP_PX = 6
TYPING_S = (0.050, 0.080)
VIDEO_FRAMES = 48


@dataclass(frozen=True, slots=True)
class Put:
    """Which part of the shared picture goes where in the window."""

    source: Rect
    x: int
    y: int


class Scene(Protocol):
    """What to paint, one frame after another."""

    picture_height: int
    """Rows of the shared picture, which is as wide as the window."""

    def render(self, picture: Pixels) -> None:
        """Draw everything that can be drawn beforehand. The first window-full is shown first."""

    def next(self, picture: Pixels, frame_id: int) -> Put:
        """Put the barcode into the picture and say what to show."""

    def interval_s(self) -> float | None:
        """How long until the next frame; None: never."""


class Scroll:
    """A page of text moving up by a few pixels per frame; the whole window changes."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._period = SCROLL_STEP_PX * 500
        self._barcode = barcode.place(width, height)
        self._covered: tuple[Pixels, Pixels] | None = None
        self.picture_height = self._period + height

    def render(self, picture: Pixels) -> None:
        picture[: self._period] = pictures.text_page(self._width, self._period)
        picture[self._period :] = picture[: self._height]

    def next(self, picture: Pixels, frame_id: int) -> Put:
        if self._covered is not None:
            place, before = self._covered
            place[:] = before
        top = frame_id * SCROLL_STEP_PX % self._period
        place = _view(picture, self._barcode, top)
        self._covered = place, place.copy()
        barcode.paint(place, frame_id)
        return Put(Rect(0, top, self._width, self._height), 0, 0)

    def interval_s(self) -> float | None:
        return FRAME_S


class Video:
    """Moving colours, noise and shapes in a window two thirds as wide and high as the screen."""

    def __init__(self, width: int, height: int) -> None:
        self._height = height
        self._rect = Rect(width // 6, height // 12, width * 2 // 3, height * 2 // 3)
        place = barcode.place(width, height)
        self._barcode = Rect(place.x, place.y - self._rect.y, place.width, place.height)
        self.picture_height = height + VIDEO_FRAMES * self._rect.height

    def render(self, picture: Pixels) -> None:
        rect = self._rect
        picture[: self._height] = pictures.text_page(picture.shape[1], self._height)
        clip = pictures.moving_pictures(rect.width, rect.height, VIDEO_FRAMES)
        for index, frame in enumerate(clip):
            top = self._height + index * rect.height
            picture[top : top + rect.height, rect.x : rect.x + rect.width] = frame

    def next(self, picture: Pixels, frame_id: int) -> Put:
        rect = self._rect
        top = self._height + frame_id % VIDEO_FRAMES * rect.height
        barcode.paint(_view(picture, self._barcode, top), frame_id)
        return Put(Rect(rect.x, top, rect.width, rect.height), rect.x, rect.y)

    def interval_s(self) -> float | None:
        return FRAME_S


class Typing:
    """A page that stands still while somebody types: the barcode and one character change."""

    def __init__(self, width: int, height: int) -> None:
        self._barcode = barcode.place(width, height)
        self._glyphs = pictures.glyphs("the quick brown fox jumps over the lazy dog ")
        line_height, self._advance = self._glyphs[0].shape[:2]
        box = self._barcode
        self._line = Rect(box.x, box.y + box.height, box.width, line_height)
        self._random = random.Random(1)
        self.picture_height = height

    def render(self, picture: Pixels) -> None:
        picture[:] = pictures.text_page(picture.shape[1], picture.shape[0])
        _view(picture, self._line)[:] = 255

    def next(self, picture: Pixels, frame_id: int) -> Put:
        barcode.paint(_view(picture, self._barcode), frame_id)
        line, column = _view(picture, self._line), frame_id % (self._line.width // self._advance)
        if column == 0:
            line[:] = 255
        x = column * self._advance
        line[:, x : x + self._advance] = self._glyphs[frame_id % len(self._glyphs)]
        box = self._barcode
        changed = Rect(box.x, box.y, box.width, box.height + self._line.height)
        return Put(changed, changed.x, changed.y)

    def interval_s(self) -> float | None:
        return self._random.uniform(*TYPING_S)


class Idle:
    """A page that stands still; only the barcode ticks, once a second, or never."""

    def __init__(self, width: int, height: int, *, tick_s: float | None) -> None:
        self._barcode = barcode.place(width, height)
        self._tick_s = tick_s
        self.picture_height = height

    def render(self, picture: Pixels) -> None:
        picture[:] = pictures.text_page(picture.shape[1], picture.shape[0])

    def next(self, picture: Pixels, frame_id: int) -> Put:
        barcode.paint(_view(picture, self._barcode), frame_id)
        return Put(self._barcode, self._barcode.x, self._barcode.y)

    def interval_s(self) -> float | None:
        return self._tick_s


def scene(name: str, width: int, height: int) -> Scene:
    """The scene of this name."""
    match name:
        case "scroll":
            return Scroll(width, height)
        case "video":
            return Video(width, height)
        case "typing":
            return Typing(width, height)
        case "idle":
            return Idle(width, height, tick_s=1.0)
        case "still":
            return Idle(width, height, tick_s=None)
    raise ValueError(f"no scene named {name}")


def _view(picture: Pixels, rect: Rect, top: int = 0) -> Pixels:
    y = top + rect.y
    return picture[y : y + rect.height, rect.x : rect.x + rect.width]


class Easel:
    """The window, and the shared picture that is put into it."""

    def __init__(self, screen: Screen, width: int, picture_height: int, height: int) -> None:
        self._screen = screen
        self._shared = screen.segment(width, picture_height)
        self._window = screen.window(width, height)
        self._gc = screen.connection.generate_id()
        screen.connection.core.CreateGC(self._gc, self._window, 0, [])

    @property
    def picture(self) -> Pixels:
        return self._shared.pixels

    def put(self, put: Put) -> int:
        """Show it; returns when it was handed to the X server, in microseconds."""
        rows, width = self.picture.shape[:2]
        part = put.source
        self._screen.shm.PutImage(
            self._window, self._gc, width, rows, part.x, part.y, part.width, part.height,
            put.x, put.y, 24, xcffib.xproto.ImageFormat.ZPixmap, True, self._shared.xid, 0,
        )  # fmt: skip
        painted_us = now_us()
        self._screen.connection.flush()
        return painted_us

    def settle(self) -> None:
        """Wait until the X server has read the picture, so that it may be changed."""
        self._screen.connection.wait_for_event()


def paint(easel: Easel, what: Scene, stamps: Stamps) -> None:
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
    parser.add_argument("--display", required=True)
    parser.add_argument("--scene", required=True)
    parser.add_argument("--size", required=True, help="WIDTHxHEIGHT")
    parser.add_argument("--stamps", required=True, type=Path)
    options = parser.parse_args()
    width, height = (int(number) for number in options.size.split("x"))
    what = scene(options.scene, width, height)
    with Screen(options.display) as screen:
        easel = Easel(screen, width, what.picture_height, height)
        what.render(easel.picture)
        easel.put(Put(Rect(0, 0, width, height), 0, 0))
        easel.settle()
        paint(easel, what, Stamps(options.stamps))


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
