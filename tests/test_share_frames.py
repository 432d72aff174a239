"""Pictures of any stream as arrays: of the program's own, and of what others publish."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace

import aiohttp
import numpy as np
import psutil
import pytest

from samescreen import DecodeError, NotSharing, Share, UsageError
from samescreen.decode import restarts
from samescreen.encode.still import encode_jpeg
from samescreen.media import Codec, Damage, Packet, PacketKind, Region
from samescreen.serve import publish_session
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.publishing import (
    Configure,
    Offer,
    Publish,
    State,
    StillCost,
    VideoCost,
    Withdraw,
)
from tests.encode.h264_tools import noise
from tests.encode.h264_tools import picture as of
from tests.fakes import PATIENCE_S, soon
from tests.gate.published_streams import SIZE, encoded
from tests.serve.publishing_stage import JPEG, MAIN, PAGE_PICTURES, THEIRS, Publisher
from tests.stage.local_share import local

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="counts and stops processes")

RED = np.full((90, 160, 3), (200, 30, 40), dtype=np.uint8)
OFFER = Offer(THEIRS, "phone", "A phone", [VideoCost(MAIN, 20_000_000, 60)])

CONFIGURE = Configure(THEIRS, MAIN, Codec.H264, "avc1.42C020", *SIZE, *SIZE, 60)


def decoders() -> list[psutil.Process]:
    """The processes that decode for this one."""
    found = []
    for each in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if "samescreen.decode.child" in each.cmdline():
                found.append(each)
    return found


@asynccontextmanager
async def publisher_to(
    share: Share, offer: Offer = OFFER, configure: Configure = CONFIGURE
) -> AsyncIterator[Publisher]:
    """Somebody who publishes to this share."""
    token = share.new_link(grants=("watch", "publish")).token
    url = f"http://127.0.0.1:{share.port}/ws/publish"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.ws_connect(url, max_msg_size=0) as ws,
    ):
        publisher = Publisher(ws)
        await publisher.say(Publish(PROTOCOL_VERSION, "elsewhere"), offer)
        await publisher.until("grant", track=THEIRS)
        await publisher.say(State(THEIRS, "live", "live", "a camera", ""), configure)
        yield publisher


async def send_when_wanted(publisher: Publisher, packets: tuple[Packet, ...]) -> None:
    await publisher.wanted(MAIN)
    for packet in packets:
        await publisher.send(packet)


async def test_a_published_stream_is_decoded_while_somebody_iterates() -> None:
    async with local({}) as share, publisher_to(share) as publisher:
        (name,) = share.streams
        assert (name, name.kind, name.by) == ("A phone", "host", "")
        assert name.person
        assert decoders() == []
        async with aclosing(aiter(share.frames(name))) as frames:
            sending = asyncio.create_task(send_when_wanted(publisher, encoded(3)))
            shapes = {(await anext(frames)).shape}
            await sending
            (decoder,) = decoders()
            assert shapes == {(48, 64, 3)}
            wants = [said for said in publisher.heard if said["type"] == "want"]
            assert wants[0]["renditions"] == []
        while (await publisher.until("want", track=THEIRS))["renditions"]:
            pass
        await soon(lambda: not decoder.is_running(), "its process is gone")


async def test_a_page_that_shows_something_sees_that_a_program_watches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish_session, "SEEN_INTERVAL_S", 0.05)
    async with local({}) as share:
        here = f"http://127.0.0.1:{share.port}"
        token = share.new_link(grants=("watch", "publish")).token
        async with aiohttp.ClientSession(
            headers={"Origin": here}, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as session:
            await session.post(f"{here}/api/login", json={"token": token})
            async with session.ws_connect(f"{here}/ws/publish") as ws:
                publisher = Publisher(ws)
                await publisher.say(Publish(PROTOCOL_VERSION, kinds=["seen"]), PAGE_PICTURES)
                await publisher.until("grant", track=THEIRS)
                (name,) = share.streams
                assert (name, name.kind) == ("The desk", "page")
                assert name.person
                await publisher.until("seen", viewers=0)
                share.limit(name, fps=7)
                taking = asyncio.create_task(anext(aiter(share.frames(name))))
                await publisher.until("seen", viewers=1)
                wants = [said for said in publisher.heard if said["type"] == "want"]
                assert [each["fps"] for each in wants[-1]["targets"]] == [7]
                taking.cancel()
                await publisher.until("seen", viewers=0)


async def test_garbage_that_passes_the_gate_costs_a_keyframe_and_no_more() -> None:
    first, second = encoded(2)
    spoilt = replace(first, payload=first.payload[:90])
    async with (
        local({}) as share,
        publisher_to(share) as publisher,
        aclosing(aiter(share.frames())) as frames,
    ):
        picture = asyncio.create_task(anext(frames))
        await send_when_wanted(publisher, (spoilt,))
        await send_when_wanted(publisher, (replace(first, sequence=5, pts_us=10**6),))
        assert (await picture).shape == (48, 64, 3)


async def test_a_decoder_that_dies_again_and_again_ends_the_iteration_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarts, "MOST_DEATHS", 1)
    async with local({"still": RED}) as share, publisher_to(share) as publisher:
        frames = aiter(share.frames("A phone"))
        picture = asyncio.create_task(anext(frames))
        await send_when_wanted(publisher, encoded(1))
        await picture
        decoders()[0].kill()
        await publisher.send(encoded(2)[1])
        with pytest.raises(DecodeError, match=r"^A phone cannot be decoded: .*SIGKILL$"):
            await anext(frames)
        async with aclosing(aiter(share.frames("still"))) as others:
            assert (await anext(others)).shape == RED.shape


async def test_the_iteration_ends_with_the_stream() -> None:
    async with local({}) as share, publisher_to(share) as publisher:
        frames = aiter(share.frames("A phone"))
        picture = asyncio.create_task(anext(frames))
        await send_when_wanted(publisher, encoded(1))
        await picture
        await publisher.say(Withdraw(THEIRS))
        with pytest.raises(StopAsyncIteration):
            await anext(frames)
        with pytest.raises(UsageError, match="there is no stream called 'A phone'"):
            share.frames("A phone")


async def test_a_stream_of_jpeg_alone_is_decoded_apart_too() -> None:
    file = encode_jpeg(of(noise(*SIZE)), quality=80)
    whole = Damage.of(Region(0, 0, *SIZE))
    still = Packet(PacketKind.STILL, JPEG, THEIRS, 0, 0, True, whole, file)
    offer = Offer(THEIRS, "phone", "A phone", [], StillCost(90, 30))
    configure = Configure(THEIRS, JPEG, Codec.JPEG, "", *SIZE, *SIZE, 30)
    async with (
        local({}) as share,
        publisher_to(share, offer, configure) as publisher,
        aclosing(aiter(share.frames("A phone"))) as frames,
    ):
        picture = asyncio.create_task(anext(frames))
        await publisher.wanted(JPEG)
        await publisher.send(still)
        assert (await picture).shape == (48, 64, 3)
        assert len(decoders()) == 1


async def test_sealed_pictures_are_refused_and_never_decoded() -> None:
    offer = Offer(THEIRS, "desk", "A desk", OFFER.video, sealed=True)
    async with local({}) as share, publisher_to(share, offer):
        with pytest.raises(UsageError, match="sealed: take them at the host that shares them"):
            await anext(aiter(share.frames("A desk")))
        assert decoders() == []


async def test_a_stranger_cannot_take_the_name_of_a_stream_of_the_program() -> None:
    offer = replace_name(OFFER, "desk")
    async with local({"desk": RED}) as share, publisher_to(share, offer):
        assert share.streams == ("desk", "desk (2)")
        assert [each.kind for each in share.streams] == ["own", "host"]
        async with aclosing(aiter(share.frames("desk"))) as frames:
            assert (await anext(frames)).shape == RED.shape
        assert decoders() == []


def replace_name(offer: Offer, name: str) -> Offer:
    return Offer(offer.track, offer.stream, name, offer.video)


def test_a_script_iterates_over_its_own_stream_and_sees_what_it_pushed() -> None:
    with local(name="robot") as share:
        share.push(RED)
        for picture in share.frames("robot"):
            assert np.abs(picture[45, 80].astype(int) - RED[45, 80, ::-1]).max() <= 6
            assert picture.flags.writeable
            break
        assert decoders() == []
        with pytest.raises(UsageError, match="there are: 'robot'"):
            share.frames("arm")
    with pytest.raises(NotSharing):
        share.frames("robot")


def test_iterating_on_a_thread_ends_with_the_share() -> None:
    ended = threading.Event()
    with local(name="robot") as share:
        share.push(RED)
        has_begun = threading.Event()

        def take() -> None:
            for _ in share.frames("robot"):
                has_begun.set()
            ended.set()

        threading.Thread(target=take).start()
        assert has_begun.wait(PATIENCE_S)
    assert ended.wait(PATIENCE_S)


async def test_a_blocking_loop_on_the_shares_own_loop_is_refused() -> None:
    async with local() as share:
        with pytest.raises(UsageError, match="use `async for`"):
            iter(share.frames())
