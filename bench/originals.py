"""The pictures a viewer should have seen: source and stream, compared by the barcode's number.

`Originals` draws a scene again, frame by frame, as the painter did. `judge` decodes a stream, reads
each picture's number and compares some pictures with their originals. It compares colours as a
browser shows them, turned into luma in the same way for both, so a stream in another matrix or
range (Selkies') is measured by the same rule. No X server; slow, for after the measurement.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import av
import barcode
import numpy as np
from av.video.reformatter import VideoReformatter
from barcode import Pixels
from hosted import luma
from quality import Luma, square_error, ssim
from scenes import scene

from samescreen.encode.colour import YuvPicture, even
from samescreen.media import Damage, Frame


class Originals:
    """One scene of one size; asked for rising frame numbers."""

    def __init__(self, name: str, width: int, height: int) -> None:
        self._scene = scene(name, width, height)
        shape = self._scene.picture_height, self._scene.picture_width, 4
        self._shared: Pixels = np.zeros(shape, np.uint8)
        self._scene.render(self._shared)
        self._window = self._shared[:height, :width].copy()
        self._number = 0

    def picture(self, number: int) -> Pixels:
        """The window in this frame; the caller's until the next call."""
        while self._number < number:
            self._number += 1
            put = self._scene.next(self._shared, self._number)
            part = put.source
            covers_all = (part.height, part.width) == self._window.shape[:2]
            if self._number == number or not covers_all:
                source = self._shared[part.y : part.y + part.height, part.x : part.x + part.width]
                rows = slice(put.y, put.y + part.height)
                self._window[rows, put.x : put.x + part.width] = source
        return self._window


@dataclass(frozen=True, slots=True)
class Arrived:
    """One coded picture: when the viewer had all of it (microseconds), and its bytes."""

    at_us: int
    payload: bytes


@dataclass(slots=True)
class Judged:
    """What decoding gave: frame numbers by when they arrived, and how near pictures are."""

    first_seen_us: dict[int, int] = field(default_factory=dict)
    decode_ms: list[float] = field(default_factory=list)
    square_errors: list[float] = field(default_factory=list)
    similar: list[float] = field(default_factory=list)
    unreadable: int = 0
    """Pictures without a frame number that can be read."""


class Lumas:
    """BGRX pictures as BT.709 luma, by the host's own conversion."""

    def __init__(self, width: int, height: int) -> None:
        self._picture = YuvPicture(even(width), even(height))

    def of(self, pixels: Pixels) -> Luma:
        return luma(self._picture.update(Frame(pixels, 0, Damage.ALL))).copy()


def judge(arrived: Iterable[Arrived], originals: Originals, *, since_us: int, every: int) -> Judged:
    """Decode all; of what arrived since then, compare every n-th new frame with its original."""
    judged, lumas = Judged(), None
    for each, shown in _decoded(arrived, judged):
        if each.at_us < since_us:
            continue
        number = _number(shown)
        if number is None:
            judged.unreadable += 1
        elif number not in judged.first_seen_us:
            judged.first_seen_us[number] = each.at_us
            if len(judged.first_seen_us) % every == 0:
                lumas = lumas or Lumas(shown.shape[1], shown.shape[0])
                pair = lumas.of(originals.picture(number)), lumas.of(shown)
                judged.square_errors.append(square_error(*pair))
                judged.similar.append(ssim(*pair))
    return judged


def _decoded(arrived: Iterable[Arrived], judged: Judged) -> Iterator[tuple[Arrived, Pixels]]:
    decoder: Any = av.CodecContext.create("h264", "r")
    decoder.thread_count, decoder.options = 1, {"flags": "low_delay"}
    reformatter = VideoReformatter()
    for each in arrived:
        start_s = time.perf_counter()
        frames = decoder.decode(av.Packet(each.payload))
        judged.decode_ms.append((time.perf_counter() - start_s) * 1000)
        for frame in frames:
            yield each, reformatter.reformat(frame, format="bgra").to_ndarray()


def _number(shown: Pixels) -> int | None:
    box = barcode.place(shown.shape[1], shown.shape[0])
    return barcode.read(shown[box.y : box.y + box.height, box.x : box.x + box.width])
