"""One send at a time: the queue meanwhile, the packets that leave it, and the close."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from samescreen.media import PacketKind, Rendition
from samescreen.serve import asgi_socket
from samescreen.serve.asgi_socket import AsgiTransport
from samescreen.wire.outgoing import Outgoing, media
from samescreen.wire.packets import packet_from_bytes, text_frame
from tests.fakes import soon, still, video
from tests.stage.timing import MS


class Line:
    """A server's `send`, which returns only once `open` is set."""

    def __init__(self) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.most_at_once = 0
        self._at_once = 0

    async def send(self, event: MutableMapping[str, Any]) -> None:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        self.sent.append(event)
        await self.open.wait()
        self._at_once -= 1

    @property
    def packets(self) -> list[tuple[Rendition, int]]:
        found = [packet_from_bytes(event["bytes"]) for event in self.sent if "bytes" in event]
        return [(packet.rendition, packet.sequence) for packet in found]


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
async def transport(line: Line) -> AsyncIterator[AsgiTransport]:
    made = AsgiTransport(line.send)
    running = asyncio.create_task(made.run())
    made.hang_up = running.cancel
    await asyncio.sleep(0)
    yield made
    running.cancel()
    await asyncio.wait([running])


def said(message: bytes) -> Outgoing:
    return Outgoing(message, text_frame(message))


async def test_messages_go_in_order_and_without_their_frames(
    line: Line, transport: AsgiTransport
) -> None:
    transport.write(said(b'{"type":"welcome"}'))
    transport.write(media(still(0)))
    transport.write(media(video(0, keyframe=True)))
    transport.write(media(video(1)))
    assert transport.buffered_bytes() == 0  # like a socket that takes everything at once
    await soon(lambda: len(line.sent) == 4, "all are sent")
    assert line.sent[0] == {"type": "websocket.send", "text": '{"type":"welcome"}'}
    main = Rendition.MAIN
    assert line.packets == [(Rendition.JPEG, 0), (main, 0), (main, 1)]
    assert line.most_at_once == 1


async def test_the_backlog_behind_a_send_is_counted(line: Line, transport: AsgiTransport) -> None:
    line.open.clear()
    first, second = media(video(0, keyframe=True)), media(video(1))
    transport.write(first)
    await soon(lambda: line.sent, "it is under way")
    assert transport.buffered_bytes() == len(first.message)
    transport.write(second)
    assert transport.buffered_bytes() == len(first.message) + len(second.message)
    line.open.set()
    await soon(lambda: transport.buffered_bytes() == 0, "both are through")
    assert len(line.sent) == 2


async def test_a_keyframe_replaces_older_packets_of_its_rendition(
    line: Line, transport: AsgiTransport
) -> None:
    line.open.clear()
    transport.write(media(video(0, keyframe=True)))
    await soon(lambda: line.sent, "it is under way")
    for each in (still(0), video(1), video(2), still(1), video(3, keyframe=True), video(4)):
        transport.write(media(each))
    transport.write(said(b"{}"))
    line.open.set()
    await soon(lambda: "text" in line.sent[-1], "all are sent")
    main, jpeg = Rendition.MAIN, Rendition.JPEG
    assert line.packets == [(main, 0), (jpeg, 0), (jpeg, 1), (main, 3), (main, 4)]
    assert PacketKind.STILL in {packet_from_bytes(e["bytes"]).kind for e in line.sent[:-1]}


async def test_the_close_frame_follows_all_written_messages(
    line: Line, transport: AsgiTransport
) -> None:
    transport.write(said(b"bye"))
    transport.close(1001, "stopping")
    transport.write(said(b"too late"))
    await soon(lambda: len(line.sent) == 2, "it is closed")
    assert line.sent[1] == {"type": "websocket.close", "code": 1001, "reason": "stopping"}


async def test_a_close_frame_that_cannot_be_sent_hangs_up(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi_socket, "GOODBYE_S", 20 * MS)
    transport = AsgiTransport(line.send)
    running = asyncio.create_task(transport.run())
    transport.hang_up = running.cancel
    line.open.clear()
    transport.write(said(b"stuck"))
    await soon(lambda: line.sent, "it is under way")
    transport.close(4408, "stalled")
    await asyncio.wait([running], timeout=5000 * MS)
    assert running.cancelled()


async def test_a_viewer_that_is_gone_ends_the_transport_quietly() -> None:
    async def send(event: MutableMapping[str, Any]) -> None:
        raise OSError("gone")

    transport = AsgiTransport(send)
    transport.write(said(b"hello?"))
    await asyncio.wait_for(transport.run(), 5000 * MS)
