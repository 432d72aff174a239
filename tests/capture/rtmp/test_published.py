"""Pictures that Debian's ffmpeg publishes here: waiting for it, its key, its end, and another."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest

from samescreen.capture.choose import open_source
from samescreen.capture.rtmp import publishers
from samescreen.capture.rtmp.address import ListenAddress
from samescreen.capture.rtmp.source import PublishedSource
from samescreen.capture.sound.base import SoundSource
from samescreen.clock import clock_us
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Frame
from tests.stage.census import nothing_leaks
from tests.stage.host_process import free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, spawn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Debian's ffmpeg")
SOON_US = int(50_000 * MS)


@contextmanager
def publishing(port: int, key: str = "a-key", size: str = "320x180") -> Iterator[None]:
    """ffmpeg that publishes until the end, with sound."""
    picture = f"testsrc=size={size}:rate=25"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=sample_rate=44100"]
    codecs = ["-c:v", "flv1", "-g", "10", "-c:a", "aac", "-f", "flv"]
    address = f"rtmp://127.0.0.1:{port}/live/{key}"
    ffmpeg = [find_tool("ffmpeg"), "-loglevel", "error", "-re", *inputs, *codecs, address]
    running = spawn(ffmpeg)
    try:
        yield
    finally:
        end(running)


def picture_of(source: PublishedSource) -> Frame | None:
    """What a track does: open it, grab, and close it after a fault."""
    try:
        source.open()
        return source.grab(clock_us() + SOON_US)
    except SourceLost:
        source.close()
        return None


def size_of(source: PublishedSource) -> tuple[int, int] | None:
    frame = picture_of(source)
    return None if frame is None or frame.pixels is None else frame.pixels.shape[1::-1]


def is_loud(sound: SoundSource) -> bool:
    """Whether the next sound is one that can be heard."""
    block = sound.read(SOON_US)
    return block is not None and float(np.abs(block.samples).max()) > 0.05


def test_without_a_free_descriptor_it_tries_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def full(listener: socket.socket) -> None:
        tried.append(listener)
        raise OSError(errno.EMFILE, "Too many open files")

    port = free_port()
    here = publishers.Publishers(ListenAddress("127.0.0.1", port, "live/a-key"))
    here.open()
    try:
        with socket.create_connection(("127.0.0.1", port)):
            with monkeypatch.context() as without:
                without.setattr(socket.socket, "accept", full)
                for _ in range(3):
                    here._step()
            assert len(tried) == 1

            def is_in() -> bool:
                here._step()
                return bool(here._peers)

            eventually(is_in, what="it is heard")
    finally:
        here.close()


def test_publishers_come_and_go() -> None:
    port = free_port()
    with nothing_leaks():
        source = open_source(f"listen:rtmp://127.0.0.1:{port}/live/a-key").source
        assert isinstance(source, PublishedSource)
        sound = source.sound
        assert sound is not None
        try:
            with pytest.raises(SourceLost, match=f"nobody sends to RTMP on port {port} yet"):
                source.grab(clock_us() + SOON_US)
            with publishing(port):
                eventually(lambda: size_of(source) == (320, 180), what="a picture")
                sound.open()
                eventually(lambda: is_loud(sound), what="its sound")
                sound.close()
            eventually(lambda: picture_of(source) is None, what="it notices the end")
            with pytest.raises(SourceLost, match="nobody sends"):
                source.open()
            with publishing(port, size="160x120"):
                eventually(lambda: size_of(source) == (160, 120), what="another")
        finally:
            source.dispose()


def test_a_wrong_key_is_refused_and_a_second_publisher_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publishers, "_WRONG_US", 100_000)
    port = free_port()
    source = PublishedSource(ListenAddress("127.0.0.1", port, "live/a-key"))
    strangers = ExitStack()
    try:
        source.open()
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            stranger.settimeout(SOON_US / 1e6 * 100)
            assert stranger.recv(1) == b""
        for _ in range(10):  # more than there are places, all silent
            strangers.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert "the key is wrong" in refusal(port, "live/another")
        assert picture_of(source) is None
        with publishing(port):
            eventually(lambda: picture_of(source) is not None, what="a picture")
            assert "another program publishes here" in refusal(port, "live/a-key")
            eventually(lambda: picture_of(source) is not None, what="a picture")
    finally:
        strangers.close()
        source.dispose()


def refusal(port: int, path: str) -> str:
    """What ffmpeg says when it may not publish."""
    picture = ["-f", "lavfi", "-i", "color=size=16x16:rate=5", "-c:v", "flv1", "-f", "flv"]
    address = f"rtmp://127.0.0.1:{port}/{path}"
    refused = subprocess.run(
        [find_tool("ffmpeg"), "-loglevel", "error", *picture, address],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=20_000 * MS,
    )
    assert refused.returncode != 0
    return refused.stderr


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        source = PublishedSource(ListenAddress("127.0.0.1", port, "live/a-key"))
        with pytest.raises(SourceUnavailable, match=f"cannot listen on port {port} for RTMP: Addr"):
            source.open()
        source.dispose()
