"""Another host's packets for viewers here: what to paint, numbers, and pieces to send again. Pure.

The other host sends one viewer what that viewer must paint. Viewers here came at other times, so
what they must paint is kept here: `Repaint`. The rectangles may cover more than needed, never less.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from samescreen.media import Damage, Packet, PacketKind, Region, Rendition

_NUMBERS: Final = 2**32
_KEPT_BYTES: Final = 16 << 20
MOST_KEPT: Final = 8192
"""As many as the tiles of a 4K picture. Each packet of video looks at all of them."""
_REMEMBERED: Final = 64


class Repaint:
    """What changed since the last still and the last video that went to viewers here."""

    def __init__(self) -> None:
        self._since_still = Damage.ALL
        self._since_video = Damage.ALL
        self._video_us = -1

    def video(self, packet: Packet) -> Packet:
        """The packet of main, with rectangles that are right for viewers here."""
        self._video_us = max(self._video_us, packet.pts_us)
        self._since_still = self._since_still | packet.damage
        news, self._since_video = self._since_video | packet.damage, Damage.NONE
        if not packet.is_keyframe:
            return packet
        return replace(packet, damage=self._since_still, news=news)

    def still(self, packet: Packet, *, beside_video: bool) -> None:
        """A whole still goes to viewers here. `beside_video`: on the connection with the video, so
        the next keyframe may build on it."""
        if beside_video:
            self._since_video = self._since_video | packet.damage
        is_behind = packet.pts_us < self._video_us
        self._since_still = Damage.ALL if is_behind else Damage.NONE


class Renumbered:
    """The numbers of one rendition here. A gap there is a gap here, and so is another rendition."""

    def __init__(self) -> None:
        self._next = 0
        self._follows: tuple[Rendition, int] | None = None

    def of(self, packet: Packet) -> int:
        """The number of this packet here."""
        is_next = self._follows in (None, (packet.rendition, packet.sequence))
        number = self._next if is_next else self._next + 1
        self._next = (number + 1) % _NUMBERS
        self._follows = packet.rendition, (packet.sequence + 1) % _NUMBERS
        return number % _NUMBERS


class StillNumbers:
    """The numbers of stills and pieces, which may come on two connections."""

    def __init__(self) -> None:
        self._next = 0
        self._seen: dict[int, None] = {}

    def of(self, packet: Packet) -> int | None:
        """The number of this still here; None: it came before."""
        if packet.sequence in self._seen:
            return None
        self._seen[packet.sequence] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return self.new()

    def new(self) -> int:
        """A number for a piece that is sent again."""
        number, self._next = self._next, (self._next + 1) % _NUMBERS
        return number


class Pieces:
    """The exact pieces that still hold: viewers here that lost one get it from here."""

    def __init__(self) -> None:
        self._kept: dict[Region, Packet] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, piece: Packet) -> None:
        """Keep a piece, which has one rectangle. The oldest go where there are too many."""
        if len(piece.damage.regions) != 1:
            return
        self._drop(piece.damage.regions[0])
        self._kept[piece.damage.regions[0]] = piece
        self._bytes += len(piece.payload)
        while self._bytes > _KEPT_BYTES or len(self._kept) > MOST_KEPT:
            self._drop(next(iter(self._kept)))

    def painted_over(self, packet: Packet) -> None:
        """Video or a whole still came: pieces of older pictures under it hold no more."""
        if not self._kept or not packet.damage:
            return
        for region, piece in list(self._kept.items()):
            if piece.pts_us < packet.pts_us and packet.damage.within(region):
                self._drop(region)

    def within(self, area: Damage) -> list[Packet]:
        """The pieces that touch this area, the oldest first."""
        return [piece for region, piece in self._kept.items() if area.within(region)]

    def _drop(self, region: Region) -> None:
        former = self._kept.pop(region, None)
        if former is not None:
            self._bytes -= len(former.payload)


def is_piece(packet: Packet) -> bool:
    """A still of a part of the picture."""
    return packet.kind is PacketKind.STILL and not packet.is_keyframe
