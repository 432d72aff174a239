"""A track of pictures: each packet is checked against what was announced. Pure.

What passes has the host's own track number and clock. After a refusal a video rendition takes
nothing but a keyframe.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from samescreen.media import (
    Codec,
    Damage,
    Packet,
    PacketKind,
    Region,
    Rendition,
    TrackConfig,
)
from samescreen.wire.published import Published
from samescreen.wire.publishing import Configure, Offer

from .access_unit import AccessUnits
from .jpeg import Jpeg, read_jpeg
from .png import Png, read_png
from .profiles import Profile
from .rates import PictureRates
from .refusal import Reason, Refusal, Unfit, malformed
from .times import PublisherClock, Restamp
from .track import VIDEO, Numbers, Passed, TrackGate, check_rectangles

_PX_OF_MACROBLOCK: Final = 256


class RenditionState:
    """What is known of one rendition of pictures. `config`: as announced, or as delivered."""

    __slots__ = ("config", "is_delivered", "numbers", "rates", "times", "units")

    def __init__(self, profile: Profile, clock: PublisherClock, now_us: int) -> None:
        self.config: TrackConfig | None = None
        self.is_delivered = False
        self.units: AccessUnits | None = None
        self.rates = PictureRates(profile.rates, now_us)
        self.numbers = Numbers()
        self.times = Restamp(clock, profile.picture.oldest_us)


class VideoGate(TrackGate):
    """A track of pictures, which the host numbers `number`. `offer` has passed `check_offer`."""

    _is_sealed = False

    def __init__(
        self, profile: Profile, offer: Offer, number: int, clock: PublisherClock, now_us: int
    ) -> None:
        super().__init__(now_us)
        self._profile = profile
        self._number = number
        self._bitrates = {each.rendition: each.bitrate_bps for each in offer.video}
        offered = [*self._bitrates, *([] if offer.stills is None else [Rendition.JPEG])]
        self._renditions = {each: RenditionState(profile, clock, now_us) for each in offered}

    def configure(self, message: Configure, now_us: int) -> TrackConfig | Refusal | None:
        """A `config`. Returns the one to deliver now: video's follows with its first keyframe."""
        return self._tried(lambda: self._configure(message, now_us), now_us)

    def take(self, published: Published, now_us: int) -> Passed | Refusal:
        """A packet."""
        return self._tried(lambda: self._take(published, now_us), now_us)

    def _configure(self, message: Configure, now_us: int) -> TrackConfig | None:
        state = self._offered(message.rendition)
        config = config_of(message, self._number)
        self._check_size(config)
        state.rates.change(now_us)
        state.config = config
        if message.rendition is Rendition.JPEG:
            state.is_delivered = True
            return config
        state.is_delivered = False
        bitrate_bps = self._bitrates[message.rendition]
        state.units = AccessUnits(self._profile.picture, config.fps, bitrate_bps)
        return None

    def _check_size(self, config: TrackConfig) -> None:
        bounds, sides = self._profile.picture, sorted((config.width, config.height))
        if sides[1] > bounds.long_side or sides[0] > bounds.short_side or config.fps > bounds.fps:
            detail = f"{config.width}×{config.height} at {config.fps} pictures a second"
            raise Unfit(Reason.SIZE, detail)
        is_video = config.codec is Codec.H264
        if is_video != (config.rendition in VIDEO):
            raise Unfit(Reason.MISMATCH, f"rendition {config.rendition} as {config.codec}")
        even = 2 if is_video else 1
        coded = -(-config.width // even) * even, -(-config.height // even) * even
        if (config.coded_width, config.coded_height) != coded:
            raise Unfit(Reason.SIZE, f"coded as {config.coded_width}×{config.coded_height}")

    def _offered(self, rendition: Rendition) -> RenditionState:
        state = self._renditions.get(rendition)
        if state is None:
            raise Unfit(Reason.NOT_ALLOWED, f"rendition {rendition} was not offered")
        return state

    def _take(self, published: Published, now_us: int) -> Passed:
        packet = published.packet
        state = self._offered(packet.rendition)
        is_next = state.numbers.take(packet.sequence)
        if state.config is None:
            raise Unfit(Reason.OUT_OF_STEP, "a packet before its config")
        self._check_form(published, state.config)
        if packet.kind is PacketKind.VIDEO:
            if not is_next:
                self._lose_step(state)
            return self._take_video(packet, state, state.config, now_us)
        return Passed(self._still(published, state, state.config, now_us))

    def _lose_step(self, state: RenditionState) -> None:
        """A picture is missing: take nothing but a keyframe."""
        if state.units is not None:
            state.units.lose_step()

    def _check_form(self, published: Published, config: TrackConfig) -> None:
        """The message is one of those that the protocol has, and its rectangles fit."""
        packet = published.packet
        kind = PacketKind.STILL if packet.rendition is Rendition.JPEG else PacketKind.VIDEO
        if packet.is_sealed is not self._is_sealed:
            raise Unfit(Reason.MISMATCH, "a sealed packet among others, or the other way round")
        if packet.kind is not kind:
            raise Unfit(Reason.MISMATCH, f"kind {packet.kind} of rendition {packet.rendition}")
        is_piece = kind is PacketKind.STILL and not packet.is_keyframe
        if published.is_repair and not is_piece:
            raise Unfit(Reason.MISMATCH, "a repair that is no piece")
        if published.is_sketch and (is_piece or kind is PacketKind.VIDEO):
            raise Unfit(Reason.MISMATCH, "a sketch that is no whole still")
        bounds = Region(0, 0, config.width, config.height)
        for damage in (packet.damage, packet.news or Damage.ALL):
            check_rectangles(damage, bounds)
        is_whole = packet.damage.is_all and packet.news is None
        if not self._profile.is_partial and (is_piece or published.is_sketch or not is_whole):
            raise Unfit(Reason.NOT_ALLOWED, f"a part of a picture by a {self._profile.name}")

    def _take_video(
        self, packet: Packet, state: RenditionState, config: TrackConfig, now_us: int
    ) -> Passed:
        assert state.units is not None
        unit = state.units.take(packet.payload, (config.coded_width, config.coded_height))
        try:
            if unit.is_keyframe != packet.is_keyframe:
                raise Unfit(Reason.MISMATCH, "the keyframe flag is wrong")
            macroblocks = unit.sequence.macroblocks
            state.rates.picture(macroblocks, now_us, is_keyframe=unit.is_keyframe)
        except Unfit:
            state.units.lose_step()
            raise
        may_correct = unit.is_keyframe and packet.rendition is Rendition.MAIN
        passed = Published(
            replace(
                packet,
                track=self._number,
                pts_us=state.times.of(packet, now_us, may_correct=may_correct),
                payload=unit.payload,
            )
        )
        if state.is_delivered:
            return Passed(passed)
        state.config = replace(config, codec_string=unit.sequence.codec_string)
        state.is_delivered = True
        return Passed(passed, state.config)

    def _still(
        self, published: Published, state: RenditionState, config: TrackConfig, now_us: int
    ) -> Published:
        packet = published.packet
        file = self._file(published)
        size, expected = (file.width, file.height), (config.width, config.height)
        if not packet.is_keyframe:
            region = piece_of(packet.damage)
            expected = region.width, region.height
        if published.is_sketch:
            is_right = size[0] <= expected[0] and size[1] <= expected[1]
        else:
            is_right = size == expected
        if not is_right:
            raise Unfit(Reason.SIZE, f"a still of {size} where {expected} was announced")
        area = -(-file.width * file.height // _PX_OF_MACROBLOCK)
        state.rates.picture(area, now_us, is_keyframe=False)
        pts_us = state.times.of(packet, now_us, may_correct=False)
        passed = replace(packet, track=self._number, pts_us=pts_us, payload=file.payload)
        return replace(published, packet=passed)

    def _file(self, published: Published) -> Jpeg | Png:
        """The file of a still; only a whole still of a host may be a PNG file."""
        packet = published.packet
        if not packet.is_png:
            return read_jpeg(packet.payload)
        if not self._profile.is_partial or not packet.is_keyframe or published.is_sketch:
            raise Unfit(Reason.NOT_ALLOWED, "a PNG file")
        return read_png(packet.payload)


def config_of(message: Configure, number: int) -> TrackConfig:
    """What was announced, as track `number`; the codec string comes with the first keyframe."""
    return TrackConfig(
        number,
        message.rendition,
        message.codec,
        "",
        message.width,
        message.height,
        message.coded_width,
        message.coded_height,
        message.fps,
    )


def piece_of(damage: Damage) -> Region:
    """The place of a piece. Raises Unfit."""
    if len(damage.regions) != 1:
        raise malformed("a piece without its one place")
    return damage.regions[0]
