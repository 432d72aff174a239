"""H.264 at the gate: what encoders make passes, everything else is named and stopped."""

from __future__ import annotations

import base64
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.mutated import mutated
from samescreen.encode.h264 import H264Settings
from samescreen.encode.sps import find_sps, nal_type, nal_units, rewritten
from samescreen.gate.access_unit import AccessUnits
from samescreen.gate.parameter_sets import read_sequence
from samescreen.gate.profiles import HOST, PAGE
from samescreen.gate.refusal import Reason, Unfit
from tests.encode.h264_tools import Decoder
from tests.encode.sps.written import BT709, Vui, Wanted, mended, write
from tests.fakes import video
from tests.gate.published_streams import SIZE, START, a_slice, encoded, gate, pps, sps
from tests.stage.tools import ROOT

KEY = sps() + pps() + a_slice(idr=True)
IN_ORDER = sps(order=0) + pps() + a_slice(idr=True, order=(0, 6))


def reason_of(units: AccessUnits, payload: bytes, size: tuple[int, int] = SIZE) -> Reason:
    with pytest.raises(Unfit) as caught:
        units.take(payload, size)
    return caught.value.refusal.reason


@pytest.mark.parametrize(
    ("width", "height", "settings"),
    [
        (64, 48, H264Settings()),
        (321, 201, H264Settings(fps=30, max_bitrate_bps=2_000_000)),
        (321, 201, H264Settings(is_capped=False)),
        (320, 272, H264Settings(threads=4)),
        (1920, 1080, H264Settings(fps=60)),
    ],
    ids=str,
)
def test_our_encoder_passes_byte_by_byte(width: int, height: int, settings: H264Settings) -> None:
    """Only SEI is missing: x264 names itself in each keyframe."""
    packets = encoded(6, width, height, settings, 3)
    units = gate(settings.fps, settings.max_bitrate_bps)
    for packet in packets:
        passed = units.take(packet.payload, (width + width % 2, height + height % 2))
        assert passed.is_keyframe == packet.is_keyframe
        if not packet.is_keyframe:
            assert passed.payload == packet.payload
            continue
        kept = [unit for unit in nal_units(packet.payload) if nal_type(unit) != 6]
        assert list(nal_units(passed.payload)) == kept
        ours = find_sps(packet.payload)
        assert ours is not None
        assert passed.sequence.codec_string == ours.codec_string


def test_what_passed_decodes_to_the_same_pictures() -> None:
    units, before, after = gate(), Decoder(), Decoder()
    for packet in encoded(6, every=3):
        passed = units.take(packet.payload, SIZE)
        shown = after.decode(video(0, payload=passed.payload))
        for one, other in zip(before.decode(packet), shown, strict=True):
            assert (one == other).all()


def test_what_passed_passes_again_unchanged() -> None:
    units, again = gate(), gate()
    for packet in encoded(6, every=3):
        passed = units.take(packet.payload, SIZE)
        assert again.take(passed.payload, SIZE) == passed


def test_what_a_browser_encodes_passes_as_a_page_publishes_it() -> None:
    """OpenH264 in Chromium: deltas byte by byte, keyframes with parameter sets written anew."""
    vector = json.loads((ROOT / "tests/vectors/h264_chromium.json").read_text(encoding="utf-8"))
    units, before, after = AccessUnits(PAGE.picture, 30, 2_000_000), Decoder(), Decoder()
    for number, told in enumerate(vector["packets"]):
        payload = base64.b64decode(told["payload"])
        passed = units.take(payload, SIZE)
        assert passed.is_keyframe == told["keyframe"]
        assert passed.is_keyframe or passed.payload == payload
        shown = after.decode(video(number, payload=passed.payload))
        for one, other in zip(before.decode(video(number, payload=payload)), shown, strict=True):
            assert (one == other).all()


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(vui=Vui(signal=(5, 0, BT709), timing=(1, 120, 1))),
        Wanted(order=0, ref_frames=2),
        Wanted(constraints=0xE0, vui=Vui(restriction=(1, 0, 0, 11, 11, 0, 1))),
        Wanted(vui=Vui(signal=(5, 1, (5, 6, 5)))),
        Wanted(vui=Vui(signal=(5, 1, (2, 2, 2)))),
        Wanted(crop=(0, 0, 0, 4)),
    ],
    ids=repr,
)
def test_parameter_sets_are_written_as_for_our_own_encoders(wanted: Wanted) -> None:
    ours = read_sequence(write(wanted)).written()
    assert ours == rewritten(write(mended(wanted, 31)))
    assert read_sequence(ours).written() == ours


def test_what_decoders_do_not_need_is_left_out_of_a_parameter_set() -> None:
    rich = Vui(sar=255, overscan=1, chroma=(0, 2), hrds=2, pic_struct=1)
    bare = read_sequence(write(Wanted(vui=rich))).written()
    assert bare == read_sequence(write(Wanted())).written()


def test_the_level_is_bounded_from_below_and_above() -> None:
    for claimed, level in [(9, 10), (10, 10), (12, 12), (51, 21), (255, 21)]:
        units = gate(30, 4_000_000)
        passed = units.take(sps(level=claimed) + pps() + a_slice(idr=True), SIZE)
        assert passed.sequence.level_idc == level, claimed


@pytest.mark.parametrize(
    "payload",
    [
        START + b"\x09\x10" + KEY,
        START + b"\x06\x05\x01\x00\x80" + KEY,
        KEY + START + b"\x0c\xff\x80",
        KEY + b"\0" * 8,
        sps() + sps(level=31) + pps() + pps(number=3) + a_slice(idr=True),
        sps() + START + b"\x0e\x80\x80" + pps() + a_slice(idr=True),
        KEY.replace(START, b"\0\0\1"),
    ],
    ids=["delimiter", "SEI", "filler", "zeros", "several sets", "prefix", "short start codes"],
)
def test_what_no_decoder_needs_is_left_out(payload: bytes) -> None:
    assert gate().take(payload, SIZE).payload == gate().take(KEY, SIZE).payload


IDR = a_slice(idr=True)
KEYFRAMES = {
    "empty": (b"", Reason.MALFORMED),
    "text": (b"hello", Reason.MALFORMED),
    "no slice": (sps() + pps(), Reason.MALFORMED),
    "forbidden bit": (sps() + pps() + IDR.replace(b"\x65", b"\xe5", 1), Reason.MALFORMED),
    "no SPS": (pps() + IDR, Reason.MALFORMED),
    "no PPS": (sps() + IDR, Reason.MALFORMED),
    "another PPS": (sps() + pps(number=1) + IDR, Reason.MALFORMED),
    "another SPS": (sps() + pps(sequence=1) + IDR, Reason.MALFORMED),
    "SPS after a slice": (KEY + sps(), Reason.MALFORMED),
    "High": (sps(profile=100, constraints=0) + pps() + IDR, Reason.UNSUPPORTED),
    "Main": (sps(profile=77) + pps() + IDR, Reason.UNSUPPORTED),
    "Baseline, not constrained": (sps(constraints=0x80) + pps() + IDR, Reason.UNSUPPORTED),
    "interlaced": (sps(interlaced=True) + pps() + IDR, Reason.UNSUPPORTED),
    "order of type 1": (sps(order=1) + pps() + IDR, Reason.UNSUPPORTED),
    "reordered": (
        sps(vui=Vui(restriction=(1, 0, 0, 9, 9, 1, 2))) + pps() + IDR,
        Reason.UNSUPPORTED,
    ),
    "five references": (sps(ref_frames=5) + pps() + IDR, Reason.UNSUPPORTED),
    "another size": (sps(size_mbs=(4, 4)) + pps() + IDR, Reason.SIZE),
    "cropped to another size": (sps(crop=(0, 1, 0, 0)) + pps() + IDR, Reason.SIZE),
    "macroblocks cropped": (sps(crop=(0, 8, 0, 0)) + pps() + IDR, Reason.MALFORMED),
    "SPS cut": (sps()[:-2] + pps() + IDR, Reason.MALFORMED),
    "SPS too long": (sps() + b"\xaa" * 300 + pps() + IDR, Reason.MALFORMED),
    "SPS that goes on": (sps() + b"\x80" + pps() + IDR, Reason.MALFORMED),
    "CABAC": (sps() + pps(cabac=1) + IDR, Reason.UNSUPPORTED),
    "slice groups": (sps() + pps(groups=1) + IDR, Reason.UNSUPPORTED),
    "weighted": (sps() + pps(weighted=1) + IDR, Reason.UNSUPPORTED),
    "weighted both ways": (sps() + pps(bipred=2) + IDR, Reason.UNSUPPORTED),
    "redundant": (sps() + pps(redundant=1) + IDR, Reason.UNSUPPORTED),
    "8×8": (sps() + pps(more="1011") + IDR, Reason.UNSUPPORTED),
    "PPS not kept": (sps() + pps(header=0x08) + IDR, Reason.MALFORMED),
    "partition": (sps() + pps() + START + b"\x62\x88\x84" + IDR, Reason.UNSUPPORTED),
    "scalable": (sps() + pps() + IDR + START + b"\x74\x88\x84\x80", Reason.UNSUPPORTED),
    "IDR of inter": (sps() + pps() + a_slice(idr=True, kind=5), Reason.MALFORMED),
    "B": (sps() + pps() + a_slice(idr=True, kind=6), Reason.UNSUPPORTED),
    "IDR not kept": (sps() + pps() + a_slice(idr=True, header=0x05), Reason.MALFORMED),
    "frame_num of an IDR": (sps() + pps() + a_slice(idr=True, frame_num=1), Reason.MALFORMED),
    "order of an IDR": (
        sps(order=0) + pps() + a_slice(idr=True, order=(2, 6)),
        Reason.MALFORMED,
    ),
    "no first macroblock": (sps() + pps() + a_slice(idr=True, first=1), Reason.MALFORMED),
    "beyond the picture": (KEY + a_slice(idr=True, first=12), Reason.MALFORMED),
    "twice": (KEY + IDR, Reason.MALFORMED),
    "backwards": (
        KEY + a_slice(idr=True, first=5) + a_slice(idr=True, first=4),
        Reason.MALFORMED,
    ),
    "mixed": (KEY + a_slice(first=4), Reason.MALFORMED),
    "quantiser": (sps() + pps() + a_slice(idr=True, qp=26), Reason.MALFORMED),
    "deblocking": (sps() + pps() + a_slice(idr=True, deblocking=(0, 7, 0)), Reason.MALFORMED),
    "no macroblocks": (sps() + pps() + a_slice(idr=True, body=""), Reason.MALFORMED),
    "33 slices": (
        sps(size_mbs=(8, 6))
        + pps()
        + b"".join(a_slice(idr=True, first=at) for at in range(33)),
        Reason.MALFORMED,
    ),
    "65 units": ((START + b"\x09\x10") * 63 + KEY, Reason.MALFORMED),
    "00 00 02": (KEY + b"\0\0\2\x80", Reason.MALFORMED),
    "00 00 03 04": (KEY + b"\0\0\3\4\x80", Reason.MALFORMED),
    "00 00 03 at the end": (KEY + b"\0\0\3", Reason.MALFORMED),
    "00 00 00 inside": (KEY + b"\0\0\0\x80", Reason.MALFORMED),
    "many zeros": (KEY + b"\0" * 9, Reason.MALFORMED),
    "many zeros first": (b"\0" * 9 + KEY, Reason.MALFORMED),
    "bytes before": (b"\x80" + KEY, Reason.MALFORMED),
}


@pytest.mark.parametrize(("payload", "reason"), KEYFRAMES.values(), ids=KEYFRAMES)
def test_a_keyframe_is_refused(payload: bytes, reason: Reason) -> None:
    units = gate()
    assert reason_of(units, payload) is reason
    assert not units.is_in_step


DELTAS = {
    "before a keyframe": ((), a_slice(frame_num=1), Reason.OUT_OF_STEP),
    "missing number": ((KEY,), a_slice(frame_num=2), Reason.MALFORMED),
    "the same number": ((KEY, a_slice(frame_num=1)), a_slice(frame_num=1), Reason.MALFORMED),
    "with an SPS": ((KEY,), sps() + a_slice(frame_num=1), Reason.MALFORMED),
    "with a PPS": ((KEY,), pps() + a_slice(frame_num=1), Reason.MALFORMED),
    "another PPS": ((KEY,), a_slice(frame_num=1, picture_set=1), Reason.MALFORMED),
    "too many references": ((KEY,), a_slice(frame_num=1, refs=2), Reason.MALFORMED),
    "reordered for ever": (
        (KEY,),
        a_slice(frame_num=1, reordered=(0, 0, 0, 0, 3)),
        Reason.MALFORMED,
    ),
    "reset": ((KEY,), a_slice(frame_num=1, marking=(5, 0)), Reason.UNSUPPORTED),
    "commands for ever": (
        (KEY,),
        a_slice(frame_num=1, marking=(1, 0) * 17 + (0,)),
        Reason.MALFORMED,
    ),
    "two pictures": (
        (KEY,),
        a_slice(frame_num=1) + a_slice(first=4, frame_num=2),
        Reason.MALFORMED,
    ),
    "kept and not kept": (
        (KEY,),
        a_slice(frame_num=1) + a_slice(first=4, frame_num=1, header=0x01),
        Reason.MALFORMED,
    ),
    "back in time": (
        (IN_ORDER, a_slice(frame_num=1, order=(4, 6))),
        a_slice(frame_num=2, order=(2, 6)),
        Reason.UNSUPPORTED,
    ),
}


@pytest.mark.parametrize(("before", "payload", "reason"), DELTAS.values(), ids=DELTAS)
def test_a_delta_is_refused(before: tuple[bytes, ...], payload: bytes, reason: Reason) -> None:
    units = gate()
    for each in before:
        units.take(each, SIZE)
    assert reason_of(units, payload) is reason
    assert reason_of(units, a_slice(frame_num=1)) is Reason.OUT_OF_STEP
    assert units.take(KEY, SIZE).is_keyframe


def test_pictures_that_nobody_refers_to_do_not_count() -> None:
    units = gate()
    units.take(KEY, SIZE)
    for frame_num, header in [(1, 0x01), (1, 0x41), (2, 0x41), (3, 0x01), (3, 0x21)]:
        units.take(a_slice(frame_num=frame_num, header=header), SIZE)


def test_orders_wrap_and_frame_numbers_too() -> None:
    units = gate()
    units.take(IN_ORDER, SIZE)
    for number in range(1, 300):
        units.take(a_slice(frame_num=number % 256, order=(2 * number % 64, 6)), SIZE)


def test_reordered_references_and_commands_pass_within_their_bounds() -> None:
    units = gate()
    key = sps(ref_frames=2) + pps() + a_slice(idr=True)
    units.take(key, SIZE)
    units.take(a_slice(frame_num=1, refs=2, reordered=(0, 3, 3)), SIZE)
    units.take(a_slice(frame_num=2, marking=(1, 0, 4, 1, 3, 0, 1, 6, 1, 2, 0, 0)), SIZE)


def test_a_lost_picture_needs_a_keyframe() -> None:
    units = gate()
    units.take(KEY, SIZE)
    units.lose_step()
    assert reason_of(units, a_slice(frame_num=1)) is Reason.OUT_OF_STEP


def checked(units: AccessUnits, payload: bytes) -> bytes | None:
    """What passes; None: it is refused."""
    try:
        return units.take(payload, SIZE).payload
    except Unfit:
        return None


def in_step() -> AccessUnits:
    units = gate()
    units.take(encoded(4)[0].payload, SIZE)
    return units


def test_no_mutated_access_unit_passes_unparsed() -> None:
    """The law of the gate, on 2,000 of them; bench/gate.py does the same with 100,000."""
    chance = random.Random(27)
    own = [packet.payload for packet in encoded(4)]
    sources = [*own, KEY, IN_ORDER, a_slice(frame_num=1), sps(vui=Vui(hrds=2)) + pps() + IDR]
    passed = 0
    for _ in range(2_000):
        payload = mutated(chance.choice(sources), sources, chance)
        result = checked(in_step(), payload)
        if result is None:
            continue
        passed += 1
        assert checked(in_step(), result) == result
        assert {nal_type(unit) for unit in nal_units(result)} <= {1, 5, 7, 8}
    assert 100 < passed < 1_900


@given(st.binary(max_size=60), st.sampled_from([b"", START, sps() + pps() + START, KEY]))
def test_garbage_is_refused_or_passes_again(garbage: bytes, before: bytes) -> None:
    result = checked(in_step(), before + garbage)
    if result is not None:
        assert checked(in_step(), result) == result


@given(st.integers(0, 10_000))
def test_a_packet_cut_anywhere_never_breaks_the_gate(cut: int) -> None:
    for packet in encoded(2):
        checked(in_step(), packet.payload[: cut % len(packet.payload)])


def test_the_bounds_are_those_of_the_profile() -> None:
    assert HOST.picture.units >= 2 * HOST.picture.slices
