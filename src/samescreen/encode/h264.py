"""H.264 for every decoder: Constrained Baseline, zero latency, keyframes on demand.

Runs on the track's thread. One reference, CAVLC, no 8×8 transform and no reordering, so that
hardware decoders, WebCodecs and a small WASM decoder all decode the same packets. Rate control is
either a constant quantiser without a cap, or constant quality capped by a VBV of four frame times,
so that no picture delays the following ones (flow/bitrate_guard.py chooses between the two).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from samescreen.errors import EncodeError
from samescreen.media import (
    Codec,
    Damage,
    Frame,
    Packet,
    PacketKind,
    Region,
    Rendition,
    TrackConfig,
)

from .base import EncodeRequest, VideoEncoder
from .colour import YuvPicture, even
from .sps import SpsError, SpsRewriter, find_sps

_VBV_FRAMES: Final = 4
_BT709: Final = 1
_LIMITED: Final = 1
_COARSE_QP: Final = 2
_WORST_QP: Final = 51.0
_SHAPE: Final = "keyint=infinite:scenecut=0:repeat-headers=1:annexb=1:aud=0"
_SLICES: Final = ":threads={}:sliced-threads=1"
"""Threads that share one picture. Threads of libx264's other kind each hold a picture back."""
_FAR: Final = ":me=umh:merange=48"
QP_TO_LAMBDA: Final = 118
"""FF_QP2LAMBDA of libavutil/avutil.h: how FFmpeg scales quantisers."""

_MICROSECOND: Final = Fraction(1, 1_000_000)


@dataclass(frozen=True, slots=True)
class H264Settings:
    """`quality`: 1…100; 75 is visually close to the screen. `max_bitrate_bps`: the ceiling.

    `wide_motion_search`: search 48 pixels around each block for its motion, unless the encoder is
    capped; `flow/motion_search.py` decides when. `threads`: as many convert, and encode one slice
    of the picture each; only libx264 obeys. `coarser_by`: quantiser steps above those of `quality`
    in a constant quantiser; `flow/film.py` decides.
    """

    fps: int = 60
    quality: int = 75
    max_bitrate_bps: int = 20_000_000
    is_capped: bool = True
    wide_motion_search: bool = False
    threads: int = 1
    coarser_by: int = 0

    @property
    def crf(self) -> float:
        """x264's constant rate factor: 14 at quality 100, 23 at 75, 50 at 1."""
        return round(14 + (100 - self.quality) * 0.36, 2)

    @property
    def vbv(self) -> tuple[int, int]:
        """The VBV's rate in bits per second and size in bits, whole thousands; 0 without a cap."""
        if not self.is_capped:
            return 0, 0
        max_kbps = max(1, self.max_bitrate_bps // 1000)
        return max_kbps * 1000, max(1, max_kbps * _VBV_FRAMES // self.fps) * 1000

    @property
    def qp(self) -> int:
        """The constant quantiser for this quality and content, 0…51."""
        return min(round(self.crf) + self.coarser_by, int(_WORST_QP))

    @property
    def rate_control(self) -> dict[str, str]:
        """libx264's options for this rate control and these threads."""
        shape = _SHAPE if self.threads == 1 else _SHAPE + _SLICES.format(self.threads)
        if not self.is_capped:
            search = _FAR if self.wide_motion_search else ""
            return {"qp": str(self.qp), "x264-params": shape + ":ipratio=1" + search}
        rate_bps, buffer_bits = self.vbv
        vbv = f":vbv-maxrate={rate_bps // 1000}:vbv-bufsize={buffer_bits // 1000}"
        return {"crf": str(self.crf), "x264-params": shape + vbv}


@dataclass(frozen=True, slots=True)
class EncoderProfile:
    """How to configure one of FFmpeg's H.264 encoders.

    `name`: FFmpeg's name of it. `options`: turns our settings into its private options.
    `pixel_format`: its input, yuv420p or nv12. `has_quantiser`: it supports a constant quantiser;
    without one its rate is always limited by the bitrate.
    """

    name: str
    options: Callable[[H264Settings], dict[str, str]]
    pixel_format: str = "yuv420p"
    has_quantiser: bool = True


def _x264_options(settings: H264Settings) -> dict[str, str]:
    return {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "forced-idr": "1",
        **settings.rate_control,
    }


X264: Final = EncoderProfile("libx264", _x264_options)


class H264Encoder(VideoEncoder):
    """One of FFmpeg's encoders, for frames of exactly `width`×`height`; LOW halves them.

    Raises:
        EncodeError: it refuses the size, does not work here, or is missing in this build of PyAV.
    """

    def __init__(
        self,
        settings: H264Settings,
        *,
        profile: EncoderProfile = X264,
        track: int,
        width: int,
        height: int,
        sequence: int = 0,
        rendition: Rendition = Rendition.MAIN,
    ) -> None:
        self.settings = settings
        self.name = profile.name
        self._is_capped = settings.is_capped or not profile.has_quantiser
        is_free = profile is X264 and not settings.is_capped
        self.wide_motion_search = is_free and settings.wide_motion_search
        self._nv12 = VideoReformatter() if profile.pixel_format == "nv12" else None
        self.coarseness = 0.0 if self._is_capped else float(settings.coarser_by)
        halves = rendition is Rendition.LOW
        if halves:
            width, height = -(-width // 2), -(-height // 2)
        self._picture = YuvPicture(even(width), even(height), halves, settings.threads)
        self._config = TrackConfig(
            track=track,
            rendition=rendition,
            codec=Codec.H264,
            codec_string="",
            width=width,
            height=height,
            coded_width=self._picture.width,
            coded_height=self._picture.height,
            fps=settings.fps,
        )
        self._sequence = sequence
        self._parameters = SpsRewriter(settings.fps, *settings.vbv)
        self._last_pts_us = -1
        self._context: VideoCodecContext | None = _open(profile, self._config, settings)

    @property
    def threads(self) -> int:
        return self.settings.threads

    @property
    def config(self) -> TrackConfig:
        return self._config

    @property
    def next_sequence(self) -> int:
        return self._sequence

    def encode(self, frame: Frame, request: EncodeRequest) -> Packet:
        if self._context is None:
            raise EncodeError(f"{self.name} is closed")
        picture = self._picture.update(frame)
        if self._nv12 is not None:
            picture = self._nv12.reformat(picture, format="nv12")
        # The codec requires increasing times, and the same picture may be encoded again.
        self._last_pts_us = max(frame.pts_us, self._last_pts_us + 1)
        picture.pts, picture.time_base = self._last_pts_us, _MICROSECOND
        picture.pict_type = PictureType.I if request.keyframe else PictureType.NONE
        try:
            encoded = self._context.encode(picture)
        except (FFmpegError, MemoryError) as error:
            raise EncodeError(f"{self.name} failed: {error}") from error
        if len(encoded) != 1:
            raise EncodeError(f"{self.name} gave {len(encoded)} packets for one picture")
        mean_qp = _mean_qp(encoded[0])
        if self._is_capped:
            self.coarseness = mean_qp - self.settings.crf
            self.below_target_quality = self.coarseness > _COARSE_QP
        return self._packet(frame, bytes(encoded[0]), is_keyframe=encoded[0].is_keyframe)

    def close(self) -> None:
        self._context = None

    def _packet(self, frame: Frame, payload: bytes, *, is_keyframe: bool) -> Packet:
        if is_keyframe:
            payload = self._with_explicit_vui(payload)
        sequence, self._sequence = self._sequence, (self._sequence + 1) % 2**32
        return Packet(
            kind=PacketKind.VIDEO,
            rendition=self._config.rendition,
            track=self._config.track,
            sequence=sequence,
            pts_us=frame.pts_us,
            is_keyframe=is_keyframe,
            damage=_halved(frame.damage) if self._picture.halves else frame.damage,
            payload=payload,
        )

    def _with_explicit_vui(self, keyframe: bytes) -> bytes:
        """The keyframe with every field of the VUI written out; the first one fills the config."""
        try:
            keyframe = self._parameters.access_unit(keyframe)
            sps = find_sps(keyframe)
        except SpsError as error:
            words = f"{self.name} wrote parameters that cannot be read: {error}"
            raise EncodeError(words) from error
        if sps is None:
            raise EncodeError(f"{self.name} wrote a keyframe without its parameters")
        if not self._config.codec_string:
            self._config = replace(self._config, codec_string=sps.codec_string)
        return keyframe


class X264Encoder(H264Encoder):
    """libx264, which works everywhere."""


def _halved(damage: Damage) -> Damage:
    """The same parts in the low rendition, grown to whole pixels."""
    return damage if damage.is_all else Damage.of(*map(_half, damage.regions))


def _half(region: Region) -> Region:
    x, y = region.x // 2, region.y // 2
    return Region(x, y, -(-region.right // 2) - x, -(-region.bottom // 2) - y)


def _mean_qp(packet: Any) -> float:
    """The packet's mean quantiser (0…51) from its side data; the worst if there is none."""
    if not packet.has_sidedata("quality_stats"):
        return _WORST_QP
    stats = bytes(packet.get_sidedata("quality_stats"))
    return int.from_bytes(stats[:4], "little") / QP_TO_LAMBDA


def _open(
    profile: EncoderProfile, config: TrackConfig, settings: H264Settings
) -> VideoCodecContext:
    try:
        context = av.CodecContext.create(profile.name, "w")
    except (FFmpegError, ValueError) as error:
        cure = "; reinstall `av`" if profile is X264 else ""
        raise EncodeError(f"this build of PyAV has no {profile.name}{cure}") from error
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = config.coded_width, config.coded_height
    context.pix_fmt = profile.pixel_format
    context.time_base = _MICROSECOND
    context.framerate = Fraction(settings.fps, 1)
    context.thread_count = 1
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED
    context.options = profile.options(settings)
    try:
        context.open()
    except (FFmpegError, MemoryError) as error:
        size = f"{config.coded_width}×{config.coded_height}"
        reason = getattr(error, "strerror", None) or "out of memory"
        raise EncodeError(f"{profile.name} cannot encode {size}: {reason}") from error
    return context
