"""The sound of a recording has no holes and no overlaps, whatever came."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.encode.opus import OpusEncoder
from samescreen.media import SoundBlock
from samescreen.record.sound_line import FRAMES_10_MS, SoundLine, frames_of, silence

PACKET = b"\xf4\xff\xfe"
"""10 ms."""


def decoded(payload: bytes) -> tuple[int, float]:
    """Frames and the largest sample, as libopus sees them."""
    codec = av.CodecContext.create("libopus", "r")
    codec.open()
    (frame,) = codec.decode(av.Packet(payload))
    return frame.samples, float(np.abs(frame.to_ndarray()).max())


@pytest.mark.parametrize("count", [1, 2, 11, 12])
def test_silence_is_silent_and_as_long_as_it_says(count: int) -> None:
    assert decoded(silence(count)) == (count * FRAMES_10_MS, 0.0)
    assert frames_of(silence(count)) == count * FRAMES_10_MS


def test_our_own_packets_are_ten_milliseconds() -> None:
    block = SoundBlock(np.full((480, 2), 0.3, dtype=np.float32), 0)
    assert frames_of(OpusEncoder(0).encode(block).payload) == FRAMES_10_MS


@pytest.mark.parametrize(
    ("payload", "frames"),
    [
        (b"", 0),
        (b"\x03", 0),  # any number of frames, which is not said
        (b"\x00", 480),  # SILK, 10 ms
        (b"\x18", 2880),  # SILK, 60 ms
        (b"\x68", 960),  # hybrid, 20 ms
        (b"\xe0", 120),  # CELT, 2.5 ms
        (b"\xf9", 1920),  # CELT, 2 × 20 ms
    ],
)
def test_the_length_of_any_opus_packet(payload: bytes, frames: int) -> None:
    assert frames_of(payload) == frames


Takes = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, 200_000)),
        st.tuples(st.just("fill"), st.integers(0, 200_000)),
    ),
    max_size=40,
)


@given(Takes)
def test_each_packet_begins_where_the_one_before_ends(calls: list[tuple[str, int]]) -> None:
    line, end = SoundLine(), 0
    for call, at in calls:
        for sound in line.take(at, PACKET) if call == "take" else line.fill(at):
            assert sound.at == end
            assert sound.frames == frames_of(sound.payload) > 0
            end += sound.frames
    assert line.end == end


@given(st.lists(st.integers(-400, 400), min_size=1, max_size=60))
def test_jitter_moves_nothing(jitter: list[int]) -> None:
    line = SoundLine()
    for number, off in enumerate(jitter):
        taken = list(line.take(max(0, number * FRAMES_10_MS + off), PACKET))
        assert [sound.at for sound in taken] == [number * FRAMES_10_MS]


def test_a_gap_is_filled_and_an_overlap_left_out() -> None:
    line = SoundLine()
    sounds = list(line.take(10 * FRAMES_10_MS, PACKET))
    assert [(each.at, each.frames) for each in sounds] == [(0, 4800), (4800, 480)]
    assert list(line.take(FRAMES_10_MS, PACKET)) == []
