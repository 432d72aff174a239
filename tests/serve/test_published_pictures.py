"""A page that publishes JPEG files: this host decodes them apart, and encodes them once."""

from __future__ import annotations

from typing import Any

import numpy as np
import psutil
import pytest

from samescreen.closing import CloseCode
from samescreen.decode.decoder import Decoder
from samescreen.encode.factory import EncoderFactory
from samescreen.encode.probe import SelectedEncoder
from samescreen.encode.still import encode_jpeg
from samescreen.flow.rate import RateTarget
from samescreen.flow.stills import StillTarget
from samescreen.hub.publishers import Encoding
from samescreen.media import Codec, Damage, Packet, PacketKind, Rendition
from samescreen.publish import decoded_source
from samescreen.publish.remote_pictures import MOST_FPS, RemotePictures
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.publishing import Configure, Offer, Publish, State, StillCost, Withdraw
from tests.encode.h264_tools import Decoder as VideoDecoder
from tests.encode.h264_tools import bgr_at, patches, picture
from tests.fakes import soon
from tests.serve.conftest import Site
from tests.serve.publishing_stage import THEIRS, Publisher, packet_of, publish_token, watching

SIZE = (64, 48)
JPEG = Rendition.JPEG
FILES = Offer(THEIRS, "desk", "Ann's screen", stills=StillCost(80, 30))
COLOURS = [(200, 60, 20), (20, 200, 60)]


@pytest.fixture(autouse=True)
def encodes(site: Site) -> None:
    site.audience.hub.people.publishers.encoding = Encoding(
        lambda track: EncoderFactory(SelectedEncoder(), track=track, quality=75).make,
        RateTarget(8_000_000, 30),
        StillTarget(90, 30),
    )


def a_file(number: int, *, progressive: bool = False) -> Packet:
    shown = patches(*SIZE, [COLOURS[number % 2]])
    payload = encode_jpeg(picture(shown), quality=90)
    if progressive:
        payload = payload.replace(b"\xff\xc0", b"\xff\xc2", 1)
    kind = PacketKind.STILL
    return Packet(kind, JPEG, THEIRS, number, 1_000 * number, True, Damage.ALL, payload)


async def page(site: Site, offer: Offer = FILES) -> Publisher:
    """A page whose pictures were accepted."""
    login = {"token": publish_token(site)}
    await site.client.post("/api/login", json=login, headers=site.same)
    ws: Any = await site.client.ws_connect("/ws/publish", headers=site.same, max_msg_size=0)
    publisher = Publisher(ws)
    await publisher.say(Publish(PROTOCOL_VERSION, "page"), offer)
    await publisher.until("published", profile="page")
    grant = await publisher.until("grant", track=THEIRS)
    assert (grant["long_side"], grant["short_side"], grant["fps"]) == (1920, 1080, MOST_FPS)
    await publisher.say(
        State(THEIRS, "live", "live", "Ann's screen", "a page"),
        Configure(THEIRS, JPEG, Codec.JPEG, "", *SIZE, *SIZE, MOST_FPS),
    )
    return publisher


def published(site: Site) -> RemotePictures:
    publisher = site.audience.hub.streams["desk"].publisher
    assert isinstance(publisher, RemotePictures)
    return publisher


def process_of(site: Site) -> int:
    decoder = published(site).pictures._decoder
    assert isinstance(decoder, Decoder)
    assert decoder._process is not None
    return decoder._process.pid


async def test_viewers_get_video_of_it_and_stills(site: Site) -> None:
    publisher = await page(site)
    viewer = await watching(site)
    want = await publisher.wanted(JPEG)
    assert (want["renditions"], want["paused"]) == ([JPEG], False)
    assert want["stills"]["fps"] <= MOST_FPS
    await publisher.send(a_file(0))
    keyframe = await packet_of(viewer, PacketKind.VIDEO)
    (planes,) = VideoDecoder().decode(keyframe),
    assert np.abs(bgr_at(planes, 32, 24) - COLOURS[0]).max() < 12
    await publisher.send(a_file(1))
    later = await packet_of(viewer, PacketKind.VIDEO)
    assert later.rendition is Rendition.MAIN
    status = site.audience.hub.streams["desk"].status
    assert (status.state, status.detail) == ("live", "Ann's screen")


async def test_nothing_is_wanted_while_nobody_watches(site: Site) -> None:
    publisher, viewer = await page(site), await watching(site)
    await publisher.wanted(JPEG)
    await viewer.close()
    await publisher.until("want", renditions=[])
    await watching(site)
    await publisher.wanted(JPEG)


async def test_a_newcomer_sees_a_picture_that_rests(site: Site) -> None:
    publisher, viewer = await page(site), await watching(site)
    await publisher.wanted(JPEG)
    await publisher.send(a_file(0))
    await packet_of(viewer, PacketKind.VIDEO)
    assert await packet_of(await watching(site), PacketKind.VIDEO)


async def test_the_death_of_its_process_ends_nothing_else(site: Site) -> None:
    publisher, viewer = await page(site), await watching(site)
    await publisher.wanted(JPEG)
    await publisher.send(a_file(0))
    await packet_of(viewer, PacketKind.VIDEO)
    psutil.Process(process_of(site)).kill()
    await publisher.send(a_file(1))
    await publisher.wanted(JPEG)
    await publisher.send(a_file(2))
    await publisher.send(a_file(3))
    assert await packet_of(viewer, PacketKind.VIDEO)


async def test_its_process_and_thread_end_with_the_stream(site: Site) -> None:
    publisher, viewer = await page(site), await watching(site)
    await publisher.wanted(JPEG)
    await publisher.send(a_file(0))
    await packet_of(viewer, PacketKind.VIDEO)
    process, thread = process_of(site), published(site)._thread
    assert thread is not None
    await publisher.say(Withdraw(THEIRS))
    await soon(lambda: not psutil.pid_exists(process), "its process has ended")
    await soon(lambda: thread.join(0), "its thread has ended")
    assert "desk" not in site.audience.hub.streams


async def test_what_the_gate_refuses_ends_the_stream(site: Site) -> None:
    publisher = await page(site)
    await publisher.send(a_file(0, progressive=True))
    await publisher.until("ended", reason="format")
    assert "desk" not in site.audience.hub.streams


async def test_what_cannot_be_decoded_again_and_again_ends_the_stream(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        needs_keyframe = True
        ended = "Ann's screen cannot be decoded: the decoder was killed"

        def submit(self, *given: object, **more: object) -> bool:
            return False

        def newest(self) -> None:
            return None

        def close(self) -> None:
            pass

    monkeypatch.setattr(decoded_source, "Decoder", lambda *given, **more: Broken())
    publisher, _ = await page(site), await watching(site)
    await publisher.wanted(JPEG)
    await publisher.send(a_file(0))
    await publisher.until("ended", reason="format", detail=Broken.ended)


async def test_the_host_ends_it(site: Site) -> None:
    publisher = await page(site)
    await site.audience.hub.remove("desk")
    await publisher.until("ended", reason="revoked")


async def test_a_page_that_pauses_says_so(site: Site) -> None:
    publisher = await page(site)
    await publisher.say(State(THEIRS, "waiting", "paused", "Ann's screen"))
    await soon(lambda: site.audience.hub.streams["desk"].status.reason == "paused", "it is shown")


async def test_a_host_that_encodes_nothing_refuses(site: Site) -> None:
    site.audience.hub.people.publishers.encoding = None
    await site.client.post("/api/login", json={"token": publish_token(site)}, headers=site.same)
    publisher = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await publisher.say(Publish(PROTOCOL_VERSION, "page"), FILES)
    assert (await publisher.until("refuse"))["reason"] == "format"


async def test_after_its_encoder_failed_the_page_goes_on_under_another_number(site: Site) -> None:
    publisher, viewer = await page(site), await watching(site)
    await publisher.wanted(JPEG)
    before = site.audience.hub.streams["desk"]
    await publisher.say(Offer(THEIRS + 1, "desk", "Ann's screen", stills=StillCost(80, 15)))
    await publisher.until("grant", track=THEIRS + 1)
    await publisher.until("want", track=THEIRS + 1, renditions=[JPEG])
    assert site.audience.hub.streams["desk"] is before
    assert viewer.close_code != CloseCode.STOPPING
