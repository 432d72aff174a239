"""JPEG files at the gate: ours pass byte by byte, others lose what browsers do not need."""

from __future__ import annotations

import random

import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as st

from bench.mutated import mutated
from samescreen.encode.still import black_jpeg, encode_jpeg, encode_piece, encode_sketch
from samescreen.gate.jpeg import Jpeg, read_jpeg
from samescreen.gate.refusal import Reason, Unfit
from samescreen.media import Region
from tests.encode.h264_tools import noise, picture

WHOLE = encode_jpeg(picture(noise(64, 48)), quality=75)
OURS = {
    "whole": WHOLE,
    "odd": encode_jpeg(picture(noise(33, 17)), quality=20),
    "piece": encode_piece(picture(noise(64, 48)), Region(3, 5, 31, 20)),
    "sketch": encode_sketch(picture(noise(1280, 720))),
    "black": black_jpeg(320, 200),
}
DHT_AT = WHOLE.index(b"\xff\xc4")
SOF_AT = WHOLE.index(b"\xff\xc0")
SOS_AT = WHOLE.index(b"\xff\xda")
DQT_AT = WHOLE.index(b"\xff\xdb")
SCAN_AT = SOS_AT + 14


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def with_segment(marker: int, body: bytes) -> bytes:
    return WHOLE[:2] + segment(marker, body) + WHOLE[2:]


def changed(at: int, value: int) -> bytes:
    return WHOLE[:at] + bytes((value,)) + WHOLE[at + 1 :]


def reason_of(content: bytes) -> Reason:
    with pytest.raises(Unfit) as caught:
        read_jpeg(content)
    return caught.value.refusal.reason


@pytest.mark.parametrize("content", OURS.values(), ids=OURS)
def test_our_files_pass_byte_by_byte(content: bytes) -> None:
    height, width, _, _ = simplejpeg.decode_jpeg_header(content)
    assert read_jpeg(content) == Jpeg(content, width, height)


@pytest.mark.parametrize(
    "content",
    [
        with_segment(0xE1, b"Exif\0\0 where it was taken"),
        with_segment(0xE2, b"ICC_PROFILE"),
        with_segment(0xFE, b"by somebody"),
        WHOLE + b"behind the end",
        WHOLE[:2] + b"\xff\xff\xff" + WHOLE[2:],
    ],
    ids=["EXIF", "colour profile", "comment", "trailing bytes", "fill bytes"],
)
def test_what_browsers_do_not_need_is_left_out(content: bytes) -> None:
    assert read_jpeg(content).payload == WHOLE


def test_other_samplings_pass() -> None:
    for name in ("444", "422", "420"):
        content = simplejpeg.encode_jpeg(noise(32, 32)[:, :, :3].copy(), colorsubsampling=name)
        assert read_jpeg(content).width == 32


def progressive() -> bytes:
    return WHOLE.replace(b"\xff\xc0", b"\xff\xc2", 1)


REFUSED = {
    "empty": (b"", Reason.MALFORMED),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(60), Reason.MALFORMED),
    "headers only": (WHOLE[:SOS_AT], Reason.MALFORMED),
    "progressive": (progressive(), Reason.UNSUPPORTED),
    "arithmetic": (WHOLE.replace(b"\xff\xc0", b"\xff\xc9", 1), Reason.UNSUPPORTED),
    "12 bits": (changed(SOF_AT + 4, 12), Reason.UNSUPPORTED),
    "no height": (WHOLE[: SOF_AT + 5] + b"\0\0" + WHOLE[SOF_AT + 7 :], Reason.UNSUPPORTED),
    "a large size": (
        WHOLE[: SOF_AT + 5] + b"\x40\0\x40\0" + WHOLE[SOF_AT + 9 :],
        Reason.MALFORMED,
    ),
    "two components": (changed(SOF_AT + 9, 2), Reason.UNSUPPORTED),
    "RGB": (changed(SOF_AT + 10, ord("R")), Reason.UNSUPPORTED),
    "4×4 samples": (changed(SOF_AT + 11, 0x44), Reason.UNSUPPORTED),
    "unknown quantiser": (changed(SOF_AT + 12, 3), Reason.MALFORMED),
    "two frames": (
        WHOLE[:SOF_AT] + WHOLE[SOF_AT : SOF_AT + 19] + WHOLE[SOF_AT:],
        Reason.MALFORMED,
    ),
    "16-bit quantisers": (changed(DQT_AT + 4, 0x10), Reason.UNSUPPORTED),
    "quantiser 0": (changed(DQT_AT + 5, 0), Reason.MALFORMED),
    "short quantisers": (with_segment(0xDB, b"\0" * 64), Reason.MALFORMED),
    "Huffman table 2": (changed(DHT_AT + 4, 2), Reason.MALFORMED),
    "too many codes": (with_segment(0xC4, b"\0" + b"\3" + bytes(15) + b"\1\2\3"), Reason.MALFORMED),
    "codes of ones": (with_segment(0xC4, b"\0" + b"\2" + bytes(15) + b"\1\2"), Reason.MALFORMED),
    "no codes": (with_segment(0xC4, b"\0" + bytes(16)), Reason.MALFORMED),
    "long difference": (with_segment(0xC4, b"\0\1" + bytes(15) + b"\x0c"), Reason.MALFORMED),
    "empty tables": (with_segment(0xC4, b""), Reason.MALFORMED),
    "a part of the spectrum": (changed(SCAN_AT - 2, 62), Reason.UNSUPPORTED),
    "one component of three": (
        WHOLE[:SOS_AT] + segment(0xDA, b"\1\1\0\0\x3f\0") + WHOLE[SCAN_AT:],
        Reason.UNSUPPORTED,
    ),
    "table not there": (changed(SOS_AT + 6, 0x22), Reason.MALFORMED),
    "two scans": (WHOLE[:-2] + WHOLE[SOS_AT:], Reason.MALFORMED),
    "cut": (WHOLE[:-2], Reason.MALFORMED),
    "almost no scan": (WHOLE[: SCAN_AT + 2] + WHOLE[-2:], Reason.MALFORMED),
    "restarts": (WHOLE[:-2] + b"\xff\xd0" + WHOLE[-2:], Reason.MALFORMED),
    "restart interval": (with_segment(0xDD, b"\0"), Reason.MALFORMED),
    "Adobe": (with_segment(0xEE, b"Adobe\0d\0\0\0\0\0"), Reason.UNSUPPORTED),
    "one field": (with_segment(0xE0, b"AVI1\1"), Reason.UNSUPPORTED),
    "limited range": (with_segment(0xFE, b"CS=ITU601"), Reason.UNSUPPORTED),
    "hierarchy": (with_segment(0xDE, b"\0" * 8), Reason.MALFORMED),
    "many segments": (WHOLE[:2] + segment(0xFE, b"") * 65 + WHOLE[2:], Reason.MALFORMED),
    "much fill": (WHOLE[:2] + b"\xff" * 40 + WHOLE[2:], Reason.MALFORMED),
    "a segment beyond the end": (with_segment(0xFE, b"")[:4] + b"\xff\xff", Reason.MALFORMED),
    "a segment of 1 byte": (WHOLE[:2] + b"\xff\xfe\0\1" + WHOLE[2:], Reason.MALFORMED),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_is_refused(content: bytes, reason: Reason) -> None:
    assert reason_of(content) is reason


def passed(content: bytes) -> bytes | None:
    try:
        return read_jpeg(content).payload
    except Unfit:
        return None


def test_cut_anywhere_it_is_refused() -> None:
    for length in range(len(WHOLE)):
        assert passed(WHOLE[:length]) is None, length


def test_what_passes_passes_again_unchanged() -> None:
    chance = random.Random(7)
    count = 0
    for _ in range(1_000):
        result = passed(mutated(chance.choice((*OURS.values(),)), [WHOLE], chance))
        if result is not None:
            count += 1
            assert passed(result) == result
    assert count > 20


@given(st.binary(max_size=80))
def test_garbage_behind_a_beginning_is_refused_or_passes_again(garbage: bytes) -> None:
    for content in (garbage, WHOLE[:2] + garbage, WHOLE[:SOS_AT] + garbage):
        result = passed(content)
        assert result is None or passed(result) == result
