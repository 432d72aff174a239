"""A whole host that sends RTSP to a real server: what arrives there, and what is refused."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from av.error import FFmpegError

from samescreen.host import Host
from samescreen.outputs.feed import Target, packed
from samescreen.outputs.sender import send
from samescreen.record.black import black_picture
from samescreen.record.timeline import Picture
from tests.fakes import soon
from tests.host.hosting import card, left, options
from tests.outputs.rtmp_server import Played, play
from tests.outputs.rtsp_server import PASSWORD, RtspServer
from tests.stage.census import Census

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Debian's GStreamer")
SLOW_S = 15.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspServer]:
    server = RtspServer(tmp_path_factory.mktemp("rtsp"))
    yield server
    server.stop()


def received(server: RtspServer) -> Played | None:
    """What is in the file up to now."""
    try:
        return play(f"file:{server.file}", 60)
    except FFmpegError:
        return None


@pytest.mark.parametrize(
    ("password", "path", "why"),
    [
        ("wrong", "live", "wants a name and a password: write rtsp://NAME:PASSWORD@HOST/PATH"),
        (PASSWORD, "nowhere", "does not know the path: check the end of the address"),
    ],
)
def test_a_wrong_password_and_a_wrong_path_are_named(
    server: RtspServer, password: str, path: str, why: str
) -> None:
    target = Target(server.url(password, path), "127.0.0.1", server.port, False, 64, 48)
    feed = io.BytesIO(packed(target) + packed(Picture(0, 0, black_picture(64, 48), True)))
    said: list[str] = []
    assert send(feed.read, said.append) == 1
    assert said[-1] == f"fault 127.0.0.1 {why}"


def shown_of_senders() -> str:
    """What the kernel shows of the programs that send: their command lines and environments."""
    shown = ""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_text(errors="replace")
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            if "samescreen.outputs.sender" in command and int(parent) == os.getpid():
                shown += command + (process / "environ").read_text(errors="replace")
    return shown


async def test_a_server_gets_pictures_and_sound_and_is_missed_when_it_goes(
    server: RtspServer,
    before: Census,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SAMESCREEN_OUTPUT", server.url())

    def is_enough() -> bool:
        file = server.file
        seen = received(server) if file.exists() and file.stat().st_size > 10_000 else None
        return seen is not None and seen.pictures > 20 and seen.sound_frames > 10_000

    async with Host(options(output=server.url()), card()) as host:
        output = host.outputs.all[0]
        await soon(lambda: output.state == "sending", "it sends", SLOW_S)
        await soon(is_enough, "pictures and sound arrive", SLOW_S)
        shown = shown_of_senders()
        assert shown
        assert PASSWORD not in shown
        server.stop()
        await soon(lambda: output.state != "sending", "it notices", SLOW_S)
        assert output.fault.startswith("127.0.0.1 closed the connection")
    seen = received(server)
    assert seen is not None
    assert seen.sizes == {(320, 180)}
    assert seen.keyframes >= 1
    assert seen.loudest < 0.001, "silence where there is no sound"
    assert list(seen.times) == sorted(seen.times)
    assert PASSWORD not in caplog.text
    assert await left(before) == {}
