"""What a publisher may send: `PAGE` and `HOST`, a profile for each kind of publisher. Pure.

A *page* publishes whole pictures: only the page knows which parts changed, and a wrong rectangle
would leave viewers with a wrong picture. A *host* with a publish token is another Samescreen; its
rectangles, pieces, stills, low rendition and sound pass too, bounded in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from samescreen.media import Rendition

_BESIDE_BYTES: Final = 1_000_000
"""Stills and sound of a publisher with a limit, in a second."""


@dataclass(frozen=True, slots=True)
class PictureBounds:
    """What one picture may be.

    `long_side`, `short_side`: in pixels, either way round. `ref_frames`: how many pictures a
    decoder must store. `units`, `slices`: NAL units and slices of one access unit. `oldest_us`: how
    far its time may lie back; None: without limit, because a host sends a picture that rests with
    the time at which it was grabbed.
    """

    long_side: int
    short_side: int
    fps: int
    ref_frames: int
    units: int
    slices: int
    oldest_us: int | None


@dataclass(frozen=True, slots=True)
class RateBounds:
    """How much may come. `message_bytes`: one message. The others: in each second, on average.

    `macroblocks`: of 16×16 pixels; they bound what decoding costs, because a large picture may be a
    few bytes. `keyframes`, `changes`: of one rendition; a change is another configuration.
    """

    message_bytes: int
    bytes: int
    messages: int
    macroblocks: int
    keyframes: float
    changes: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What one kind may send. `sound_us`: how long an Opus packet may be, in µs.

    `is_partial`: rectangles, pieces and sketches are allowed, and a first still as a PNG file;
    otherwise each picture is whole. `bitrate_bps`: the most that is asked of a rendition; None:
    what is offered.
    """

    name: str
    renditions: frozenset[Rendition]
    is_partial: bool
    sound_us: frozenset[int]
    picture: PictureBounds
    rates: RateBounds
    bitrate_bps: int | None = None

    def within(self, bitrate_bps: int) -> Profile:
        """The same with less: no rendition is asked for more, and twice as much may come in all.

        Stills and sound are beside the renditions, and an encoder may be above its target for a
        moment.
        """
        limit = 2 * bitrate_bps // 8 + _BESIDE_BYTES
        rates = replace(self.rates, bytes=min(self.rates.bytes, limit))
        return replace(self, rates=rates, bitrate_bps=bitrate_bps)


PAGE: Final = Profile(
    name="page",
    renditions=frozenset({Rendition.MAIN, Rendition.LOW, Rendition.JPEG, Rendition.OPUS}),
    is_partial=False,
    sound_us=frozenset({10_000, 20_000}),
    picture=PictureBounds(
        long_side=3840,
        short_side=2160,
        fps=60,
        ref_frames=4,
        units=64,
        slices=32,
        oldest_us=2_000_000,
    ),
    rates=RateBounds(
        message_bytes=2 << 20,
        bytes=4_000_000,
        messages=240,
        macroblocks=983_040,  # level 5.1: 3840×2160 at 30 pictures a second
        keyframes=4,
        changes=0.5,
    ),
)

HOST: Final = Profile(
    name="host",
    renditions=frozenset(Rendition) - {Rendition.POINTED},
    is_partial=True,
    sound_us=frozenset({10_000}),
    picture=PictureBounds(
        long_side=8192,
        short_side=4352,
        fps=240,
        ref_frames=4,
        units=64,
        slices=32,
        oldest_us=None,
    ),
    rates=RateBounds(
        message_bytes=8 << 20,
        bytes=32_000_000,
        messages=1_500,
        macroblocks=4_177_920,  # level 6.0: 3840×2160 at 120
        keyframes=8,
        changes=8,
    ),
)
