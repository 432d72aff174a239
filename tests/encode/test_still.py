"""Stills decode to the picture; a source's own JPEG is forwarded where it is good enough."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from samescreen.encode.base import EncodeRequest
from samescreen.encode.still import (
    COARSEST,
    FORWARDED,
    SKETCH_BYTES,
    SKETCH_SIDE,
    StillEncoder,
    encode_jpeg,
    encode_sketch,
    encode_within,
    jpeg_size,
)
from samescreen.errors import EncodeError
from samescreen.media import Codec, Damage, Frame, PacketKind, Pixels, Region, Rendition
from tests.encode.h264_tools import noise, patches, picture
from tests.fakes import flat
from tests.jpegs import delivered, encoded

COLOURS = ((255, 255, 255), (0, 0, 0), (40, 40, 220), (60, 180, 40), (220, 70, 40))


@pytest.mark.parametrize(("width", "height"), [(320, 64), (321, 63), (5, 1)])
def test_it_decodes_to_the_same_picture(width: int, height: int) -> None:
    pixels = patches(width, height, COLOURS)
    image = Image.open(io.BytesIO(encode_jpeg(picture(pixels), quality=90)))
    assert image.format == "JPEG"
    assert image.size == (width, height)
    decoded = np.asarray(image.convert("RGB")).astype(int)
    if width >= 320:
        for index, colour in enumerate(COLOURS):
            assert np.abs(decoded[height // 2, index * 64 + 32, ::-1] - colour).max() <= 3


def test_quality_costs_bytes() -> None:
    sizes = [len(encode_jpeg(picture(noise(64, 64)), quality=q)) for q in (1, 30, 75, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] / 4


def test_stills_are_numbered_and_cover_the_whole_picture() -> None:
    encoder = StillEncoder(track=2, width=64, height=48, fps=30, quality=75, sequence=2**32 - 1)
    assert encoder.next_sequence == 2**32 - 1
    small = picture(flat(64, 48), 99, Region(1, 1, 2, 2))
    requests = (EncodeRequest(keyframe=True), EncodeRequest())
    first, second = (encoder.encode(small, request) for request in requests)
    assert (first.sequence, second.sequence, encoder.next_sequence) == (2**32 - 1, 0, 1)
    for packet in (first, second):
        assert (packet.kind, packet.rendition) == (PacketKind.STILL, Rendition.JPEG)
        assert packet.is_keyframe
        assert packet.damage == Damage.of(Region(0, 0, 64, 48))
        assert (packet.track, packet.pts_us) == (2, 99)
    encoder.close()
    encoder.close()


def test_its_config() -> None:
    config = StillEncoder(track=2, width=65, height=47, fps=30, quality=75).config
    assert (config.codec, config.codec_string) == (Codec.JPEG, "")
    assert (config.width, config.height) == (config.coded_width, config.coded_height) == (65, 47)
    assert config.rendition is Rendition.JPEG


def test_a_side_too_long_is_an_encode_error() -> None:
    with pytest.raises(EncodeError, match="JPEG failed"):
        encode_jpeg(picture(flat(70_000, 1)), quality=75)


def test_each_request_limits_the_quality() -> None:
    encoder = StillEncoder(track=0, width=160, height=120, fps=30, quality=75)
    raw = picture(noise(160, 120))
    sizes = {}
    for quality in (40, 75, 90, None):
        sizes[quality] = len(encoder.encode(raw, EncodeRequest(quality=quality)).payload)
    assert sizes[40] < sizes[75]
    assert sizes[75] == sizes[90], "in motion never better than the host's own"
    assert sizes[75] < sizes[None], "at rest better"


def test_a_piece_is_that_part_and_exact_down_to_red_pixels() -> None:
    pixels = flat(64, 48)
    pixels[::3, :, 2] = 255
    pixels[:, ::5, 0] = 255
    encoder = StillEncoder(track=2, width=64, height=48, fps=30, quality=40)
    part = Region(16, 8, 30, 25)
    packet = encoder.encode(picture(pixels), EncodeRequest(region=part))
    assert packet.damage == Damage.of(part)
    assert not packet.is_keyframe, "it does not stand alone"
    seen = np.asarray(Image.open(io.BytesIO(packet.payload)).convert("RGB")).astype(int)
    shown = pixels[part.y : part.bottom, part.x : part.right, 2::-1].astype(int)
    error = float(np.mean((seen - shown) ** 2))
    assert 10 * np.log10(255**2 / error) >= 45
    whole = encoder.encode(picture(pixels), EncodeRequest())
    assert whole.damage == Damage.of(Region(0, 0, 64, 48))


def both(pixels: Pixels, quality: int) -> Frame:
    """The picture as a camera delivers it, in a JPEG of that quality, and decoded."""
    return replace(delivered(encoded(pixels, quality)), decoded=pixels)


@pytest.mark.parametrize("asked", [None, 90, 75])
def test_a_jpeg_of_the_source_is_forwarded_unchanged(asked: int | None) -> None:
    encoder = StillEncoder(track=0, width=64, height=64, fps=30, quality=90)
    frame = delivered(encoded(noise(64, 64), 95))
    request = EncodeRequest(quality=asked)
    assert not encoder.needs_pixels(frame, request), "nothing is to be decoded"
    assert encoder.encode(frame, request).payload == frame.jpeg
    assert encoder.name == FORWARDED


def test_a_low_quality_request_gets_a_smaller_file() -> None:
    encoder = StillEncoder(track=0, width=64, height=64, fps=30, quality=75)
    frame = both(noise(64, 64), 85)
    request = EncodeRequest(quality=65)
    assert encoder.needs_pixels(frame, request)
    made = encoder.encode(frame, request)
    assert len(made.payload) < len(frame.jpeg)
    assert made.payload == encode_jpeg(frame, quality=65)
    assert encoder.name == "libjpeg-turbo"
    small = both(noise(64, 64), 40)
    assert encoder.encode(small, request).payload == small.jpeg, "a new one would be larger"


def test_the_hosts_own_quality_is_a_limit_too() -> None:
    encoder = StillEncoder(track=0, width=64, height=64, fps=30, quality=50)
    frame = both(noise(64, 64), 85)
    assert len(encoder.encode(frame, EncodeRequest(quality=90)).payload) < len(frame.jpeg)


def test_a_newcomers_still_is_never_the_cameras_own_file() -> None:
    encoder = StillEncoder(track=0, width=64, height=64, fps=30, quality=90)
    frame = both(noise(64, 64), 40)
    request = EncodeRequest(may_forward=False)
    assert encoder.needs_pixels(frame, request)
    assert encoder.encode(frame, request).payload == encode_jpeg(frame, quality=90)


def test_a_piece_is_never_a_whole_file() -> None:
    encoder = StillEncoder(track=0, width=64, height=64, fps=30, quality=75)
    request = EncodeRequest(region=Region(0, 0, 32, 32))
    frame = both(noise(64, 64), 85)
    assert encoder.needs_pixels(frame, request)
    piece = encoder.encode(frame, request)
    assert Image.open(io.BytesIO(piece.payload)).size == (32, 32)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((640, 360), (640, 360)),
        ((1920, 1080), (960, 540)),
        ((1921, 1081), (481, 271)),
        ((3840, 2160), (960, 540)),
    ],
)
def test_a_sketch_is_small(size: tuple[int, int], shown: tuple[int, int]) -> None:
    sketch = encode_sketch(picture(flat(*size, (10, 200, 90))))
    assert jpeg_size(sketch) == shown
    assert len(sketch) < SKETCH_BYTES
    pixels = simplejpeg.decode_jpeg(sketch, colorspace="BGR")
    assert np.abs(pixels.astype(int) - (10, 200, 90)).max() <= 4


def test_a_sketch_of_noise_shrinks_until_it_is_small_enough() -> None:
    sketch = encode_sketch(picture(noise(1920, 1080)))
    width, height = jpeg_size(sketch)
    assert len(sketch) <= SKETCH_BYTES or min(width, height) < SKETCH_SIDE
    assert width < 960


def test_a_sketch_is_a_still_of_the_whole_picture() -> None:
    encoder = StillEncoder(track=0, width=1280, height=720, fps=60, quality=75, sequence=4)
    packet = encoder.encode(picture(flat(1280, 720)), EncodeRequest(sketch=True))
    assert (packet.kind, packet.is_keyframe, packet.sequence) == (PacketKind.STILL, True, 4)
    assert packet.damage == Damage.of(Region(0, 0, 1280, 720))
    assert jpeg_size(packet.payload) == (640, 360)


@pytest.mark.parametrize("request_", [EncodeRequest(quality=60), EncodeRequest(sketch=True)])
def test_a_still_made_apart_is_the_one_that_the_encoder_makes(request_: EncodeRequest) -> None:
    shown = picture(noise(64, 48), 99)
    encoder = StillEncoder(track=0, width=64, height=48, fps=30, quality=75)
    codec = encoder.apart(shown, request_)
    assert codec is not None
    made = encoder.encode(shown, replace(request_, made=codec(shown)))
    assert made == replace(encoder.encode(shown, request_), sequence=made.sequence)


def test_what_takes_no_time_is_not_made_apart() -> None:
    encoder = StillEncoder(track=0, width=64, height=48, fps=30, quality=90)
    assert encoder.apart(delivered(encoded()), EncodeRequest()) is None
    assert encoder.apart(picture(flat(64, 48)), EncodeRequest(region=Region(0, 0, 8, 8))) is None


@pytest.mark.parametrize("share", [1.0, 0.9, 0.8, 0.6, 0.5])
def test_a_still_gets_coarser_until_it_fits(share: float) -> None:
    frame = picture(noise(320, 200))
    whole = len(encode_jpeg(frame, quality=75))
    limit = int(whole * share)
    assert 0.6 * limit < len(encode_within(frame, 75, limit)) <= limit


def test_a_still_stays_readable_whatever_the_limit() -> None:
    frame = picture(noise(320, 200))
    assert encode_within(frame, 75, 100) == encode_jpeg(frame, quality=COARSEST)
    assert encode_within(frame, 75, None) == encode_jpeg(frame, quality=75)
    assert encode_within(frame, 10, 100) == encode_jpeg(frame, quality=10), "as asked for"


def test_the_encoder_keeps_the_limit_of_a_request() -> None:
    encoder = StillEncoder(track=0, width=320, height=200, fps=60, quality=75)
    frame = picture(noise(320, 200))
    limit = len(encode_jpeg(frame, quality=75)) * 3 // 4
    packet = encoder.encode(frame, EncodeRequest(quality=75, limit_bytes=limit))
    assert len(packet.payload) <= limit


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (2562, 1440)])
def test_a_sketch_has_the_mean_of_the_pixels_that_it_stands_for(size: tuple[int, int]) -> None:
    width, height = size
    columns = np.arange(width) * 255 // width
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[...] = np.stack([columns, 255 - columns, columns // 2, columns], 1)
    shown = simplejpeg.decode_jpeg(encode_sketch(picture(pixels)), colorspace="BGR")
    places = [int((at + 0.5) * width / shown.shape[1]) for at in range(shown.shape[1])]
    assert np.abs(shown[shown.shape[0] // 2].astype(int) - pixels[0, places, :3]).mean() <= 4
