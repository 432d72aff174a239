"""Tracks whose packets are sealed: nothing in them can be read here. Pure.

Sizes, rates, numbers, times and rectangles are checked as for any track. What the payloads hold is
not: the page opens only what somebody with the key of its link has sealed, and its browser decodes
that. So this host must never decode such a track itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from samescreen.media import Codec, Packet, Rendition, TrackConfig
from samescreen.wire.published import Published
from samescreen.wire.publishing import Configure, Offer
from samescreen.wire.sealed import SEALED_BYTES

from .audio import SoundGate
from .profiles import Profile
from .refusal import Reason, Unfit, malformed
from .sound import LARGEST_FRAME, SAMPLES_BYTES
from .times import PublisherClock
from .track import Passed
from .video import RenditionState, VideoGate, config_of, piece_of

_MACROBLOCK: Final = 16
_AVC: Final = re.compile(r"avc1\.[0-9A-Fa-f]{6}")


class SealedVideoGate(VideoGate):
    """A track of sealed pictures."""

    _is_sealed = True

    def __init__(
        self, profile: Profile, offer: Offer, number: int, clock: PublisherClock, now_us: int
    ) -> None:
        super().__init__(profile, offer, number, clock, now_us)
        self._in_step: set[RenditionState] = set()
        """Those whose next delta has everything that it needs."""

    def _configure(self, message: Configure, now_us: int) -> TrackConfig | None:
        """The codec string is the publisher's word, because no parameter set can be read."""
        state = self._offered(message.rendition)
        config = config_of(message, self._number)
        self._check_size(config)
        if config.codec is Codec.H264:
            if _AVC.fullmatch(message.codec_string) is None:
                raise Unfit(Reason.UNSUPPORTED, f"the codec {message.codec_string!r:.60}")
            config = replace(config, codec_string=message.codec_string)
        state.rates.change(now_us)
        state.config, state.is_delivered = config, True
        self._lose_step(state)
        return config

    def _lose_step(self, state: RenditionState) -> None:
        self._in_step.discard(state)

    def _take_video(
        self, packet: Packet, state: RenditionState, config: TrackConfig, now_us: int
    ) -> Passed:
        is_in_step = packet.is_keyframe or state in self._in_step
        self._lose_step(state)
        _check_sealed(packet)
        if not is_in_step:
            raise Unfit(Reason.OUT_OF_STEP, "a picture before the first keyframe")
        area = _macroblocks(config.coded_width, config.coded_height)
        state.rates.picture(area, now_us, is_keyframe=packet.is_keyframe)
        self._in_step.add(state)
        may_correct = packet.is_keyframe and packet.rendition is Rendition.MAIN
        pts_us = state.times.of(packet, now_us, may_correct=may_correct)
        return Passed(Published(replace(packet, track=self._number, pts_us=pts_us)))

    def _still(
        self, published: Published, state: RenditionState, config: TrackConfig, now_us: int
    ) -> Published:
        packet, size = published.packet, (config.width, config.height)
        _check_sealed(packet)
        if not packet.is_keyframe:
            region = piece_of(packet.damage)
            size = region.width, region.height
        if packet.is_png and (not packet.is_keyframe or published.is_sketch):
            raise Unfit(Reason.NOT_ALLOWED, "a PNG file")
        state.rates.picture(_macroblocks(*size), now_us, is_keyframe=False)
        pts_us = state.times.of(packet, now_us, may_correct=False)
        return replace(published, packet=replace(packet, track=self._number, pts_us=pts_us))


class SealedSoundGate(SoundGate):
    """A track of sealed sound."""

    _is_sealed = True

    def _check_payload(self, packet: Packet) -> None:
        size = len(packet.payload) - SEALED_BYTES
        is_right = 0 < size <= LARGEST_FRAME + 1
        if packet.rendition is Rendition.PCM:
            is_right = size == SAMPLES_BYTES
        if not is_right:
            raise malformed(f"{len(packet.payload)} bytes are no sealed sound")


def gate_of(
    profile: Profile, offer: Offer, number: int, clock: PublisherClock, now_us: int
) -> VideoGate | SoundGate:
    """The gate for a track of that offer, which has passed `check_offer`."""
    if offer.sounds:
        sound = SealedSoundGate if offer.sealed else SoundGate
        return sound(profile, offer, number, clock, now_us)
    pictures = SealedVideoGate if offer.sealed else VideoGate
    return pictures(profile, offer, number, clock, now_us)


def _check_sealed(packet: Packet) -> None:
    if len(packet.payload) <= SEALED_BYTES:
        raise malformed(f"{len(packet.payload)} bytes are no sealed payload")


def _macroblocks(width: int, height: int) -> int:
    return -(-width // _MACROBLOCK) * -(-height // _MACROBLOCK)
