"""Streams of this machine's sources, added, replaced and ended while the hub runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.clock import clock_us
from samescreen.flow.stills import StillTarget
from samescreen.hub.hub import Hub
from samescreen.publish.local_streams import LocalStreams
from samescreen.subscribe.audience import Audience
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import TARGET, FakeTransport, frame, soon, thread_names
from tests.stage.locker import PrivateBus, login
from tests.stage.scripted import EncoderScript, ScriptedSource


class Stage:
    """A hub with one page, to which tests add sources."""

    def __init__(self) -> None:
        self.script = EncoderScript()
        self.hub = Hub(clock_us)
        self.audience = Audience(self.hub, "desk", clock_us, 10)
        self.streams = LocalStreams(self.hub, lambda track: self.script.make, TARGET, StillTarget())
        self.transport = FakeTransport()
        viewer = self.audience.join("10.0.0.1", self.transport)
        hello = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
        self.audience.receive(viewer, json.dumps(hello))

    def share(self, stream_id: str) -> ScriptedSource:
        source = ScriptedSource()
        self.streams.add(stream_id, OpenedSource(source, stream_id))
        self.streams.start(stream_id)
        source.push(frame())
        return source

    @property
    def watching(self) -> str:
        return str([m["watching"] for m in self.transport.messages if "watching" in m][-1])

    @property
    def pictures(self) -> int:
        return len([packet_from_bytes(message) for message in self.transport.media])


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    await made.streams.close()
    assert "video-track" not in thread_names()


async def test_streams_come_and_go_while_a_page_watches(stage: Stage) -> None:
    assert stage.watching == ""
    first = stage.share("first")
    await soon(lambda: stage.pictures == 2, "a still and a keyframe")
    second = stage.share("second")
    await stage.streams.remove("first")
    assert first.is_disposed
    assert stage.watching == "second"
    await soon(lambda: stage.pictures == 4, "those of the second")
    await stage.streams.remove("second")
    assert second.is_disposed
    assert stage.watching == ""
    assert list(stage.hub.streams) == []


async def test_a_stream_gets_another_source_and_keeps_its_viewers(stage: Stage) -> None:
    first, second = stage.share("first"), ScriptedSource()
    await soon(lambda: stage.pictures == 2, "a still and a keyframe")
    second.push(frame())
    successor = OpenedSource(second, "second")
    await asyncio.gather(stage.streams.replace("first", successor), asyncio.sleep(0))
    assert first.is_disposed
    await soon(lambda: stage.pictures == 4, "those of the other source")
    with pytest.raises(KeyError):
        await stage.streams.remove("second")


@pytest.mark.display
async def test_the_lock_of_the_session_is_said_on_streams_that_show_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = PrivateBus().start()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    logind = login(bus, is_locked=True)
    monkeypatch.setattr(ScriptedSource, "shows_session", True)
    stage.share("desk")
    desk = stage.hub.streams["desk"]
    await soon(lambda: desk.status.reason == "screen-locked", what="locked")
    late, other = stage.share("late"), ScriptedSource()
    other.shows_session = False
    assert late.shows_session
    await soon(lambda: stage.hub.streams["late"].status.reason == "screen-locked", what="late")
    await stage.streams.replace("late", OpenedSource(other, "other"))
    other.push(frame())
    await soon(lambda: stage.hub.streams["late"].status.reason == "live", what="other")
    logind.lock(is_locked=False)
    await soon(lambda: desk.status.reason == "live", what="unlocked")
    await stage.streams.close()
    assert "screen-lock" not in thread_names()
    logind.close()
    bus.stop()
