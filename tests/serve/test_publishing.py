"""/ws/publish from end to end: a publisher that is a host, the gate, viewers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.closing import CloseCode
from samescreen.encode.h264 import H264Settings
from samescreen.encode.opus import OpusEncoder
from samescreen.encode.sps import nal_type, nal_units
from samescreen.encode.still import encode_jpeg
from samescreen.errors import UsageError
from samescreen.gate.profiles import HOST, PAGE
from samescreen.grants import BROUGHT, WATCH_ONLY, Grant
from samescreen.media import Codec, Damage, Packet, PacketKind, Region, Rendition, SoundBlock
from samescreen.serve import publish_session
from samescreen.serve.new_link import NewLink
from samescreen.serve.site import now_s
from samescreen.serve.socket_endpoints import MOST_SHOWN
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_from_bytes
from samescreen.wire.published import Published, published_to_bytes
from samescreen.wire.publishing import (
    Clock,
    Configure,
    Figures,
    FromPublisher,
    Offer,
    Publish,
    Repaired,
    State,
    StillCost,
    VideoCost,
    Withdraw,
    text_from_publisher,
)
from tests.encode.h264_tools import noise, picture
from tests.fakes import PATIENCE_S, soon
from tests.gate.published_streams import SIZE, encoded
from tests.serve.conftest import HOST_TOKEN, TOKEN, Site
from tests.serve.test_host_routes import ask

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


def a_still(sequence: int) -> Packet:
    payload = encode_jpeg(picture(noise(*SIZE)), quality=75)
    return Packet(PacketKind.STILL, JPEG, THEIRS, sequence, 1_000, True, Damage.ALL, payload)


def without_sei(payload: bytes) -> list[bytes]:
    return [unit for unit in nal_units(payload) if nal_type(unit) != 6]


async def test_a_viewer_gets_the_very_packets_that_a_host_encoded(site: Site) -> None:
    publisher, viewer = await publishing(site), await watching(site)
    await publisher.wanted(JPEG)
    await publisher.send(a_still(0))
    still = await packet_of(viewer, PacketKind.STILL)
    assert still.payload == a_still(0).payload
    await publisher.wanted(MAIN)
    key, *deltas = [replace(packet, damage=BOX) for packet in encoded(6)]
    await publisher.send(replace(key, news=BOX))
    got = await packet_of(viewer, PacketKind.VIDEO)
    assert got.is_keyframe
    assert without_sei(got.payload) == without_sei(key.payload)
    for delta in deltas:
        await publisher.send(delta)
        got = await packet_of(viewer, PacketKind.VIDEO)
        assert (got.payload, got.damage) == (delta.payload, delta.damage)
        assert got.sequence == delta.sequence
        assert got.track == site.audience.hub.streams["desk"].track


async def test_it_is_a_stream_like_any_other(site: Site) -> None:
    publisher = await publishing(site)
    await publisher.say(
        Figures(THEIRS, 60, 59.5, 4_000_000, 3_100, "libx264"), Repaired(THEIRS), Clock(1, 0)
    )
    assert (await publisher.until("clock"))["sent_us"] == 1
    stream = site.audience.hub.streams["desk"]
    assert stream.name == "The desk"
    assert (stream.status.state, stream.status.backend) == ("live", "X11")
    assert stream.stats.encoder == "libx264"
    await publisher.say(Withdraw(THEIRS))
    await soon(lambda: "desk" not in site.audience.hub.streams, "it ended")
    assert "screen" in site.audience.hub.streams


async def test_nothing_is_wanted_while_nobody_watches(site: Site) -> None:
    publisher = await publishing(site)
    viewer = await watching(site)
    want = await publisher.wanted(JPEG)
    assert want["renditions"]
    await viewer.close()
    await publisher.until("want", renditions=[])


async def test_a_gap_is_repaired_by_a_keyframe_that_the_gate_asks_for(site: Site) -> None:
    publisher, viewer = await publishing(site), await watching(site)
    await publisher.wanted(MAIN)
    packets = encoded(8, every=4)
    await publisher.send(packets[0])
    assert (await packet_of(viewer, PacketKind.VIDEO)).sequence == 0
    await publisher.send(packets[2])
    await publisher.wanted(MAIN)
    await publisher.send(packets[3])
    await publisher.send(packets[4])
    assert (await packet_of(viewer, PacketKind.VIDEO)).sequence == 4


async def test_a_fault_never_reaches_a_viewer_and_a_lie_ends_the_stream(site: Site) -> None:
    publisher, viewer = await publishing(site), await watching(site)
    await publisher.wanted(MAIN)
    packets = encoded(8, every=4)
    await publisher.send(packets[0])
    await publisher.send(replace(packets[1], payload=packets[1].payload + b"\0\0\2"))
    fault = await publisher.until("faulty", track=THEIRS)
    assert (fault["rendition"], fault["reason"]) == (MAIN, "malformed")
    await publisher.send(packets[4])
    got = [(await packet_of(viewer, PacketKind.VIDEO)).sequence for _ in range(2)]
    assert got == [0, 4]
    await publisher.send(replace(packets[5], is_keyframe=True))
    assert (await publisher.until("ended", track=THEIRS))["reason"] == "format"
    await soon(lambda: "desk" not in site.audience.hub.streams, "it ended")
    assert site.viewers, "its viewer sees the other stream"


async def test_a_source_that_changes_keeps_its_viewers(site: Site) -> None:
    publisher, viewer = await publishing(site), await watching(site)
    await publisher.wanted(MAIN)
    stream = site.audience.hub.streams["desk"]
    before, viewers = stream.track, stream.subscribers
    fields = {name: getattr(PICTURES, name) for name in PICTURES.__struct_fields__}
    await publisher.say(Offer(**{**fields, "track": 77, "name": "Another"}))
    await publisher.until("grant", track=77)
    await publisher.until("want", track=THEIRS, renditions=[])
    await soon(lambda: site.audience.hub.streams["desk"].track != before, "a new track")
    assert site.audience.hub.streams["desk"] is stream
    assert (stream.name, stream.subscribers) == ("Another", viewers)
    await viewer.close()


async def test_a_stream_that_the_host_ends_is_revoked_and_can_be_offered_again(site: Site) -> None:
    publisher = await publishing(site)
    await site.audience.hub.remove("desk")
    assert (await publisher.until("ended", track=THEIRS))["reason"] == "revoked"
    await publisher.send(encoded(1)[0])
    await publisher.say(PICTURES)
    await publisher.until("grant", track=THEIRS)
    await soon(lambda: "desk" in site.audience.hub.streams, "it is there again")


async def test_sound_passes_with_its_pictures(site: Site) -> None:
    publisher = await publishing(site)
    fields = {name: getattr(PICTURES, name) for name in PICTURES.__struct_fields__}
    await publisher.say(
        Offer(SOUND, "", "output", sounds=[OPUS, Rendition.PCM]),
        Offer(**{**fields, "sound": SOUND}),
    )
    await publisher.until("grant", track=SOUND)
    await soon(lambda: site.audience.hub.streams["desk"].sound is not None, "it has sound")
    viewer = await watching(site)
    await publisher.wanted(JPEG)
    await viewer.send_json({"type": "listen", "on": True, "codec": "opus"})
    await publisher.until("want", track=SOUND, renditions=[OPUS])
    sound = OpusEncoder(SOUND).encode(SoundBlock(np.full((480, 2), 0.25, np.float32), 9))
    await publisher.ws.send_bytes(published_to_bytes(Published(sound)))
    assert (await packet_of(viewer, PacketKind.AUDIO)).payload == sound.payload


async def test_two_publishers_of_the_same_name_do_not_collide(site: Site) -> None:
    await publishing(site)
    other = await connected(site)
    await other.say(Publish(PROTOCOL_VERSION), PICTURES)
    await other.until("grant")
    assert {"screen", "desk", "desk-2"} <= set(site.audience.hub.streams)


async def test_what_came_is_reported_to_the_last_byte(site: Site) -> None:
    publisher = await publishing(site)
    sent = 0
    for packet in encoded(3):
        message = published_to_bytes(Published(replace(packet, track=THEIRS)))
        await publisher.ws.send_bytes(message)
        sent += len(message)
    while (await publisher.until("got"))["bytes"] < sent:
        pass
    assert publisher.heard[-1]["bytes"] == sent


async def test_a_connection_that_is_lost_takes_its_streams_along(site: Site) -> None:
    publisher = await publishing(site)
    await publisher.ws.close()
    await soon(lambda: "desk" not in site.audience.hub.streams, "they ended")


async def test_without_the_grant_nothing_is_read(site: Site) -> None:
    publisher = await connected(site, TOKEN)
    assert await publisher.closed() == CloseCode.FORBIDDEN


async def test_taking_the_grant_back_ends_everything_at_once(site: Site) -> None:
    link = site.actions.new_link(NewLink(grants=WATCH_ONLY | {Grant.PUBLISH}), now_s())
    publisher = await connected(site, link.secret)
    await publisher.say(Publish(PROTOCOL_VERSION), PICTURES)
    await publisher.until("grant")
    site.actions.end_link(link.link_id)
    assert await publisher.closed() in (CloseCode.EXPIRED, CloseCode.FORBIDDEN)
    await soon(lambda: "desk" not in site.audience.hub.streams, "its stream ended")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([b"\0\0\1"], CloseCode.PROTOCOL),
        (["{"], CloseCode.PROTOCOL),
        (['{"type":"clock","sent_us":1}'], CloseCode.PROTOCOL),
        (['{"type":"publish","version":99}'], CloseCode.VERSION),
        (['{"type":"publish","version":2}'] * 2, CloseCode.PROTOCOL),
        (['{"type":"publish","version":2}', b"\x77"], CloseCode.PROTOCOL),
        (['{"type":"publish","version":2,"name":"' + "x" * 20_000 + '"}'], CloseCode.PROTOCOL),
    ],
)
async def test_who_breaks_the_protocol_is_closed(
    site: Site, said: list[str | bytes], code: CloseCode
) -> None:
    publisher = await connected(site)
    for message in said:
        if isinstance(message, bytes):
            await publisher.ws.send_bytes(message)
        else:
            await publisher.ws.send_str(message)
    assert await publisher.closed() == code


async def test_the_version_before_is_accepted(site: Site) -> None:
    publisher = await connected(site)
    await publisher.say(Publish(PROTOCOL_VERSION - 1))
    assert (await publisher.until("published"))["version"] == PROTOCOL_VERSION - 1


async def test_an_offer_that_nobody_may_make_is_refused(site: Site) -> None:
    publisher = await connected(site)
    await publisher.say(Publish(PROTOCOL_VERSION), Offer(1, "s", "n"))
    assert (await publisher.until("refuse"))["reason"] == "not-allowed"


async def test_a_program_that_connects_again_replaces_its_dead_connection(site: Site) -> None:
    dead = await connected(site)
    await dead.say(Publish(PROTOCOL_VERSION, "elsewhere", program="one-run"), PICTURES)
    await dead.until("grant", track=THEIRS)
    again = await connected(site)
    await again.say(Publish(PROTOCOL_VERSION, "elsewhere", program="one-run"), PICTURES)
    await again.until("grant", track=THEIRS)
    assert await dead.closed() == CloseCode.STALLED
    assert list(site.audience.hub.streams) == ["screen", "desk"]


async def test_no_more_publish_than_may_and_a_place_becomes_free(site: Site) -> None:
    site.audience.hub.people.publishers.most = 1
    first, second = await connected(site), await connected(site)
    await first.say(Publish(PROTOCOL_VERSION, "first"))
    await first.until("published")
    await second.say(Publish(PROTOCOL_VERSION, "second"))
    await second.until("bye", reason="full")
    assert await second.closed() == CloseCode.FULL
    await first.ws.close()
    await soon(lambda: not site.audience.hub.people.publishers.count, "the place is free")
    third = await connected(site)
    await third.say(Publish(PROTOCOL_VERSION, "third"))
    await third.until("published")


async def test_nobody_is_asked_for_more_than_the_limit(site: Site) -> None:
    site.audience.hub.people.publishers.bitrate_bps = 3_000_000
    publisher = await connected(site)
    await publisher.say(Publish(PROTOCOL_VERSION, "elsewhere"), PICTURES)
    await publisher.until("grant", track=THEIRS, bitrate_bps=3_000_000)
    await publisher.say(
        State(THEIRS, "live", "live", "the desk", "X11"),
        Configure(THEIRS, MAIN, Codec.H264, "avc1.42C020", *SIZE, *SIZE, 60),
    )
    await watching(site)
    want = await publisher.wanted(MAIN)
    assert {each["rendition"]: each["bitrate_bps"] for each in want["targets"]}[MAIN] <= 3_000_000
    assert HOST.within(3_000_000).rates.bytes < HOST.rates.bytes


async def test_a_publisher_that_asks_learns_who_watches(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_session, "SEEN_INTERVAL_S", 0.01)
    publisher = await connected(site)
    await publisher.say(Publish(PROTOCOL_VERSION, kinds=["seen"]), PICTURES)
    await publisher.until("seen", track=THEIRS, viewers=0, names=[], recorded=False)
    viewer = await watching(site)
    await publisher.until("seen", viewers=1)
    await viewer.send_json({"type": "name", "name": "Ann"})
    await publisher.until("seen", names=["Ann"])
    site.audience.show_recording(True)
    await publisher.until("seen", recorded=True)
    await viewer.close()
    await publisher.until("seen", viewers=0, names=[])


async def test_one_person_shows_only_so_much_at_once(site: Site) -> None:
    token = publish_token(site)
    await site.client.post("/api/login", json={"token": token}, headers=site.same)
    sockets: list[Any] = []
    for _ in range(MOST_SHOWN):
        sockets.append(await site.client.ws_connect("/ws/publish", headers=site.same))
        await sockets[-1].send_str(text_from_publisher(Publish(PROTOCOL_VERSION)).decode())
        assert json.loads((await sockets[-1].receive(PATIENCE_S)).data)["profile"] == "page"
    one_more = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    assert await one_more.closed() == CloseCode.FULL
    await sockets[0].close()
    await soon(lambda: len(_shown_by(site)) < MOST_SHOWN, "one has ended")
    again = await site.client.ws_connect("/ws/publish", headers=site.same)
    await again.send_str(text_from_publisher(Publish(PROTOCOL_VERSION)).decode())
    assert (await again.receive(PATIENCE_S)).type is WSMsgType.TEXT


def _shown_by(site: Site) -> list[Grant]:
    people = site.audience.hub.people
    every = [grant for person in people for grant in person.connections.values()]
    return [grant for grant in every if grant is Grant.PUBLISH]


async def test_on_a_host_for_looking_only_nobody_publishes(site: Site) -> None:
    token = publish_token(site)
    site.audience.hub.people.barred = BROUGHT
    assert await (await connected(site, token)).closed() == CloseCode.FORBIDDEN
    assert await (await connected(site, HOST_TOKEN)).closed() == CloseCode.FORBIDDEN
    with pytest.raises(UsageError, match="--view-only"):
        publish_token(site)


@pytest.mark.parametrize("is_barred", [False, True])
async def test_the_page_may_ask_for_a_camera_only_where_somebody_could_publish(
    site: Site, is_barred: bool
) -> None:
    site.audience.hub.people.barred = BROUGHT if is_barred else frozenset()
    allowed = "()" if is_barred else "(self)"
    for path in ("/", "/host"):
        policy = (await site.client.get(path)).headers["Permissions-Policy"]
        for feature in ("camera", "microphone", "display-capture"):
            assert f"{feature}={allowed}" in policy


async def test_a_viewer_asks_and_gets_the_grant_without_a_reload(site: Site) -> None:
    viewer = await watching(site)
    await viewer.send_json({"type": "ask", "grants": ["publish"]})
    await soon(lambda: bool(site.actions.requests), "the host is asked")
    person = site.actions.requests[0].person_id
    assert site.actions.answer(person, True)
    found = site.audience.hub.people.find(person)
    assert found is not None
    assert Grant.PUBLISH in found.grants


async def show_link(site: Site) -> str:
    status, made = await ask(site, "POST", "/api/links/show", site.as_host)
    assert (status, made["grants"], made["uses_left"]) == (200, ["publish"], 1)
    return str(made["token"])


async def test_a_link_to_show_something_gives_that_and_nothing_else(site: Site) -> None:
    token, approved = await show_link(site), site.actions
    approved.approve()
    login: Any = {"json": {"token": token}, "headers": site.same}
    assert (await site.client.get("/show")).status == 200
    assert (await site.client.post("/api/login", **login)).status == 204
    for path in ("/api/status", "/snapshot.jpg", "/api/host"):
        assert (await site.client.get(path)).status == 403
    ws = await site.client.ws_connect("/ws/publish", headers=site.same)
    publisher = Publisher(ws)
    await publisher.say(Publish(PROTOCOL_VERSION), PAGE_PICTURES)
    await publisher.until("grant")
    assert "desk" in site.audience.hub.streams
    site.client.session.cookie_jar.clear()
    assert (await site.client.post("/api/login", **login)).status == 403, "once"


async def test_what_came_by_such_a_link_is_seen_by_the_host_until_it_is_shown(site: Site) -> None:
    login: Any = {"json": {"token": await show_link(site)}, "headers": site.same}
    await site.client.post("/api/login", **login)
    publisher = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await publisher.say(Publish(PROTOCOL_VERSION), PAGE_PICTURES)
    await publisher.until("grant")
    _, status = await ask(site, "GET", "/api/status", site.bearer)
    assert [each["stream"] for each in status["streams"]] == ["screen"]
    status_code, found = await ask(site, "GET", "/snapshot.jpg?stream=desk", site.bearer)
    assert (status_code, found) == (404, "There is no such stream; there are: screen\n")
    shown = (await ask(site, "GET", "/api/host", site.as_host))[1]["streams"]
    assert [(each["stream"], each["kept"]) for each in shown] == [("screen", False), ("desk", True)]
    path = "/api/streams/forward"
    assert (await ask(site, "POST", path, site.as_host, {"stream": "desk"}))[0] == 200
    _, status = await ask(site, "GET", "/api/status", site.bearer)
    assert [each["stream"] for each in status["streams"]] == ["screen", "desk"]
    assert (await ask(site, "POST", path, site.as_host, {"stream": "gone"}))[0] == 404
    assert (await ask(site, "POST", path, site.as_host, {"stream": 7}))[0] == 400
    assert (await ask(site, "POST", path, site.bearer, {"stream": ""}))[0] == 403
    assert (await ask(site, "POST", path, site.as_host, {"stream": ""}))[0] == 200
    assert site.audience.hub.find("desk") is None


async def test_a_page_that_connects_again_replaces_its_half_dead_connection(site: Site) -> None:
    """The first network went away without a word: the host has not seen that connection end."""
    token = publish_token(site)
    await site.client.post("/api/login", json={"token": token}, headers=site.same)
    once_more = Publish(PROTOCOL_VERSION, "page", program="a-secret-of-the-page")
    lines = []
    for _ in range(2):
        lines.append(Publisher(await site.client.ws_connect("/ws/publish", headers=site.same)))
        await lines[-1].say(once_more, PAGE_PICTURES)
        await lines[-1].until("grant")
        assert list(site.audience.hub.streams) == ["screen", "desk"]
    assert await lines[0].closed() == CloseCode.STALLED
    other = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await other.say(Publish(PROTOCOL_VERSION, "page", program="of-another-tab"), PAGE_PICTURES)
    await other.until("grant")
    assert list(site.audience.hub.streams) == ["screen", "desk", "desk-2"]


async def test_a_large_keyframe_in_many_fragments_arrives_whole(site: Site) -> None:
    """Chromium sends a message of more than 64 KiB in frames of its own choice."""
    width, height = 1440, 800
    key = encoded(1, width, height, H264Settings(quality=100, is_capped=False))[0]
    assert 1_400_000 < len(key.payload) < PAGE.rates.message_bytes
    await site.client.post("/api/login", json={"token": publish_token(site)}, headers=site.same)
    publisher = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await publisher.say(
        Publish(PROTOCOL_VERSION),
        PAGE_PICTURES,
        State(THEIRS, "live", "live", "the desk", "a page"),
        Configure(THEIRS, MAIN, Codec.H264, "", width, height, width, height, 30),
    )
    viewer = await watching(site)
    await publisher.wanted(MAIN)
    message = published_to_bytes(Published(replace(key, track=THEIRS, damage=Damage.ALL)))
    transport = publisher.ws._writer.transport
    parts = [message[at : at + 100_001] for at in range(0, len(message), 100_001)]
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        transport.write(fragment(2 if number == 0 else 0, part, is_last=is_last))
        if number == len(parts) // 2:
            transport.write(fragment(9, b"a ping between two fragments", is_last=True))
    got = await packet_of(viewer, PacketKind.VIDEO)
    assert slices(got.payload) == slices(key.payload), "the gate writes the level anew"


def slices(payload: bytes) -> list[bytes]:
    return [unit for unit in nal_units(payload) if nal_type(unit) in (1, 5)]


def fragment(opcode: int, payload: bytes, *, is_last: bool) -> bytes:
    """A client's frame (RFC 6455, 5.2), masked with zeros, so that the payload stays as it is."""
    size = len(payload)
    head = bytes([opcode | 0x80 * is_last])
    head += bytes([0x80 | size]) if size < 126 else b"\xff" + size.to_bytes(8, "big")
    return head + bytes(4) + payload
