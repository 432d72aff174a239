"""Sound packets decode to the sound that was encoded."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from samescreen.encode.opus import BITRATE_BPS, OpusEncoder, PcmEncoder, SoundEncoder
from samescreen.media import BLOCK_FRAMES, BLOCK_US, Damage, PacketKind, Rendition, SoundBlock
from tests.stage.sound_server import tone

BLOCKS = 100


def blocks() -> list[SoundBlock]:
    mono = tone(BLOCKS * BLOCK_US / 1e6).reshape(BLOCKS, BLOCK_FRAMES)
    return [SoundBlock(np.column_stack((m, -m)), i * BLOCK_US) for i, m in enumerate(mono)]


@pytest.mark.parametrize("make", [OpusEncoder, PcmEncoder])
def test_each_block_makes_one_packet(make: type[SoundEncoder]) -> None:
    encoder = make(255, 2**32 - 1)
    packets = [encoder.encode(block) for block in blocks()[:3]]
    assert [packet.sequence for packet in packets] == [2**32 - 1, 0, 1]
    assert [packet.pts_us for packet in packets] == [0, 10_000, 20_000]
    assert {packet.kind for packet in packets} == {PacketKind.AUDIO}
    assert {packet.rendition for packet in packets} == {make.rendition}
    assert all(packet.track == 255 and packet.damage == Damage.ALL for packet in packets)
    assert encoder.sequence == 2


def test_pcm_carries_the_samples_unchanged() -> None:
    packet = PcmEncoder(0).encode(blocks()[0])
    assert packet.rendition is Rendition.PCM
    back = np.frombuffer(packet.payload, "<i2").reshape(-1, 2) / 32767
    assert np.abs(back - blocks()[0].samples).max() < 1 / 32767


def test_samples_out_of_range_are_clipped() -> None:
    loud = SoundBlock(np.full((BLOCK_FRAMES, 2), -3, dtype=np.float32), 0)
    assert set(np.frombuffer(PcmEncoder(0).encode(loud).payload, "<i2")) == {-32767}


def test_opus_decodes_to_the_tone_within_its_bitrate() -> None:
    encoder = OpusEncoder(0)
    packets = [encoder.encode(block) for block in blocks()]
    bits = 8 * sum(len(packet.payload) for packet in packets)
    assert bits < 1.8 * BITRATE_BPS * BLOCKS * BLOCK_US / 1e6
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    frames = [f for p in packets for f in decoder.decode(av.Packet(p.payload))]
    left = np.concatenate([_left(frame) for frame in frames])[4800:]
    spectrum = np.abs(np.fft.rfft(left * np.hanning(left.size)))
    peak = int(spectrum.argmax())
    assert abs(peak * 48_000 / left.size - 1000) < 3
    rest = np.delete(spectrum, slice(peak - 8, peak + 9))
    assert 10 * np.log10((spectrum**2).sum() / (rest**2).sum()) > 30


def _left(frame: av.AudioFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    samples = frame.to_ndarray().astype(np.float32)
    return samples[0] if frame.format.is_planar else samples[0, ::2]
