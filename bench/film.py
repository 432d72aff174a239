"""Film that fills the window: four shots with cuts, camera movement, actors and grain.

The pictures follow what is known of real ones. Shapes are dead leaves: discs whose radii follow a
power law and which cover each other (Lee, Mumford and Huang, "Occlusion models for natural
images", 2001). They have the edges and the spectrum of photographs. Over them lies texture with
the same variance in every octave. The camera moves by fractions of a pixel, so most pictures are
interpolated anew. Grain is new in every picture and can not be predicted from the one before.
Everything comes from fixed seeds: each run, each process and each machine gets the same frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

VARIANTS: Final = 6
"""Pictures of each shot: with another grain each, and shifted by sixths of a pixel."""
REFERENCE_WIDTH: Final = 1280
SMALLEST_LEAF: Final = 0.006
LARGEST_LEAF: Final = 0.25
"""Radii, of the picture's width."""
LEAVES: Final = 2000


@dataclass(frozen=True, slots=True)
class Shot:
    """What the camera sees between two cuts.

    `pan_px`, `tilt_px`: how far the picture moves with each frame, right to left and upwards, in
    pixels of a picture 1280 wide. `actor_px`: how far the actors swing. `light`: 1 is day.
    `grain`: the standard deviation of the noise, of 255.
    """

    frames: int
    pan_px: float
    tilt_px: float
    actor_px: float
    light: float
    grain: float


SHOTS: Final = (
    Shot(150, 1 / 6, 0.0, 40.0, 0.9, 2.6),  # a dialogue; the camera hardly moves
    Shot(120, 13 / 6, 1 / 6, 90.0, 1.0, 2.6),  # it follows somebody
    Shot(58, 31 / 6, 5 / 6, 160.0, 1.0, 2.6),  # action
    Shot(150, 1 / 6, 4 / 6, 60.0, 0.45, 3.4),  # night
)
LOOP_FRAMES: Final = sum(shot.frames for shot in SHOTS)
"""Eight seconds at 59.8 frames a second: what glass.py measures holds every frame once."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the camera looks in one frame.

    `shot`, `variant`: which of the pictures. `x`, `y`: the window's corner in it, whole pixels.
    `actors`: the corners of the actors' boxes, in the window.
    """

    shot: int
    variant: int
    x: int
    y: int
    actors: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Travel:
    """How far a shot moves in each frame, in sixths of a pixel of this picture."""

    sixths_x: int
    sixths_y: int

    @classmethod
    def of(cls, shot: Shot, width: int) -> Travel:
        scale = VARIANTS * width / REFERENCE_WIDTH
        return cls(round(shot.pan_px * scale), round(shot.tilt_px * scale))

    def at(self, frame: int) -> tuple[int, int]:
        """Whole pixels that it has moved."""
        return self.sixths_x * frame // VARIANTS, self.sixths_y * frame // VARIANTS

    def fraction(self, variant: int) -> tuple[float, float]:
        """What is missing to the whole way, in pixels, in the frames that show this variant."""
        return (
            self.sixths_x * variant % VARIANTS / VARIANTS,
            self.sixths_y * variant % VARIANTS / VARIANTS,
        )


def picture_size(width: int, height: int) -> tuple[int, int]:
    """Of the pictures for a window of this size: the camera's whole way fits."""
    ways = [Travel.of(shot, width).at(shot.frames) for shot in SHOTS]
    return width + max(x for x, _ in ways), height + max(y for _, y in ways)


def actor_size(width: int, height: int) -> tuple[int, int]:
    """Of the box around an actor."""
    return width // 6, height * 9 // 20


def moment(number: int, width: int, height: int) -> Moment:
    """What frame `number` shows; it starts again after LOOP_FRAMES."""
    frame, index = number % LOOP_FRAMES, 0
    while frame >= SHOTS[index].frames:
        frame -= SHOTS[index].frames
        index += 1
    shot = SHOTS[index]
    x, y = Travel.of(shot, width).at(frame)
    swing = shot.actor_px * width / REFERENCE_WIDTH
    across, down = actor_size(width, height)
    actors = []
    for turn, (middle_x, middle_y) in enumerate(((0.3, 0.6), (0.68, 0.55))):
        angle = 2 * math.pi * frame / (97 + 34 * turn) + turn
        left = middle_x * width - across / 2 + swing * math.sin(angle)
        top = middle_y * height - down / 2 + swing / 4 * math.sin(2 * angle)
        actors.append((_inside(left, width - across), _inside(top, height - down)))
    return Moment(index, frame % VARIANTS, x, y, tuple(actors))


def render(index: int, width: int, height: int) -> list[Pixels]:
    """The pictures of a shot, BGRX, of `picture_size(width, height)`."""
    shot, (wide, high) = SHOTS[index], picture_size(width, height)
    rng = np.random.default_rng(100 + index)
    landscape = _photograph(rng, wide + 1, high + 1, shot.light)
    travel = Travel.of(shot, width)
    blur_px = travel.sixths_x / VARIANTS / 4  # a shutter that is open half of the time
    if blur_px > 0.5:
        landscape = landscape.filter(ImageFilter.BoxBlur((blur_px, 0)))
    grain = _grain(rng, wide, high, shot.grain)
    made = []
    for variant in range(VARIANTS):
        x, y = travel.fraction(variant)
        box = (x, y, x + wide, y + high)
        shifted = landscape.resize((wide, high), Image.Resampling.BICUBIC, box)
        down, right = (int(offset) for offset in rng.integers(64, (high - 64, wide - 64)))
        made.append(_bgrx(shifted, np.roll(grain, (down, right), (0, 1))))
    return made


def actors(width: int, height: int) -> list[tuple[Pixels, NDArray[np.bool_]]]:
    """Two of them: BGRX pixels, and which of the pixels are theirs."""
    across, down = actor_size(width, height)
    y, x = np.mgrid[0:down, 0:across].astype(np.float32)
    head = np.hypot((x - across / 2) / 0.62, y - down * 0.2) < down * 0.19
    body = np.hypot((x - across / 2) / (across / 2), (y - down * 1.05) / (down * 0.68)) < 1
    rng = np.random.default_rng(200)
    made = []
    for _ in range(2):
        costume = _photograph(rng, across, down, 0.8)
        made.append((_bgrx(costume, _grain(rng, across, down, 2.0)), head | body))
    return made


def _photograph(rng: np.random.Generator, width: int, height: int, light: float) -> Image.Image:
    leaves = Image.new("RGB", (width, height), (90, 100, 110))
    draw = ImageDraw.Draw(leaves)
    # Radii with a density of r to the power of -3, by the inverse of its distribution.
    chances = rng.random(LEAVES)
    radii = 1 / np.sqrt(SMALLEST_LEAF**-2 * chances + LARGEST_LEAF**-2 * (1 - chances))
    places = rng.random((LEAVES, 2))
    colours = (
        128 + light * rng.normal(0, (14, 12, 14), (LEAVES, 3)) + rng.normal(0, 38, (LEAVES, 1))
    )
    flat = 0.7 + 0.6 * rng.random(LEAVES)
    for radius, (x, y), colour, narrow in zip(radii, places, colours, flat, strict=True):
        wide, high = radius * width, radius * width * narrow
        middle_x, middle_y = x * width, y * height
        box = (middle_x - wide, middle_y - high, middle_x + wide, middle_y + high)
        red, green, blue = (int(value) for value in np.clip(colour * light, 8, 245))
        draw.ellipse(box, fill=(red, green, blue))
    soft = leaves.filter(ImageFilter.GaussianBlur(0.7))
    texture = _texture(rng, width, height)
    lit = np.asarray(soft, np.float32) * (1 + 0.05 * texture)[:, :, None]
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))


def _texture(rng: np.random.Generator, width: int, height: int) -> Floats:
    """Noise whose octaves, from 256 to 2 pixels of 1280, all have the same variance, one."""
    total = np.zeros((height, width), np.float32)
    for octave in range(8):
        cells = REFERENCE_WIDTH >> (8 - octave)
        rows = max(2, cells * height // width)
        cell = rng.normal(0, 1, (rows, cells)).astype(np.float32)
        total += np.asarray(Image.fromarray(cell).resize((width, height), Image.Resampling.BICUBIC))
    return total


def _grain(
    rng: np.random.Generator, width: int, height: int, deviation: float
) -> NDArray[np.int16]:
    noise = rng.normal(0, 1, (height, width)).astype(np.float32)
    soft = noise + 0.4 * (np.roll(noise, 1, 0) + np.roll(noise, 1, 1))  # grains touch each other
    grain: NDArray[np.int16] = np.rint(soft * (deviation / soft.std())).astype(np.int16)
    return grain


def _bgrx(picture: Image.Image, grain: NDArray[np.int16]) -> Pixels:
    bgrx = np.zeros((*grain.shape, 4), np.uint8)
    colours = np.asarray(picture)[:, :, ::-1] + grain[:, :, None]
    bgrx[:, :, :3] = np.clip(colours, 0, 255)
    return bgrx


def _inside(value: float, most: int) -> int:
    return min(max(0, round(value)), most)
