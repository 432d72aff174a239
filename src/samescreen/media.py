"""The values that every layer shares: regions, frames, packets, track configurations.

Any thread. Values only: frozen, no behaviour beyond arithmetic, no I/O, no decoding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A picture as BGRX: shape (height, width, 4), dtype uint8; the fourth byte is ignored."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in pixels, from the top left. On a desktop, `x` and `y` may be negative."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def area(self) -> int:
        return max(0, self.width) * max(0, self.height)

    def __bool__(self) -> bool:
        return self.width > 0 and self.height > 0

    def intersection(self, other: Self) -> Region:
        """The part that both cover; falsy (zero or negative size) when they do not overlap."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Region(
            x, y, min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        )

    def moved(self, dx: int, dy: int) -> Region:
        return Region(self.x + dx, self.y + dy, self.width, self.height)


MAX_REGIONS: Final = 24
"""Painting the hull of more rectangles than this is cheaper than handling each of them."""


def hull(regions: Iterable[Region]) -> Region:
    """The smallest region that covers all non-empty ones; empty when there are none."""
    solid = [region for region in regions if region]
    if not solid:
        return Region(0, 0, 0, 0)
    x, y = min(r.x for r in solid), min(r.y for r in solid)
    return Region(x, y, max(r.right for r in solid) - x, max(r.bottom for r in solid) - y)


FITS_PROPERTY: Final = "_SAMESCREEN_FITS"
"""Of an X server's root window: its desktop takes the size that a `ROOM_MESSAGE` names."""
ROOM_MESSAGE: Final = "_SAMESCREEN_ROOM"
"""A client message to that window: a width and a height in CSS pixels."""
ROOM_SOCKET: Final = "samescreen-room"
"""Beside the socket of a Wayland compositor: takes the same as a datagram of two 32-bit numbers."""


@dataclass(frozen=True, slots=True)
class OnDesktop:
    """Where a picture lies on a desktop: `region`, in pixels, of `window` (0: of all of it).

    `display` names the X server, which alone knows where a window is now; on Wayland it is the
    path of the compositor's socket, or "portal"; on macOS it is the number of the screen that
    `region` is on; on Windows it is "". `screen`: on Wayland, the name of the output that `region`
    is on, in pixels of the output's picture. `fits`: the desktop takes the size that a viewer has
    room for.
    """

    display: str
    window: int
    region: Region
    screen: str = ""
    fits: bool = False


@dataclass(frozen=True, slots=True)
class Damage:
    """Which parts of a picture changed or must be painted: all, none, or some boxes.

    Use `Damage.ALL`, `Damage.NONE` or `Damage.of`. `regions` holds the boxes, in picture
    coordinates; it is empty for `ALL` and for `NONE`. Only `NONE` is falsy. `a | b` covers both.
    """

    regions: tuple[Region, ...] = ()
    is_all: bool = False

    ALL: ClassVar[Damage]
    NONE: ClassVar[Damage]

    @classmethod
    def of(cls, *regions: Region) -> Damage:
        """The non-empty regions without repeats; their hull if more than `MAX_REGIONS`."""
        solid = tuple(dict.fromkeys(region for region in regions if region))
        if not solid:
            return cls.NONE
        return cls(solid if len(solid) <= MAX_REGIONS else (hull(solid),))

    def __bool__(self) -> bool:
        return self.is_all or bool(self.regions)

    def __or__(self, other: Damage) -> Damage:
        if self.is_all or other.is_all:
            return Damage.ALL
        if not other.regions or self == other:
            return self
        return Damage.of(*self.regions, *other.regions) if self.regions else other

    def within(self, bounds: Region) -> tuple[Region, ...]:
        """The non-empty parts inside `bounds`; for `ALL`, `bounds` itself."""
        if self.is_all:
            return (bounds,)
        return tuple(part for each in self.regions if (part := each.intersection(bounds)))


Damage.ALL = Damage(is_all=True)
Damage.NONE = Damage()


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A whole picture as the JPEG file that its source delivered; every browser can show it."""

    jpeg: bytes
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height


Picture = Pixels | EncodedPicture
"""A picture as a source delivers it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: decoded, as the source's JPEG file, or both.

    `decoded` belongs to the source and is valid until its next grab; None: `encoded` alone holds
    the picture. `damage` says what differs from the source's previous frame, which is never
    nothing. `converted` is the same picture as YUV 4:2:0, an `av.VideoFrame`, if that was made
    ahead (`encode/colour.py`); it is valid as long as `decoded`.
    """

    decoded: Pixels | None
    pts_us: int
    damage: Damage
    encoded: EncodedPicture | None = None
    converted: Any = None

    @property
    def pixels(self) -> Pixels:
        """The decoded picture; only of a frame that has one."""
        assert self.decoded is not None, "decode the frame first"
        return self.decoded

    @property
    def jpeg(self) -> bytes:
        """The source's JPEG file; empty if the source delivered none."""
        return self.encoded.jpeg if self.encoded else b""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        if self.decoded is not None:
            return int(self.decoded.shape[1]), int(self.decoded.shape[0])
        return self.encoded.size if self.encoded else (0, 0)

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    @property
    def bounds(self) -> Region:
        return Region(0, 0, self.width, self.height)


Limit = Literal[
    "none", "hidden", "stalled", "network", "decoder", "encoder", "host", "preference"
]
"""What limits the quality of a viewer's picture; preference: the viewer chose to save data."""


class PacketKind(IntEnum):
    """First byte of a media message."""

    VIDEO = 1
    STILL = 2
    AUDIO = 3


class Rendition(IntEnum):
    """One encoded form of a track. It is encoded once for all who watch or listen to it.

    MAIN, LOW and JPEG are renditions of a video track, OPUS and PCM of a sound track.
    """

    MAIN = 0
    LOW = 1
    JPEG = 2
    OPUS = 3
    PCM = 4
    POINTED = 5
    """Stills with the cursor while all other pictures are without it. Never on the wire."""


class Codec(StrEnum):
    """The codec of a video rendition, by its name on the wire."""

    H264 = "h264"
    JPEG = "jpeg"


class Quality(StrEnum):
    """What a viewer prefers, by its name on the wire. It chooses among this viewer's renditions."""

    AUTO = "auto"
    """Main, and low while the link does not carry main."""

    FULL = "full"
    """Main, and stills of full size while the link does not carry main: fewer pictures."""

    LOW = "low"
    """Always low, to save data."""


SOUND_RATE: Final = 48_000
SOUND_CHANNELS: Final = 2
BLOCK_FRAMES: Final = 480
BLOCK_US: Final = 10_000

Samples = NDArray[np.float32]
"""Sound: shape (frames, channels), -1 to 1, at SOUND_RATE."""


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """BLOCK_FRAMES of sound; `pts_us` is the time at which the first of them was recorded."""

    samples: Samples
    pts_us: int


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded unit.

    VIDEO: one H.264 access unit in Annex B. STILL: one JPEG file, of the whole picture if it is a
    keyframe, otherwise of the one box of `damage`; a keyframe may be a PNG file. AUDIO: 10 ms of
    stereo at 48 kHz; `rendition` says whether as one Opus packet or as 16-bit little-endian
    samples.

    `damage` is what a viewer must paint: the changes since the previous packet, or, for a
    keyframe, since the last still. `news` of a keyframe: the changes since the previous packet,
    which is all that a viewer paints who was sent that packet; None: the same as `damage`.
    `sequence` counts per rendition, modulo 2^32. `is_sealed`: only who has the key of the link
    reads `payload` (`wire/sealed.py`); its first byte is that of what was sealed.
    """

    kind: PacketKind
    rendition: Rendition
    track: int
    sequence: int
    pts_us: int
    is_keyframe: bool
    damage: Damage
    payload: bytes
    news: Damage | None = None
    is_sealed: bool = False

    @property
    def is_png(self) -> bool:
        """Whether it is a still that not every viewer can read."""
        return self.kind is PacketKind.STILL and self.payload[:1] == b"\x89"


@dataclass(frozen=True, slots=True)
class TrackConfig:
    """What a decoder must know before the first packet of a rendition.

    `width`, `height`: the visible picture. `coded_width`, `coded_height`: the picture in the
    codec, padded to even numbers on the right and at the bottom. `codec_string`: RFC 6381, empty
    for JPEG.
    """

    track: int
    rendition: Rendition
    codec: Codec
    codec_string: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    fps: int
