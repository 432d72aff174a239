"""A whole host that sends RTMP to a real server: what a player gets, also after faults."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from av.error import FFmpegError

from samescreen.capture.choose import OpenedSource
from samescreen.capture.testcard import TestCard
from samescreen.clock import clock_us
from samescreen.host import Host
from samescreen.outputs import output
from samescreen.outputs.output import OutputNews
from samescreen.wire.talk import Voice, VoiceKind
from tests.fakes import soon
from tests.host.hosting import card, left, options
from tests.outputs.rtmp_server import Played, RtmpServer, play
from tests.stage.census import Census
from tests.talk.test_mix import encoded, tone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Debian's nginx")
SLOW_S = 15.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RtmpServer]:
    server = RtmpServer(tmp_path)
    server.start()
    yield server
    server.stop()


async def played(server: RtmpServer, seconds: float = 0.5) -> Played:
    return await asyncio.to_thread(play, server.url(), seconds)


def is_sending(host: Host) -> bool:
    return host.outputs.all[0].state == "sending"


async def test_a_player_gets_pictures_and_sound_also_after_the_server_restarts(
    server: RtmpServer, before: Census, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    news: list[OutputNews] = []
    async with Host(options(output=server.url()), card()) as host:
        host.outputs.on_news = news.append
        await soon(lambda: is_sending(host), "it sends", SLOW_S)
        first = await played(server, 2.2)
        assert first.sizes == {(320, 180)}
        assert first.pictures > 20
        assert first.keyframes >= 2, "one each two seconds"
        assert first.loudest < 0.001, "silence where there is no sound"
        assert list(first.times) == sorted(first.times)
        speaking = asyncio.create_task(speak(host))
        await until(server, lambda seen: seen.loudest > 0.1)
        speaking.cancel()
        server.stop()
        await soon(lambda: host.outputs.all[0].state != "sending", "it notices", SLOW_S)
        server.start()
        await soon(lambda: is_sending(host), "it sends again", SLOW_S)
        assert (await played(server)).pictures > 0
    assert [bool(each.why) for each in news] == [False, True, False]
    assert news[1].why.startswith("127.0.0.1 ")
    assert "a-secret-key" not in caplog.text
    assert await left(before) == {}


async def speak(host: Host) -> None:
    """Have somebody in the room say a tone, on and on."""
    for number, payload in enumerate(encoded(tone(1000, 500))):
        host.hub.people.voices.speak("ann", Voice(VoiceKind.OPUS, 0, number, payload), clock_us())
        await asyncio.sleep(0.02)


async def test_another_size_begins_anew_and_a_blanked_picture_is_black(
    server: RtmpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "KEYFRAME_US", 400_000)  # a player begins at a keyframe
    async with Host(options(output=[server.url()]), card()) as host:
        await soon(lambda: is_sending(host), "it sends", SLOW_S)
        large = OpenedSource(TestCard(480, 270), "large")
        await host.change(host.stream.stream_id, large)
        await until(server, lambda seen: seen.sizes == {(480, 270)})
        host.actions.blank(True)
        await until(server, lambda seen: seen.pictures > 0 and seen.brightest < 24)


async def until(server: RtmpServer, is_right: Callable[[Played], bool]) -> None:
    """Play again and again until it is as it should be."""
    async with asyncio.timeout(SLOW_S):
        while True:
            with suppress(FFmpegError):  # between two connections there is no stream
                if is_right(await played(server, 0)):
                    return
