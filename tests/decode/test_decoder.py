"""Decoding in a process: pictures come back, and its death stays its own."""

from __future__ import annotations

import logging
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from samescreen.decode import restarts
from samescreen.decode.decoder import LIMITS
from samescreen.decode.system_calls import MACHINES
from samescreen.decode.values import Limits
from samescreen.encode.still import encode_jpeg
from samescreen.media import Codec
from tests.decode.viewing import PATIENCE_S, Viewing
from tests.encode.h264_tools import patches, picture
from tests.gate.published_streams import encoded
from tests.stage.timing import MS

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
SECRET = "SAMESCREEN_TOKEN"


def until_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline, f"process {pid} is left"
        time.sleep(0.01)


def test_pictures_come_back_the_newest_first_and_none_is_kept() -> None:
    viewing = Viewing(Codec.H264)
    with viewing as decoder:
        assert decoder.needs_keyframe
        first, *deltas = encoded(20)
        assert not viewing.submit(deltas[0])
        assert viewing.submit(first)
        assert viewing.picture().pixels.shape == (48, 64, 3)
        for delta in deltas:
            assert viewing.submit(delta)
        shown = viewing.picture()
        while shown.when_us != deltas[-1].pts_us:
            later = viewing.picture()
            assert later.when_us > shown.when_us
            shown = later
        assert shown.pixels.flags.owndata
        assert decoder.newest() is None
        pid = viewing.pid
    until_gone(pid)
    assert not viewing.submit(first)


def test_jpeg_for_encoders_has_four_channels() -> None:
    file = encode_jpeg(picture(patches(64, 32, [(10, 20, 30)])), quality=95)
    viewing = Viewing(Codec.JPEG, layout="bgrx")
    with viewing as decoder:
        assert decoder.submit(b"\xff\xd8 no picture", 1, is_keyframe=True)
        viewing.until(lambda: decoder.needs_keyframe)
        assert decoder.submit(file, 2, is_keyframe=True)
        shown = viewing.picture()
        assert (shown.when_us, shown.pixels.shape) == (2, (32, 64, 4))
        assert decoder.ended == ""


@ON_LINUX
def test_the_process_has_no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "a secret of the host")
    viewing = Viewing(Codec.H264)
    with viewing:
        viewing.submit(encoded(1)[0])
        viewing.picture()
        process = Path("/proc", str(viewing.pid))
        limits = (process / "limits").read_text()
        for name in ("open files", "core file size", "file size", "processes"):
            (line,) = (line for line in limits.splitlines() if line.startswith(f"Max {name} "))
            assert line.split()[-3:-1] == ["0", "0"] or line.split()[-2:] == ["0", "0"], line
        (line,) = (line for line in limits.splitlines() if line.startswith("Max address space"))
        (size,) = (
            int(line.split()[1]) << 10
            for line in (process / "status").read_text().splitlines()
            if line.startswith("VmSize:")
        )
        assert 0 < int(line.split()[3]) - size <= LIMITS.memory_bytes
        status = (process / "status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert platform.machine() not in MACHINES or "Seccomp:\t2" in status
        if os.geteuid() == 0:
            assert sorted(each.name for each in (process / "fd").iterdir()) == ["0", "1", "2"]
            assert SECRET.encode() not in (process / "environ").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_process_that_is_killed_or_hangs_starts_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(restarts, "FIRST_PAUSE_S", 0.01)
    viewing = Viewing(Codec.H264, limits=Limits(packet_s=1000 * MS))
    with viewing as decoder, caplog.at_level(logging.WARNING):
        keyframe, delta = encoded(2)
        for deadly in (signal.SIGKILL, signal.SIGSTOP):
            viewing.submit(keyframe)
            viewing.picture()
            pid = viewing.pid
            os.kill(pid, deadly)
            viewing.submit(delta)
            viewing.until(lambda: decoder.needs_keyframe)
            until_gone(pid)
        viewing.submit(keyframe)
        viewing.picture()
    killed, hung = (record.getMessage() for record in caplog.records)
    assert killed == (
        "Anna's phone: the decoder was ended by SIGKILL; it starts again in 0.01 s"
    )
    assert hung.startswith(f"Anna's phone: the decoder did not answer within {1000 * MS:g} s")


@ON_LINUX
def test_a_stream_that_needs_too_much_memory_ends_by_the_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarts, "MOST_DEATHS", 1)
    viewing = Viewing(Codec.H264, limits=Limits(memory_bytes=1 << 20))
    with viewing as decoder:
        viewing.until_ended(encoded(1, 1280, 720)[0])
        assert decoder.ended.startswith("Anna's phone cannot be decoded: the decoder ")
        assert decoder.newest() is None
        assert not viewing.submit(encoded(1)[0])


def test_garbage_that_passes_the_gate_ends_by_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "MOST_DEATHS", 1)
    (keyframe,) = encoded(1)
    spoilt = replace(keyframe, payload=keyframe.payload[:90])
    viewing = Viewing(Codec.H264)
    with viewing as decoder:
        viewing.until_ended(spoilt)
        assert decoder.ended.endswith("the decoder could not decode 4 keyframes in a row")


HOST = """
import os, signal, sys, threading
from samescreen.decode.decoder import Decoder
from samescreen.media import Codec
news = threading.Event()
decoder = Decoder("x", Codec.JPEG, news.set)
decoder.submit(b"no picture", 0, is_keyframe=True)
news.wait()
print(decoder._process.pid, flush=True)
os.kill(decoder._process.pid, signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGKILL)
"""


@ON_LINUX
def test_the_process_ends_with_its_host_even_if_it_hangs() -> None:
    host = subprocess.run([sys.executable, "-c", HOST], capture_output=True, check=False)
    until_gone(int(host.stdout))
