"""Whole tracks at the gate: offers, forms, gaps, faults and profiles."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

from samescreen.encode.opus import OpusEncoder, PcmEncoder
from samescreen.encode.png import ColourType, png_file
from samescreen.encode.still import encode_jpeg
from samescreen.gate.audio import SoundGate
from samescreen.gate.profiles import HOST, PAGE, Profile
from samescreen.gate.refusal import SENTENCES, Reason, Refusal
from samescreen.gate.times import PublisherClock
from samescreen.gate.track import Passed, check_offer
from samescreen.gate.video import VideoGate
from samescreen.media import Codec, Damage, Packet, PacketKind, Region, Rendition, SoundBlock
from samescreen.wire.published import Published
from samescreen.wire.publishing import Configure, Offer, StillCost, VideoCost
from tests.encode.h264_tools import noise, picture
from tests.gate.published_streams import SIZE, encoded

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
PICTURES = Offer(
    9, "screen", "Screen 1", [VideoCost(MAIN, 20_000_000, 60)], StillCost(90, 30), sound=8
)
SOUND = Offer(8, "", "output", sounds=[Rendition.OPUS, Rendition.PCM])
NUMBER = 3
NOW_US = 10**9


def config(rendition: Rendition = MAIN, width: int = SIZE[0], height: int = SIZE[1]) -> Configure:
    codec = Codec.JPEG if rendition is JPEG else Codec.H264
    return Configure(9, rendition, codec, "avc1.640033", width, height, width, height, 60)


def opened(profile: Profile = HOST, offer: Offer = PICTURES) -> VideoGate:
    """A track that has announced main and stills."""
    gate = VideoGate(profile, offer, NUMBER, PublisherClock(), NOW_US)
    assert gate.configure(config(), NOW_US) is None
    announced = gate.configure(config(JPEG), NOW_US)
    assert not isinstance(announced, Refusal)
    assert announced is not None
    assert (announced.track, announced.codec_string) == (NUMBER, "")
    return gate


def whole(packet: Packet) -> Packet:
    return replace(packet, damage=Damage.ALL)


def still(sequence: int, width: int = SIZE[0], height: int = SIZE[1], **changes: object) -> Packet:
    payload = encode_jpeg(picture(noise(width, height)), quality=60)
    packet = Packet(PacketKind.STILL, JPEG, 9, sequence, 5, True, Damage.ALL, payload)
    return replace(packet, **changes)  # type: ignore[arg-type]


def passed(gate: VideoGate | SoundGate, packet: Packet, **marks: bool) -> Passed:
    got = gate.take(Published(packet, **marks), NOW_US)
    assert isinstance(got, Passed), got
    return got


def refused(gate: VideoGate | SoundGate, packet: Packet, **marks: bool) -> Reason:
    got = gate.take(Published(packet, **marks), NOW_US)
    assert isinstance(got, Refusal), got
    return got.reason


def test_a_hosts_packets_pass_with_this_hosts_number_and_clock() -> None:
    gate = opened()
    box = Damage.of(Region(8, 8, 16, 16))
    for packet in encoded(4):
        sent = replace(packet, damage=box, news=box if packet.is_keyframe else None)
        got = passed(gate, sent).published
        assert got.packet.payload[-200:] == packet.payload[-200:]
        expected = replace(
            sent, track=NUMBER, pts_us=NOW_US + packet.pts_us, payload=got.packet.payload
        )
        assert got.packet == replace(expected, pts_us=min(expected.pts_us, NOW_US + 200_000))


def test_the_config_follows_with_the_first_keyframe_and_tells_the_truth() -> None:
    """The codec string is that of the parameter sets, whatever was announced."""
    gate = opened()
    first, second = encoded(2)
    told = passed(gate, first).config
    assert told is not None
    assert (told.track, told.codec_string, told.width) == (NUMBER, "avc1.42C020", 64)
    assert passed(gate, second).config is None
    gate.configure(config(), NOW_US)
    assert refused(gate, replace(second, sequence=2)) is Reason.OUT_OF_STEP
    assert passed(gate, replace(first, sequence=3)).config == told


def test_after_a_gap_only_a_keyframe_passes() -> None:
    gate = opened()
    packets = encoded(6, every=4)
    passed(gate, packets[0])
    assert refused(gate, packets[2]) is Reason.OUT_OF_STEP
    assert refused(gate, packets[3]) is Reason.OUT_OF_STEP
    passed(gate, packets[4])
    passed(gate, packets[5])
    assert gate.ended is None


def test_a_number_that_goes_back_is_refused() -> None:
    gate = opened()
    first, second = encoded(2)
    passed(gate, first)
    passed(gate, second)
    assert refused(gate, second) is Reason.MALFORMED
    assert refused(gate, replace(first, sequence=2**32 - 1)) is Reason.MALFORMED


def test_numbers_wrap() -> None:
    gate = opened()
    first, second = encoded(2)
    passed(gate, replace(first, sequence=2**32 - 1))
    passed(gate, replace(second, sequence=0))


@pytest.mark.parametrize("lie", [True, False])
def test_the_keyframe_flag_must_be_right(lie: bool) -> None:
    gate = opened()
    first, second = encoded(2)
    if lie:
        passed(gate, first)
    assert refused(gate, replace(second if lie else first, is_keyframe=lie)) is Reason.MISMATCH
    assert gate.ended is not None
    assert refused(gate, first) is Reason.MISMATCH


def test_stills_pieces_repairs_and_sketches_of_a_host_pass() -> None:
    gate = opened()
    bounds = Damage.of(Region(0, 0, *SIZE))
    passed(gate, still(0, damage=bounds))
    passed(gate, still(1, 32, 24), is_sketch=True)
    place = Damage.of(Region(16, 8, 32, 24))
    passed(gate, still(2, 32, 24, is_keyframe=False, damage=place))
    got = passed(gate, still(4, 32, 24, is_keyframe=False, damage=place), is_repair=True)
    assert got.published.is_repair
    assert got.published.packet.damage == place


EMPTY = Damage((Region(0, 0, 4, 0), Region(1, 1, 1, 1)))
MANY = Damage(tuple(Region(at, 0, 1, 1) for at in range(25)))
PNG = png_file(*SIZE, 4, ColourType.PALETTE, zlib.compress(bytes(48 * 33)), bytes(48))
HALF = Damage.of(Region(0, 0, 32, 24))
PIECE = still(0, 32, 24, is_keyframe=False, damage=HALF)
FORMS = {
    "a box outside": (encoded(1)[0], {"damage": Damage.of(Region(60, 0, 5, 5))}, {}),
    "news outside": (encoded(1)[0], {"news": Damage.of(Region(0, 47, 2, 2))}, {}),
    "an empty box": (encoded(1)[0], {"damage": EMPTY}, {}),
    "25 boxes": (encoded(1)[0], {"damage": MANY}, {}),
    "video as a still": (encoded(1)[0], {"kind": PacketKind.STILL}, {}),
    "a still as video": (still(0), {"kind": PacketKind.VIDEO}, {}),
    "video as a sketch": (encoded(1)[0], {}, {"is_sketch": True}),
    "video as a repair": (encoded(1)[0], {}, {"is_repair": True}),
    "a whole still as a repair": (still(0), {}, {"is_repair": True}),
    "a piece as a sketch": (PIECE, {}, {"is_sketch": True}),
    "a piece of another size": (still(0, 31, 24, is_keyframe=False, damage=HALF), {}, {}),
    "a piece without a place": (still(0, 32, 24, is_keyframe=False), {}, {}),
    "a still of another size": (still(0, 62, 48), {}, {}),
    "a sketch that is too large": (still(0, 66, 24), {}, {"is_sketch": True}),
    "low, not offered": (encoded(1)[0], {"rendition": LOW}, {}),
    "sound": (encoded(1)[0], {"rendition": Rendition.OPUS}, {}),
    "never on the wire": (still(0), {"rendition": Rendition.POINTED}, {}),
    "no picture": (encoded(1)[0], {"payload": b""}, {}),
    "no still": (still(0), {"payload": b"\xff\xd8"}, {}),
}  # fmt: skip


@pytest.mark.parametrize(("packet", "changes", "marks"), FORMS.values(), ids=FORMS)
def test_a_form_that_the_protocol_has_not_is_refused(
    packet: Packet, changes: dict[str, object], marks: dict[str, bool]
) -> None:
    changed = replace(packet, **changes)  # type: ignore[arg-type]
    assert refused(opened(), changed, **marks) is not Reason.OUT_OF_STEP


@pytest.mark.parametrize(
    ("packet", "marks"),
    [
        (replace(encoded(1)[0], damage=HALF), {}),
        (replace(whole(encoded(1)[0]), news=HALF), {}),
        (replace(whole(encoded(1)[0]), news=Damage.ALL), {}),
        (still(0, 32, 24, is_keyframe=False, damage=HALF), {}),
        (still(0, damage=HALF), {}),
        (still(0, 32, 24), {"is_sketch": True}),
    ],
)
def test_a_page_may_not_send_parts(packet: Packet, marks: dict[str, bool]) -> None:
    gate = opened(PAGE)
    assert refused(gate, packet, **marks) is Reason.NOT_ALLOWED
    assert gate.ended is not None


def test_a_first_still_of_a_host_may_be_a_png_file_and_nothing_else_may() -> None:
    passed(opened(), still(0, payload=PNG))
    for packet, marks, profile in [
        (still(0, payload=PNG), {}, PAGE),
        (still(0, payload=PNG), {"is_sketch": True}, HOST),
        (still(0, payload=PNG, is_keyframe=False, damage=Damage.of(Region(0, 0, *SIZE))), {}, HOST),
    ]:
        assert refused(opened(profile), packet, **marks) is Reason.NOT_ALLOWED


def test_a_page_may_send_whole_pictures() -> None:
    gate = opened(PAGE)
    for packet in encoded(3):
        passed(gate, whole(packet))
    passed(gate, still(0))


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 8193, "coded_width": 8194},
        {"height": 4400, "coded_height": 4400, "width": 8000, "coded_width": 8000},
        {"fps": 500},
        {"coded_width": 66},
        {"width": 63},
        {"codec": Codec.JPEG},
        {"rendition": LOW},
        {"rendition": JPEG},
    ],
    ids=str,
)
def test_a_config_is_refused(changes: dict[str, object]) -> None:
    gate = VideoGate(HOST, PICTURES, NUMBER, PublisherClock(), NOW_US)
    fields = {name: getattr(config(), name) for name in config().__struct_fields__}
    message = Configure(**{**fields, **changes})
    if changes == {"width": 63}:  # padded to even: right
        assert gate.configure(message, NOW_US) is None
    else:
        assert isinstance(gate.configure(message, NOW_US), Refusal)


def test_a_packet_before_its_config_waits_for_it() -> None:
    gate = VideoGate(HOST, PICTURES, NUMBER, PublisherClock(), NOW_US)
    assert refused(gate, encoded(1)[0]) is Reason.OUT_OF_STEP
    assert gate.ended is None


def test_a_picture_of_another_size_than_announced_ends_the_track() -> None:
    gate = opened()
    assert refused(gate, whole(encoded(1, 80, 48)[0])) is Reason.SIZE
    assert gate.ended is not None


def test_a_fault_is_repaired_by_a_keyframe_and_many_faults_end_the_track() -> None:
    gate = opened()
    packets = encoded(2)
    for at in range(5):
        passed(gate, replace(packets[0], sequence=2 * at))
        broken = replace(packets[1], sequence=2 * at + 1, payload=packets[1].payload[:6])
        assert refused(gate, broken) is Reason.MALFORMED
        assert (gate.ended is None) is (at < 4)


OFFERS = {
    "nothing": Offer(1, "s", "n"),
    "sound as pictures": Offer(1, "s", "n", [VideoCost(Rendition.OPUS, 1, 1)]),
    "pictures as sound": Offer(1, "s", "n", sounds=[MAIN]),
    "both": Offer(1, "s", "n", [VideoCost(MAIN, 1, 1)], sounds=[Rendition.OPUS]),
    "main twice": Offer(1, "s", "n", [VideoCost(MAIN, 1, 1), VideoCost(MAIN, 2, 2)]),
    "never on the wire": Offer(1, "s", "n", [VideoCost(Rendition.POINTED, 1, 1)]),
    "sound with sound": Offer(1, "s", "n", sounds=[Rendition.OPUS], sound=3),
}


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
def test_an_offer_is_refused(offer: Offer) -> None:
    assert isinstance(check_offer(offer, HOST), Refusal)


def test_offers_within_the_profile_pass() -> None:
    assert check_offer(PICTURES, HOST) is check_offer(SOUND, HOST) is None
    assert check_offer(Offer(1, "s", "n", [VideoCost(MAIN, 1, 1)]), PAGE) is None
    assert isinstance(check_offer(SOUND, PAGE), Refusal)  # samples


def block() -> SoundBlock:
    return SoundBlock(np.full((480, 2), 0.25, np.float32), 77)


def test_sound_passes() -> None:
    gate = SoundGate(HOST, SOUND, NUMBER, PublisherClock(), NOW_US)
    for encoder in (OpusEncoder(8), PcmEncoder(8)):
        for _ in range(3):
            packet = encoder.encode(block())
            expected = replace(packet, track=NUMBER, pts_us=NOW_US)
            assert passed(gate, packet).published.packet == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payload": b""}, Reason.MALFORMED),
        ({"payload": b"\xfb\x03"}, Reason.UNSUPPORTED),
        ({"is_keyframe": False}, Reason.MISMATCH),
        ({"damage": Damage.NONE}, Reason.MISMATCH),
        ({"news": Damage.ALL}, Reason.MISMATCH),
        ({"kind": PacketKind.STILL}, Reason.MISMATCH),
        ({"rendition": MAIN}, Reason.NOT_ALLOWED),
        ({"rendition": Rendition.PCM}, Reason.MALFORMED),
    ],
    ids=str,
)
def test_sound_is_refused(changes: dict[str, object], reason: Reason) -> None:
    gate = SoundGate(HOST, SOUND, NUMBER, PublisherClock(), NOW_US)
    packet = replace(OpusEncoder(8).encode(block()), **changes)  # type: ignore[arg-type]
    assert refused(gate, packet) is reason


def test_each_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert Refusal(Reason.SIZE, "x").sentence == SENTENCES[Reason.SIZE]
