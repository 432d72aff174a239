"""The composition root: everything started, and everything gone again, in time."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from typing import Any

import aiohttp
import pytest
from PIL import Image

from samescreen.capture.choose import OpenedSource
from samescreen.capture.sound.choose import SoundChoice
from samescreen.capture.testcard import TestCard
from samescreen.errors import SourceLost, UsageError
from samescreen.host import Host
from samescreen.media import EncodedPicture, PacketKind, Rendition
from samescreen.wire.packets import packet_from_bytes
from tests.fake_sound import ScriptedSound, block
from tests.fakes import PATIENCE_S, soon
from tests.host.hosting import TOKEN, card, left, options, watching
from tests.jpegs import UNREADABLE, delivered
from tests.stage.census import Census
from tests.stage.scripted import ScriptedSource
from tests.stage.timing import MS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


async def test_started_and_stopped_it_leaves_nothing_behind(before: Census) -> None:
    for _ in range(3):
        async with Host(options(), card()):
            pass
    assert await left(before) == {}


async def test_a_user_without_a_home_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    async with Host(options(), card()) as host:
        assert host.files.folder is None
        assert host.recordings.listing() == []
        assert host.recordings.find("samescreen-1.mp4") is None
        with pytest.raises(UsageError, match="no home folder to record to"):
            host.recordings.start()


async def test_with_viewers_it_leaves_nothing_behind(before: Census) -> None:
    async with Host(options(), card()) as host:
        async with watching(host), watching(host):
            assert Census.take().exceeds(before)
        await soon(lambda: host.audience.viewer_count() == 0, "they left")
    assert await left(before) == {}


async def test_with_sound_it_leaves_nothing_behind(before: Census) -> None:
    sound = ScriptedSound()
    async with Host(options(), card(), sound=SoundChoice(sound)) as host, watching(host) as ws:
        await ws.send_json({"type": "listen", "on": True, "codec": "opus"})
        sound.give(block())
        while True:
            message = await ws.receive(timeout=PATIENCE_S)
            if message.type is not aiohttp.WSMsgType.BINARY:
                continue
            packet = packet_from_bytes(message.data)
            if packet.kind is PacketKind.AUDIO:
                break
        assert packet.rendition is Rendition.OPUS
        assert host.stream.sound is not None
        assert host.stream.sound.status.detail == sound.label
    assert not sound.is_open
    assert await left(before) == {}


class Talkie(TestCard):
    """A moving picture with a sound of its own."""

    def __init__(self) -> None:
        super().__init__(160, 90)
        self.sound = ScriptedSound()


async def next_audio(ws: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    """The next sound notice of a viewer: track and state."""
    async with asyncio.timeout(PATIENCE_S):
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                said = json.loads(message.data)
                if said["type"] == "audio":
                    return said["track"], said["state"]
    raise AssertionError("the connection ended")


async def test_a_sources_own_sound_is_shared_with_it(before: Census) -> None:
    async with Host(options(), OpenedSource(Talkie(), "film"), card()) as host, watching(host):
        assert host.stream.sound is not None
        assert host.stream.sound.track == 0
        assert host.hub.streams["testcard"].sound is None
    assert await left(before) == {}


async def test_the_chosen_sound_replaces_a_sources_own(before: Census) -> None:
    asked = SoundChoice(ScriptedSound())
    film = OpenedSource(Talkie(), "film")
    async with Host(options(), film, card(), sound=asked) as host, watching(host):
        asked_for = host.stream.sound
        assert asked_for is not None
        assert asked_for.track == 255
        await host.change("film", OpenedSource(Talkie(), "another"))
        assert [stream.sound for stream in host.hub.streams.values()] == [asked_for, asked_for]
    assert await left(before) == {}


async def test_the_sound_is_exchanged_while_it_is_heard(before: Census) -> None:
    first, second = ScriptedSound(), ScriptedSound()
    film = OpenedSource(Talkie(), "film")
    sound = SoundChoice(first)
    async with Host(options(), film, card(), sound=sound) as host, watching(host) as ws:
        await ws.send_json({"type": "listen", "on": True, "codec": "opus"})
        await soon(lambda: first.is_open, "it records")
        await host.change_sound(SoundChoice(second, spec="second"))
        assert await next_audio(ws) == (254, "waiting")
        await soon(lambda: second.is_open, "the listener hears the other sound")
        assert not first.is_open
        await host.change_sound(None)
        track, _ = await next_audio(ws)
        assert track == 0, "the film has a sound of its own again"
        assert host.hub.streams["testcard"].sound is None
        assert host.sound is None
        await host.change_sound(SoundChoice(ScriptedSound()))
        assert {stream.sound.track for stream in host.hub.streams.values() if stream.sound} == {255}
    assert await left(before) == {}


async def test_another_source_brings_its_sound_or_takes_it_away(before: Census) -> None:
    async with Host(options(), OpenedSource(Talkie(), "film")) as host, watching(host) as ws:
        own = host.stream.sound
        assert own is not None
        await ws.send_json({"type": "listen", "on": True, "codec": "opus"})
        await soon(lambda: bool(own.demand.renditions), "it listens")
        await host.change("film", OpenedSource(Talkie(), "another"))
        assert await next_audio(ws) == (1, "waiting")
        assert host.stream.sound is not None
        assert host.stream.sound.demand.renditions == {Rendition.OPUS}
        await host.change("film", card())
        assert await next_audio(ws) == (0, "none")
        assert host.hub.streams["film"].sound is None
    assert await left(before) == {}


async def test_viewers_get_a_goodbye_and_the_stop_is_quick(before: Census) -> None:
    loop = asyncio.get_running_loop()
    host = await Host(options(), card()).__aenter__()
    async with watching(host) as ws:
        began_s = loop.time()
        stopping = asyncio.create_task(host.__aexit__(None, None, None))
        said: list[str] = []
        while not (message := await ws.receive(timeout=PATIENCE_S)).type.name.startswith("CLOS"):
            if message.type is aiohttp.WSMsgType.TEXT:
                said.append(json.loads(message.data).get("reason", ""))
        await stopping
        assert loop.time() - began_s < 2000 * MS
        assert said[-1] == "stopping"
        assert ws.close_code == 1001
    assert await left(before) == {}


async def test_a_source_is_replaced_and_no_viewer_reconnects(before: Census) -> None:
    async with Host(options(), card()) as host, watching(host) as ws:
        await host.change("testcard", OpenedSource(TestCard(160, 90), "small card"))
        track, size = 0, (0, 0)
        while True:
            message = await ws.receive(timeout=PATIENCE_S)
            if message.type is aiohttp.WSMsgType.BINARY:
                if packet_from_bytes(message.data).track == track > 0:
                    break
                continue
            said = json.loads(message.data)
            if said["type"] == "streams":
                (stream,) = said["streams"]
                track = stream["track"]
                assert stream["name"] == "test card 160×90"
            if said["type"] == "config" and said["track"] == track:
                size = (said["width"], said["height"])
        assert size == (160, 90)
        assert host.audience.viewer_count() == 1
    assert await left(before) == {}


async def test_several_sources_are_several_streams(before: Census) -> None:
    small = OpenedSource(TestCard(160, 90), "small")
    async with Host(options(), card(), small) as host, watching(host):
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        sizes = []
        async with aiohttp.ClientSession(headers=bearer) as session:
            base = f"http://127.0.0.1:{host.port}"
            for stream in ("testcard", "small", ""):
                async with session.get(f"{base}/snapshot.jpg?stream={stream}") as answer:
                    sizes.append(Image.open(io.BytesIO(await answer.read())).size)
            async with session.get(f"{base}/snapshot.jpg?stream=none") as answer:
                assert answer.status == 404
                assert "testcard, small" in await answer.text()
        assert sizes == [(320, 180), (160, 90), (320, 180)]
    assert await left(before) == {}


async def test_one_name_cannot_be_two_streams() -> None:
    choices = [card(), card()]
    with pytest.raises(UsageError, match="shared once"):
        Host(options(), *choices)
    for choice in choices:
        choice.source.dispose()


async def test_a_viewer_that_does_not_answer_holds_up_nothing(before: Census) -> None:
    loop = asyncio.get_running_loop()
    async with Host(options(), card()) as host, watching(host) as ws:
        line: Any = ws._conn.transport if ws._conn else None
        line.pause_reading()
        began_s = loop.time()
        await host.__aexit__(None, None, None)
        assert loop.time() - began_s < 2500 * MS
        line.abort()
    assert await left(before) == {}


async def test_a_stop_during_a_source_that_is_lost() -> None:
    source = ScriptedSource()
    source.refuse(*[SourceLost("gone")] * 100)
    loop = asyncio.get_running_loop()
    async with Host(options(), OpenedSource(source, "screen")) as host:
        await asyncio.wait_for(host.opened.wait(), PATIENCE_S)
        assert host.stream.status.state == "lost"
        began_s = loop.time()
    assert loop.time() - began_s < 2000 * MS
    assert source.is_disposed


async def test_a_picture_that_came_as_jpeg_is_the_snapshot(decodings: list[bytes]) -> None:
    picture = EncodedPicture(UNREADABLE, 64, 48)
    source = ScriptedSource()
    source.push(delivered(picture))
    choice = OpenedSource(source, "camera")
    async with Host(options(), choice) as host, aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{host.port}/snapshot.jpg?token={TOKEN}"
        async with session.get(address) as answer:
            assert await answer.read() == picture.jpeg
    assert decodings == [], "nobody watches main: it was not even decoded"
