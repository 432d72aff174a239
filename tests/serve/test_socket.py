"""A viewer's WebSocket on a real port: from hello to close, and every way to lose it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.media import PacketKind
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.outgoing import Outgoing
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import PATIENCE_S, frame, soon
from tests.serve.conftest import Site
from tests.stage.timing import MS

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
ACK = {"type": "ack", "held_us": 0}


async def connect(site: Site) -> ClientWebSocketResponse:
    ws: ClientWebSocketResponse = await site.client.ws_connect("/ws", headers=site.bearer)
    return ws


async def receive(ws: ClientWebSocketResponse) -> Any:
    return await ws.receive(timeout=PATIENCE_S)


async def messages_until_close(ws: ClientWebSocketResponse) -> list[dict[str, Any]]:
    """All control messages until the host closes."""
    messages = []
    while (message := await receive(ws)).type is WSMsgType.TEXT:
        messages.append(json.loads(message.data))
    return messages


async def test_from_hello_to_pictures(site: Site) -> None:
    site.source.push(frame())
    ws = await connect(site)
    await ws.send_json(HELLO)
    kinds: list[Any] = []
    while len(kinds) < 2:
        message = await receive(ws)
        if message.type is WSMsgType.BINARY:
            packet = packet_from_bytes(message.data)
            kinds.append((packet.kind, packet.is_keyframe, packet.payload))
            # On a busy machine the path looks long, and the host waits for the ack of the still.
            await ws.send_json(ACK | {"rendition": packet.rendition, "sequence": packet.sequence})
    assert kinds == [
        (PacketKind.STILL, True, b"JPEG 0"),
        (PacketKind.VIDEO, True, b"MAIN 0"),
    ]
    assert site.audience.viewer_count() == 1
    await ws.close()
    await soon(lambda: not site.viewers, "it is gone")


async def test_compression_is_not_negotiated(site: Site) -> None:
    ws = await site.client.ws_connect("/ws", headers=site.bearer, compress=15)
    assert ws.compress == 0
    await ws.close()


async def test_a_page_logs_in_and_connects(site: Site) -> None:
    await site.log_in()
    ws = await site.client.ws_connect("/ws", headers=site.same)
    await ws.send_json(HELLO)
    assert json.loads((await receive(ws)).data)["type"] == "welcome"
    await ws.close()


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("junk", 4400, "protocol"),
        (json.dumps(HELLO | {"version": 999}), 4426, "version"),
        (json.dumps({"type": "ping", "sent_us": 1}), 4400, "protocol"),
    ],
)
async def test_breaking_the_protocol_closes_with_words(
    site: Site, text: str, code: int, reason: str
) -> None:
    ws = await connect(site)
    await ws.send_str(text)
    (bye,) = await messages_until_close(ws)
    assert (bye["type"], bye["reason"]) == ("bye", reason)
    assert ws.close_code == code
    await soon(lambda: not site.viewers, "it is gone")


async def test_a_binary_frame_from_a_page_is_refused(site: Site) -> None:
    ws = await connect(site)
    await ws.send_bytes(b"\1\2\3")
    await messages_until_close(ws)
    assert ws.close_code == 4400
    await soon(lambda: not site.viewers, "it is gone")


async def test_a_binary_frame_from_a_page_is_refused_with_words(site: Site) -> None:
    ws = await connect(site)
    await ws.send_bytes(b"\1\2\3")
    assert [message["type"] for message in await messages_until_close(ws)] == ["bye"]


async def test_an_oversize_message_is_refused(site: Site) -> None:
    ws = await connect(site)
    await ws.send_json(HELLO | {"accepts": ["h264"], "padding": "x" * 8000})
    await messages_until_close(ws)
    assert ws.close_code == 1009
    await soon(lambda: not site.viewers, "it is gone")


@pytest.mark.filterwarnings("ignore")
async def test_a_deeply_nested_message_is_refused_with_words(site: Site) -> None:
    ws = await connect(site)
    await ws.send_str('{"type":"ping","sent_us":1,"x":' + "[" * 3000)
    await messages_until_close(ws)
    assert ws.close_code == 4400


async def test_a_lost_connection_is_forgotten(site: Site) -> None:
    ws = await connect(site)
    await ws.send_json(HELLO)
    await receive(ws)
    transport = ws._conn.transport if ws._conn else None
    assert transport is not None
    transport.abort()
    await soon(lambda: not site.viewers, "it is gone")
    await ws.close()


async def test_the_hosts_bye_arrives(site: Site) -> None:
    ws = await connect(site)
    await ws.send_json(HELLO)
    await receive(ws)
    site.audience.hub.close()
    messages = await messages_until_close(ws)
    assert (messages[-1]["type"], messages[-1]["reason"]) == ("bye", "stopping")
    assert ws.close_code == 1001


async def test_a_viewer_that_stopped_reading_is_dropped(site: Site) -> None:
    before = asyncio.all_tasks()
    ws = await connect(site)
    await ws.send_json(HELLO)
    await soon(lambda: site.audience.viewer_count() == 1, "it watches")
    serving = asyncio.all_tasks() - before
    assert serving
    (viewer,) = site.viewers.values()
    line: Any = ws._conn.transport if ws._conn else None
    line.pause_reading()
    try:
        mebibyte = b"\x82\x7f" + (1 << 20).to_bytes(8, "big") + bytes(1 << 20)
        for _ in range(12):
            viewer.send_ready(Outgoing(mebibyte, mebibyte))
        site.audience.leave(viewer)
        viewer.hang_up(4408, "stalled")
        await soon(lambda: all(t.done() for t in serving), "its task has ended", 3000 * MS)
    finally:
        line.resume_reading()
        await ws.close()


async def test_the_socket_has_no_delay_and_a_small_kernel_buffer(site: Site) -> None:
    ws = await connect(site)
    await soon(lambda: site.viewers, "it is there")
    server: Any = site.client.server
    (connection,) = (c for c in server.handler.connections if c.transport is not None)
    sock = connection.transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        lowat = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)
        assert 64 * 1024 <= lowat <= 128 * 1024
    await ws.close()


@pytest.mark.parametrize("opcode", [0x89, 0x8A], ids=["pings", "pongs"])
async def test_a_flood_of_control_frames_is_closed_and_delays_nobody(
    site: Site, opcode: int
) -> None:
    ws = await connect(site)
    await ws.send_json(HELLO)
    await receive(ws)
    transport = ws._conn.transport if ws._conn else None
    assert transport is not None
    waits_s = []
    for _ in range(40):
        if not transport.is_closing():
            transport.write(bytes([opcode, 0x80, 0, 0, 0, 0]) * 1000)
        began_s = time.monotonic()
        await asyncio.sleep(0)
        waits_s.append(time.monotonic() - began_s)
    await soon(lambda: not site.viewers, "it is gone")
    assert sorted(waits_s)[30] < 50 * MS
    await messages_until_close(ws)
    assert ws.close_code in (4400, 1006), "a reset may overtake the close frame of who floods"
