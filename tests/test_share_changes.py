"""What a program changes while it shares: limits, quality, sound, and what somebody may do."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from samescreen import NotSharing, Share, UsageError, Watcher
from samescreen.capture.sound.choose import SoundChoice
from samescreen.errors import CaptureError
from samescreen.flow.rate import RateTarget
from samescreen.hub.held import NOT_HELD, Held
from samescreen.serve import stream_actions
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fake_sound import ScriptedSound
from tests.fakes import PATIENCE_S

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264"], "kinds": ["grants"]}


@pytest.fixture(autouse=True)
def switch_interval() -> Iterator[None]:
    """The host sets it for the whole process."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def local(source: Any = "testcard") -> Share:
    return Share(source, host="127.0.0.1", port=0, tls="off")


def test_limits_and_quality_change_while_it_shares() -> None:
    with local({"one": "testcard", "two": "testcard"}) as share:
        host = share._host
        assert host is not None
        one, two = host.hub.streams.values()
        share.limit(fps=10, max_bitrate="2M", quality=40)
        share.limit("two", quality=90)
        assert (one.held, two.held) == (Held(RateTarget(2_000_000, 10), 40), Held(quality=90))
        share.limit()
        assert one.held == NOT_HELD
        wrongs: list[Any] = [{"quality": 0}, {"quality": 101}, {"fps": True}, {"max_bitrate": "x"}]
        for wrong in wrongs:
            with pytest.raises(UsageError):
                share.limit("two", **wrong)
        with pytest.raises(UsageError, match="'three'; there are: 'one', 'two'"):
            share.limit("three", quality=50)
        assert two.held == Held(quality=90)


def test_the_sound_changes_while_it_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(spec: str) -> SoundChoice | None:
        note = "" if spec == "output" else f"no sound: there is no {spec}"
        return SoundChoice(ScriptedSound(), note, spec) if spec else None

    monkeypatch.setattr(stream_actions, "choose_sound", choose)
    with local() as share:
        host = share._host
        assert host is not None
        share.set_audio("output")
        assert host.hub.first.sound is not None
        with pytest.raises(CaptureError, match="there is no mic"):
            share.set_audio("mic")
        assert host.sound is not None
        assert host.sound.spec == "output"
        asyncio.run(share.set_audio_async(""))
        assert host.stream.sound is None
    with pytest.raises(NotSharing):
        share.set_audio("output")


async def next_grants(ws: aiohttp.ClientWebSocketResponse) -> list[str]:
    async with asyncio.timeout(PATIENCE_S):
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                said = json.loads(message.data)
                if said["type"] == "grants":
                    return list(said["grants"])
    raise AssertionError("the connection ended")


async def test_what_somebody_may_do_changes_while_they_watch() -> None:
    async with local() as share, aiohttp.ClientSession() as session:
        bearer = {"Authorization": f"Bearer {share.token}"}
        url = f"http://127.0.0.1:{share.port}/ws"
        async with session.ws_connect(url, headers=bearer) as ws:
            await ws.send_json(HELLO)
            assert await next_grants(ws) == ["watch"]
            (watcher,) = share.viewers
            assert share.set_grants(watcher, ["watch", "control"])
            assert await next_grants(ws) == ["control", "watch"]
            for wrong in (["host"], ["fly"]):
                with pytest.raises(UsageError):
                    share.set_grants(watcher, wrong)
            assert not share.set_grants(Watcher("v", "10.0.0.1", None, 0.0, "gone"), ["watch"])
