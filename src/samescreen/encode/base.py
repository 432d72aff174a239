"""The interface of every encoder of pictures. Runs on the track's thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from samescreen.media import Frame, Packet, Region, Rendition, TrackConfig


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What to make an encoder for: frames of `width`×`height`, packets numbered from `sequence`.

    `bitrate_bps` and `fps` are its limits; only with `is_capped` must it enforce the bitrate.
    `wide_motion_search`: search further for motion, which takes longer. `coarser_by`: how many
    quantiser steps an encoder without a cap stays below its quality. `quality`: 1…100, in place of
    the factory's.
    """

    rendition: Rendition
    width: int
    height: int
    sequence: int
    bitrate_bps: int
    fps: int
    is_capped: bool
    wide_motion_search: bool
    coarser_by: int = 0
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class EncodeRequest:
    """What one call of an encoder must produce.

    `keyframe`: a packet that decodes on its own. `quality`: the limit of this packet, 1…100, for
    codecs that can choose it per packet; None: the encoder's best. `region`: encode only this part
    of the picture, and exactly, which only the still encoder can do; None: the whole picture.
    `limit_bytes`: the most that a whole still should have, if it stays readable; None: any size.
    `may_be_png`: with a limit, a PNG file will do where it is smaller than a JPEG file.
    `may_forward`: the source's own JPEG file will do where it is good enough. `sketch`: a small
    first impression of the whole picture, which only the still encoder can make. `made`: what the
    codec of `apart` has made of this frame already.
    """

    keyframe: bool = False
    quality: int | None = None
    region: Region | None = None
    may_forward: bool = True
    sketch: bool = False
    limit_bytes: int | None = None
    may_be_png: bool = False
    made: bytes = b""


StillCodec = Callable[[Frame], bytes]
"""Makes a JPEG or PNG file of a frame, on any thread. Raises EncodeError when it cannot."""


class VideoEncoder(ABC):
    """Encodes the frames of one track, all of one size, as the packets of one rendition."""

    name: str
    """The name to show for it, such as "libx264"."""

    note: str = ""
    """Why it replaces the requested encoder, for people; "" if it does not."""

    below_target_quality: bool = False
    """The last packet has less quality than requested, because of the bitrate limit."""

    coarseness: float = 0.0
    """By how many quantiser steps the last packet is coarser than its quality asks for; negative
    where it is finer."""

    wide_motion_search: bool = False
    """It searches for motion further than the minimum; a short search would be quicker."""

    @property
    def threads(self) -> int:
        """How many threads convert and encode one picture."""
        return 1

    @property
    @abstractmethod
    def next_sequence(self) -> int:
        """The sequence number of the next packet; a replacing encoder continues with it."""

    @property
    @abstractmethod
    def config(self) -> TrackConfig:
        """What a decoder must know first; complete after the first keyframe."""

    def needs_pixels(self, frame: Frame, request: EncodeRequest) -> bool:
        """Whether the caller must decode the frame before `encode`; only stills may need none."""
        return True

    def apart(self, frame: Frame, request: EncodeRequest) -> StillCodec | None:
        """The part of `encode` that another thread may do; its result becomes `request.made`.

        None: there is none, or it takes no time. Only whole stills have such a part.
        """
        return None

    @abstractmethod
    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        """One packet for one frame, without delay; it carries the frame's damage.

        The encoder may return a keyframe where none was requested.

        Raises:
            EncodeError: the encoder failed; make a new one.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the codec; may be called twice."""


MakeEncoder = Callable[[EncoderSpec], VideoEncoder]
"""Raises EncodeError when the encoder cannot be made."""
