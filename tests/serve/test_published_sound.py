"""The sound of a tab that a page publishes: passed on, and as samples for who has no decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from aiohttp import WSMsgType

from samescreen.encode.opus import OpusEncoder
from samescreen.encode.opus_samples import OpusSamples
from samescreen.media import Packet, PacketKind, Rendition, SoundBlock
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_from_bytes
from samescreen.wire.published import Published, published_to_bytes
from samescreen.wire.publishing import Offer, Publish, State, StillCost, VideoCost
from tests.fakes import PATIENCE_S
from tests.serve.conftest import Site
from tests.serve.publishing_stage import THEIRS, Publisher, publish_token, watching

SOUND = 255
OFFERS = (
    Offer(SOUND, "desk", "Ann's tab", sounds=[Rendition.OPUS]),
    Offer(
        THEIRS,
        "desk",
        "Ann's tab",
        [VideoCost(Rendition.MAIN, 2_000_000, 30)],
        StillCost(90, 8),
        sound=SOUND,
    ),
)


def tone(count: int) -> list[Packet]:
    encoder = OpusEncoder(SOUND)
    at = np.arange(480 * count).reshape(count, 480, 1)
    samples = np.repeat(0.5 * np.sin(at * 2 * np.pi / 48), 2, axis=2).astype(np.float32)
    return [encoder.encode(SoundBlock(s, 10_000 * n)) for n, s in enumerate(samples)]


async def page(site: Site) -> Publisher:
    login = {"token": publish_token(site)}
    await site.client.post("/api/login", json=login, headers=site.same)
    ws: Any = await site.client.ws_connect("/ws/publish", headers=site.same, max_msg_size=0)
    publisher = Publisher(ws)
    await publisher.say(Publish(PROTOCOL_VERSION, "page"), *OFFERS)
    await publisher.until("grant", track=THEIRS)
    await publisher.say(State(SOUND, "live", "live", "Ann's tab", "a page"))
    return publisher


@pytest.mark.parametrize("codec", ["opus", "pcm"])
async def test_it_is_heard_in_the_form_that_a_page_needs(site: Site, codec: str) -> None:
    publisher, viewer = await page(site), await watching(site)
    await viewer.send_json({"type": "listen", "on": True, "codec": codec})
    await publisher.until("want", track=SOUND, renditions=[Rendition.OPUS])
    sent = tone(20)
    for packet in sent:
        await publisher.ws.send_bytes(published_to_bytes(Published(packet)))
    heard: list[Packet] = []
    while len(heard) < 10:
        message = await viewer.receive(timeout=PATIENCE_S)
        if message.type is WSMsgType.BINARY:
            packet = packet_from_bytes(message.data)
            if packet.kind is PacketKind.AUDIO:
                heard.append(packet)
    wanted = Rendition.OPUS if codec == "opus" else Rendition.PCM
    assert {packet.rendition for packet in heard} == {wanted}
    assert [packet.sequence for packet in heard] == list(range(10))
    if codec == "opus":
        assert [packet.payload for packet in heard] == [packet.payload for packet in sent[:10]]
    else:
        last = np.frombuffer(heard[-1].payload, "<i2").reshape(480, 2)
        assert 12_000 < np.abs(last).max() < 20_000
        steps = np.diff([packet.pts_us for packet in heard])
        assert (steps == 10_000).all()


async def test_nothing_is_wanted_of_it_while_nobody_listens(site: Site) -> None:
    publisher, viewer = await page(site), await watching(site)
    await viewer.send_json({"type": "listen", "on": True, "codec": "pcm"})
    await publisher.until("want", track=SOUND, renditions=[Rendition.OPUS])
    await viewer.close()
    await publisher.until("want", track=SOUND, renditions=[])


def test_what_cannot_be_decoded_is_left_out() -> None:
    samples = OpusSamples()
    assert all(len(block) == 1920 for block in samples.take(b"\xff" * 40))
    blocks = [block for packet in tone(10) for block in samples.take(packet.payload)]
    assert len(blocks) >= 9
