"""FFmpeg's H.264 hardware encoders: how to configure each for low delay, and where to try it.

Any thread. Only values and quick checks of device files: this module opens no device and encodes
nothing. All are configured for Baseline, CAVLC, one reference, no reordering, no look-ahead, and
keyframes on request only. probe.py tests whether an encoder really does so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .h264 import QP_TO_LAMBDA, EncoderProfile, H264Settings

_ENDLESS_GOP: Final = "65535"  # Quick Sync counts pictures in 16 bits
_BASELINE_IDC: Final = "66"
_MOST_BUFFER_BITS: Final = 2**31 - 1
_INTEL: Final = "0x8086"
_AMD: Final = "0x1002"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hardware encoder. `missing` quickly says what it lacks here; "" if it may work."""

    profile: EncoderProfile
    platforms: tuple[str, ...]
    missing: Callable[[], str]


def candidates(platform: str = sys.platform) -> tuple[Candidate, ...]:
    """The candidates for this operating system, best first."""
    return tuple(each for each in CANDIDATES if platform in each.platforms)


def _bitrate(settings: H264Settings) -> dict[str, str]:
    """The bitrate limit in the options that all of them share."""
    rate_bps, buffer_bits = settings.vbv
    rate_bps = rate_bps or settings.max_bitrate_bps
    buffer_bits = min(buffer_bits or rate_bps, _MOST_BUFFER_BITS)
    # Just below the maximum: equal rates mean constant bitrate, which pads still pictures.
    average = str(rate_bps * 9 // 10)
    return {"b": average, "maxrate": str(rate_bps), "bufsize": str(buffer_bits)}


def _nvenc(settings: H264Settings) -> dict[str, str]:
    if settings.is_capped:
        rate = {"rc": "vbr", "cq": str(settings.crf), **_bitrate(settings), "b": "0"}
    else:
        rate = {"rc": "constqp", "qp": str(settings.qp)}
    return {
        "preset": "p3",
        "tune": "ull",
        "profile": "baseline",
        "coder": "cavlc",
        "zerolatency": "1",
        "delay": "0",
        "rc-lookahead": "0",
        "no-scenecut": "1",
        "forced-idr": "1",
        "bf": "0",
        "refs": "1",
        "g": _ENDLESS_GOP,
        **rate,
    }


def _qsv(settings: H264Settings) -> dict[str, str]:
    if settings.is_capped:
        rate = _bitrate(settings)
    else:
        rate = {
            "flags": "+qscale",
            "global_quality": str(settings.qp * QP_TO_LAMBDA),
            "i_qfactor": "1",
            "i_qoffset": "0",
        }
    return {
        "preset": "veryfast",
        "scenario": "displayremoting",
        "profile": "baseline",
        "cavlc": "1",
        "async_depth": "1",
        "look_ahead": "0",
        "forced_idr": "1",
        "idr_interval": "0",
        "bf": "0",
        "refs": "1",
        "g": _ENDLESS_GOP,
        **rate,
    }


def _amf(settings: H264Settings) -> dict[str, str]:
    if settings.is_capped:
        rate = {"rc": "vbr_peak", **_bitrate(settings)}
    else:
        rate = {"rc": "cqp", "qp_i": str(settings.qp), "qp_p": str(settings.qp)}
    return {
        "usage": "ultralowlatency",
        "quality": "speed",
        "profile": "constrained_baseline",
        "coder": "cavlc",
        "async_depth": "1",
        "latency": "1",
        "preanalysis": "0",
        "forced_idr": "1",
        "filler_data": "0",
        "bf": "0",
        "refs": "1",
        "g": "0",  # keyframes on request only
        **rate,
    }


def _videotoolbox(settings: H264Settings) -> dict[str, str]:
    return {
        "profile": "baseline",
        "coder": "cavlc",
        "realtime": "1",
        "prio_speed": "1",
        "allow_sw": "0",
        "max_ref_frames": "1",
        "flags": "+low_delay",
        "bf": "0",
        "g": _ENDLESS_GOP,
        **_bitrate(settings),
    }


def _mediafoundation(settings: H264Settings) -> dict[str, str]:
    if settings.is_capped:
        rate = {"rate_control": "pc_vbr", **_bitrate(settings)}
    else:
        rate = {"rate_control": "quality", "quality": str(settings.quality)}
    return {
        "hw_encoding": "1",
        "scenario": "display_remoting",
        "profile": _BASELINE_IDC,
        "bf": "0",
        "g": _ENDLESS_GOP,
        **rate,
    }


def _v4l2(settings: H264Settings) -> dict[str, str]:
    return {"profile": _BASELINE_IDC, "bf": "0", "g": _ENDLESS_GOP, **_bitrate(settings)}


def _no_nvidia() -> str:
    if sys.platform == "win32":
        return _no_library("nvEncodeAPI64.dll", "NVIDIA's")
    devices = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg")
    return "" if any(map(os.path.exists, devices)) else "no NVIDIA GPU (no /dev/nvidia*)"


def _no_intel() -> str:
    return "" if sys.platform == "win32" else _no_render_node(_INTEL, "Intel")


def _no_amd() -> str:
    if sys.platform == "win32":
        return _no_library("amfrt64.dll", "AMD's")
    return _no_render_node(_AMD, "AMD")


def _no_library(file: str, whose: str) -> str:
    folder = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32"
    return "" if (folder / file).exists() else f"{whose} driver is not installed (no {file})"


def _no_render_node(vendor: str, name: str) -> str:
    found = Path("/sys/class/drm").glob("renderD*/device/vendor")
    if vendor in map(_first_line, found):
        return ""
    return f"no {name} GPU (none among /dev/dri/renderD*)"


def _no_v4l2_encoder() -> str:
    names = map(_first_line, Path("/sys/class/video4linux").glob("*/name"))
    return "" if any("enc" in name.lower() for name in names) else "no encoder among /dev/video*"


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _nothing() -> str:
    return ""


_NVENC: Final = EncoderProfile("h264_nvenc", _nvenc)
_QSV: Final = EncoderProfile("h264_qsv", _qsv, pixel_format="nv12")
_AMF: Final = EncoderProfile("h264_amf", _amf)
_VIDEOTOOLBOX: Final = EncoderProfile("h264_videotoolbox", _videotoolbox, has_quantiser=False)
_MF: Final = EncoderProfile("h264_mf", _mediafoundation, pixel_format="nv12")
_V4L2: Final = EncoderProfile("h264_v4l2m2m", _v4l2, has_quantiser=False)

CANDIDATES: Final = (
    Candidate(_NVENC, ("linux", "win32"), _no_nvidia),
    Candidate(_QSV, ("linux", "win32"), _no_intel),
    Candidate(_AMF, ("linux", "win32"), _no_amd),
    Candidate(_VIDEOTOOLBOX, ("darwin",), _nothing),
    Candidate(_MF, ("win32",), _nothing),
    Candidate(_V4L2, ("linux",), _no_v4l2_encoder),
)
