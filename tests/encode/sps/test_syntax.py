"""The parser against sets of x264, sets of our own writer, and garbage."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.encode.sps import (
    NAL_IDR,
    NAL_PPS,
    NAL_SPS,
    Colour,
    Sps,
    SpsError,
    find_sps,
    nal_type,
    nal_units,
    parse_sps,
)
from tests.encode.h264_tools import BitWriter, picture
from tests.encode.sps.written import RICH, Vui, Wanted, write
from tests.fakes import flat

BT709_LIMITED = Colour(full_range=False, primaries=1, transfer=1, matrix=1)


@pytest.mark.parametrize(
    ("width", "height"), [(16, 16), (64, 48), (321, 201), (1279, 719), (1280, 720), (1920, 1080)]
)
def test_sets_of_x264(width: int, height: int) -> None:
    encoder = X264Encoder(H264Settings(), track=0, width=width, height=height)
    packet = encoder.encode(picture(flat(width, height)), EncodeRequest(keyframe=True))
    sps = find_sps(packet.payload)
    assert sps is not None
    assert (sps.width, sps.height) == (width + width % 2, height + height % 2)
    assert sps.profile_idc == 66
    assert sps.constraint_flags & 0xC0 == 0xC0
    assert sps.max_ref_frames == 1
    assert sps.max_reorder_frames == 0
    assert sps.colour == BT709_LIMITED
    assert sps.codec_string == encoder.config.codec_string
    encoder.close()


def test_without_vui() -> None:
    assert parse_sps(write(Wanted())) == Sps(66, 0xC0, 31, 1, 1280, 720, None, None, None)


def test_high_profile() -> None:
    sps = parse_sps(write(Wanted(profile=100, constraints=0, level=40, vui=RICH)))
    assert (sps.width, sps.height) == (1280, 720)
    assert sps.codec_string == "avc1.640028"
    assert (sps.colour, sps.max_reorder_frames) == (BT709_LIMITED, 3)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_every_picture_order_type(order: int) -> None:
    assert parse_sps(write(Wanted(order=order))).height == 720


@pytest.mark.parametrize("hrds", [0, 1, 2])
@pytest.mark.parametrize("timing", [None, RICH.timing])
@pytest.mark.parametrize("sar", [None, 1, 255])
def test_reorder_is_found_after_hrd_timing_and_aspect(
    hrds: int, timing: tuple[int, int, int] | None, sar: int | None
) -> None:
    sps = parse_sps(write(Wanted(vui=replace(RICH, sar=sar, hrds=hrds, timing=timing))))
    assert (sps.colour, sps.max_reorder_frames) == (BT709_LIMITED, 3)
    assert sps.max_dec_frames == 4


def test_an_empty_vui() -> None:
    sps = parse_sps(write(Wanted(vui=Vui())))
    assert (sps.colour, sps.max_reorder_frames) == (None, None)


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        (Wanted(size_mbs=(120, 68), crop=(0, 0, 0, 4)), (1920, 1080)),
        (Wanted(size_mbs=(120, 34), interlaced=True, crop=(0, 0, 0, 2)), (1920, 1080)),
        (Wanted(size_mbs=(2, 2), crop=(1, 2, 3, 4)), (26, 18)),
    ],
)
def test_cropping(wanted: Wanted, size: tuple[int, int]) -> None:
    sps = parse_sps(write(wanted))
    assert (sps.width, sps.height) == size


def test_emulation_prevention_is_undone() -> None:
    unit = write(Wanted(constraints=0, level=0, profile=0))
    assert b"\0\0\3" in unit
    sps = parse_sps(unit)
    assert (sps.profile_idc, sps.level_idc, sps.width) == (0, 0, 1280)
    assert sps.codec_string == "avc1.000000"


@pytest.mark.parametrize(
    ("chroma", "size"), [(0, (29, 27)), (1, (26, 22)), (2, (26, 27)), (3, (29, 27))]
)
def test_cropping_counts_in_chroma_samples(chroma: int, size: tuple[int, int]) -> None:
    wanted = Wanted(profile=244, chroma=chroma, size_mbs=(2, 2), crop=(1, 2, 3, 2))
    sps = parse_sps(write(wanted))
    assert (sps.width, sps.height) == size


def test_scaling_lists_are_skipped() -> None:
    whole, cut = tuple([1, -1] * 8), (3, -11)  # the second ends early: 8 + 3 - 11 = 0
    for chroma, lists in [(1, 8), (3, 12)]:
        scaling = (whole, None, cut, None, None, None, tuple([2, -2] * 32), *[None] * (lists - 7))
        sps = parse_sps(write(Wanted(profile=244, chroma=chroma, scaling=scaling, vui=RICH)))
        assert (sps.height, sps.max_reorder_frames) == (720, 3)


def test_an_unknown_chroma_format() -> None:
    unit = BitWriter().u(8, 100).u(16, 31).ue(0, 4).u(64, 0).nal()
    with pytest.raises(SpsError, match="chroma format 4"):
        parse_sps(unit)


@pytest.mark.parametrize("wanted", [Wanted(vui=RICH), Wanted(order=1)])
def test_every_truncation_before_the_end_is_refused(wanted: Wanted) -> None:
    unit = write(wanted)
    last_needed = len(unit) - 2  # the last byte may hold the stop bit alone
    for length in range(last_needed):
        with pytest.raises(SpsError):
            parse_sps(unit[:length])


@given(st.binary(max_size=60))
def test_garbage_is_a_parameter_set_or_an_error(garbage: bytes) -> None:
    for unit in (garbage, b"\x67" + garbage, b"\x67\x64\x00\x1f" + garbage):
        with suppress(SpsError):
            parse_sps(unit)


@given(st.data())
def test_a_set_with_flipped_bits_is_a_set_or_an_error(choose: st.DataObject) -> None:
    unit = bytearray(write(Wanted(vui=RICH)))
    for _ in range(choose.draw(st.integers(1, 4))):
        at = choose.draw(st.integers(1, len(unit) - 1))
        unit[at] ^= 1 << choose.draw(st.integers(0, 7))
    with suppress(SpsError):
        parse_sps(bytes(unit))


def test_another_nal_type_is_refused() -> None:
    unit = write(Wanted())
    with pytest.raises(SpsError, match="not a sequence parameter set"):
        parse_sps(b"\x68" + unit[1:])


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=5), st.lists(st.booleans()))
def test_units_come_back_from_a_byte_stream(units: list[bytes], longs: list[bool]) -> None:
    units = [b"\x67" + u.replace(b"\0", b"\1") for u in units]
    starts = [b"\0\0\0\1" if long else b"\0\0\1" for long in longs] + [b"\0\0\1"] * len(units)
    stream = b"".join(start + unit for start, unit in zip(starts, units, strict=False))
    assert list(nal_units(stream)) == units


def test_no_set_in_the_access_unit() -> None:
    assert find_sps(b"") is None
    assert find_sps(b"\0\0\1\x41\xe0") is None
    assert list(nal_units(b"junk")) == []
    with pytest.raises(SpsError):
        find_sps(b"\0\0\1\x67\x42")


def test_nal_types() -> None:
    assert [nal_type(bytes([b])) for b in (0x67, 0x68, 0x65)] == [NAL_SPS, NAL_PPS, NAL_IDR]
