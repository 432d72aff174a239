"""Pixels of packets, in this process: right colours, and one way to fail for whatever is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from samescreen.decode.pixels import Undecodable, packet_decoder
from samescreen.decode.values import Layout, Limits
from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.encode.still import encode_jpeg
from samescreen.media import Codec
from tests.encode.h264_tools import patches, picture
from tests.gate.published_streams import encoded

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)]


class Canvas:
    """Takes one picture."""

    def __init__(self, channels: int = 3) -> None:
        self.channels = channels
        self.pixels = np.zeros((0, 0, 3), np.uint8)

    def __call__(self, width: int, height: int) -> NDArray[np.uint8]:
        if width * height > 640 * 480:
            raise ValueError("too large")
        self.pixels = np.zeros((height, width, self.channels), np.uint8)
        return self.pixels


def striped(codec: Codec) -> bytes:
    frame = picture(patches(128, 64, COLOURS))
    if codec is Codec.JPEG:
        return encode_jpeg(frame, quality=95)
    encoder = X264Encoder(H264Settings(quality=95), track=0, width=128, height=64)
    return encoder.encode(frame, EncodeRequest(keyframe=True)).payload


@pytest.mark.parametrize("layout", ["bgr", "bgrx"])
@pytest.mark.parametrize("codec", list(Codec))
def test_colours_are_those_that_were_encoded(codec: Codec, layout: Layout) -> None:
    canvas = Canvas(len(layout))
    decoder = packet_decoder(codec, layout, Limits())
    assert decoder.decode(striped(codec), canvas) == (128, 64)
    middles = canvas.pixels[32, 16::32, :3].astype(int)
    assert np.abs(middles - np.array(COLOURS)).max() <= 6


def test_a_packet_that_is_not_shown_is_still_decoded() -> None:
    first, second = encoded(2)
    canvas = Canvas()
    decoder = packet_decoder(Codec.H264, "bgr", Limits())
    assert decoder.decode(first.payload, None) is None
    assert decoder.decode(second.payload, canvas) == (64, 48)
    assert canvas.pixels.any()


@pytest.mark.parametrize("codec", list(Codec))
def test_a_keyframe_is_decoded_after_whatever_came_before(codec: Codec) -> None:
    whole = striped(codec)
    decoder = packet_decoder(codec, "bgr", Limits())
    for garbage in (b"", b"abc", whole[:3], b"\xff\xd8\xff" + bytes(90), b"\0\0\0\1\x65" * 9):
        with pytest.raises(Undecodable):
            decoder.decode(garbage, Canvas())
    assert decoder.decode(whole, Canvas()) == (128, 64)


def test_a_delta_without_its_keyframe_is_undecodable() -> None:
    _, delta = encoded(2)
    with pytest.raises(Undecodable):
        packet_decoder(Codec.H264, "bgr", Limits()).decode(delta.payload, Canvas())


@pytest.mark.parametrize("codec", list(Codec))
def test_a_picture_above_the_limit_is_undecodable(codec: Codec) -> None:
    frame = picture(patches(800, 600, COLOURS))
    if codec is Codec.JPEG:
        packet = encode_jpeg(frame, quality=50)
    else:
        encoder = X264Encoder(H264Settings(), track=0, width=800, height=600)
        packet = encoder.encode(frame, EncodeRequest(keyframe=True)).payload
    with pytest.raises(Undecodable):
        packet_decoder(codec, "bgr", Limits(pixels=640 * 480)).decode(packet, Canvas())


@given(st.data())
def test_damaged_packets_decode_or_are_undecodable(data: st.DataObject) -> None:
    codec = data.draw(st.sampled_from(list(Codec)))
    damaged = bytearray(striped_once(codec))
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=8)):
        damaged[at] = data.draw(st.integers(0, 255))
    decoder = packet_decoder(codec, "bgr", Limits(pixels=640 * 480))
    try:
        size = decoder.decode(bytes(damaged), Canvas())
    except Undecodable:
        return
    assert size is not None


STRIPED: dict[Codec, bytes] = {}


def striped_once(codec: Codec) -> bytes:
    if codec not in STRIPED:
        STRIPED[codec] = striped(codec)
    return STRIPED[codec]
