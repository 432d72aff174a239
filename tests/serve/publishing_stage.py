"""A publisher at /ws/publish of a site, and a viewer of what it publishes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.grants import WATCH_ONLY, Grant
from samescreen.media import Codec, Damage, Packet, PacketKind, Region, Rendition
from samescreen.serve.new_link import NewLink
from samescreen.serve.site import now_s
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_from_bytes
from samescreen.wire.published import Published, published_to_bytes
from samescreen.wire.publishing import (
    Configure,
    FromPublisher,
    Offer,
    Publish,
    State,
    StillCost,
    VideoCost,
    text_from_publisher,
)
from tests.fakes import PATIENCE_S, soon
from tests.gate.published_streams import SIZE
from tests.serve.conftest import Site

MAIN, JPEG, OPUS = Rendition.MAIN, Rendition.JPEG, Rendition.OPUS
HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
THEIRS, SOUND = 5, 6
PICTURES = Offer(
    THEIRS,
    "desk",
    "The desk",
    [VideoCost(MAIN, 20_000_000, 60), VideoCost(Rendition.LOW, 1_200_000, 20)],
    StillCost(90, 30),
)
PAGE_PICTURES = Offer(
    THEIRS, "desk", "The desk", [VideoCost(MAIN, 2_000_000, 30)], StillCost(90, 8)
)
BOX = Damage.of(Region(8, 8, 16, 16))


class Publisher:
    """A host that publishes: sends what it is told to, and keeps what it is answered."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.heard: list[dict[str, Any]] = []

    async def say(self, *messages: FromPublisher) -> None:
        for message in messages:
            await self.ws.send_str(text_from_publisher(message).decode())

    async def send(self, packet: Packet, **marks: bool) -> None:
        message = published_to_bytes(Published(replace(packet, track=THEIRS), **marks))
        await self.ws.send_bytes(message)

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next message of this type that has these fields."""
        while True:
            message = await self.ws.receive(timeout=PATIENCE_S)
            assert message.type is WSMsgType.TEXT, (message, self.heard)
            said: dict[str, Any] = json.loads(message.data)
            self.heard.append(said)
            if said["type"] == kind and all(said[name] == fields[name] for name in fields):
                return said

    async def wanted(self, rendition: Rendition) -> dict[str, Any]:
        """The next demand for a keyframe of this rendition."""
        while True:
            want = await self.until("want", track=THEIRS)
            if rendition in want["keyframes"]:
                return want

    async def closed(self) -> int | None:
        while (await self.ws.receive(timeout=PATIENCE_S)).type is WSMsgType.TEXT:
            pass
        return self.ws.close_code


def publish_token(site: Site) -> str:
    wanted = NewLink(grants=WATCH_ONLY | {Grant.PUBLISH})
    return site.actions.new_link(wanted, now_s()).secret


async def connected(site: Site, token: str = "") -> Publisher:
    headers = {"Authorization": f"Bearer {token or publish_token(site)}"}
    ws: Any = await site.client.ws_connect("/ws/publish", headers=headers, max_msg_size=0)
    return Publisher(ws)


async def publishing(site: Site) -> Publisher:
    """A publisher whose pictures were accepted and announced."""
    publisher = await connected(site)
    await publisher.say(Publish(PROTOCOL_VERSION, "elsewhere"), PICTURES)
    await publisher.until("published", profile="host", host="desk")
    await publisher.until("grant", track=THEIRS)
    await publisher.say(
        State(THEIRS, "live", "live", "the desk", "X11"),
        Configure(THEIRS, JPEG, Codec.JPEG, "", *SIZE, *SIZE, 60),
        Configure(THEIRS, MAIN, Codec.H264, "avc1.42C020", *SIZE, *SIZE, 60),
    )
    await soon(lambda: "desk" in site.audience.hub.streams, "its stream is there")
    return publisher


async def watching(site: Site) -> ClientWebSocketResponse:
    ws: ClientWebSocketResponse = await site.client.ws_connect("/ws", headers=site.bearer)
    await ws.send_json(HELLO | {"stream": "desk"})
    return ws


async def packet_of(viewer: ClientWebSocketResponse, kind: PacketKind) -> Packet:
    """The next packet of this kind; each is acknowledged."""
    while True:
        message = await viewer.receive(timeout=PATIENCE_S)
        assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message
        if message.type is WSMsgType.BINARY:
            packet = packet_from_bytes(message.data)
            if packet.kind is not PacketKind.AUDIO:
                await viewer.send_json(
                    {
                        "type": "ack",
                        "held_us": 0,
                        "rendition": packet.rendition,
                        "sequence": packet.sequence,
                        "track": packet.track,
                    }
                )
            if packet.kind is kind:
                return packet
