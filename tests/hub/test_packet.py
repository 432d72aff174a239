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
