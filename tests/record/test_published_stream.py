"""A stream that a page publishes is recorded like any other: through the gate, into whole files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samescreen.gate.profiles import PAGE
from samescreen.hub.hub import Hub
from samescreen.media import Codec, Rendition
from samescreen.publish.remote_streams import RemoteStreams
from samescreen.record import recordings as room
from samescreen.record.recordings import Recordings
from samescreen.wire.published import Published
from samescreen.wire.publishing import (
    Configure,
    FromPublisher,
    Offer,
    State,
    StillCost,
    ToPublisher,
    VideoCost,
    Want,
)
from tests.fakes import soon
from tests.record.footage import START, Camera, played

FRAME_US = 33_333
OFFER = Offer(0, "camera", "Ann", [VideoCost(Rendition.MAIN, 2_000_000, 30)], StillCost(90, 8))


class Page:
    """A page that encodes what it is asked for, and has made one keyframe for each wish."""

    def __init__(self) -> None:
        self.now_us = START
        self.hub = Hub(lambda: self.now_us)
        self.heard: list[ToPublisher] = []
        self.streams = RemoteStreams(self.hub, PAGE, self.heard.append, lambda: self.now_us)
        self.sequence = 0
        self.say(OFFER)
        self.say(State(0, "live", "live", "Ann", "a page"))

    def say(self, message: FromPublisher) -> None:
        self.streams.read(message, self.now_us)

    def takes_keyframe(self) -> bool:
        """Whether the host has asked for a keyframe since the last time."""
        wants = [each for each in self.heard if isinstance(each, Want)]
        self.heard.clear()
        return any(Rendition.MAIN in want.keyframes for want in wants)

    def films(self, camera: Camera, seconds: float, recordings: Recordings) -> None:
        width, height = camera.config.width, camera.config.height
        size = width, height, width, height
        self.say(Configure(0, Rendition.MAIN, Codec.H264, "", *size, 30))
        for _ in range(round(seconds * 30)):
            self.now_us += FRAME_US
            self.streams.tick()
            packet = camera.shoot(self.now_us, keyframe=self.takes_keyframe())
            self.streams.take(Published(replace(packet, sequence=self.sequence)), self.now_us)
            self.sequence += 1
            recordings.tick(self.now_us)


async def test_a_published_camera_that_is_turned_makes_two_files_that_play(tmp_path: Path) -> None:
    page = Page()
    recordings = Recordings(page.hub, lambda: page.now_us, str(tmp_path))
    recordings.start(str(tmp_path / "a.mp4"), "camera")
    page.streams.tick()
    assert page.takes_keyframe(), "a recording begins with one"
    page.films(Camera(64, 48), 2.5, recordings)
    page.films(Camera(48, 64), 2.5, recordings)
    await soon(lambda: len(recordings.listing()) == 2, "two files")
    await recordings.close()
    first, second = played(tmp_path / "a.mp4"), played(tmp_path / "a-2.mp4")
    assert (first.size, second.size) == ((64, 48), (48, 64))
    assert first.last_picture_s > 2.3
    assert second.last_picture_s > 1
    page.streams.close()


async def test_the_last_minutes_of_a_published_stream_begin_with_a_keyframe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_MINUTE_US", 2_000_000)
    page = Page()
    recordings = Recordings(page.hub, lambda: page.now_us, str(tmp_path), 1)
    page.films(Camera(64, 48), 8, recordings)
    (made,) = await recordings.save(str(tmp_path / "a.mp4"))
    found = played(made.path)
    assert found.pictures > 30, "the first can be decoded, and all after it"
    assert 1.9 <= made.length_us / 1e6 <= 8
    await recordings.close()
    page.streams.close()
