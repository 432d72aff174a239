"""The H.264 encoder against a real decoder: syntax, order, colours, rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest

from samescreen.encode import h264
from samescreen.encode.base import EncodeRequest
from samescreen.encode.colour import YuvPicture
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.encode.sps import NAL_IDR, NAL_PPS, NAL_SPS, find_sps
from samescreen.errors import EncodeError
from samescreen.media import Codec, Damage, PacketKind, Pixels, Region, Rendition
from tests.encode.h264_tools import (
    Bgr,
    Decoder,
    bgr_at,
    nal_types,
    noise,
    patches,
    picture,
    pictures_in,
    planes_of,
    slices_in,
)
from tests.fakes import flat

COLOURS: tuple[Bgr, ...] = (
    (255, 255, 255),
    (0, 0, 0),
    (40, 40, 220),
    (60, 180, 40),
    (220, 70, 40),
    (128, 128, 128),
    (30, 150, 240),
    (16, 235, 16),
)
MakeX264 = Callable[..., X264Encoder]


@pytest.fixture
def x264() -> Iterator[MakeX264]:
    """Makes encoders: `x264(64, 48, quality=90, sequence=7)`."""
    with ExitStack() as stack:

        def make(width: int, height: int, *, sequence: int = 0, **settings: Any) -> X264Encoder:
            encoder = X264Encoder(
                H264Settings(**settings), track=3, width=width, height=height, sequence=sequence
            )
            stack.callback(encoder.close)
            return encoder

        yield make


def test_a_keyframe_carries_its_parameters(x264: MakeX264) -> None:
    encoder = x264(64, 48)
    for at in range(3):
        packet = encoder.encode(picture(noise(64, 48, at), at * 1000), EncodeRequest(keyframe=True))
        assert packet.is_keyframe
        types = nal_types(packet)
        assert types.index(NAL_SPS) < types.index(NAL_PPS) < types.index(NAL_IDR)
        assert 9 not in types, "no access unit delimiter"


def test_keyframes_come_on_demand_only(x264: MakeX264) -> None:
    encoder = x264(64, 48)
    asked = [at in (0, 40, 41, 300) for at in range(400)]
    for at, keyframe in enumerate(asked):
        # Every picture is a new scene; scene-cut detection must not add keyframes.
        request = EncodeRequest(keyframe=keyframe)
        packet = encoder.encode(picture(noise(64, 48, at), at * 16_667), request)
        assert packet.is_keyframe is keyframe
        assert (NAL_IDR in nal_types(packet)) is keyframe
        assert (NAL_SPS in nal_types(packet)) is keyframe


def test_one_picture_in_one_packet_out(x264: MakeX264) -> None:
    encoder, decoder = x264(320, 180), Decoder()
    for at in range(10):
        packet = encoder.encode(picture(noise(320, 180, at), at), EncodeRequest(keyframe=at == 0))
        assert pictures_in(packet) == 1
        assert len(decoder.decode(packet)) == 3, "decoded at once, nothing is reordered"
        assert packet.payload.startswith((b"\0\0\1", b"\0\0\0\1"))


def test_a_packet_says_what_it_is(x264: MakeX264) -> None:
    encoder = x264(64, 48, sequence=2**32 - 1)
    damage = (Region(0, 0, 8, 8), Region(32, 32, 4, 4))
    assert encoder.next_sequence == 2**32 - 1
    first = encoder.encode(picture(flat(64, 48), 77, *damage), EncodeRequest(keyframe=True))
    second = encoder.encode(picture(flat(64, 48), 78, *damage), EncodeRequest())
    assert (first.kind, first.rendition, first.track) == (PacketKind.VIDEO, Rendition.MAIN, 3)
    assert (first.sequence, second.sequence, encoder.next_sequence) == (2**32 - 1, 0, 1)
    assert (first.pts_us, second.pts_us) == (77, 78)
    assert first.damage == second.damage == Damage.of(*damage)


@pytest.mark.parametrize(("width", "height"), [(64, 48), (65, 47), (1279, 719), (16, 17)])
def test_the_config_is_complete_after_a_keyframe(
    x264: MakeX264, width: int, height: int
) -> None:
    encoder = x264(width, height, fps=50)
    encoder.encode(picture(flat(width, height)), EncodeRequest(keyframe=True))
    config = encoder.config
    assert (config.width, config.height) == (width, height)
    assert (config.coded_width, config.coded_height) == (width + width % 2, height + height % 2)
    assert config.codec is Codec.H264
    assert config.codec_string.startswith("avc1.42C0")
    assert (config.track, config.fps) == (3, 50)


def test_repeated_and_decreasing_times_are_accepted(x264: MakeX264) -> None:
    encoder = x264(64, 48)
    for pts_us in (1000, 1000, 500, 10**15):
        packet = encoder.encode(picture(flat(64, 48), pts_us), EncodeRequest())
        assert packet.pts_us == pts_us


@pytest.mark.parametrize(("width", "height"), [(640, 64), (641, 63)])
def test_it_decodes_to_the_colours_of_the_screen(
    x264: MakeX264, width: int, height: int
) -> None:
    pixels = patches(width, height, COLOURS)
    packet = x264(width, height).encode(picture(pixels), EncodeRequest(keyframe=True))
    planes = Decoder().decode(packet)
    assert planes[0].shape == (height + height % 2, width + width % 2)
    for index, colour in enumerate(COLOURS):
        found = bgr_at(planes, index * 80 + 40, 32)
        assert np.abs(found - colour).max() <= 4, f"{colour} came back as {found}"


def test_partial_updates_decode_to_the_whole_picture(x264: MakeX264) -> None:
    encoder, decoder = x264(640, 200), Decoder()
    pixels = patches(640, 200, COLOURS)
    planes = decoder.decode(encoder.encode(picture(pixels), EncodeRequest(keyframe=True)))
    changes = [(Region(80, 66, 30, 9), (10, 200, 90)), (Region(500, 100, 60, 60), (250, 5, 99))]
    for at, (region, colour) in enumerate(changes, start=1):
        pixels[region.y : region.bottom, region.x : region.right, :3] = colour
        planes = decoder.decode(encoder.encode(picture(pixels, at, region), EncodeRequest()))
    for region, colour in changes:
        found = bgr_at(planes, region.x + region.width // 2, region.y + region.height // 2)
        assert np.abs(found - colour).max() <= 4
    for index, colour in enumerate(COLOURS):
        assert np.abs(bgr_at(planes, index * 80 + 40, 20) - colour).max() <= 4


def test_padding_repeats_the_edge(x264: MakeX264) -> None:
    pixels = flat(33, 33, (40, 200, 90))
    planes = Decoder().decode(x264(33, 33).encode(picture(pixels), EncodeRequest(keyframe=True)))
    assert np.ptp(planes[0]) <= 4, "no dark line at the right or the bottom"


def test_no_picture_is_much_larger_than_the_buffer(x264: MakeX264) -> None:
    encoder = x264(640, 360, fps=30, max_bitrate_bps=1_000_000)
    vbv_bits = 4 * 1_000_000 / 30
    sizes = []
    for at in range(60):
        moved = np.roll(noise(640, 360), at * 7, axis=1)
        frame = picture(np.ascontiguousarray(moved), at * 33_333)
        packet = encoder.encode(frame, EncodeRequest(keyframe=at == 0))
        sizes.append(len(packet.payload) * 8)
    assert max(sizes[1:]) <= 1.5 * vbv_bits
    assert sum(sizes[1:]) <= 1_000_000 * 2 * 1.5 + vbv_bits
    assert encoder.below_target_quality


def test_a_capped_encoder_says_how_coarse_its_packets_are(x264: MakeX264) -> None:
    """An estimate of what a free encoder would spend, from the size and the quantiser."""
    capped = x264(640, 360, fps=30, max_bitrate_bps=1_000_000)
    free = x264(640, 360, fps=30, is_capped=False)
    estimates, spent = [], []
    for at in range(20):
        moved = np.roll(noise(640, 360), at * 7, axis=1)
        frame = picture(np.ascontiguousarray(moved), at * 33_333)
        coarse = capped.encode(frame, EncodeRequest(keyframe=at == 0))
        estimates.append(len(coarse.payload) * 2 ** (capped.coarseness / 3))
        spent.append(len(free.encode(frame, EncodeRequest(keyframe=at == 0)).payload))
        assert free.coarseness == 0.0
        assert capped.coarseness > 3
    assert sum(estimates[5:]) >= 0.3 * sum(spent[5:])


def test_a_still_picture_stops_being_coarse(x264: MakeX264) -> None:
    encoder = x264(320, 180, fps=30, max_bitrate_bps=1_000_000)
    pixels, coarse = noise(320, 180), []
    for at in range(40):
        encoder.encode(picture(pixels, at * 33_333), EncodeRequest(keyframe=at == 0))
        coarse.append(encoder.below_target_quality)
    assert any(coarse)
    assert not any(coarse[-5:])


def test_the_rate_control_names_a_buffer_only_when_capped() -> None:
    capped = H264Settings(fps=30, max_bitrate_bps=3_000_000).rate_control
    assert capped["crf"] == "23.0"
    assert "qp" not in capped
    assert ":vbv-maxrate=3000:vbv-bufsize=400" in capped["x264-params"]
    free = H264Settings(is_capped=False).rate_control
    assert free["qp"] == "23"
    assert "crf" not in free
    assert "vbv" not in free["x264-params"]


def scrolled(count: int, step_px: int) -> list[Pixels]:
    """Content as detailed as text, scrolled up a little in each picture."""
    page = noise(160, 400).repeat(2, axis=0).repeat(2, axis=1)
    return [np.ascontiguousarray(page[n * step_px :][:240]) for n in range(count)]


def test_a_far_search_finds_scrolled_content(x264: MakeX264) -> None:
    sizes, quantiser = [], {"is_capped": False, "quality": 90}
    for far in (False, True):
        encoder, decoder = x264(320, 240, wide_motion_search=far, **quantiser), Decoder()
        size_bytes = 0
        for n, pixels in enumerate(scrolled(8, 40)):
            packet = encoder.encode(picture(pixels, n * 16_667), EncodeRequest(keyframe=n == 0))
            luma = decoder.decode(packet)[0].astype(int)
            size_bytes += len(packet.payload) if n else 0
            shown = planes_of(YuvPicture(320, 240).update(picture(pixels)))[0]
            assert np.abs(luma - shown).mean() < 3
        assert encoder.wide_motion_search is far
        sizes.append(size_bytes)
    assert sizes[1] < 0.6 * sizes[0]


def test_a_capped_encoder_does_not_search_far(x264: MakeX264) -> None:
    assert not x264(64, 48, wide_motion_search=True).wide_motion_search
    assert "umh" not in H264Settings(wide_motion_search=True).rate_control["x264-params"]


@pytest.mark.parametrize("quality", [100, 75, 30])
def test_uncapped_the_quantiser_is_constant(
    x264: MakeX264, monkeypatch: pytest.MonkeyPatch, quality: int
) -> None:
    """The same for keyframes, motion and unchanged pictures, at any bitrate."""
    measured: list[float] = []
    mean_qp = h264._mean_qp

    def measure(packet: Any) -> float:
        measured.append(mean_qp(packet))
        return measured[-1]

    monkeypatch.setattr(h264, "_mean_qp", measure)
    encoder = x264(320, 180, is_capped=False, quality=quality, max_bitrate_bps=100_000)
    spent = 0
    for at in range(12):
        pixels = noise(320, 180, min(at, 8))
        packet = encoder.encode(picture(pixels, at * 16_667), EncodeRequest(keyframe=at in (0, 5)))
        spent += len(packet.payload) * 8
        assert not encoder.below_target_quality
    assert spent > 100_000, "more than a bitrate would allow"
    wanted = round(H264Settings(quality=quality).crf)
    assert measured == pytest.approx([wanted] * 12, abs=0.5)


def test_film_is_encoded_coarser_by_whole_steps(
    x264: MakeX264, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[float] = []
    mean_qp = h264._mean_qp

    def measure(packet: Any) -> float:
        measured.append(mean_qp(packet))
        return measured[-1]

    monkeypatch.setattr(h264, "_mean_qp", measure)
    sizes = []
    for steps in (0, 6):
        encoder = x264(320, 180, is_capped=False, coarser_by=steps)
        sizes.append(len(encoder.encode(picture(noise(320, 180)), EncodeRequest()).payload))
        assert (encoder.coarseness, encoder.below_target_quality) == (steps, False)
    assert measured == pytest.approx([23, 29], abs=0.5)
    assert sizes[1] < 0.8 * sizes[0]
    assert H264Settings(quality=1, is_capped=False, coarser_by=10).qp == 51


def test_a_capped_encoder_says_how_coarse_it_is(x264: MakeX264) -> None:
    coarse = x264(320, 180, max_bitrate_bps=500_000)
    fine = x264(320, 180, max_bitrate_bps=500_000_000)
    for at in range(6):
        for encoder in (coarse, fine):
            encoder.encode(picture(noise(320, 180, at), at * 16_667), EncodeRequest())
    assert coarse.coarseness > 10
    assert fine.coarseness < coarse.coarseness - 5


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("is_capped", [True, False])
def test_every_rate_control_can_be_decoded(
    x264: MakeX264, is_capped: bool, threads: int
) -> None:
    encoder, decoder = x264(320, 180, is_capped=is_capped, threads=threads), Decoder()
    for at in range(12):
        request = EncodeRequest(keyframe=at in (0, 7))
        packet = encoder.encode(picture(noise(320, 180, at), at), request)
        assert packet.is_keyframe is (at in (0, 7))
        assert pictures_in(packet) == 1
        assert slices_in(packet) == threads
        assert len(decoder.decode(packet)) == 3, "decoded at once, nothing is reordered"
        if packet.is_keyframe:
            sps = find_sps(packet.payload)
            assert sps is not None
            assert (sps.profile_idc, sps.constraint_flags & 0xC0) == (66, 0xC0)
            assert (sps.max_ref_frames, sps.max_reorder_frames) == (1, 0)
            assert encoder.config.codec_string == sps.codec_string


def test_slices_change_neither_the_parameters_nor_the_damage(x264: MakeX264) -> None:
    keyframes = []
    for threads in (1, 4):
        encoder = x264(320, 256, is_capped=False, threads=threads)
        packet = encoder.encode(picture(noise(320, 256)), EncodeRequest(keyframe=True))
        assert nal_types(packet)[:2] == [NAL_SPS, NAL_PPS]
        assert set(nal_types(packet)[-threads:]) == {NAL_IDR}
        keyframes.append(find_sps(packet.payload))
        part = Region(0, 64, 32, 32)
        assert encoder.encode(picture(noise(320, 256), 1, part), EncodeRequest()).damage == (
            Damage.of(part)
        )
    assert keyframes[0] == keyframes[1]


def test_partial_updates_across_slices_decode_to_the_whole_picture(x264: MakeX264) -> None:
    encoder, decoder = x264(128, 256, is_capped=False, quality=100, threads=4), Decoder()
    pixels = patches(128, 256, COLOURS)
    decoder.decode(encoder.encode(picture(pixels), EncodeRequest(keyframe=True)))
    for at, top in enumerate((48, 120, 190), 1):  # each crosses the end of a slice
        pixels[top : top + 20, 10:100, :3] = 200
        part = Region(10, top, 90, 20)
        planes = decoder.decode(encoder.encode(picture(pixels, at, part), EncodeRequest()))
    whole = planes_of(YuvPicture(128, 256).update(picture(pixels)))
    for decoded, wanted in zip(planes, whole, strict=True):
        assert np.abs(decoded.astype(int) - wanted).max() <= 12


def test_a_generous_bitrate_makes_nothing_coarse(x264: MakeX264) -> None:
    encoder = x264(320, 180, max_bitrate_bps=500_000_000)
    encoder.encode(picture(noise(320, 180)), EncodeRequest(keyframe=True))
    assert not encoder.below_target_quality


def test_an_unchanged_picture_is_almost_free(x264: MakeX264) -> None:
    encoder = x264(1280, 720, quality=30)
    pixels = patches(1280, 720, COLOURS)
    encoder.encode(picture(pixels), EncodeRequest(keyframe=True))
    packet = encoder.encode(picture(pixels, 1), EncodeRequest())
    assert len(packet.payload) < 500


def test_quality_is_a_scale() -> None:
    factors = [H264Settings(quality=quality).crf for quality in range(1, 101)]
    assert factors == sorted(factors, reverse=True)
    assert H264Settings(quality=75).crf == 23
    assert 0 < factors[-1] < factors[0] <= 51


def test_a_closed_encoder_refuses(x264: MakeX264) -> None:
    encoder = x264(64, 48)
    encoder.close()
    encoder.close()
    with pytest.raises(EncodeError, match="closed"):
        encoder.encode(picture(flat(64, 48)), EncodeRequest(keyframe=True))


@pytest.mark.parametrize(("width", "height"), [(0, 0), (20_000, 20_000)])
def test_an_impossible_size_is_an_encode_error(width: int, height: int) -> None:
    with pytest.raises(EncodeError, match="libx264"):
        X264Encoder(H264Settings(), track=0, width=width, height=height)
