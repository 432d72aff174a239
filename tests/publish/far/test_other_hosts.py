"""A scripted host at the other end: what it is told, and what becomes of what it should not do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestServer

from samescreen.capture.choose import OpenedSource
from samescreen.capture.far import FarSource, parse_far
from samescreen.clock import clock_us
from samescreen.encode.still import encode_jpeg
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.hub import Hub
from samescreen.media import Damage, Packet, PacketKind, Region, Rendition
from samescreen.publish.far import reasons, visit
from samescreen.publish.far.door import Door
from samescreen.publish.far.publisher import Waits
from samescreen.publish.local_streams import LocalStreams
from samescreen.subscribe.audience import Audience
from samescreen.wire.packets import packet_to_bytes
from tests.encode.h264_tools import noise, picture
from tests.fakes import FakeTransport, soon
from tests.gate.published_streams import SIZE, encoded

THEIRS = 7
STREAMS = [{"stream": "desk", "name": "The desk", "track": THEIRS}]


class Scripted:
    """Another host: answers as it is told, and keeps what it heard."""

    def __init__(self) -> None:
        self.hosts = ["somebody"]
        self.heard: list[dict[str, Any]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.close_with: int | None = None

    async def status(self, request: web.Request) -> web.Response:
        return web.json_response({"streams": [{"stream": "desk", "hosts": self.hosts}]})

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(protocols=("samescreen",), compress=False)
        await ws.prepare(request)
        self.sockets.append(ws)
        async for got in ws:
            said = json.loads(got.data)
            self.heard.append(said)
            if said["type"] == "hello":
                if self.close_with is not None:
                    await ws.close(code=self.close_with)
                    break
                await self.say(
                    "welcome",
                    version=2,
                    viewer="v1",
                    host="elsewhere",
                    ack_interval_ms=20,
                    streams=STREAMS,
                    watching="desk",
                    visit="a visit",
                )
                await self.configure()
            elif said["type"] == "ping":
                await self.say("pong", sent_us=said["sent_us"], host_us=clock_us())
        return ws

    async def configure(self) -> None:
        await self.say("status", stream="desk", state="live", reason="live", detail="The desk")
        for rendition, codec in ((2, "jpeg"), (0, "h264")):
            await self.say(
                "config",
                track=THEIRS,
                rendition=rendition,
                codec=codec,
                codec_string="",
                width=SIZE[0],
                height=SIZE[1],
                coded_width=SIZE[0],
                coded_height=SIZE[1],
                fps=60,
            )

    async def say(self, kind: str, **fields: Any) -> None:
        await self.sockets[-1].send_str(json.dumps({"type": kind, **fields}))

    async def send(self, *packets: Packet) -> None:
        for packet in packets:
            await self.sockets[-1].send_bytes(packet_to_bytes(replace(packet, track=THEIRS)))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.heard if each["type"] == kind]


class Here:
    """This host: a hub whose one stream is that of the other host."""

    def __init__(self, link: str) -> None:
        self.hub = Hub(clock_us)
        self.audience = Audience(self.hub, "here", clock_us, 10)
        source = FarSource(parse_far(link))
        self.streams = LocalStreams(
            self.hub, lambda track: None, RateTarget(20_000_000, 60), StillTarget()  # type: ignore[arg-type,return-value]
        )
        self.streams.add("far", OpenedSource(source, "far"))
        self.streams.start("far")
        self.stream = self.hub.streams["far"]

    def viewer(self) -> tuple[Any, FakeTransport]:
        transport = FakeTransport()
        viewer = self.audience.join("10.0.0.9", transport)
        self.say(viewer, "hello", version=2, accepts=["h264", "jpeg"])
        return viewer, transport

    def say(self, viewer: Any, kind: str, **fields: Any) -> None:
        self.audience.receive(viewer, json.dumps({"type": kind, **fields}))


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Scripted, Here]]:
    scripted = Scripted()
    app = web.Application()
    app.router.add_get("/ws", scripted.socket)
    app.router.add_get("/api/status", scripted.status)
    async with TestServer(app) as server:
        here = Here(f"http://127.0.0.1:{server.port}/#token=a-token-for-tests")
        try:
            yield scripted, here
        finally:
            await here.streams.close()


def keyframe() -> Packet:
    return encoded(3)[0]


def still(sequence: int = 0) -> Packet:
    payload = encode_jpeg(picture(noise(*SIZE)), quality=75)
    return Packet(PacketKind.STILL, Rendition.JPEG, THEIRS, sequence, 0, True, Damage.ALL, payload)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Waits, "after", lambda self, reason: 0.05)


async def test_nothing_is_taken_before_somebody_watches_and_all_wish_once() -> None:
    async with connected() as (there, here):
        await soon(lambda: here.stream.status.state == "live", "it is live")
        assert there.of("hello") == [there.heard[0]]
        assert there.heard[0]["hidden"], "it takes nothing yet"
        assert there.heard[0]["version"] == 2
        assert not there.of("need")
        viewers = [here.viewer() for _ in range(5)]
        await soon(lambda: there.of("visibility") == [{"type": "visibility", "hidden": False}], "")
        await there.send(still(), *encoded(3))
        await soon(lambda: all(len(t.media) >= 3 for _, t in viewers), "all have the picture")
        await soon(lambda: any(a["sequence"] == 2 for a in there.of("ack")), "the newest is acked")
        assert all(ack["track"] == THEIRS for ack in there.of("ack"))
        assert not there.of("need"), "one start was enough for all"
        for viewer, _ in viewers:
            here.audience.leave(viewer)
        await soon(lambda: there.of("visibility")[-1]["hidden"], "nothing is taken again")


async def test_a_connection_beside_the_first_comes_again_after_any_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visit, "_SIDE_AGAIN_S", 0.01)
    opened, sockets = Door.socket, list[str]()

    def faulty(self: Door) -> AbstractAsyncContextManager[ClientWebSocketResponse]:
        sockets.append("one")
        if len(sockets) in (2, 3):
            raise RuntimeError("a fault")
        return opened(self)

    monkeypatch.setattr(Door, "socket", faulty)
    async with connected() as (there, here):
        await soon(lambda: here.stream.status.state == "live", "it is live")
        viewer = here.audience.join("10.0.0.9", FakeTransport())
        here.say(viewer, "hello", version=2, accepts=["jpeg"])
        await soon(lambda: len(there.of("hello")) == 2, "the side is there")


async def test_pieces_that_a_viewer_here_lost_come_from_here() -> None:
    async with connected() as (there, here):
        await soon(lambda: here.stream.status.state == "live", "it is live")
        viewer, transport = here.viewer()
        box = Region(0, 0, 32, 32)
        payload = encode_jpeg(picture(noise(32, 32)), quality=95)
        piece = replace(still(1), is_keyframe=False, damage=Damage.of(box), payload=payload)
        await there.send(still(), keyframe(), piece)
        await soon(lambda: len(transport.media) == 3, "it has the picture and the piece")
        count = len(transport.media)
        for rendition, sequence in ((2, 0), (0, 0), (2, 1), (2, 2)):
            here.say(viewer, "ack", rendition=rendition, sequence=sequence, held_us=0,
                     track=here.stream.track)
        here.hub.tick()
        await soon(lambda: len(transport.media) > count, "the lost piece came again")
        assert payload in transport.media[-1]
        assert not there.of("need"), "the other host was not asked"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x01",
        b"\xff" * 40,
        packet_to_bytes(replace(keyframe(), track=THEIRS, payload=b"\0\0\0\1\x67garbage")),
        "no json",
        '{"type":"stats"}',
        '{"type":"config","track":7,"rendition":0,"codec":"h264","codec_string":"","width":-1,'
        '"height":48,"coded_width":64,"coded_height":48,"fps":60}',
    ],
    ids=["short", "unknown", "bad access unit", "no json", "fields missing", "out of range"],
)
async def test_what_no_host_sends_ends_the_visit_or_is_dropped(sent: str | bytes) -> None:
    async with connected() as (there, here):
        await soon(lambda: here.stream.status.state == "live", "it is live")
        _, transport = here.viewer()
        if isinstance(sent, bytes):
            for _ in range(6):
                await there.sockets[-1].send_bytes(sent)
        else:
            await there.sockets[-1].send_str(sent)
            if '"config"' in sent:
                await there.send(keyframe())
        await soon(lambda: len(there.sockets) > 1, "it left, and came again")
        assert transport.media == [], "nothing of it went to a viewer"


@pytest.mark.parametrize(
    ("code", "reason"), [(4426, reasons.VERSION), (4429, reasons.FULL), (4410, reasons.PUT_OUT)]
)
async def test_a_refusal_by_the_socket_has_its_words(code: int, reason: reasons.Reason) -> None:
    async with connected() as (there, here):
        there.close_with = code
        await soon(lambda: here.stream.status.detail == reason.why, "it says why")


async def test_a_stream_that_came_through_too_many_hosts_is_refused() -> None:
    async with connected() as (there, here):
        there.hosts = [f"host {n}" for n in range(visit.MOST_HOSTS)]
        await soon(lambda: here.stream.status.detail == reasons.TOO_FAR.why, "it says why")


async def test_a_loop_that_two_hosts_begin_at_once_is_seen_a_moment_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visit, "_LOOK_AGAIN_S", 0.05)
    async with connected() as (there, here):
        await soon(lambda: here.stream.status.state == "live", "it is live")
        there.hosts = ["somebody", here.hub.host_id]
        await soon(lambda: here.stream.status.detail == reasons.OWN.why, "it says why")
