"""What every encoder of pictures can do. Runs on the track's thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from samescreen.media import Frame, Packet, Region, Rendition, TrackConfig


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What an encoder is made for: frames of `width`×`height`, packets numbered from `sequence`.

    `bitrate_bps` and `fps` are the most it may cost; it must keep within the bitrate only if
    `is_capped`. `searches_far`: look further for motion, which takes longer.
    """

    rendition: Rendition
    width: int
    height: int
    sequence: int
    bitrate_bps: int
    fps: int
    is_capped: bool
    searches_far: bool


@dataclass(frozen=True, slots=True)
class EncodeRequest:
    """What one call of an encoder must produce.

    `keyframe`: a packet that decodes on its own. `quality`: the limit of this packet, 1…100, for
    codecs that can choose it per packet; None: the encoder's best. `region`: encode only this part
    of the picture, and exactly, which only the still encoder can do; None: the whole picture.
    `may_forward`: the source's own JPEG file will do where it is good enough.
    """

    keyframe: bool = False
    quality: int | None = None
    region: Region | None = None
    may_forward: bool = True


class VideoEncoder(ABC):
    """Turns the frames of one track, all of one size, into the packets of one rendition."""

    name: str
    """Which encoder does the work, for people: "libx264"."""

    note: str = ""
    """Why it is not the one that was wanted, for people."""

    is_coarse: bool = False
    """The last packet is of a lower quality than asked, to keep within the bitrate."""

    searches_far: bool = False
    """It looks further for motion than it must; without that it would be quicker."""

    @property
    @abstractmethod
    def next_sequence(self) -> int:
        """The sequence number of the next packet; an encoder that takes over goes on with it."""

    @property
    @abstractmethod
    def config(self) -> TrackConfig:
        """What a decoder must know first; complete once a keyframe was encoded."""

    def needs_pixels(self, frame: Frame, request: EncodeRequest) -> bool:
        """Whether the caller must decode the frame before `encode`; only stills may need none."""
        return True

    @abstractmethod
    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        """One packet for one frame, without delay; it carries the frame's damage.

        The encoder may return a keyframe where none was requested.

        Raises:
            EncodeError: the encoder died; make a new one.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the codec; may be called twice."""


MakeEncoder = Callable[[EncoderSpec], VideoEncoder]
"""Raises EncodeError when the encoder cannot be made."""
