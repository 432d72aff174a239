"""Each example, run as it is written: the link it prints leads to the picture it promises."""

from __future__ import annotations

import asyncio
import runpy
import select
import signal
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import cv2
import numpy as np
import pytest
import simplejpeg

from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.media import Codec, Pixels
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.publishing import Configure, Offer, Publish, VideoCost
from tests.encode.h264_tools import picture as of
from tests.serve.publishing_stage import MAIN, THEIRS, Publisher
from tests.stage.host_process import free_port
from tests.stage.timing import MS, eventually
from tests.stage.tools import ROOT, spawn

EXAMPLES = ROOT / "examples"
MAX_LINES = 40
SIZES = {
    "annotate.py": (360, 640),
    "game.py": (360, 640),
    "opencv_loop.py": (360, 640),
    "matplotlib_animation.py": (360, 640),
    "fastapi_mount.py": (480, 800),
    "custom_overlay.py": (360, 640),
    "encoded_camera.py": (360, 640),
    "two_streams.py": (360, 640),
}
ELSEWHERE = {"agent.py", "phone_camera.py"}
"""Run by tests/e2e, with a browser; the phone's camera below."""
ARGUMENTS = {"opencv_loop.py": ["ball"]}

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def test_all_examples_are_run_here_and_short() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SIZES) | ELSEWHERE
    for name in SIZES.keys() | ELSEWHERE:
        assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) <= MAX_LINES, name


def test_a_film_in_opencv_plays_at_its_own_pace(tmp_path: Path) -> None:
    path = str(tmp_path / "film.avi")
    film = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for _ in range(10):
        film.write(np.zeros((48, 64, 3), np.uint8))
    film.release()
    pictures = runpy.run_path(str(EXAMPLES / "opencv_loop.py"))["pictures"]
    began_s = time.monotonic()
    assert sum(1 for _ in pictures(path)) == 10
    assert time.monotonic() - began_s >= 0.3, "nine pauses of a thirtieth of a second"


@contextmanager
def running(name: str) -> Iterator[str]:
    """An example on a free port: the link it prints. At the end Ctrl-C stops it, without a word."""
    port = free_port()
    command = [sys.executable, str(EXAMPLES / name), *ARGUMENTS.get(name, []), str(port)]
    pipe = subprocess.PIPE
    with spawn(command, stdout=pipe, stderr=pipe) as program:
        try:
            assert program.stdout is not None
            ready = select.select([program.stdout], [], [], 30_000 * MS)[0]
            link = program.stdout.readline().strip() if ready else ""
            assert link, "it prints no link"
            yield link.replace(urlsplit(link).hostname or "", "127.0.0.1", 1)
            program.send_signal(signal.SIGINT)
            _, said = program.communicate(timeout=15_000 * MS)
            assert (program.returncode, said) == (0, "")
        finally:
            program.kill()


def picture(link: str) -> Pixels | None:
    """Its newest; None: not yet."""
    url, _, token = link.partition("#token=")
    try:
        with _direct.open(f"{url}snapshot.jpg?token={token}", timeout=10_000 * MS) as answer:
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except urllib.error.URLError:
        return None
    decoded: Pixels = simplejpeg.decode_jpeg(body, colorspace="RGB")
    return decoded


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT to send")
@pytest.mark.parametrize("name", sorted(SIZES))
def test_an_example_shows_a_moving_picture(name: str) -> None:
    with running(name) as link:
        seen = eventually(lambda: [p for p in [picture(link)] if p is not None], what="a picture")
        assert seen[0].shape == (*SIZES[name], 3)
        assert np.ptp(seen[0]) > 100, "it is not of one colour"

        def has_moved() -> bool:
            later = picture(link)
            return later is not None and bool((later != seen[0]).any())

        eventually(has_moved, what="it moves")


async def act(link: str, *messages: bytes) -> None:
    """Use mouse and keyboard of the picture, as a page does."""
    url, _, token = link.partition("#token=")
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}ws/control", headers=bearer) as ws,
    ):
        assert (await ws.receive_json(timeout=10_000 * MS))["state"] == "mine"
        for message in messages:
            await ws.send_bytes(struct.pack(">BBHI", 0, 0, 1, 0) + message)


def pixel(link: str, x: int, y: int) -> tuple[int, ...]:
    shown = picture(link)
    return () if shown is None else tuple(int(each) for each in shown[y, x])


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT to send")
def test_a_box_is_drawn_with_the_mouse() -> None:
    down = struct.pack(">BBBHH", 2, 0, 1, 100, 50)
    move, up = struct.pack(">BHH", 1, 300, 150), struct.pack(">BBBHH", 2, 0, 0, 300, 150)
    with running("annotate.py") as link:
        eventually(lambda: pixel(link, 5, 5), what="a picture")
        asyncio.run(act(link, down, move, up))
        green, gray = (0, 255, 0), (40, 40, 40)
        eventually(lambda: is_like(pixel(link, 200, 50), green), what="its edge is green")
        asyncio.run(act(link, struct.pack(">BBHHI", 5, 1, 46, 0, ord("c"))))
        eventually(lambda: is_like(pixel(link, 200, 50), gray), what="the key c clears it")


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT to send")
def test_the_player_goes_where_somebody_clicks() -> None:
    with running("game.py") as link:
        blue = (0, 200, 255)
        eventually(lambda: is_like(pixel(link, 20, 20), blue), what="it begins in a corner")
        asyncio.run(act(link, struct.pack(">BBBHH", 2, 0, 1, 220, 100)))
        eventually(lambda: is_like(pixel(link, 220, 100), blue), what="it is there")


def is_like(seen: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return bool(seen) and all(abs(a - b) < 40 for a, b in zip(seen, wanted, strict=True))


async def show(link: str, until: Callable[[], bool]) -> None:
    """Publish a picture of two halves as a phone does, until that is so."""
    url, _, token = link.partition("#token=")
    left, _, right = np.split(np.zeros((48, 96, 4), np.uint8), 3, axis=1)
    halves = np.concatenate((left, right + 255), axis=1)
    encoder = X264Encoder(H264Settings(), track=0, width=64, height=48)
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=bearer) as session,
        session.ws_connect(f"{url}ws/publish", max_msg_size=0) as ws,
    ):
        publisher = Publisher(ws)
        offer = Offer(THEIRS, "phone", "Camera", [VideoCost(MAIN, 20_000_000, 60)])
        await publisher.say(Publish(PROTOCOL_VERSION, "phone"), offer)
        await publisher.until("grant", track=THEIRS)
        await publisher.say(
            Configure(THEIRS, MAIN, Codec.H264, "avc1.42C020", 64, 48, 64, 48, 60)
        )
        await publisher.wanted(MAIN)
        await publisher.send(encoder.encode(of(halves), EncodeRequest(keyframe=True)))
        await asyncio.to_thread(eventually, until, what="that is so")


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT to send")
def test_the_edges_of_what_a_phone_shows_are_seen() -> None:
    with running("phone_camera.py") as link:

        def has_edge() -> bool:
            shown = picture(link)
            if shown is None or shown.shape[:2] != (48, 64):
                return False
            return bool(shown[24, 28:36].max() > 200 and shown[24, :20].max() < 50)

        asyncio.run(show(link, has_edge))
