"""One send at a time: what waits meanwhile, what of it is not needed any more, and the end."""

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
    """A server's end: `send` returns only once `open` is set."""

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
    assert transport.buffered_bytes() == 0  # as of a socket that takes them at once
    await soon(lambda: len(line.sent) == 4, "all are sent")
    assert line.sent[0] == {"type": "websocket.send", "text": '{"type":"welcome"}'}
    main = Rendition.MAIN
    assert line.packets == [(Rendition.JPEG, 0), (main, 0), (main, 1)]
    assert line.most_at_once == 1


async def test_what_waits_behind_a_send_is_told(line: Line, transport: AsgiTransport) -> None:
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


async def test_a_keyframe_replaces_its_renditions_older_packets(
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


async def test_the_goodbye_comes_after_what_was_written(
    line: Line, transport: AsgiTransport
) -> None:
    transport.write(said(b"bye"))
    transport.close(1001, "stopping")
    transport.write(said(b"too late"))
    await soon(lambda: len(line.sent) == 2, "it is closed")
    assert line.sent[1] == {"type": "websocket.close", "code": 1001, "reason": "stopping"}


async def test_a_goodbye_that_does_not_get_through_hangs_up(
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


async def test_a_viewer_that_has_gone_ends_it_quietly() -> None:
    async def send(event: MutableMapping[str, Any]) -> None:
        raise OSError("gone")

    transport = AsgiTransport(send)
    transport.write(said(b"hello?"))
    await asyncio.wait_for(transport.run(), 5000 * MS)
