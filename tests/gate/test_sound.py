"""Sound at the gate, by the rules of RFC 6716 §3."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.encode.opus import OpusEncoder, PcmEncoder
from samescreen.gate.profiles import HOST, PAGE
from samescreen.gate.refusal import Reason, Unfit
from samescreen.gate.sound import LONGEST_US, check_opus, check_samples, opus_us
from samescreen.media import SoundBlock

CELT_10_MS = 30 << 3
SILK_60_MS = 3 << 3


def block() -> SoundBlock:
    return SoundBlock(np.full((480, 2), 0.25, np.float32), 0)


def test_our_sound_passes() -> None:
    opus = OpusEncoder(255).encode(block())
    assert opus_us(opus.payload) == 10_000
    check_opus(opus.payload, HOST.sound_us)
    check_samples(PcmEncoder(255).encode(block()).payload)


@pytest.mark.parametrize(
    ("packet", "length_us"),
    [
        (bytes((CELT_10_MS,)), 10_000),
        (bytes((16 << 3,)) + b"\xfe", 2_500),
        (bytes((SILK_60_MS,)) + b"x" * 1275, 60_000),
        (bytes((SILK_60_MS | 1,)) + b"abab", 120_000),
        (bytes((CELT_10_MS | 2, 3)) + b"abcde", 20_000),
        (bytes((CELT_10_MS | 2, 252, 1)) + b"a" * 260, 20_000),
        (bytes((CELT_10_MS | 3, 3)) + b"abcabc", 30_000),
        (bytes((CELT_10_MS | 3, 0x80 | 2, 1)) + b"abc", 20_000),
        (bytes((CELT_10_MS | 3, 0x40 | 1, 2)) + b"a" + bytes(2), 10_000),
        (bytes((CELT_10_MS | 3, 0x40 | 1, 255, 0)) + b"a" + bytes(254), 10_000),
        (bytes((16 << 3 | 3, 48)), 120_000),
    ],
)
def test_lengths_by_the_table_of_contents(packet: bytes, length_us: int) -> None:
    assert opus_us(packet) == length_us


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes((CELT_10_MS,)) + b"x" * 1276,
        bytes((CELT_10_MS | 1,)) + b"abc",
        bytes((CELT_10_MS | 2,)),
        bytes((CELT_10_MS | 2, 9)) + b"abc",
        bytes((CELT_10_MS | 2, 252)),
        bytes((CELT_10_MS | 3,)),
        bytes((CELT_10_MS | 3, 0)),
        bytes((CELT_10_MS | 3, 49)),
        bytes((CELT_10_MS | 3, 13)),
        bytes((CELT_10_MS | 3, 3)) + b"abcd",
        bytes((CELT_10_MS | 3, 0x40 | 1, 5)) + b"abc",
        bytes((CELT_10_MS | 3, 0x40 | 1)),
        bytes((CELT_10_MS | 3, 0x40 | 1, 255)),
        bytes((CELT_10_MS | 3, 0x80 | 2)),
        bytes((CELT_10_MS | 3, 0x80 | 2, 9)) + b"abc",
        bytes((SILK_60_MS | 3, 3)) + b"abc",
    ],
    ids=bytes.hex,
)
def test_a_packet_against_the_rules(packet: bytes) -> None:
    with pytest.raises(Unfit) as caught:
        opus_us(packet[:400] if len(packet) < 1000 else packet)
    assert caught.value.refusal.reason is Reason.MALFORMED


def test_the_profiles_say_how_long_a_packet_is() -> None:
    ten, twenty = bytes((CELT_10_MS,)) + b"ab", bytes((31 << 3,)) + b"ab"
    check_opus(ten, PAGE.sound_us)
    check_opus(twenty, PAGE.sound_us)
    two_of_ten = bytes((CELT_10_MS | 1,)) + b"ab"
    for packet, profile in [(twenty, HOST), (two_of_ten, PAGE)]:
        with pytest.raises(Unfit) as caught:
            check_opus(packet, profile.sound_us)
        assert caught.value.refusal.reason is Reason.UNSUPPORTED


@given(st.binary(max_size=60))
def test_garbage_is_bounded_or_refused(packet: bytes) -> None:
    try:
        length_us = opus_us(packet)
    except Unfit:
        return
    assert 0 < length_us <= LONGEST_US


@pytest.mark.parametrize("size", [0, 1919, 1921, 3840])
def test_samples_of_another_length_are_refused(size: int) -> None:
    with pytest.raises(Unfit):
        check_samples(bytes(size))
