"""Real packets for recordings, and how a finished file is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.encode.opus import OpusEncoder
from samescreen.media import Damage, Frame, Packet, SoundBlock, TrackConfig
from samescreen.record.timeline import Arrived

SECOND = 1_000_000
START = 50 * SECOND


class Camera:
    """Encodes pictures whose brightness tells their number, with one keyframe unless asked."""

    def __init__(self, width: int = 64, height: int = 48) -> None:
        self._encoder = X264Encoder(H264Settings(fps=30), track=0, width=width, height=height)
        self._size = (width, height)
        self._number = 0

    @property
    def config(self) -> TrackConfig:
        return self._encoder.config

    def shoot(self, at_us: int, *, keyframe: bool = False) -> Packet:
        width, height = self._size
        pixels = np.full((height, width, 4), 16 + self._number % 200, dtype=np.uint8)
        is_first = self._number == 0
        self._number += 1
        request = EncodeRequest(keyframe or is_first)
        return self._encoder.encode(Frame(pixels, at_us, Damage.ALL), request)


@lru_cache
def tone() -> tuple[bytes, ...]:
    """A second of Opus."""
    encoder = OpusEncoder(255)
    times = np.arange(480) / 48_000
    wave = (0.4 * np.sin(2 * np.pi * 1000 * times)).astype(np.float32)
    block = SoundBlock(np.stack((wave, wave), axis=1), 0)
    return tuple(encoder.encode(block).payload for _ in range(100))


@lru_cache
def _sound_packet() -> Packet:
    block = SoundBlock(np.zeros((480, 2), dtype=np.float32), 0)
    return OpusEncoder(255).encode(block)


def heard(at_us: int) -> Packet:
    """10 ms of a tone."""
    payload = tone()[at_us // 10_000 % 100]
    return replace(_sound_packet(), pts_us=at_us, payload=payload)


def footage(
    seconds: float,
    camera: Camera | None = None,
    *,
    begin_us: int = START,
    fps: int = 30,
    moves: tuple[float, float] = (0, 1e9),
    sounds: tuple[float, float] = (0, 1e9),
    keyframe_every: int = 0,
) -> list[Arrived]:
    """What a hub would deliver: pictures while it `moves`, a tone while it `sounds` (seconds)."""
    camera = camera or Camera()
    arrived: list[Arrived] = []
    shot = 0
    for tick in range(round(seconds * 100)):
        at_us = begin_us + tick * 10_000
        at_s = tick / 100
        if moves[0] <= at_s < moves[1] and tick * fps >= shot * 100:
            is_key = keyframe_every > 0 and shot % keyframe_every == 0
            packet = camera.shoot(at_us, keyframe=is_key)
            if shot == 0:
                arrived.append(Arrived(camera.config, at_us))
            arrived.append(Arrived(packet, at_us + 3000))
            shot += 1
        if sounds[0] <= at_s < sounds[1]:
            arrived.append(Arrived(heard(at_us), at_us + 3000))
    return arrived


@dataclass(frozen=True, slots=True)
class Played:
    """What a player finds in a file. Times in seconds."""

    size: tuple[int, int]
    pictures: int
    last_picture_s: float
    sound_s: float
    loud: tuple[float, float]
    """The first and the last moment that is not silent."""

    keyframes: int
    last_level: int
    """The brightest gray of the last picture, 0 to 255."""


def played(path: Path) -> Played:
    """Decode all of it, and hold its times against its contents."""
    with av.open(str(path)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        keyframes, times = 0, []
        for packet in container.demux(video):
            if packet.pts is not None:
                times.append(packet.pts)
                keyframes += packet.is_keyframe
        assert times == sorted(set(times)), times
    with av.open(str(path)) as container:
        pictures: list[float] = []
        last_level = 0
        for picture in container.decode(video=0):
            pictures.append(picture.time or 0.0)
            last_level = int(picture.to_ndarray(format="gray").max())
        size = (container.streams.video[0].width, container.streams.video[0].height)
    loud: list[float] = []
    with av.open(str(path)) as container:
        sound_s = 0.0
        for frame in container.decode(audio=0):
            at_s = frame.time or 0.0
            sound_s = at_s + frame.samples / 48_000
            if np.abs(frame.to_ndarray()).max() > 0.05:
                loud.append(at_s)
    assert sound.codec_context.name == "opus" or sound.codec_context.name == "libopus"
    span = (loud[0], loud[-1]) if loud else (-1.0, -1.0)
    return Played(size, len(pictures), pictures[-1], sound_s, span, keyframes, last_level)
