"""Conversion to YUV: known colours, padding, and box updates that equal a full conversion."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescreen.encode.colour import YuvPair, YuvPicture, even
from samescreen.media import Damage, Frame, Pixels, Region
from tests.encode.h264_tools import bgr_at, noise, picture, planes_of
from tests.fakes import flat


@pytest.mark.parametrize(
    ("bgr", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 255), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((255, 0, 0), (32, 240, 118)),
    ],
)
def test_colours_follow_bt709(bgr: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    planes = planes_of(YuvPicture(64, 32).update(picture(flat(64, 32, bgr))))
    for plane, expected in zip(planes, yuv, strict=True):
        assert np.abs(plane.astype(int) - expected).max() <= 1


@given(st.integers(1, 10_000))
def test_even_rounds_up(length: int) -> None:
    assert even(length) % 2 == 0
    assert 0 <= even(length) - length <= 1


@pytest.mark.parametrize(("width", "height"), [(63, 32), (64, 31), (33, 35), (1, 1)])
def test_odd_sizes_repeat_their_last_row_and_column(width: int, height: int) -> None:
    pixels = noise(width, height)
    plane, *_ = planes_of(YuvPicture(even(width), even(height)).update(picture(pixels)))
    luma = plane.astype(int)
    assert luma.shape == (even(height), even(width))
    # swscale rounds the last columns, which do not fill a vector, up to 3 levels differently.
    if width % 2:
        assert np.abs(luma[:height, -1] - luma[:height, -2]).max() <= 3
    if height % 2:
        assert np.abs(luma[-1, :width] - luma[-2, :width]).max() <= 3


boxes = st.builds(
    Region, st.integers(-9, 90), st.integers(-9, 190), st.integers(0, 70), st.integers(0, 70)
)


@given(
    st.sampled_from([(96, 200), (95, 199), (64, 161), (129, 66), (102, 34), (33, 98)]),
    st.lists(st.lists(boxes, min_size=1, max_size=4), min_size=1, max_size=4),
    st.integers(0, 99),
)
@settings(max_examples=80, deadline=None)
def test_box_updates_equal_a_full_conversion_bit_for_bit(
    size: tuple[int, int], steps: list[list[Region]], seed: int
) -> None:
    width, height = size
    pixels, kept = noise(width, height, seed), YuvPicture(even(width), even(height))
    kept.update(picture(pixels))
    for number, damage in enumerate(steps):
        other = noise(width, height, seed + number + 1)
        for region in damage:
            if part := region.intersection(Region(0, 0, width, height)):
                rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
                pixels[rows, columns] = other[rows, columns]
        updated = planes_of(kept.update(picture(pixels, 0, *damage)))
        fresh = planes_of(YuvPicture(even(width), even(height)).update(picture(pixels)))
        for one, other_plane in zip(updated, fresh, strict=True):
            assert np.array_equal(one, other_plane)


def test_only_the_damage_is_converted() -> None:
    kept = YuvPicture(128, 320)
    kept.update(picture(flat(128, 320)))
    white = flat(128, 320, (255, 255, 255))
    luma, *_ = planes_of(kept.update(picture(white, 0, Region(40, 100, 4, 4))))
    assert (luma[96:128, 32:64] == 235).all()
    luma[96:128, 32:64] = 16
    assert (luma == 16).all()


def test_all_converts_everything_and_none_converts_nothing() -> None:
    kept = YuvPicture(64, 64)
    kept.update(picture(flat(64, 64)))
    white = flat(64, 64, (255, 255, 255))
    luma, *_ = planes_of(kept.update(Frame(white, 0, Damage.NONE)))
    assert (luma == 16).all()
    luma, *_ = planes_of(kept.update(Frame(white, 0, Damage.ALL)))
    assert (luma == 235).all()


def test_changing_sizes_do_not_grow_the_cache() -> None:
    kept = YuvPicture(640, 320)
    pixels = noise(640, 320)
    kept.update(picture(pixels))
    for width in range(1, 600, 16):
        kept.update(picture(pixels, 0, Region(0, 0, width, 20)))
    assert len(kept._reformatters) <= 16


def test_the_first_update_converts_everything() -> None:
    white = flat(64, 320, (255, 255, 255))
    planes = planes_of(YuvPicture(64, 320).update(picture(white, 0, Region(0, 0, 1, 1))))
    assert (planes[0] == 235).all()
    assert np.abs(bgr_at(planes, 32, 300) - 255).max() <= 1


@pytest.mark.parametrize("threads", [2, 3, 8])
@pytest.mark.parametrize("size", [(642, 482), (1280, 720)])
def test_threads_convert_to_the_same_picture_bit_for_bit(
    size: tuple[int, int], threads: int
) -> None:
    alone, shared = YuvPicture(*size), YuvPicture(*size, threads=threads)
    for seed in range(2):
        frame = picture(noise(*size, seed))
        for one, other in zip(
            planes_of(alone.update(frame)), planes_of(shared.update(frame)), strict=True
        ):
            assert np.array_equal(one, other)


@pytest.mark.parametrize("threads", [1, 4])
def test_threads_halve_to_the_same_picture(threads: int) -> None:
    frame = picture(noise(1280, 720))
    alone = planes_of(YuvPicture(640, 360, halves=True).update(frame))
    shared = planes_of(YuvPicture(640, 360, halves=True, threads=threads).update(frame))
    for one, other in zip(alone, shared, strict=True):
        assert np.array_equal(one, other)


@given(
    st.sampled_from([(96, 200), (95, 199), (129, 66)]),
    st.lists(st.tuples(st.lists(boxes, min_size=1, max_size=3), st.booleans()), max_size=6),
    st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_pictures_converted_ahead_equal_a_full_conversion_and_keep_the_one_before(
    size: tuple[int, int], steps: list[tuple[list[Region], bool]], seed: int
) -> None:
    width, height = size
    pixels = noise(width, height, seed)
    pair = YuvPair(picture(pixels), 1)
    held = pair.convert(picture(pixels)).converted
    before = [plane.copy() for plane in planes_of(held)]
    for number, (damage, is_converted) in enumerate(steps):
        other = noise(width, height, seed + number + 1)
        for region in damage:
            if part := region.intersection(Region(0, 0, width, height)):
                rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
                pixels[rows, columns] = other[rows, columns]
        frame = picture(pixels, 0, *damage)
        pair.changed(frame.damage)
        if not is_converted:
            continue
        converted = pair.convert(frame).converted
        assert all(map(np.array_equal, planes_of(held), before)), "the encoder may use it"
        fresh = planes_of(YuvPicture(even(width), even(height)).update(picture(pixels)))
        assert all(map(np.array_equal, planes_of(converted), fresh))
        held, before = converted, [plane.copy() for plane in planes_of(converted)]


@given(
    st.sampled_from([(96, 200), (95, 199), (129, 66)]),
    st.lists(st.tuples(boxes, st.sampled_from(["stripes", "void", "box", "none"])), max_size=8),
    st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_a_picture_of_stripes_equals_a_full_conversion(
    size: tuple[int, int], steps: list[tuple[Region, str]], seed: int
) -> None:
    """Stripes cover all or none of a change. Those of a void grab hold what no picture has."""
    width, height = size
    bounds = Region(0, 0, width, height)
    pixels = noise(width, height, seed)
    pair = YuvPair(picture(pixels), 2)
    held = pair.convert(picture(pixels)).converted
    for number, (damage, act) in enumerate(steps):
        before = [plane.copy() for plane in planes_of(held)]
        other = noise(width, height, seed + number + 1)
        if not (part := damage.intersection(bounds)):
            continue
        rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
        pair.begin()
        if act == "void":
            report_stripes(pair, other, part)
            continue
        pixels[rows, columns] = other[rows, columns]
        if act == "stripes":
            report_stripes(pair, pixels, part)
            pixels[part.y, part.x] ^= 0x55  # while a stripe may be under way
        if act != "none":
            pair.part(pixels, Region(part.x, part.y, 1, 1))
        pair.changed(Damage.of(part))
        newest = pair.convert(picture(pixels, 0, part)).converted
        fresh = planes_of(YuvPicture(even(width), even(height)).update(picture(pixels)))
        assert all(map(np.array_equal, planes_of(newest), fresh))
        assert all(map(np.array_equal, planes_of(held), before)), "the encoder may use it"
        held = newest
    pair.close()


def report_stripes(pair: YuvPair, pixels: Pixels, read: Region) -> None:
    for top in range(read.y // 32 * 32, read.bottom, 32):
        first, last = max(read.y, top), min(read.bottom, top + 32)
        pair.part(pixels, Region(0, first, pixels.shape[1], last - first))


def test_what_stripes_cover_is_not_converted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = flat(64, 96)
    pair = YuvPair(picture(pixels), 1)
    for _ in range(2):
        pair.convert(picture(pixels))
    pair.begin()
    report_stripes(pair, pixels, Region(0, 0, 64, 96))
    pair.changed(Damage.of(Region(0, 0, 64, 96)))
    pair._finish()
    monkeypatch.delattr(YuvPicture, "_convert")
    assert pair.convert(picture(pixels)).converted is not None
    pair.close()


def test_stripes_are_converted_on_other_threads_which_end() -> None:
    pixels = flat(64, 96)
    pair, before = YuvPair(picture(pixels), 8), set(threading.enumerate())
    for _ in range(2):
        pair.convert(picture(pixels))
    assert set(threading.enumerate()) == before, "without stripes there is none"
    pair.begin()
    report_stripes(pair, pixels, Region(0, 0, 64, 96))
    started = set(threading.enumerate()) - before
    assert 1 <= len(started) <= 4
    pair.close()
    assert not any(thread.is_alive() for thread in started)


def test_a_stripe_that_cannot_be_converted_is_an_error_of_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = flat(64, 96)
    pair = YuvPair(picture(pixels), 2)
    for _ in range(2):
        pair.convert(picture(pixels))
    monkeypatch.delattr(YuvPicture, "_convert")
    pair.part(pixels, Region(0, 0, 64, 32))
    with pytest.raises(AttributeError):
        pair.convert(picture(pixels))
    pair.close()


def test_a_frame_that_was_converted_ahead_is_not_converted_again() -> None:
    kept, pair = YuvPicture(64, 64), YuvPair(picture(flat(64, 64)), 1)
    kept.update(picture(flat(64, 64)))
    ahead = pair.convert(picture(flat(64, 64, (255, 255, 255))))
    assert kept.update(ahead) is ahead.converted
    unchanged = Frame(flat(64, 64, (255, 255, 255)), 0, Damage.NONE)
    luma, *_ = planes_of(kept.update(unchanged))
    assert (luma == 235).all(), "what it missed is converted with the next picture"


def test_a_smaller_rendition_is_made_from_the_pixels() -> None:
    half = YuvPicture(32, 32, halves=True)
    ahead = YuvPair(picture(flat(64, 64)), 1).convert(picture(flat(64, 64)))
    assert half.update(ahead).width == 32
