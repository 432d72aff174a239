"""What every encoder of pictures can do. Runs on the track's thread."""

from __future__ import annotations

from abc import ABC, abstractmethod

from samescreen.media import Frame, Packet, Region, TrackConfig


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

    quality: int | None = None
    """Of the next packet at most, 1…100, where each can have its own; None: as good as it gets."""

    region: Region | None = None
    """Of stills: the part of the next picture to encode, exactly; None: all of it."""

    @property
    @abstractmethod
    def next_sequence(self) -> int:
        """The sequence number of the next packet; an encoder that takes over goes on with it."""

    @property
    @abstractmethod
    def config(self) -> TrackConfig:
        """What a decoder must know first; complete once a keyframe was encoded."""

    @abstractmethod
    def encode(self, frame: Frame, *, keyframe: bool) -> Packet:
        """One packet for one frame, with nothing held back; it carries the frame's damage.

        Raises:
            EncodeError: the encoder died; make a new one.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the codec; may be called twice."""
