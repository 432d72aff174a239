"""A packet's bytes: built once, and once more for viewers that must paint everything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samescreen.hub.packet import EncodedPacket
from samescreen.media import Damage, Packet, Region, Rendition
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import read_frames, still, video

SPOTS = Damage.of(Region(3, 3, 4, 4), Region(10, 20, 30, 5))


def packet_in(frame: bytes) -> Packet:
    ((opcode, payload),) = read_frames(frame)
    assert opcode == 2
    return packet_from_bytes(payload)


@pytest.mark.parametrize(
    "packet",
    [
        video(7, damage=SPOTS),
        video(8, keyframe=True, damage=Damage.NONE),
        video(2**32 - 1, rendition=Rendition.LOW, payload=bytes(70_000)),
        still(3, 99),
    ],
)
def test_the_frame_holds_the_packet(packet: Packet) -> None:
    framed = EncodedPacket(packet)
    assert framed.packet is packet
    assert packet_in(framed.outgoing.frame) == packet


@pytest.mark.parametrize("damage", [SPOTS, Damage.NONE])
def test_whole_is_the_same_packet_with_all_as_damage(damage: Damage) -> None:
    packet = video(7, keyframe=True, damage=damage)
    framed = EncodedPacket(packet)
    assert packet_in(framed.whole().frame) == replace(packet, damage=Damage.ALL)
    assert packet_in(framed.outgoing.frame) == packet, "the others' is left alone"


def test_whole_is_built_once() -> None:
    framed = EncodedPacket(video(7, keyframe=True, damage=SPOTS))
    assert framed.whole() is framed.whole()


def test_a_packet_with_all_as_damage_is_not_built_again() -> None:
    framed = EncodedPacket(video(7, keyframe=True))
    assert framed.whole() is framed.outgoing


def test_a_keyframe_tells_those_in_step_only_its_news() -> None:
    """Who starts on it has a still, and paints what changed since."""
    packet = video(7, keyframe=True, damage=Damage.ALL, news=SPOTS)
    framed = EncodedPacket(packet)
    assert packet_in(framed.outgoing.frame) == replace(packet, damage=SPOTS, news=None)
    first = framed.painting(packet.damage)
    assert packet_in(first.frame) == replace(packet, news=None)
    assert framed.painting(packet.damage) is first
    assert framed.whole() is first
    since_still = Damage.of(Region(1, 1, 2, 2))
    other = EncodedPacket(replace(packet, damage=since_still))
    assert packet_in(other.painting(since_still).frame).damage == since_still
    assert packet_in(other.whole().frame).damage == Damage.ALL
