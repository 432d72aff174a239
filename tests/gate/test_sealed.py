"""Sealed tracks at the gate: nothing is read, and everything that can be bounded still is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.gate.audio import SoundGate
from samescreen.gate.profiles import HOST, PAGE
from samescreen.gate.refusal import Reason, Refusal
from samescreen.gate.sealed import SealedSoundGate, SealedVideoGate, gate_of
from samescreen.gate.sound import SAMPLES_BYTES
from samescreen.gate.times import PublisherClock
from samescreen.gate.track import Passed, check_offer
from samescreen.gate.video import VideoGate
from samescreen.media import Damage, Packet, PacketKind, Region, Rendition
from samescreen.wire.published import Published
from samescreen.wire.publishing import Configure, Offer, StillCost, VideoCost
from samescreen.wire.sealed import SEALED_BYTES
from tests.gate.test_tracks import (
    JPEG,
    MAIN,
    NOW_US,
    NUMBER,
    PICTURES,
    SOUND,
    config,
    passed,
    refused,
)

SEALED = Offer(
    9, "screen", "Screen 1", [VideoCost(MAIN, 20_000_000, 60)], StillCost(90, 30), sealed=True
)
SEALED_SOUND = Offer(8, "", "output", sounds=SOUND.sounds, sealed=True)
PAYLOAD = b"\0" + bytes(range(1, SEALED_BYTES + 9))


def video(sequence: int, *, keyframe: bool = False, payload: bytes = PAYLOAD) -> Packet:
    kind = PacketKind.VIDEO
    return Packet(
        kind, MAIN, 9, sequence, 5, keyframe, Damage.ALL, payload, is_sealed=True
    )


def still(sequence: int, **changes: object) -> Packet:
    packet = replace(video(sequence, keyframe=True), kind=PacketKind.STILL, rendition=JPEG)
    return replace(packet, **changes)  # type: ignore[arg-type]


def opened() -> SealedVideoGate:
    gate = gate_of(HOST, SEALED, NUMBER, PublisherClock(), NOW_US)
    assert isinstance(gate, SealedVideoGate)
    for rendition in (MAIN, JPEG):
        announced = gate.configure(config(rendition), NOW_US)
        assert announced is not None
        assert not isinstance(announced, Refusal)
        expected = "avc1.640033" if rendition is MAIN else ""
        assert (announced.track, announced.codec_string) == (NUMBER, expected)
    return gate


def heard() -> SealedSoundGate:
    gate = gate_of(HOST, SEALED_SOUND, NUMBER, PublisherClock(), NOW_US)
    assert isinstance(gate, SealedSoundGate)
    return gate


def sound(sequence: int, rendition: Rendition, size: int) -> Packet:
    payload = bytes(SEALED_BYTES + size)
    return Packet(
        PacketKind.AUDIO, rendition, 8, sequence, 5, True, Damage.ALL, payload, is_sealed=True
    )


def test_sealed_packets_pass_as_they_are_with_this_hosts_number() -> None:
    gate = opened()
    box = Damage.of(Region(8, 8, 16, 16))
    piece = still(2, is_keyframe=False, damage=box)
    for packet in (still(1), video(1, keyframe=True), video(2), piece):
        got = passed(gate, packet).published.packet
        assert (got.track, got.payload, got.is_sealed) == (NUMBER, PAYLOAD, True)


def test_a_delta_passes_only_after_what_it_builds_on() -> None:
    gate = opened()
    assert refused(gate, video(1)) is Reason.OUT_OF_STEP
    passed(gate, video(2, keyframe=True))
    passed(gate, video(3))
    assert refused(gate, video(5)) is Reason.OUT_OF_STEP
    assert refused(gate, video(6)) is Reason.OUT_OF_STEP
    passed(gate, video(7, keyframe=True))


@pytest.mark.parametrize("payload", [b"", b"\0", bytes(SEALED_BYTES)])
def test_what_is_too_short_to_be_sealed_is_refused(payload: bytes) -> None:
    gate = opened()
    assert refused(gate, video(1, keyframe=True, payload=payload)) is Reason.MALFORMED
    assert refused(gate, still(1, payload=payload)) is Reason.MALFORMED


def test_rectangles_forms_and_rates_are_those_of_every_track() -> None:
    gate = opened()
    outside = Damage.of(Region(60, 0, 16, 16))
    assert refused(gate, still(1, is_keyframe=False)) is Reason.MALFORMED
    assert refused(gate, still(2, damage=outside)) is Reason.MALFORMED
    for at in range(40):
        got = gate.take(Published(video(at + 1, keyframe=True)), NOW_US)
    assert isinstance(got, Refusal)
    assert got.reason is Reason.TOO_FAST


def test_a_png_file_may_only_be_a_whole_still() -> None:
    png = b"\x89" + PAYLOAD[1:]
    assert passed(opened(), still(1, payload=png)).published.packet.is_png
    assert refused(opened(), still(1, payload=png), is_sketch=True) is Reason.NOT_ALLOWED


def test_sealed_and_open_packets_do_not_mix() -> None:
    assert refused(opened(), replace(video(1, keyframe=True), is_sealed=False)) is Reason.MISMATCH
    plain = VideoGate(HOST, PICTURES, NUMBER, PublisherClock(), NOW_US)
    plain.configure(config(), NOW_US)
    assert refused(plain, video(1, keyframe=True)) is Reason.MISMATCH
    unsealed = replace(sound(1, Rendition.PCM, SAMPLES_BYTES), is_sealed=False)
    assert refused(heard(), unsealed) is Reason.MISMATCH
    open_sound = SoundGate(HOST, SOUND, NUMBER, PublisherClock(), NOW_US)
    assert refused(open_sound, sound(1, Rendition.PCM, SAMPLES_BYTES)) is Reason.MISMATCH


def test_sound_has_the_length_that_sound_has() -> None:
    gate = heard()
    passed(gate, sound(1, Rendition.OPUS, 120))
    passed(gate, sound(1, Rendition.PCM, SAMPLES_BYTES))
    assert refused(gate, sound(2, Rendition.OPUS, 1277)) is Reason.MALFORMED
    assert refused(gate, sound(2, Rendition.PCM, SAMPLES_BYTES - 4)) is Reason.MALFORMED


def test_a_page_publishes_nothing_sealed() -> None:
    refusal = check_offer(SEALED, PAGE)
    assert refusal is not None
    assert refusal.reason is Reason.NOT_ALLOWED
    assert check_offer(SEALED, HOST) is None


def test_a_codec_that_is_none_is_refused() -> None:
    gate = gate_of(HOST, SEALED, NUMBER, PublisherClock(), NOW_US)
    assert isinstance(gate, VideoGate)
    for text in ("", "avc1", "avc1.42C0", "vp09.00.10.08", "avc1.42C020\n"):
        named = Configure(
            9, MAIN, config().codec, text, 64, 48, 64, 48, 60
        )
        refusal = gate.configure(named, NOW_US)
        assert isinstance(refusal, Refusal)
        assert refusal.reason is Reason.UNSUPPORTED
        gate = SealedVideoGate(HOST, SEALED, NUMBER, PublisherClock(), NOW_US)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.binary(max_size=60)), max_size=12))
def test_whatever_comes_only_sealed_packets_in_step_pass(
    given_packets: list[tuple[bool, bool, bytes]],
) -> None:
    gate, in_step = opened(), False
    for at, (keyframe, sealed, payload) in enumerate(given_packets):
        packet = replace(video(at, keyframe=keyframe, payload=payload), is_sealed=sealed)
        got = gate.take(Published(packet), NOW_US + at * 10**6)
        if isinstance(got, Passed):
            assert sealed
            assert len(payload) > SEALED_BYTES
            assert keyframe or in_step
        in_step = isinstance(got, Passed)
