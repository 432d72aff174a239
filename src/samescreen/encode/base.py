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
    `is_capped`. `wide_motion_search`: look further for motion, which takes longer.
    """

    rendition: Rendition
    width: int
    height: int
    sequence: int
    bitrate_bps: int
    fps: int
    is_capped: bool
    wide_motion_search: bool


@dataclass(frozen=True, slots=True)
class EncodeRequest:
    """What one call of an encoder must produce.

    `keyframe`: a packet that stands alone. `quality`: at most this, 1…100, where the codec can
    choose it for each packet; None: as good as the encoder can. `region`: only this part of the
    picture, exactly, which only stills can do; None: all of it.
    """

    keyframe: bool = False
    quality: int | None = None
    region: Region | None = None


class VideoEncoder(ABC):
    """Turns the frames of one track, all of one size, into the packets of one rendition."""

    name: str
    """Which encoder does the work, for people: "libx264"."""

    note: str = ""
    """Why it is not the one that was wanted, for people."""

    below_target_quality: bool = False
    """The last packet is of a lower quality than asked, to keep within the bitrate."""

    coarseness: float = 0.0
    """By how many quantiser steps the last packet is coarser than a constant quantiser would make
    it; negative where it is finer; 0 for an encoder whose quantiser is constant."""

    wide_motion_search: bool = False
    """It looks further for motion than it must; without that it would be quicker."""

    @property
    @abstractmethod
    def next_sequence(self) -> int:
        """The sequence number of the next packet; an encoder that takes over goes on with it."""

    @property
    @abstractmethod
    def config(self) -> TrackConfig:
        """What a decoder must know first; complete once a keyframe was encoded."""

    @abstractmethod
    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        """One packet for one frame, with nothing held back; it carries the frame's damage.

        The encoder may return a keyframe where none was requested.

        Raises:
            EncodeError: the encoder died; make a new one.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the codec; may be called twice."""


MakeEncoder = Callable[[EncoderSpec], VideoEncoder]
"""Raises EncodeError when the encoder cannot be made."""
