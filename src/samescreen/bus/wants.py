"""What viewers here want of another relay's tracks. Pure.

The bus may lose a message, so what is wanted once, such as a keyframe, is asked for until it comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec

from samescreen.media import Packet, PacketKind, Rendition
from samescreen.wire.published import Published
from samescreen.wire.publishing import Want

AGAIN_US: Final = 900_000
_NOTHING: Final = ((0, 0, 0, 0),)
_EVERYTHING: Final = ()


@dataclass(slots=True)
class _Entry:
    """One track. `want`: what lasts; `asked_us`: when it was sent. The rest has not come yet."""

    want: Want
    keyframes: set[Rendition] = field(default_factory=set)
    still_bytes: int = 0
    sketch: bool = False
    repair: tuple[tuple[int, int, int, int], ...] = _NOTHING
    asked_us: int = 0

    @property
    def is_waiting(self) -> bool:
        return bool(self.keyframes) or self.sketch or self.repair != _NOTHING

    def whole(self) -> Want:
        return msgspec.structs.replace(
            self.want,
            keyframes=sorted(self.keyframes),
            still_bytes=self.still_bytes,
            sketch=self.sketch,
            repair=self.repair,
        )


class Wants:
    """What is asked of all tracks of one relay."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}

    def demand(self, want: Want, now_us: int) -> None:
        """Viewers here need this from now on; the caller asks for it now."""
        lasting = msgspec.structs.replace(
            want, keyframes=[], still_bytes=0, sketch=False, repair=_NOTHING
        )
        entry = self._entries.setdefault(want.track, _Entry(lasting))
        entry.want, entry.asked_us = lasting, now_us
        entry.keyframes |= set(want.keyframes)
        entry.keyframes &= set(want.renditions) | {Rendition.JPEG}
        entry.still_bytes = max(entry.still_bytes, want.still_bytes)
        entry.sketch = (entry.sketch or want.sketch) and bool(want.renditions)
        if want.repair != _NOTHING:
            entry.repair = want.repair if entry.repair == _NOTHING else _EVERYTHING
        if not want.renditions and not want.keyframes:
            entry.keyframes.clear()
            entry.still_bytes, entry.repair = 0, _NOTHING

    def renditions(self, track: int) -> list[Rendition]:
        """What is read of that track. Stills come with all else: viewers compare with them."""
        entry = self._entries.get(track)
        if entry is None or not (entry.want.renditions or entry.is_waiting):
            return []
        wanted = {*entry.want.renditions, *entry.keyframes}
        is_sound = bool(wanted & {Rendition.OPUS, Rendition.PCM})
        return sorted(wanted if is_sound else wanted | {Rendition.JPEG})

    def again(self, now_us: int) -> list[Want]:
        """What to repeat every second, with what was asked for `AGAIN_US` ago and has not come."""
        wants = []
        for entry in self._entries.values():
            is_late = entry.is_waiting and now_us - entry.asked_us >= AGAIN_US
            wants.append(entry.whole() if is_late else entry.want)
            if is_late:
                entry.asked_us = now_us
        return wants

    def resync(self) -> None:
        """Nobody knows what is lost: ask for a keyframe of all pictures in the next `again`."""
        for entry in self._entries.values():
            entry.keyframes |= set(entry.want.renditions) - {Rendition.OPUS, Rendition.PCM}
            entry.asked_us = -AGAIN_US

    def wants_pieces(self, track: int) -> bool:
        """Viewers have room for exact pieces."""
        return track in self._entries and self._entries[track].want.refine

    def repair_all(self, track: int) -> None:
        """Pieces are lost, and nobody knows which; they are asked for with the next `again`."""
        entry = self._entries[track]
        entry.repair, entry.asked_us = _EVERYTHING, -AGAIN_US

    def came(self, published: Published) -> None:
        """A packet came."""
        packet: Packet = published.packet
        entry = self._entries.get(packet.track)
        if entry is None or not packet.is_keyframe:
            return
        if packet.kind is PacketKind.STILL:
            entry.sketch = False
        if not published.is_sketch:
            entry.keyframes.discard(packet.rendition)
            if packet.rendition is Rendition.JPEG:
                entry.still_bytes = 0

    def repaired(self, track: int) -> None:
        """All lost pieces came."""
        if track in self._entries:
            self._entries[track].repair = _NOTHING

    def drop(self, track: int) -> None:
        """That track is gone."""
        self._entries.pop(track, None)
