"""One track of another host: its packets through the gate, with what viewers here must paint.

Event loop. It knows no connection: a `Role` says which of them a packet came on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Final, TypeVar

import msgspec

from samescreen.encode.still import jpeg_size
from samescreen.errors import ProtocolError
from samescreen.flow.rate import RateTarget
from samescreen.gate.profiles import HOST
from samescreen.gate.times import PublisherClock
from samescreen.gate.video import VideoGate
from samescreen.hub.wanted import demand_of
from samescreen.media import Damage, Packet, PacketKind, Rendition
from samescreen.publish.remote import RemotePublisher, media_track
from samescreen.wire import messages
from samescreen.wire.published import Published
from samescreen.wire.publishing import (
    Configure,
    Figures,
    Offer,
    Repaired,
    State,
    StillCost,
    ToPublisher,
    VideoCost,
    Want,
)

from .asking import Preference
from .picture import Pieces, Renumbered, Repaint, StillNumbers, is_piece

_MOST_BPS: Final = 100_000_000
"""A bound on the level of the stream, not on its rate: the other host decides that."""

_CEILINGS: Final = {
    Rendition.MAIN: RateTarget(20_000_000, 60),
    Rendition.LOW: RateTarget(1_200_000, 20),
}
"""From where the rates that viewers here can take are counted down."""

_MAIN: Final = VideoCost(Rendition.MAIN, _MOST_BPS, HOST.picture.fps)
_LOW: Final = VideoCost(Rendition.LOW, _MOST_BPS, HOST.picture.fps)
_STILLS: Final = StillCost(100, 60)

T = TypeVar("T")


class Role(Enum):
    """What a connection to the other host is for."""

    PICTURES = "pictures"
    """Main, and what the other host sends in its place; stills for newcomers; pieces."""

    LOW = "low"
    STILLS = "stills"
    PCM = "pcm"


class FarPictures:
    """Track `theirs` of another host, which is track `number` here.

    `wanted` is called with what viewers here demand of it.
    """

    def __init__(
        self,
        theirs: int,
        number: int,
        clock: PublisherClock,
        wanted: Callable[[Want], None],
        now_us: int,
    ) -> None:
        offer = Offer(theirs, "", "", [_MAIN, _LOW], _STILLS)
        gate = VideoGate(HOST, offer, number, clock, now_us)
        self.theirs = theirs
        track = replace(media_track(offer, number), targets=_CEILINGS)
        self.publisher = RemotePublisher(track, theirs, gate, self._answer)
        self._wanted = wanted
        self._configs: dict[tuple[Role, Rendition], messages.Config] = {}
        self._as_main: Rendition | None = None
        """Which of their renditions is main here: low while the way here does not carry main."""

        self._repaint = Repaint()
        self._numbers = {Role.PICTURES: Renumbered(), Role.LOW: Renumbered()}
        self._still_numbers = StillNumbers()
        self._pieces = Pieces()
        self._repairing: deque[Packet] | None = None
        self._want = Want(theirs)
        self.preference = Preference()

    # What the other host says

    def status(self, status: messages.Status, now_us: int) -> None:
        """How their source is. Raises ProtocolError: no such message."""
        fields = {"state": status.state, "reason": status.reason, "detail": status.detail[:600]}
        self.publisher.read(_checked(State, self.theirs, fields | {"backend": "host"}), now_us)

    def stats(self, stats: messages.Stats, now_us: int) -> None:
        """Their work during the last second. Raises ProtocolError: no such message."""
        fields = {
            "captured_fps": stats.captured_fps,
            "encoded_fps": stats.encoded_fps,
            "bitrate_bps": stats.bitrate_bps,
            "encode_us": stats.encode_us,
            "encoder": stats.encoder[:200],
            "main_bps": stats.bitrate_bps,
        }
        self.publisher.read(_checked(Figures, self.theirs, fields), now_us)

    def configure(self, role: Role, config: messages.Config, now_us: int) -> None:
        """What a rendition is from now on. Raises ProtocolError: no such message."""
        before = self._configs.get((role, config.rendition))
        if config == before:
            return
        self._configs[role, config.rendition] = config
        if config.rendition is Rendition.JPEG:
            is_used = role is Role.PICTURES
        elif role is Role.PICTURES:
            is_used = config.rendition is self._as_main
        else:
            is_used = role is Role.LOW and config.rendition is Rendition.LOW
        if is_used:
            self._configure(config, Rendition.MAIN if role is Role.PICTURES else None, now_us)

    def take(self, role: Role, packet: Packet, now_us: int) -> None:
        """A packet of pictures. Raises ProtocolError: the gate lets nothing pass any more."""
        if packet.kind is PacketKind.STILL:
            self._take_still(role, packet, now_us)
        elif packet.rendition in (Rendition.MAIN, Rendition.LOW):
            self._take_video(role, packet, now_us)
        refusal = self.publisher.ended
        if refusal is not None:
            raise ProtocolError(f"{refusal.reason}: {refusal.detail}")

    def repair(self, now_us: int) -> None:
        """Send again pieces that viewers here lost, as long as there is room for them."""
        while self._repairing and self._want.refine:
            piece = self._repairing.popleft()
            again = replace(piece, sequence=self._still_numbers.new())
            self.publisher.take(Published(again, is_repair=True), now_us)
        if self._repairing is not None and not self._repairing:
            self._repairing = None
            self.publisher.read(Repaired(self.theirs), now_us)

    @property
    def has_to_repair(self) -> bool:
        """`repair` has something to do."""
        queue = self._repairing
        return queue is not None and (not queue or self._want.refine)

    @property
    def main_target_bps(self) -> int | None:
        """How much of main all viewers here together can take; None: not bounded."""
        found = (each for each in self._want.targets if each.rendition is Rendition.MAIN)
        target = next(found, None)
        return None if target is None else target.bitrate_bps

    def _answer(self, message: ToPublisher) -> None:
        """What a publisher would be sent: only its demand matters here."""
        if not isinstance(message, Want):
            return
        self._want = message
        lost = demand_of(message).repair
        if lost:
            self._repairing = deque(self._pieces.within(lost))
        self._wanted(message)

    def _configure(
        self, config: messages.Config, shown_as: Rendition | None, now_us: int
    ) -> None:
        is_video = config.rendition is not Rendition.JPEG
        fields = msgspec.structs.asdict(config) | {"codec_string": "", "track": self.theirs}
        if is_video and shown_as is not None:
            fields["rendition"] = shown_as
        self.publisher.read(_checked(Configure, self.theirs, fields), now_us)

    def _take_video(self, role: Role, packet: Packet, now_us: int) -> None:
        if role is Role.LOW and packet.rendition is Rendition.LOW:
            number = self._numbers[role].of(packet)
            self.publisher.take(Published(replace(packet, sequence=number)), now_us)
        elif role is Role.PICTURES:
            if packet.rendition is not self._as_main and not self._show(packet, now_us):
                return
            number = self._numbers[role].of(packet)
            mine = replace(packet, rendition=Rendition.MAIN, sequence=number)
            mine = self._repaint.video(mine)
            news = mine.damage if mine.news is None else mine.news
            self._pieces.painted_over(replace(mine, damage=news))
            self.publisher.take(Published(mine), now_us)

    def _show(self, packet: Packet, now_us: int) -> bool:
        """Whether main here is this rendition of theirs from now on: a keyframe begins it."""
        config = self._configs.get((Role.PICTURES, packet.rendition))
        if not packet.is_keyframe or config is None:
            return False
        self._as_main = packet.rendition
        self._pieces = Pieces()  # their places are those of pictures of another size
        self._configure(config, Rendition.MAIN, now_us)
        return True

    def _take_still(self, role: Role, packet: Packet, now_us: int) -> None:
        config = self._configs.get((Role.PICTURES, Rendition.JPEG))
        if config is None or config != self._configs.get((role, Rendition.JPEG)):
            return  # the connections do not agree yet on the size
        number = self._still_numbers.of(packet)
        if number is None:
            return
        packet = replace(packet, sequence=number)
        if is_piece(packet):
            self._pieces.keep(packet)
            self.publisher.take(Published(packet), now_us)
            return
        is_sketch = _size_of(packet) != (config.width, config.height)
        if not is_sketch:
            self._repaint.still(packet, beside_video=role is Role.PICTURES)
            self._pieces.painted_over(replace(packet, damage=Damage.ALL))
        self.publisher.take(Published(packet, is_sketch=is_sketch), now_us)


def _size_of(still: Packet) -> tuple[int, int]:
    """Width and height of a JPEG file. Raises ProtocolError: it is none."""
    try:
        return jpeg_size(still.payload)
    except ValueError:
        raise ProtocolError("a still that is no JPEG file") from None


def _checked(kind: type[T], track: int, fields: Mapping[str, object]) -> T:
    """A message of a publisher, whose fields are in range. Raises ProtocolError: they are not."""
    try:
        return msgspec.convert({**fields, "track": track, "type": _tag(kind)}, kind)
    except msgspec.ValidationError as error:
        raise ProtocolError(str(error)) from error


def _tag(kind: type) -> str:
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]
