"""Converts BGRX to YUV 4:2:0, BT.709 limited range, only where the picture changed.

Runs on the track's thread. swscale converts, through PyAV. At equal sizes its POINT path is exact:
luma within 1, chroma the mean of its four pixels. FAST_BILINEAR resamples even then and changes
luma by up to 62; the other filters blur chroma across edges and take twice as long.

Changed parts are converted in boxes on a grid of 32 pixels, straight from the source's pixels into
the previous YUV frame. The result equals a conversion of the whole picture, bit for bit, whatever
the number of threads. Small boxes get one thread, because starting others takes longer. Stripes of
a picture that is still being read are converted on threads of `YuvPair`, one each.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from samescreen.media import Damage, Frame, Pixels, Region

_GRID_PX: Final = 32
"""A multiple of swscale's vector width, and of the 2×2 blocks of the chroma planes."""
_WHOLE_ABOVE: Final = 0.75
"""Above this share of the picture, one conversion of all of it is cheaper than boxes."""
_SHARED_ABOVE: Final = 640 * 360
"""Pixels. Smaller boxes are converted by one thread."""
_KEPT_SIZES: Final = 16
"""How many reformatters to cache; making one costs as much as converting one tile."""
_STRIPES_AT_ONCE: Final = 4
"""An X server copies a stripe in a third of the time in which one thread converts it."""


class _Reformatters(threading.local):
    """Reformatters by the shape of the pixels. Each thread has its own."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, ...], VideoReformatter] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, shape: tuple[int, ...]) -> VideoReformatter:
        """The reformatter of this shape, from a cache that drops the least recently used."""
        reformatter = self._kept.pop(shape, None) or VideoReformatter()
        self._kept[shape] = reformatter
        if len(self._kept) > _KEPT_SIZES:
            del self._kept[next(iter(self._kept))]
        return reformatter


@dataclass(slots=True)
class YuvPicture:
    """The newest picture of one size as YUV 4:2:0, updated box by box.

    `width`, `height`: even, and at least the frame's size; padding repeats its last row or column.
    `halves`: frames have twice that size, and each is converted as a whole. `threads`: how many
    share a large conversion.
    """

    width: int
    height: int
    halves: bool = False
    threads: int = 1
    frame: av.VideoFrame | None = None
    _reformatters: _Reformatters = field(default_factory=_Reformatters)

    def update(self, frame: Frame) -> av.VideoFrame:
        """Convert the parts in `frame.damage` (everything the first time); returns the picture.

        The next update overwrites the returned picture. A frame that was converted ahead to this
        size is returned as it is.
        """
        if self.halves:
            pixels = _padded(frame.pixels, 2 * self.width, 2 * self.height)
            return self._convert(pixels, self.threads)
        ahead: av.VideoFrame | None = frame.converted
        if ahead is not None and (ahead.width, ahead.height) == (self.width, self.height):
            self.frame = None  # it lacks these changes from now on
            return ahead
        boxes = self._boxes(frame.damage)
        if self.frame is None or boxes is None:
            pixels = _padded(frame.pixels, self.width, self.height)
            self.frame = self._convert(pixels, self.threads)
        else:
            for box in boxes:
                self._put(frame.pixels, box, self.threads)
        return self.frame

    def part(self, pixels: Pixels, region: Region) -> None:
        """Convert a part of these pixels; there was an `update` before.

        Several threads may do this at once, each with parts of its own.
        """
        box = _on_grid(region).intersection(Region(0, 0, self.width, self.height))
        if box:
            self._put(pixels, box, 1)

    def _put(self, pixels: Pixels, box: Region, threads: int) -> None:
        assert self.frame is not None
        part = pixels[box.y : box.bottom, box.x : box.right]
        converted = self._convert(_padded(part, box.width, box.height), threads)
        _copy_box(_planes(converted), _planes(self.frame), box)

    def _boxes(self, damage: Damage) -> list[Region] | None:
        """The boxes to convert, on the grid; None: convert everything."""
        if damage.is_all:
            return None
        bounds = Region(0, 0, self.width, self.height)
        grown = (_on_grid(region).intersection(bounds) for region in damage.regions)
        boxes = [box for box in grown if box]
        is_most = sum(box.area for box in boxes) > _WHOLE_ABOVE * bounds.area
        return None if is_most else boxes

    def _convert(self, pixels: Pixels, threads: int) -> av.VideoFrame:
        reformatter = self._reformatters.of(pixels.shape)
        picture = av.VideoFrame.from_numpy_buffer(pixels, "bgra")
        scale = 2 if self.halves else 1
        is_large = pixels.shape[0] * pixels.shape[1] > _SHARED_ABOVE
        return reformatter.reformat(
            picture,
            width=pixels.shape[1] // scale,
            height=pixels.shape[0] // scale,
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA if self.halves else Interpolation.POINT,
            threads=threads if is_large else 1,
        )


class YuvPair:
    """Converts the pictures of a source ahead, while the one before is being encoded.

    Two YUV pictures alternate, so each stays as it is until the conversion after the next. Both
    get every change: `changed` reports those of frames that are not converted here. Stripes of a
    picture can be converted while the source still reads the others: `begin`, then `part` for
    each, then `convert`. Only `part` starts threads; `close` ends them.
    """

    def __init__(self, frame: Frame, threads: int) -> None:
        self.size, self.threads = frame.size, threads
        width, height = (even(length) for length in frame.size)
        self._newest, self._older = (YuvPicture(width, height, threads=threads) for _ in range(2))
        self._newest_lacks = self._older_lacks = Damage.ALL
        self._stripes: list[Region] = []
        self._late: list[Region] = []
        self._under_way: list[Future[None]] = []
        self._pool: ThreadPoolExecutor | None = None

    def begin(self) -> None:
        """The source begins to read a picture. What it read before and gave nobody is void."""
        self._finish()
        self._older_lacks |= Damage.of(*self._stripes)
        self._stripes.clear()
        self._late.clear()

    def part(self, pixels: Pixels, region: Region) -> None:
        """Have a part of the picture that is being read converted; `pixels` will be the picture.

        The last call for a pixel holds. Stripes as wide as the picture must not overlap. They are
        converted at once; anything else, which may still lie in one of them, by `convert`.
        """
        if pixels.shape[1::-1] != self.size or self._older.frame is None:
            return
        if region.width < self.size[0]:
            self._late.append(region)
            return
        if self._pool is None:
            workers = min(self.threads, _STRIPES_AT_ONCE)
            self._pool = ThreadPoolExecutor(workers, thread_name_prefix="convert")
        self._stripes.append(region)
        self._under_way.append(self._pool.submit(self._older.part, pixels, region))

    def close(self) -> None:
        """End the threads; a stripe that is being converted is converted to its end."""
        if self._pool is not None:
            self._pool.shutdown()

    def changed(self, damage: Damage) -> None:
        """The source's picture changed here."""
        self._newest_lacks |= damage
        self._older_lacks |= damage

    def convert(self, frame: Frame) -> Frame:
        """The same frame with `converted`. Its damage was reported by `changed` before."""
        self._finish()
        self._newest, self._older = self._older, self._newest
        self._newest_lacks, self._older_lacks = self._older_lacks, self._newest_lacks
        late = self._late if self._stripes else []
        lacks = self._without_stripes() | Damage.of(*late)
        picture = self._newest.update(replace(frame, damage=lacks))
        self._newest_lacks = Damage.NONE
        self._stripes.clear()
        self._late.clear()
        return replace(frame, converted=picture)

    def _finish(self) -> None:
        """Wait for the stripes that are being converted. Raises what their conversion raises."""
        under_way, self._under_way = self._under_way, []
        for each in under_way:
            each.result()

    def _without_stripes(self) -> Damage:
        """What the newest picture lacks and no stripes cover."""
        width, height = self.size
        bounds = Region(0, 0, width, height)
        spans: list[tuple[int, int]] = []
        for stripe in sorted(self._stripes, key=lambda stripe: stripe.y):
            if spans and stripe.y <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], stripe.bottom))
            else:
                spans.append((stripe.y, stripe.bottom))
        return Damage.of(
            *(
                each
                for each in self._newest_lacks.within(bounds)
                if not any(top <= each.y and each.bottom <= bottom for top, bottom in spans)
            )
        )


def even(length: int) -> int:
    """The length, rounded up to even."""
    return length + (length & 1)


def _padded(pixels: Pixels, width: int, height: int) -> Pixels:
    have_height, have_width = pixels.shape[:2]
    if (have_height, have_width) == (height, width):
        return pixels
    missing = ((0, height - have_height), (0, width - have_width), (0, 0))
    return np.pad(pixels, missing, mode="edge")


def _on_grid(region: Region) -> Region:
    """The region, grown to whole cells of the grid."""
    x, y = region.x // _GRID_PX * _GRID_PX, region.y // _GRID_PX * _GRID_PX
    right = -(-region.right // _GRID_PX) * _GRID_PX
    bottom = -(-region.bottom // _GRID_PX) * _GRID_PX
    return Region(x, y, right - x, bottom - y) if region else region


def _planes(picture: av.VideoFrame) -> list[NDArray[Any]]:
    """Writable views of the Y, U and V planes, without the padding of their rows."""
    views = []
    for plane in picture.planes:
        rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        views.append(rows[: plane.height, : plane.width])
    return views


def _copy_box(converted: list[NDArray[Any]], planes: list[NDArray[Any]], box: Region) -> None:
    for source, target, step in zip(converted, planes, (1, 2, 2), strict=True):
        rows, columns = source.shape
        top, left = box.y // step, box.x // step
        target[top : top + rows, left : left + columns] = source
