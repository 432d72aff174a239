"""What viewers here need of another relay's tracks, until it has come. Pure.

The bus may lose a message. So what is asked for once, such as a keyframe, is asked for again until
it comes.
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
class _Wish:
    """Of one track. `want`: what lasts. The others: what has not come yet. `asked_us`: when."""

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


class Wishes:
    """Of all tracks of one relay."""

    def __init__(self) -> None:
        self._of: dict[int, _Wish] = {}

    def demand(self, want: Want, now_us: int) -> None:
        """Viewers here need this from now on; the caller asks for it now."""
        lasting = msgspec.structs.replace(
            want, keyframes=[], still_bytes=0, sketch=False, repair=_NOTHING
        )
        wish = self._of.setdefault(want.track, _Wish(lasting))
        wish.want, wish.asked_us = lasting, now_us
        wish.keyframes |= set(want.keyframes)
        wish.keyframes &= set(want.renditions) | {Rendition.JPEG}
        wish.still_bytes = max(wish.still_bytes, want.still_bytes)
        wish.sketch = (wish.sketch or want.sketch) and bool(want.renditions)
        if want.repair != _NOTHING:
            wish.repair = want.repair if wish.repair == _NOTHING else _EVERYTHING
        if not want.renditions and not want.keyframes:
            wish.keyframes.clear()
            wish.still_bytes, wish.repair = 0, _NOTHING

    def renditions(self, track: int) -> list[Rendition]:
        """What is read of that track. Stills come with all else: viewers compare with them."""
        wish = self._of.get(track)
        if wish is None or not (wish.want.renditions or wish.is_waiting):
            return []
        wanted = {*wish.want.renditions, *wish.keyframes}
        is_sound = bool(wanted & {Rendition.OPUS, Rendition.PCM})
        return sorted(wanted if is_sound else wanted | {Rendition.JPEG})

    def lasting(self) -> list[Want]:
        """What to say every second, without what is on its way."""
        return [wish.want for wish in self._of.values()]

    def again(self, now_us: int) -> list[Want]:
        """What to say every second; with it, what was asked for and has not come for long."""
        wants = []
        for wish in self._of.values():
            is_late = wish.is_waiting and now_us - wish.asked_us >= AGAIN_US
            wants.append(wish.whole() if is_late else wish.want)
            if is_late:
                wish.asked_us = now_us
        return wants

    def start_again(self) -> None:
        """Much may be lost: everything is needed anew, in the next `again`."""
        for wish in self._of.values():
            wish.keyframes |= set(wish.want.renditions) - {Rendition.OPUS, Rendition.PCM}
            wish.asked_us = -AGAIN_US

    def wants_pieces(self, track: int) -> bool:
        """Viewers have room for exact pieces."""
        return track in self._of and self._of[track].want.refine

    def repair_all(self, track: int) -> None:
        """Pieces are lost, and nobody knows which; they are asked for with the next `again`."""
        wish = self._of[track]
        wish.repair, wish.asked_us = _EVERYTHING, -AGAIN_US

    def came(self, published: Published) -> None:
        """A packet came."""
        packet: Packet = published.packet
        wish = self._of.get(packet.track)
        if wish is None or not packet.is_keyframe:
            return
        if packet.kind is PacketKind.STILL:
            wish.sketch = False
        if not published.is_sketch:
            wish.keyframes.discard(packet.rendition)
            if packet.rendition is Rendition.JPEG:
                wish.still_bytes = 0

    def repaired(self, track: int) -> None:
        """All lost pieces came."""
        if track in self._of:
            self._of[track].repair = _NOTHING

    def drop(self, track: int) -> None:
        """That track is gone."""
        self._of.pop(track, None)
