"""The host's encoders without a host: made by its factory, exchanged by its own rules.

Time is the scene's, not the machine's: a frame arrives at its own time, and the clock then goes on
by what the encoding really takes. So a scene of eight seconds may take one second or thirty here,
and the host's rules decide as they would at 60 frames a second.

The calls come from one thread; conversion and encoder start others, as many as the caller says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from quality import Luma

from samescreen.encode import colour
from samescreen.encode.base import EncodeRequest, EncoderSpec, VideoEncoder
from samescreen.encode.cores import usable_cores
from samescreen.encode.factory import EncoderFactory
from samescreen.encode.probe import SelectedEncoder
from samescreen.flow.rate import RateTarget
from samescreen.media import Frame, Packet, Rendition
from samescreen.publish.encoders import Encoders

FPS = 60
RATES = ("host", "near", "far", "capped")
"""The host's choice in simulated time, or one kind of encoder for the whole scene."""


class _NoLoop:
    """Where a track's bridge would hand over to the event loop."""

    def post(self, event: object) -> None:
        """Nobody is there."""


class Hosted:
    """The main rendition of one stream. `made`: how many encoders there were, the first included.

    `rate`: one of RATES. `quality`: 1…100. `bitrate_bps`: the most that the host may spend.
    `threads`: for conversion and for encoding; None: as the host chooses on this machine.
    """

    def __init__(
        self,
        rate: str,
        size: tuple[int, int],
        *,
        quality: int,
        bitrate_bps: int,
        threads: int | None = None,
    ) -> None:
        self._factory = EncoderFactory(
            SelectedEncoder(), track=0, quality=quality, cores=usable_cores(), threads=threads
        )
        self._frame_us, self._started_ns = 0, time.perf_counter_ns()
        self.made = 0
        self._alone: VideoEncoder | None = None
        self._host: Encoders | None = None
        if rate == "host":
            ceiling = RateTarget(bitrate_bps=bitrate_bps, fps=FPS)
            self._host = Encoders(self._make, _NoLoop(), ceiling, self._now_us)
            self._host.resize(*size)
        else:
            is_capped, is_far = rate == "capped", rate == "far"
            main = Rendition.MAIN
            self._alone = self._make(
                EncoderSpec(main, *size, 0, bitrate_bps, FPS, is_capped, is_far)
            )

    def encode(self, frame: Frame, *, keyframe: bool) -> Packet:
        """One packet of this frame; its time is now."""
        self._frame_us, self._started_ns = frame.pts_us, time.perf_counter_ns()
        if self._host is not None:
            return self._host.encode(Rendition.MAIN, frame, EncodeRequest(keyframe=keyframe))
        assert self._alone is not None
        return self._alone.encode(frame, EncodeRequest(keyframe=keyframe))

    def close(self) -> None:
        for open_one in (self._host, self._alone):
            if open_one is not None:
                open_one.close()

    def _make(self, spec: EncoderSpec) -> VideoEncoder:
        self.made += 1
        return self._factory.make(spec)

    def _now_us(self) -> int:
        return self._frame_us + (time.perf_counter_ns() - self._started_ns) // 1000


@contextmanager
def conversions_us() -> Iterator[list[int]]:
    """A list that gets what each conversion inside the encoders takes, in microseconds."""
    took_us: list[int] = []

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            start_ns = time.perf_counter_ns()
            converted = method(*arguments)
            took_us.append((time.perf_counter_ns() - start_ns) // 1000)
            return converted

        return call

    picture = colour.YuvPicture
    with (
        patch.object(picture, "update", timed(picture.update)),
        patch.object(picture, "part", timed(picture.part)),
    ):
        yield took_us


def luma(picture: Any) -> Luma:
    """A view of a video frame's first plane, without its rows' padding."""
    plane = picture.planes[0]
    rows: Luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
