"""H.264 that a program pushes, through a relay: recorded there, and made smaller on demand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import simplejpeg

from samescreen.capture.choose import OpenedSource
from samescreen.flow.rate import RateTarget
from samescreen.host import Host
from samescreen.publish.pushed_video import PushedVideo
from tests.fakes import soon
from tests.gate.published_streams import encoded
from tests.host.hosting import TOKEN, options
from tests.record.footage import played
from tests.relay.test_relay import publishing, relay

UNITS = [packet.payload for packet in encoded(31, every=5)]


async def test_a_relay_records_pushed_pictures_and_gives_smaller_ones(tmp_path: Path) -> None:
    pushed = PushedVideo(RateTarget(8_000_000, 30), lambda: None)
    choice = OpenedSource(pushed, "cam")
    async with (
        relay() as there,
        Host(options(token=TOKEN, tls="off"), choice) as here,
        publishing(here, f"http://127.0.0.1:{there.port}"),
    ):
        await soon(lambda: list(there.hub.streams) == ["cam"], "the stream")
        assert there.stream.publisher.tracks[0].is_passed_on
        there.recordings.start(str(tmp_path / "a.mp4"))
        for unit in UNITS:
            pushed.push(unit)
            await asyncio.sleep(0.02)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"http://127.0.0.1:{there.port}/snapshot.jpg"
        async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as got:
            assert simplejpeg.decode_jpeg(await got.read()).shape == (48, 64, 3)
        there.recordings.stop()
        await there.recordings.stopped()
    film = played(tmp_path / "a.mp4")
    assert film.size == (64, 48)
    assert film.pictures > 10
