"""The scenes: what is shown, one frame after another, the same frames in every run.

A scene draws all that it can beforehand into one tall picture. A frame is then a part of that
picture and a place in the window. The X painter, the pushing program and the offline benches share
these classes. No X server, no clock: arrays in, arrays out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import barcode
import film
import numpy as np
import pictures
from barcode import Pixels, Rect
from numpy.typing import NDArray

FRAME_S = 1 / 59.8
"""Not 60: the phase between this screen and the viewer's browser, which is worth up to 17 ms, would
stand still for a whole run. So it goes through all there are in five seconds."""
SCROLL_STEP_PX = 6
TYPING_S = (0.050, 0.080)
VIDEO_FRAMES = 48


Page = Callable[[int, int], Pixels]
"""Draws a page of text of this width and height."""


@dataclass(frozen=True, slots=True)
class Put:
    """Which part of the shared picture goes where in the window."""

    source: Rect
    x: int
    y: int


class Scene(Protocol):
    """What to paint, one frame after another."""

    picture_width: int
    picture_height: int
    """Columns and rows of the tall picture; it is at least as wide as the window."""

    def render(self, picture: Pixels) -> None:
        """Draw everything that can be drawn beforehand. The first window-full is shown first."""

    def next(self, picture: Pixels, frame_id: int) -> Put:
        """Put the barcode into the picture and say what to show."""

    def interval_s(self) -> float | None:
        """How long until the next frame; None: never."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame of a window: its pixels, when it is painted, and what changed."""

    pixels: Pixels
    at_us: int
    changed: Rect


class Scroll:
    """A page of text moving up by a few pixels per frame; the whole window changes."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._period = SCROLL_STEP_PX * 500
        self._barcode = barcode.place(width, height)
        self._covered: tuple[Pixels, Pixels] | None = None
        self.picture_width, self.picture_height = width, self._period + height

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
        self.picture_width = width
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


class Film:
    """A film in the whole window (film.py): cuts, a moving camera, actors and grain."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._barcode = barcode.place(width, height)
        self._actors = film.actors(width, height)
        self._covered: list[tuple[Pixels, Pixels]] = []
        self.picture_width, self._rows = film.picture_size(width, height)
        self.picture_height = self._rows * film.VARIANTS * len(film.SHOTS)

    def render(self, picture: Pixels) -> None:
        for shot in range(len(film.SHOTS)):
            for variant, pixels in enumerate(film.render(shot, self._width, self._height)):
                top = self._top(shot, variant)
                picture[top : top + self._rows] = pixels

    def next(self, picture: Pixels, frame_id: int) -> Put:
        for place, before in reversed(self._covered):
            place[:] = before
        self._covered.clear()
        now = film.moment(frame_id, self._width, self._height)
        top = self._top(now.shot, now.variant) + now.y
        window = picture[top : top + self._height, now.x : now.x + self._width]
        for (left, upper), (pixels, mask) in zip(now.actors, self._actors, strict=True):
            rows, columns = mask.shape
            place = self._cover(window[upper : upper + rows, left : left + columns])
            np.copyto(_words(place), _words(pixels), where=mask)
        barcode.paint(self._cover(_view(window, self._barcode)), frame_id)
        return Put(Rect(now.x, top, self._width, self._height), 0, 0)

    def interval_s(self) -> float | None:
        return FRAME_S

    def _top(self, shot: int, variant: int) -> int:
        return (shot * film.VARIANTS + variant) * self._rows

    def _cover(self, place: Pixels) -> Pixels:
        """This place, which the next frame shows as it was before."""
        self._covered.append((place, place.copy()))
        return place


class Typing:
    """A page that stands still while somebody types: the barcode and one character change."""

    def __init__(self, width: int, height: int, page: Page) -> None:
        self._page = page
        self._barcode = barcode.place(width, height)
        self._glyphs = pictures.glyphs("the quick brown fox jumps over the lazy dog ")
        line_height, self._advance = self._glyphs[0].shape[:2]
        box = self._barcode
        self._line = Rect(box.x, box.y + box.height, box.width, line_height)
        self._random = random.Random(1)
        self.picture_width, self.picture_height = width, height

    def render(self, picture: Pixels) -> None:
        picture[:] = self._page(picture.shape[1], picture.shape[0])
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
        self.picture_width, self.picture_height = width, height

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
        case "film":
            return Film(width, height)
        case "typing":
            return Typing(width, height, pictures.text_page)
        case "dense":
            return Typing(width, height, pictures.dense_page)
        case "idle":
            return Idle(width, height, tick_s=1.0)
        case "still":
            return Idle(width, height, tick_s=None)
    raise ValueError(f"no scene named {name}")


def _words(pixels: Pixels) -> NDArray[np.uint32]:
    """The same pixels, each as one number."""
    return pixels.view(np.uint32)[:, :, 0]


def _view(picture: Pixels, rect: Rect, top: int = 0) -> Pixels:
    y = top + rect.y
    return picture[y : y + rect.height, rect.x : rect.x + rect.width]


def drawn(what: Scene, width: int, height: int) -> Iterator[Shown]:
    """The scene in memory, without an X server and without end: every frame of it, at its time.

    The pixels belong to the caller until the next frame. The first frame is the scene's first
    window-full, which is what a host sees before the painter starts.
    """
    shared = np.zeros((what.picture_height, what.picture_width, 4), np.uint8)
    what.render(shared)
    window = shared[:height, :width].copy()
    at_us, number = 0.0, 1
    yield Shown(window, 0, Rect(0, 0, width, height))
    while (interval_s := what.interval_s()) is not None:
        at_us += interval_s * 1e6
        put = what.next(shared, number)
        part = put.source
        changed = Rect(put.x, put.y, part.width, part.height)
        _view(window, changed)[:] = _view(shared, part)
        yield Shown(window, round(at_us), changed)
        number += 1
