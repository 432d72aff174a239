"""A track of sound: each packet stands alone and has one of the allowed lengths. Pure."""

from __future__ import annotations

from dataclasses import replace

from samescreen.media import Packet, PacketKind, Rendition
from samescreen.wire.published import Published
from samescreen.wire.publishing import Offer

from .profiles import Profile
from .refusal import Reason, Refusal, Unfit
from .sound import check_opus, check_samples
from .times import PublisherClock, Restamp
from .track import Numbers, Passed, TrackGate


class SoundGate(TrackGate):
    """A track of sound, which the host numbers `number`. `offer` has passed `check_offer`."""

    _is_sealed = False

    def __init__(
        self, profile: Profile, offer: Offer, number: int, clock: PublisherClock, now_us: int
    ) -> None:
        super().__init__(now_us)
        self._profile = profile
        self._number = number
        oldest_us = profile.picture.oldest_us
        self._renditions = {each: (Numbers(), Restamp(clock, oldest_us)) for each in offer.sounds}

    def take(self, published: Published, now_us: int) -> Passed | Refusal:
        """A packet."""
        return self._tried(lambda: self._take(published, now_us), now_us)

    def _take(self, published: Published, now_us: int) -> Passed:
        packet = published.packet
        known = self._renditions.get(packet.rendition)
        if known is None:
            raise Unfit(Reason.NOT_ALLOWED, f"rendition {packet.rendition} was not offered")
        is_plain = packet.is_keyframe and packet.damage.is_all and packet.news is None
        is_plain = is_plain and packet.is_sealed is self._is_sealed
        if packet.kind is not PacketKind.AUDIO or published != Published(packet) or not is_plain:
            raise Unfit(Reason.MISMATCH, "sound with the marks of a picture")
        numbers, times = known
        numbers.take(packet.sequence)
        self._check_payload(packet)
        pts_us = times.of(packet, now_us, may_correct=False)
        return Passed(Published(replace(packet, track=self._number, pts_us=pts_us)))

    def _check_payload(self, packet: Packet) -> None:
        """Raises Unfit: it is no sound of an allowed length."""
        if packet.rendition is Rendition.OPUS:
            check_opus(packet.payload, self._profile.sound_us)
        else:
            check_samples(packet.payload)
