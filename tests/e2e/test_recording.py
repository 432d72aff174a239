"""A recording of the real program: resized twice, with sound, black at its end; Chromium plays it.

`bench/recording.py` does the same for a minute, and measures what it costs.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.record.footage import played
from tests.stage.host_process import HostProcess
from tests.stage.painted_window import PaintedWindow
from tests.stage.sound_server import SoundServer, tone
from tests.stage.timing import eventually
from tests.stage.x_server import XServer

pytestmark = pytest.mark.e2e

HOST_TOKEN = "host-token-of-no-worth"
SIZES = ((800, 450), (640, 360), (720, 400))
FOR_S = 1.2

PLAY = """async (url) => {
  const video = document.createElement("video");
  Object.assign(video, {src: url, muted: true, playbackRate: 4});
  document.body.append(video);
  const times = [];
  video.addEventListener("timeupdate", () => times.push(video.currentTime));
  const over = new Promise((resolve, reject) => {
    video.addEventListener("ended", resolve);
    video.addEventListener("error", () => reject(new Error(video.error.message)));
  });
  await video.play();
  await over;
  const reached = video.currentTime;
  const rises = times.every((time, at) => at === 0 || time >= times[at - 1]);
  const sought = new Promise((resolve) => video.addEventListener("seeked", resolve));
  // "seeked" may come before the picture, and an element out of view need not show any.
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  video.currentTime = video.duration - 0.2;
  await sought;
  await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, 1000))]);
  const canvas = new OffscreenCanvas(16, 9);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 16, 9);
  const last = Math.max(...context.getImageData(0, 0, 16, 9).data.filter((_, at) => at % 4 < 3));
  const {videoWidth, videoHeight, duration} = video;
  return {videoWidth, videoHeight, duration, reached, rises, last};
}"""


class Api:
    """The host's routes, for whoever has the host link."""

    def __init__(self, host: HostProcess) -> None:
        self._host = host
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def __call__(self, path: str, **fields: object) -> Any:
        """GET, or POST with fields."""
        headers = {"Authorization": f"Bearer {HOST_TOKEN}", "Content-Type": "application/json"}
        body = json.dumps(fields).encode() if fields else None
        request = urllib.request.Request(self._host.url(path), body, headers)
        with self._open(request, timeout=10) as answer:
            return json.loads(answer.read())

    def seconds(self) -> float:
        """How long the recording has lasted."""
        return float(self("/api/recordings")["recording"]["seconds"])

    def files(self) -> list[Any]:
        """Those of the recording, the oldest first."""
        return list(self("/api/recordings")["files"][::-1])


@contextmanager
def recording(folder: Path) -> Iterator[tuple[XServer, HostProcess]]:
    """A moving window and a tone, shared and recorded."""
    sound, server = SoundServer(folder).start(), XServer(*SIZES[0])
    try:
        server.start()
        with PaintedWindow(server.display) as window, sound.playing(tone(60)):
            window.motion(20)
            options = ("--record", f"{folder}/talk.mp4", "--audio", "output", "--fps", "20")
            env = sound.env | {"DISPLAY": server.display}
            host = HostProcess("screen", *options, "--host-token", HOST_TOKEN, env=env)
            try:
                yield server, host
            finally:
                host.assert_clean()
    finally:
        server.stop()
        sound.stop()


def test_it_plays_to_its_end_in_a_browser(page: Page, tmp_path: Path) -> None:
    with recording(tmp_path) as (server, host):
        api = Api(host)

        def await_file(number: int) -> None:
            """Wait until so many files were begun, and the last has been going on for a while."""
            eventually(lambda: len(api.files()) == number, what=f"file {number}", within=20)
            began_s = api.seconds()
            eventually(lambda: api.seconds() > began_s + FOR_S, what="it goes on", within=20)

        await_file(1)
        for number, size in enumerate(SIZES[1:], 2):
            server.resize(*size)
            await_file(number)
        api("/api/broadcast", blanked=True)
        blanked_s = api.seconds()
        eventually(lambda: api.seconds() > blanked_s + 0.6, what="black for a while", within=20)
        api("/api/recording", do="stop")
        names = [file["name"] for file in api.files()]
        assert names == ["talk.mp4", "talk-2.mp4", "talk-3.mp4"]
        for name, size in zip(names, SIZES, strict=True):
            found = played(tmp_path / name)
            assert found.size == size
            assert found.pictures > 8
            assert found.sound_s > 1
            assert found.loud[1] - found.loud[0] > 0.8, "the tone is in it"
            assert (found.last_level < 16) is (name == names[-1]), "black, while blanked"

        page.goto(host.url(f"/host#token={HOST_TOKEN}"))
        page.wait_for_selector('html[data-state="open"]', state="attached")
        for name, (width, height) in zip(names, SIZES, strict=True):
            seen = page.evaluate(PLAY, f"api/recordings/file?name={name}")
            assert (seen["videoWidth"], seen["videoHeight"]) == (width, height)
            assert seen["reached"] >= seen["duration"] - 0.1 > 1
            assert seen["rises"]
            is_blanked = name == names[-1]
            assert (seen["last"] < 16) is is_blanked
