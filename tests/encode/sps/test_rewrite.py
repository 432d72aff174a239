"""Rewritten sets equal those of an independent writer, and streams keep their pictures."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.encode.sps import (
    NAL_SPS,
    Colour,
    SpsError,
    SpsRewriter,
    find_sps,
    nal_type,
    nal_units,
    parse_sps,
    rewritten,
)
from samescreen.encode.sps.nal import nal_of
from samescreen.encode.sps.syntax import read_sps
from tests.encode.h264_tools import noise, picture, planes_of
from tests.encode.sps.written import BT709, RICH, Vui, Wanted, mended, write

BT709_LIMITED = Colour(full_range=False, primaries=1, transfer=1, matrix=1)

BY_ENCODER = {
    "NVENC": Wanted(
        order=2, vui=Vui(signal=(5, 0, BT709), timing=(1, 120, 1), pic_struct=1)
    ),
    "NVENC, High": Wanted(
        profile=100, constraints=0, level=42, order=0, ref_frames=3, size_mbs=(120, 68),
        crop=(0, 0, 0, 4), vui=Vui(sar=1, signal=(5, 0, (2, 2, 2)), timing=(1, 120, 0), hrds=1),
    ),
    "VideoToolbox": Wanted(profile=77, constraints=0, level=40, order=0, ref_frames=2),
    "QSV": Wanted(
        profile=66, constraints=0xC0, order=0,
        vui=Vui(sar=1, timing=(1, 120, 1), hrds=2, restriction=(1, 2, 1, 13, 13, 1, 2)),
    ),
    "AMF": Wanted(profile=100, constraints=12, order=0, ref_frames=4, vui=Vui(timing=(1, 60, 0))),
    "OpenH264": Wanted(
        constraints=0xE0, order=0, vui=Vui(restriction=(1, 0, 0, 11, 11, 0, 1))
    ),
    "MediaCodec": Wanted(level=52, order=0, vui=Vui(signal=(5, 1, (5, 6, 5)))),
}  # fmt: skip
"""Parameter sets as known encoders write them."""


@pytest.mark.parametrize("wanted", BY_ENCODER.values(), ids=BY_ENCODER)
def test_sets_of_other_encoders(wanted: Wanted) -> None:
    unit = rewritten(write(wanted), 40)
    assert unit == write(mended(wanted, 40))
    sps = parse_sps(unit)
    assert (sps.max_reorder_frames, sps.max_dec_frames) == (0, wanted.ref_frames)
    assert sps.codec_string.endswith("28")
    assert sps.colour is not None


def test_golden_bytes() -> None:
    """1280×720 without a VUI; FFmpeg's trace_headers filter confirmed the result."""
    before = bytes.fromhex("6742c01f95a014016e40")
    after = bytes.fromhex("6742c01f95a014016e9a80808083682010a8")
    assert before == write(Wanted())
    assert parse_sps(after) == replace(
        parse_sps(before), colour=BT709_LIMITED, max_reorder_frames=0, max_dec_frames=1
    )
    assert rewritten(before) == after


def test_an_unchanged_set_is_the_same_object() -> None:
    unit = write(Wanted(vui=replace(RICH, restriction=(1, 2, 1, 9, 9, 0, 1))))
    assert rewritten(unit) is unit
    assert rewritten(unit, 31) is unit
    assert rewritten(unit, 40) is not unit


def test_other_colours_are_kept() -> None:
    full_601 = Wanted(vui=Vui(signal=(2, 1, (5, 6, 5))))
    assert parse_sps(rewritten(write(full_601))).colour == Colour(True, 5, 6, 5)


def test_without_references_one_picture_is_stored() -> None:
    assert parse_sps(rewritten(write(Wanted(ref_frames=0)))).max_dec_frames == 1


def test_unknown_extra_bits_are_refused() -> None:
    unit = write(Wanted())
    with pytest.raises(SpsError, match="more follows"):
        rewritten(unit + b"\x80")


u8 = st.integers(0, 255)
small = st.integers(0, 40)
differences = st.integers(-8, 8)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


signals = st.tuples(st.integers(0, 7), st.integers(0, 1), optional(st.tuples(u8, u8, u8)))
vuis = st.builds(
    Vui,
    sar=optional(st.sampled_from([0, 1, 14, 255])),
    overscan=optional(st.integers(0, 1)),
    signal=optional(signals),
    chroma=optional(st.tuples(st.integers(0, 5), st.integers(0, 5))),
    timing=optional(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 1))
    ),
    hrds=st.integers(0, 2),
    pic_struct=st.integers(0, 1),
    restriction=optional(st.tuples(st.integers(0, 1), *[small] * 6)),
)
sets = st.builds(
    Wanted,
    profile=st.sampled_from([66, 77, 88, 100, 110, 122, 244]),
    constraints=u8,
    level=u8,
    chroma=st.integers(0, 3),
    depths=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    order=st.integers(0, 2),
    ref_frames=st.integers(0, 16),
    interlaced=st.booleans(),
    size_mbs=st.tuples(st.integers(1, 600), st.integers(1, 600)),
    crop=st.tuples(*[st.integers(0, 3)] * 4),
    vui=optional(vuis),
)
flat_lists = st.tuples(*[optional(st.just((0,) * 16))] * 6, *[optional(st.just((0,) * 64))] * 2)


@given(sets, flat_lists, st.booleans(), u8)
def test_a_rewritten_set_equals_one_written_that_way(
    wanted: Wanted, lists: tuple[Any, ...], has_lists: bool, level: int
) -> None:
    if has_lists:
        wanted = replace(wanted, scaling=lists + (None,) * (4 if wanted.chroma == 3 else 0))
    unit = rewritten(write(wanted), level)
    assert unit == write(mended(wanted, level))
    assert rewritten(unit) is unit
    assert not any(start in unit for start in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))


@given(st.binary(max_size=60))
def test_garbage_is_rewritten_or_refused(garbage: bytes) -> None:
    for unit in (garbage, b"\x67" + garbage, b"\x67\x64\x00\x1f" + garbage):
        try:
            better = rewritten(unit)
        except SpsError:
            continue
        assert rewritten(better) == better


# --- whole streams --------------------------------------------------------------------------------


def stream(profile: str, frames: int = 8) -> list[bytes]:
    """Access units of libx264, without B-frames, in Annex B."""
    context: Any = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = 322, 182, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 60), Fraction(60)
    context.options = {
        "profile": profile,
        "tune": "zerolatency",
        "x264-params": "annexb=1:repeat-headers=1:bframes=0:keyint=4:nal-hrd=vbr:"
        "vbv-maxrate=2000:vbv-bufsize=1000:cqm=jvt" if profile == "high" else "annexb=1:bframes=0",
    }  # fmt: skip
    units = []
    for index in range(frames):
        raw = av.VideoFrame.from_ndarray(noise(322, 182, index)[:, :, :3].copy(), "bgr24")
        raw.pts = index
        units += [bytes(packet) for packet in context.encode(raw)]
    return units + [bytes(packet) for packet in context.encode(None)]


def poorer(unit: bytes, *, without_vui: bool) -> bytes:
    """The same parameter set from an encoder that writes fewer fields."""
    layout = read_sps(unit)[1]
    at = layout.vui_flag if without_vui else layout.restriction[0]
    return nal_of(unit[0], layout.bits[:at] + "0")


def with_sets(unit: bytes, *, without_vui: bool) -> bytes:
    parts = [
        poorer(nal, without_vui=without_vui) if nal_type(nal) == NAL_SPS else nal
        for nal in nal_units(unit)
    ]
    return b"".join(b"\0\0\0\1" + part for part in parts)


def pictures(units: list[bytes]) -> list[list[Any]]:
    context: Any = av.CodecContext.create("h264", "r")
    context.thread_count = 1
    decoded = [raw for unit in units for raw in context.decode(av.Packet(unit))]
    return [planes_of(raw) for raw in (*decoded, *context.decode(None))]


@pytest.mark.parametrize("without_vui", [False, True])
@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
def test_rewritten_streams_show_the_same_pictures(profile: str, without_vui: bool) -> None:
    original = stream(profile)
    poor = [with_sets(unit, without_vui=without_vui) for unit in original]
    rewriter = SpsRewriter(fps=60)
    rich = [rewriter.access_unit(unit) for unit in poor]
    sps = find_sps(rich[0])
    assert sps is not None
    assert (sps.max_reorder_frames, sps.max_dec_frames) == (0, sps.max_ref_frames)
    assert sps.colour == BT709_LIMITED
    shown = pictures(rich)
    assert len(shown) == len(original)
    for seen, meant in zip(shown, pictures(original), strict=True):
        for plane, same in zip(seen, meant, strict=True):
            assert np.array_equal(plane, same)


def test_access_units_without_sets_are_the_same_object() -> None:
    rewriter = SpsRewriter(fps=60)
    for unit in (b"", b"junk", b"\0\0\1", b"\0\0\0\1\x41\xe0\0\0\1\x67\x42", b"\0\0\1\x09\xf0"):
        assert rewriter.access_unit(unit) is unit


def test_every_set_is_rewritten_and_the_rest_kept() -> None:
    first, second = write(Wanted()), write(Wanted(order=0))
    unit = b"\0\0\0\1\x09\xf0\0\0\0\1" + first + b"\0\0\0\1" + second + b"\0\0\1\x68\xce\0\0\1\x65x"
    better = SpsRewriter(fps=60).access_unit(unit)
    level = 32
    assert better == unit.replace(first, write(mended(Wanted(), level))).replace(
        second, write(mended(Wanted(order=0), level))
    )


def test_a_broken_set_is_an_error() -> None:
    with pytest.raises(SpsError):
        SpsRewriter(fps=60).access_unit(b"\0\0\1\x67\x42\0\0\1\x65x")


@pytest.mark.parametrize("is_capped", [False, True])
@pytest.mark.parametrize("fps", [20, 60])
@pytest.mark.parametrize("size", [(64, 48), (321, 201), (1280, 720), (1920, 1080)])
def test_libx264_writes_all_of_it_itself(size: tuple[int, int], fps: int, is_capped: bool) -> None:
    """So libx264 computes the same level, and rewriting costs nothing."""
    settings = H264Settings(fps=fps, is_capped=is_capped, max_bitrate_bps=20_000_000)
    encoder = X264Encoder(settings, track=0, width=size[0], height=size[1])
    payload = encoder.encode(picture(noise(*size)), EncodeRequest(keyframe=True)).payload
    encoder.close()
    assert SpsRewriter(fps, *settings.vbv).access_unit(payload) is payload
    assert SpsRewriter(240, 60_000_000).access_unit(payload) is not payload, "it does look at it"
