"""Small media files made on the spot, and a pacer without threads or waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from samescreen.media import Pixels

FPS = 10


def flat(width: int, height: int, rgb: tuple[int, int, int]) -> Pixels:
    pixels = np.full((height, width, 4), 255, dtype=np.uint8)
    pixels[:, :, :3] = rgb[::-1]
    return pixels


def shades(count: int, width: int = 64, height: int = 48) -> list[Pixels]:
    """Grey pictures, each lighter than the one before."""
    return [flat(width, height, (10 + 20 * n, 10 + 20 * n, 10 + 20 * n)) for n in range(count)]


def record(
    path: Path,
    pictures: list[Pixels],
    *,
    colorspace: Colorspace = Colorspace.ITU709,
    color_range: ColorRange = ColorRange.MPEG,
    codec: str = "libx264",
    pix_fmt: str = "",
    gop: int = 1,
    aspect: Fraction | None = None,
    times: Sequence[int] = (),
) -> Path:
    """The pictures at `FPS`, nearly lossless, tagged with their matrix and range.

    `aspect`: of a sample; `times`: when each picture is shown, in pictures since the beginning.
    """
    height, width = pictures[0].shape[:2]
    reformatter = VideoReformatter()
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = width, height
        stream.pix_fmt = pix_fmt or ("yuv420p" if codec == "libx264" else "yuvj420p")
        stream.codec_context.gop_size = gop
        stream.codec_context.colorspace = colorspace
        stream.codec_context.color_range = color_range
        if aspect is not None:
            stream.sample_aspect_ratio = aspect
            stream.codec_context.sample_aspect_ratio = aspect
        stream.options = {"qp": "4", "bf": "0"} if codec == "libx264" else {"qmin": "1"}
        for number, pixels in enumerate(pictures):
            frame = reformatter.reformat(
                av.VideoFrame.from_ndarray(pixels, "bgra"),
                format=stream.pix_fmt,
                src_color_range=ColorRange.JPEG,
                dst_colorspace=colorspace,
                dst_color_range=color_range,
            )
            frame.pts, frame.time_base = (times or range(len(pictures)))[number], Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@dataclass(slots=True)
class FakePacer:
    """A pacer whose time passes only in its waits; `holds` lists the times waited for."""

    now: int = 1_000_000
    is_stopped: bool = False
    is_resting: bool = False
    holds: list[int] = field(default_factory=list)

    def now_us(self) -> int:
        return self.now

    def wait_until(self, due_us: int) -> None:
        self.holds.append(due_us)
        self.now = max(self.now, due_us)

    def sleep_until(self, due_us: int) -> None:
        self.wait_until(due_us)
