"""What goes up sealed: nothing that a relay could read, and no nonce twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from samescreen.errors import Refused, UsageError
from samescreen.flow.up_link import UpLink
from samescreen.hub.hub import Hub
from samescreen.hub.wanted import want_of
from samescreen.media import Damage, Packet, PacketKind, Rendition
from samescreen.relay.publication import Publication
from samescreen.relay.reasons import NO_SEAL
from samescreen.relay.seal import Seal
from samescreen.relay.up_sound import UpSound
from samescreen.relay.up_stream import UpStream
from samescreen.relay.via import Lost, Opened
from samescreen.serve.snapshot import SEALED, snapshot
from samescreen.wire.publishing import Offer, Want, Welcomed
from samescreen.wire.sealed import HEAD_BYTES
from tests.fakes import FakePublisher, config, soon, still, video
from tests.host.hosting import TOKEN
from tests.hub.room import LIVE
from tests.relay.test_relay import packets, publishing, relay, sharing, watching
from tests.relay.test_up_stream import WANTED, Wire
from tests.wire.test_sealed import opened

NOW_US = 10_000_000
OPUS = Rendition.OPUS


def a_hub() -> tuple[Hub, list[FakePublisher]]:
    hub, publishers = Hub(lambda: NOW_US), [FakePublisher(0), FakePublisher(1)]
    for number, publisher in enumerate(publishers):
        stream = hub.add(f"screen-{number}", f"Screen {number}", publisher)
        stream.deliver(LIVE)
        for each in (config(), config(Rendition.JPEG)):
            stream.deliver(replace(each, track=number))
    return hub, publishers


def link() -> UpLink:
    up = UpLink(100_000)
    up.round_trip(10_000, NOW_US)
    return up


def test_everything_that_goes_up_opens_with_the_key_alone_and_no_nonce_comes_twice() -> None:
    hub, _ = a_hub()
    seal, wire = Seal(), Wire()
    ups = [
        UpStream(stream, number, wire, link(), lambda: None, seal)
        for number, stream in enumerate(hub.streams.values())
    ]
    sent: list[Packet] = []
    for number, up in enumerate(ups):
        up.want(want_of(WANTED, number))
        for event in (still(1), video(1, keyframe=True), video(2)):
            up.stream.deliver(replace(event, track=number))
            sent.append(replace(event, track=number))
    ups[0].begin(7)
    ups[0].want(want_of(WANTED, 7))
    ups[0].stream.deliver(video(3, keyframe=True))
    sent.append(video(3, keyframe=True, track=7))
    got = [each.packet for each in wire.sent]
    assert [opened(each, seal.text) for each in got] == [each.payload for each in sent]
    assert all(each.payload not in sealed.payload for each, sealed in zip(sent, got, strict=True))
    plain = {"payload": b"", "is_sealed": False, "damage": Damage.ALL, "news": None}
    assert [replace(each, **plain) for each in got] == [replace(each, **plain) for each in sent]  # type: ignore[arg-type]
    nonces = [each.payload[1:HEAD_BYTES] for each in got]
    assert len(set(nonces)) == len(nonces)
    series = [nonce[:4] for nonce in nonces]
    assert len(set(series[:3])) == len(set(series[3:6])) == 1
    assert len(set(series)) == 3


def test_sound_is_sealed_too() -> None:
    hub, _ = a_hub()
    seal, wire = Seal(), Wire()
    up = UpSound(hub.first, 4, wire, link(), seal)
    up.want(Want(4, renditions=[OPUS], paused=False))
    sound = Packet(PacketKind.AUDIO, OPUS, 4, 1, 5, True, Damage.ALL, b"\xfc\1\2")
    hub.first.deliver(sound)
    (got,) = wire.sent
    assert opened(got.packet, seal.text) == sound.payload


def test_the_relay_learns_that_a_track_is_sealed() -> None:
    hub, _ = a_hub()
    for seal in (Seal(), None):
        wire = Wire()
        publication = Publication(hub, wire, lambda: NOW_US, 100_000, seal=seal)
        publication.tick()
        offers = [each for each in wire.told if isinstance(each, Offer)]
        assert [each.sealed for each in offers] == [seal is not None] * 2
        publication.close()


def test_two_shares_have_two_keys() -> None:
    assert Seal().text != Seal().text
    assert len(Seal().text) == 22


async def test_a_relay_passes_on_what_it_cannot_read() -> None:
    """Its viewers get the very packets that the host sealed; it shows and keeps none itself."""
    seal = Seal()
    async with relay() as there, sharing() as here:
        url = f"http://127.0.0.1:{there.port}"
        async with publishing(here, url, seal=seal) as news:
            link = f"{url}/#token={TOKEN}&seal={seal.text}"
            await soon(lambda: news == [Opened(link)], "the relay's link")
            async with watching(there, TOKEN) as ws:
                kinds: set[PacketKind] = set()
                async for packet in packets(ws):
                    plain = opened(packet, seal.text)
                    start = b"\xff\xd8" if packet.kind is PacketKind.STILL else b"\0\0\0\1"
                    assert plain.startswith((start, b"\x89PNG"))
                    kinds.add(packet.kind)
                    if kinds == {PacketKind.STILL, PacketKind.VIDEO}:
                        break
            stream = there.hub.first
            assert stream.is_sealed
            with pytest.raises(Refused, match="sealed"):
                await snapshot(stream)
            with pytest.raises(UsageError, match="sealed"):
                there.recordings.start()
            async with aiohttp.ClientSession() as session:
                headers = {"Authorization": f"Bearer {TOKEN}"}
                async with session.get(f"{url}/stream.mjpg", headers=headers) as answer:
                    assert (answer.status, await answer.text()) == (409, f"{SEALED}\n")


async def test_an_older_relay_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("samescreen.serve.publish_session.Welcomed", _older)
    async with (
        relay() as there,
        sharing() as here,
        publishing(here, f"http://127.0.0.1:{there.port}", seal=Seal()) as news,
    ):
        await soon(lambda: news, "an answer")
        assert news == [Lost(NO_SEAL.why, None, was_open=False)]
        assert not there.hub.streams


def _older(*args: Any, **_: bool) -> Welcomed:
    return Welcomed(*args)
