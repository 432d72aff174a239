"""A subscriber that hands a stream's packets and those of its sound to a recording or an output.

It takes the main rendition as it is made for viewers, and has no say in what that may cost: the
recording is as good as what viewers get, and changes nothing for them but a keyframe every few
seconds. Event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from samescreen.flow.in_flight import SentPacket
from samescreen.hub.broadcast import BLANKED
from samescreen.hub.demand import IDLE, CursorNeed, Demand
from samescreen.hub.packet import EncodedPacket
from samescreen.hub.stream import Stream
from samescreen.hub.subscriber import Ending, Notice, Offer, SoundReplaced, StatusChanged
from samescreen.media import PacketKind, Rendition, TrackConfig

from .keyframes import KeyframeFloor, KeyframeRule
from .timeline import Arrived, Blanked

_ASK_AGAIN_US: Final = 1_000_000
"""A keyframe that is on its way is not asked for again."""

_MAIN: Final = frozenset((Rendition.MAIN,))
_VIDEO: Final = Demand(_MAIN, paused=False, cursor=CursorNeed.IN_PICTURE)
_OPUS: Final = Demand(frozenset((Rendition.OPUS,)), paused=False)


class Sink(Protocol):
    """What takes the packets. None of its methods waits."""

    def take(self, arrived: Arrived) -> None:
        """The next packet or configuration."""

    def needs_keyframe(self, now_us: int) -> bool:
        """It can go on with a keyframe only."""


class StreamSubscriber:
    """Subscribes `sink` to the stream; `on_end` is called when the stream ends before `close`.

    `keyframes` says when to ask for one; by default as a recording needs them.
    """

    def __init__(
        self,
        stream: Stream,
        sink: Sink,
        clock_us: Callable[[], int],
        on_end: Callable[[], None],
        keyframes: KeyframeRule | None = None,
    ) -> None:
        self.stream = stream
        self._clock_us = clock_us
        self._sink = sink
        self._on_end = on_end
        self._keyframes = keyframes or KeyframeFloor()
        self._sound: _SoundSubscriber | None = None
        self._asked_us = clock_us()
        config = stream.configs.get(Rendition.MAIN)
        if config is not None:
            sink.take(Arrived(config, clock_us()))
        stream.subscribe(self)
        stream.changed(self, _MAIN)
        self._follow_sound()

    def tick(self, now_us: int) -> None:
        """A few times a second: ask for a keyframe where one is due."""
        if now_us - self._asked_us < _ASK_AGAIN_US:
            return
        if self._sink.needs_keyframe(now_us) or self._keyframes.is_due(now_us):
            self._asked_us = now_us
            self.stream.changed(self, _MAIN)

    def leave(self) -> None:
        """Take no more; may be called twice."""
        self.stream.unsubscribe(self)
        self._leave_sound()

    # What the hub asks

    def demand(self) -> Demand:
        return IDLE if self.stream.is_sealed else _VIDEO

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        """Never counted as a viewer in step: viewers recover as if nobody recorded.

        Sealed packets are left out: no file can hold them.
        """
        bare = packet.packet
        is_video = sent.rendition is Rendition.MAIN and bare.kind is PacketKind.VIDEO
        if is_video and not bare.is_sealed:
            self._sink.take(Arrived(bare, sent.at_us))
            self._keyframes.saw(bare, sent.at_us)
            if bare.is_keyframe:
                self._asked_us = sent.at_us
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        if isinstance(notice, TrackConfig) and notice.rendition is Rendition.MAIN:
            self._sink.take(Arrived(notice, self._clock_us()))
        elif isinstance(notice, StatusChanged) and notice.status == BLANKED:
            self._sink.take(Arrived(Blanked(), self._clock_us()))
        elif isinstance(notice, SoundReplaced):
            self._follow_sound()

    def close(self, reason: Ending) -> None:
        self._leave_sound()
        self._on_end()

    def _follow_sound(self) -> None:
        """Take the sound that is heard with the stream now."""
        self._leave_sound()
        if self.stream.sound is not None:
            self._sound = _SoundSubscriber(self.stream.sound, self._sink)

    def _leave_sound(self) -> None:
        sound, self._sound = self._sound, None
        if sound is not None:
            sound.leave()


class _SoundSubscriber:
    """Subscribes the same sink to a sound."""

    def __init__(self, sound: Stream, sink: Sink) -> None:
        self._stream = sound
        self._sink = sink
        sound.subscribe(self)

    def leave(self) -> None:
        self._stream.unsubscribe(self)

    def demand(self) -> Demand:
        return IDLE if self._stream.is_sealed else _OPUS

    def offer(self, packet: EncodedPacket, sent: SentPacket) -> Offer:
        if sent.rendition is Rendition.OPUS and not packet.packet.is_sealed:
            self._sink.take(Arrived(packet.packet, sent.at_us))
        return Offer.SKIPPED

    def notify(self, notice: Notice) -> None:
        """How the sound is concerns pages only."""

    def close(self, reason: Ending) -> None:
        """The sound ends with its stream."""
