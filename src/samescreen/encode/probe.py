"""Tests whether a hardware encoder works here by encoding with it.

`findings` runs on any thread and blocks for `TIME_OUT_S` at most: each try is a process of its own
(`python -m samescreen.encode.probe NAME`), because a driver may hang, crash or write to the
terminal. `select_encoder` picks an encoder from the findings.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import av.logging
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from samescreen.errors import EncodeError
from samescreen.media import Damage, Frame, Packet, Region

from .base import EncodeRequest
from .h264 import X264, EncoderProfile, H264Encoder, H264Settings
from .hardware import CANDIDATES, Candidate, candidates

TIME_OUT_S: Final = 8.0
_WIDTH: Final = 640
_HEIGHT: Final = 360
_BASELINE: Final = "avc1.42"
_FAR_OFF: Final = 12.0
_CREATION_FLAGS: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_ROOT: Final = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one test; `why_not` is empty if the encoder works."""

    profile: EncoderProfile
    why_not: str = ""


def findings(tried: Sequence[Candidate]) -> list[Finding]:
    """Test all of these at the same time. One whose device is missing costs no time."""
    if all(each.missing() for each in tried):
        return [Finding(each.profile, each.missing()) for each in tried]
    with ThreadPoolExecutor(len(tried)) as pool:
        return list(pool.map(probe, tried))


def probe(candidate: Candidate) -> Finding:
    """Test this encoder with a few pictures in another process."""
    profile = candidate.profile
    if missing := candidate.missing():
        return Finding(profile, missing)
    if getattr(sys, "frozen", False):  # then sys.executable is no Python
        return Finding(profile, "cannot be tried from a frozen program")
    command = [sys.executable, "-m", "samescreen.encode.probe", profile.name]
    paths = filter(None, (_ROOT, os.environ.get("PYTHONPATH")))
    try:
        done = subprocess.run(
            command,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIME_OUT_S,
            check=False,
            creationflags=_CREATION_FLAGS,
        )
    except subprocess.TimeoutExpired:
        return Finding(profile, f"no answer within {TIME_OUT_S:.0f} s")
    except OSError as error:
        return Finding(profile, f"cannot be tried: {error}")
    if done.returncode == 0:
        return Finding(profile)
    words = done.stdout.decode(errors="replace").strip().splitlines()
    return Finding(profile, words[-1] if words else f"crashed (exit code {done.returncode})")


def check(profile: EncoderProfile) -> None:
    """Encode and decode in this process: no delay, keyframes on request only, the same picture.

    Raises:
        EncodeError: the encoder cannot be used; the message says why.
    """
    for is_capped in (False, True):
        settings = H264Settings(is_capped=is_capped)
        encoder = H264Encoder(settings, profile=profile, track=0, width=_WIDTH, height=_HEIGHT)
        try:
            _check_stream(encoder)
        finally:
            encoder.close()


def _check_stream(encoder: H264Encoder) -> None:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.options = {"flags": "low_delay"}
    for at, keyframe in enumerate((True, False, False, True, False)):
        frame = _picture(at)
        packet = encoder.encode(frame, EncodeRequest(keyframe=keyframe))
        if packet.is_keyframe is not keyframe:
            raise EncodeError(f"{encoder.name} makes keyframes when it likes")
        _compare(encoder.name, frame, decoder, packet)
    if not encoder.config.codec_string.startswith(_BASELINE):
        what = encoder.config.codec_string
        raise EncodeError(f"{encoder.name} makes {what}, which not every page can decode")


def _compare(name: str, frame: Frame, decoder: VideoCodecContext, packet: Packet) -> None:
    try:
        decoded = decoder.decode(av.Packet(packet.payload))
    except FFmpegError as error:
        raise EncodeError(f"{name} makes what cannot be decoded: {error}") from error
    if len(decoded) != 1:
        raise EncodeError(f"{name} makes pictures that decoders hold back")
    shown: Any = decoded[0].to_ndarray(format="bgra")
    off = np.abs(shown[:, :, :3].astype(np.int16) - frame.pixels[:, :, :3]).mean()
    if off > _FAR_OFF:
        raise EncodeError(f"{name} shows another picture than it was given (off by {off:.0f})")


def _picture(at: int) -> Frame:
    """Moving gradients, which every rate control encodes well."""
    pixels = np.zeros((_HEIGHT, _WIDTH, 4), dtype=np.uint8)
    pixels[:, :, 0] = ((np.arange(_WIDTH) + 8 * at) % _WIDTH * 200 // _WIDTH)[None, :]
    pixels[:, :, 1] = (np.arange(_HEIGHT) * 200 // _HEIGHT)[:, None]
    pixels[:, :, 2] = 90
    return Frame(pixels, at * 16_667, Damage.of(Region(0, 0, _WIDTH, _HEIGHT)))


@dataclass(frozen=True, slots=True)
class SelectedEncoder:
    """The encoder of the main rendition; `note` says why it is not the requested one, if so."""

    profile: EncoderProfile = X264
    note: str = ""

    @property
    def name(self) -> str:
        return self.profile.name


def select_encoder(wanted: str) -> SelectedEncoder:
    """Select an encoder by name, or with "auto" the first hardware encoder that works.

    libx264, with a note, replaces a named encoder that does not work; without a note it replaces
    "auto" when no hardware encoder works. Blocks for `TIME_OUT_S` at most.
    """
    if wanted == X264.name:
        return SelectedEncoder()
    if wanted == "auto":
        found = findings(candidates())
        return SelectedEncoder(next((each.profile for each in found if not each.why_not), X264))
    named = next(each for each in CANDIDATES if each.profile.name == wanted)
    if named not in candidates():
        systems = ", ".join(named.platforms)
        return SelectedEncoder(note=f"encoding with libx264, because {wanted} is for {systems}")
    why_not = probe(named).why_not
    if why_not:
        return SelectedEncoder(note=f"encoding with libx264, because {wanted}: {why_not}")
    return SelectedEncoder(named.profile)


def main(name: str) -> int:
    """Test this encoder in this process, and print what is wrong to standard output."""
    profile = next(each.profile for each in CANDIDATES if each.profile.name == name)
    av.logging.set_level(av.logging.ERROR)
    with av.logging.Capture(local=False) as logs:
        try:
            check(profile)
        except EncodeError as error:
            # FFmpeg's first message names the library or device; its error code does not.
            said = " ".join(logs[0][2].split()) if logs else ""
            words = str(error).removeprefix(f"{name} ")
            sys.stdout.write(f"{words} ({said})\n" if said else f"{words}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
