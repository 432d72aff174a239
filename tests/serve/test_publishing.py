"""/ws/publish from end to end: a publisher that is a host, the gate, viewers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from samescreen.closing import CloseCode
from samescreen.encode.h264 import H264Settings
from samescreen.encode.opus import OpusEncoder
from samescreen.encode.sps import nal_type, nal_units
from samescreen.encode.still import encode_jpeg
from samescreen.gate.profiles import PAGE
from samescreen.media import Codec, Damage, Packet, PacketKind, Rendition, SoundBlock
from samescreen.serve import publish_session
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.published import Published, published_to_bytes
from samescreen.wire.publishing import (
    Clock,
    Configure,
    Figures,
    Offer,
    Publish,
    Repaired,
    State,
    Withdraw,
)
from tests.encode.h264_tools import noise, picture
from tests.fakes import PATIENCE_S, soon
from tests.gate.published_streams import SIZE, encoded
from tests.serve.conftest import Site
from tests.serve.publishing_stage import (
    BOX,
    HELLO,
    JPEG,
    MAIN,
    OPUS,
    PAGE_PICTURES,
    PICTURES,
    SOUND,
    THEIRS,
    Publisher,
    connected,
    packet_of,
    publish_token,
    publishing,
    watching,
)


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


async def test_a_program_that_connects_again_replaces_its_dead_connection(site: Site) -> None:
    dead = await connected(site)
    await dead.say(Publish(PROTOCOL_VERSION, "elsewhere", program="one-run"), PICTURES)
    await dead.until("grant", track=THEIRS)
    again = await connected(site)
    await again.say(Publish(PROTOCOL_VERSION, "elsewhere", program="one-run"), PICTURES)
    await again.until("grant", track=THEIRS)
    assert await dead.closed() == CloseCode.STALLED
    assert list(site.audience.hub.streams) == ["screen", "desk"]


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


async def test_whoever_shows_something_does_not_count_as_its_viewer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_session, "SEEN_INTERVAL_S", 0.01)
    await site.client.post("/api/login", json={"token": publish_token(site)}, headers=site.same)
    own = await site.client.ws_connect("/ws", headers=site.same)
    publisher = Publisher(await site.client.ws_connect("/ws/publish", headers=site.same))
    await publisher.say(Publish(PROTOCOL_VERSION, "page", kinds=["seen"]), PAGE_PICTURES)
    await publisher.until("seen", viewers=0)
    await own.send_json(HELLO | {"stream": "desk"})
    await own.send_json({"type": "name", "name": "Bob"})
    site.client.session.cookie_jar.clear()
    viewer = await watching(site)
    await viewer.send_json({"type": "name", "name": "Ann"})
    assert (await publisher.until("seen", names=["Ann"]))["viewers"] == 1
    assert site.audience.viewer_count() == 2


async def test_another_name_reaches_the_viewers_and_the_pictures_go_on(site: Site) -> None:
    publisher, viewer = await publishing(site), await watching(site)
    await publisher.wanted(MAIN)
    track = site.audience.hub.streams["desk"].track
    fields = {name: getattr(PICTURES, name) for name in PICTURES.__struct_fields__}
    await publisher.say(Offer(**{**fields, "name": "Anna's\x1bdesk"}))
    while (news := await viewer.receive_json(timeout=PATIENCE_S))["type"] != "streams":
        pass
    named = {each["stream"]: (each["name"], each["track"]) for each in news["streams"]}
    assert named["desk"] == ("Anna's desk", track)


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
