"""Encoded pictures and sound that a program pushes, as viewers get them over their connections."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import numpy as np
import pytest
import simplejpeg

from samescreen import NotSharing, Share, UsageError
from samescreen.gate.jpeg import read_jpeg
from samescreen.media import Packet, PacketKind, Rendition
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.packets import packet_from_bytes
from tests import jpegs
from tests.encode.h264_tools import Decoder, noise
from tests.fakes import PATIENCE_S, soon
from tests.gate.published_streams import encoded

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one system suffices")

H264 = [packet.payload for packet in encoded(6, every=3)]
FILE = jpegs.encoded(noise(64, 48)).jpeg
TONE = (np.sin(np.arange(4410) * 0.1) * 16_000).astype(np.int16)


def local(source: Any = None, **more: Any) -> Share:
    return Share(source, host="127.0.0.1", port=0, tls="off", **more)


class Viewer:
    """A page's connection; it acknowledges every picture."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def until(self, rendition: Rendition) -> Packet:
        """The next packet of this rendition that stands alone."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.ws.receive()
                assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
                if message.type is aiohttp.WSMsgType.TEXT:
                    continue
                packet = packet_from_bytes(message.data)
                if packet.kind is not PacketKind.AUDIO:
                    await self._acknowledge(packet)
                if packet.rendition is rendition and packet.is_keyframe:
                    return packet

    async def _acknowledge(self, packet: Packet) -> None:
        about = {"rendition": packet.rendition, "sequence": packet.sequence, "track": packet.track}
        await self.ws.send_json({"type": "ack", "held_us": 0, **about})


@asynccontextmanager
async def watching(share: Share, *accepts: str, **more: str) -> AsyncIterator[Viewer]:
    bearer = {"Authorization": f"Bearer {share.token}"}
    url = f"http://127.0.0.1:{share.port}/ws"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=bearer) as ws:
        hello = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": list(accepts)}
        await ws.send_json(hello | more)
        yield Viewer(ws)


async def test_a_jpeg_file_is_passed_on_as_it_is_and_encoded_for_others() -> None:
    async with local() as share:
        share.push_encoded(FILE)
        async with watching(share, "jpeg") as here:
            still = await here.until(Rendition.JPEG)
            assert read_jpeg(still.payload).payload == read_jpeg(FILE).payload
        async with watching(share, "h264", "jpeg") as here:
            keyframe = await here.until(Rendition.MAIN)
            assert Decoder().decode(keyframe)
        share.push(noise(64, 48)[:, :, :3])  # pixels and files may alternate
        with pytest.raises(UsageError, match="add another one for H\\.264"):
            share.push_encoded(H264[0], "h264")


async def test_h264_is_passed_on_and_a_keyframe_asked_for() -> None:
    asked = asyncio.Event()
    names = []

    def on_keyframe(name: str) -> None:
        names.append(name)
        asked.set()

    async with local({"cam": None, "other": None}, on_keyframe=on_keyframe) as share:
        async with watching(share, "h264", "jpeg") as here:
            share.push_encoded(H264[0], "h264", to="cam")
            first = await here.until(Rendition.MAIN)
            assert Decoder().decode(first)
            asked.clear()
            async with watching(share, "h264", "jpeg") as there:
                await asyncio.wait_for(asked.wait(), PATIENCE_S)
                share.push_encoded(H264[3], "h264", to="cam")
                assert (await there.until(Rendition.MAIN)).payload == (
                    await here.until(Rendition.MAIN)
                ).payload
        assert set(names) == {"cam"}
        with pytest.raises(UsageError, match="add another one for pictures"):
            share.push_encoded(FILE, to="cam")
        share.push_encoded(FILE, to="other")


async def test_who_needs_smaller_pictures_of_h264_gets_the_newest_without_a_keyframe() -> None:
    decoder = Decoder()
    luma = [decoder.decode(packet)[0].astype(int) for packet in encoded(6, every=3)][1]
    async with local() as share:
        for unit in H264[:2]:
            share.push_encoded(unit, "h264")
        async with watching(share, "jpeg") as here:
            still = await here.until(Rendition.JPEG)
            gray = simplejpeg.decode_jpeg(still.payload, "GRAY")[:, :, 0].astype(int)
            assert gray.shape == luma.shape
            assert np.abs((luma - 16) * 255 // 219 - gray).mean() < 12
        async with watching(share, "h264", "jpeg", quality="low") as there:
            (plane, *_) = Decoder().decode(await there.until(Rendition.LOW))
            assert plane.shape == (24, 32)


async def test_a_newcomer_whom_no_keyframe_reaches_sees_a_still() -> None:
    async with local() as share:
        share.push_encoded(H264[0], "h264")
        host = share._host
        assert host is not None
        await soon(lambda: host.stream.status.state == "live", "the keyframe has passed")
        async with watching(share, "h264", "jpeg") as here:
            still = await here.until(Rendition.JPEG)
            assert simplejpeg.decode_jpeg(still.payload).shape == (48, 64, 3)


async def test_parameter_sets_may_come_alone() -> None:
    sets, slices = H264[0].split(b"\0\0\1\x65", 1)
    async with local() as share, watching(share, "h264", "jpeg") as here:
        share.push_encoded(sets, "h264")
        share.push_encoded(b"\0\0\1\x65" + slices, "h264")
        assert Decoder().decode(await here.until(Rendition.MAIN))


async def test_what_is_to_be_hidden_is_not_passed_on() -> None:
    async with local(hide_region="0,0,16,16") as share:
        with pytest.raises(UsageError, match="hide_region= hides nothing in it"):
            share.push_encoded(H264[0], "h264")
        share.push_encoded(FILE)


async def test_after_a_refusal_only_a_keyframe_passes() -> None:
    async with local() as share, watching(share, "h264", "jpeg") as here:
        share.push_encoded(H264[0], "h264")
        first = await here.until(Rendition.MAIN)
        with pytest.raises(UsageError, match="Constrained Baseline"):
            share.push_encoded(b"\0\0\1\x41" + b"\0\0\2" * 9, "h264")
        share.push_encoded(H264[1], "h264")  # needs what is missing: dropped without a word
        share.push_encoded(H264[3], "h264")
        second = await here.until(Rendition.MAIN)
        assert second.sequence == first.sequence + 1


@pytest.mark.parametrize(
    ("given", "codec", "words"),
    [
        ("text", "jpeg", "takes bytes, not str"),
        (FILE, "png", "takes 'jpeg' or 'h264'"),
        (b"", "jpeg", "no JPEG file"),
        (FILE[:-2], "jpeg", "does not end after one scan"),
        (FILE.replace(b"\xff\xc0", b"\xff\xc2", 1), "jpeg", "not baseline"),
        (b"", "h264", "without a start code"),
        (b"abc", "h264", "without a start code"),
    ],
)
async def test_what_cannot_be_shown_is_refused(given: Any, codec: Any, words: str) -> None:
    async with local() as share:
        with pytest.raises(UsageError, match=words):
            share.push_encoded(given, codec)


async def test_sound_is_heard_with_every_stream_and_from_any_rate() -> None:
    async with local({"a": None}) as share, watching(share, "h264", "jpeg") as here:
        share.push_audio(np.zeros(480, dtype=np.int16), 48_000)
        async with asyncio.timeout(PATIENCE_S):
            while "audio" not in (await here.ws.receive()).data:
                pass
        await here.ws.send_str(json.dumps({"type": "listen", "on": True, "codec": "pcm"}))
        pushing = asyncio.create_task(_push_tone(share))
        heard = np.zeros(0, dtype=np.int16)
        while np.abs(heard).max(initial=0) < 8_000:
            heard = np.frombuffer((await here.until(Rendition.PCM)).payload, dtype="<i2")
        assert heard[0::2].tolist() == heard[1::2].tolist(), "mono is heard on both sides"
        pushing.cancel()


async def _push_tone(share: Share) -> None:
    while True:
        share.push_audio(TONE, 44_100)
        await asyncio.sleep(0.1)


async def test_a_share_has_one_sound() -> None:
    async with local(audio="output") as share:
        with pytest.raises(UsageError, match="has a sound already"):
            share.push_audio(TONE, 48_000)


@pytest.mark.parametrize(
    ("given", "rate", "words"),
    [
        ([1, 2], 48_000, "not list"),
        (TONE.astype(np.float32), 48_000, "astype"),
        (TONE.reshape(-1, 10), 48_000, "of shape"),
        (TONE, 0, "not 0 a second"),
        (TONE, 44.1, "not 44.1 a second"),
    ],
)
async def test_what_is_no_sound_is_refused(given: Any, rate: Any, words: str) -> None:
    async with local() as share:
        with pytest.raises(UsageError, match=words):
            share.push_audio(given, rate)


def test_outside_its_block_nothing_can_be_pushed() -> None:
    share = local()
    with pytest.raises(NotSharing):
        share.push_encoded(FILE)
    with pytest.raises(NotSharing):
        share.push_audio(TONE, 48_000)


def test_on_a_thread_of_its_own() -> None:
    with local() as share:
        share.push_encoded(H264[0], "h264")
        share.push_audio(TONE, 48_000)
        for unit in H264[1:]:
            share.push_encoded(unit, "h264")
    with pytest.raises(NotSharing):
        share.push_encoded(H264[0], "h264")
