"""What viewers here paint of another host's packets: with what they have, it is that picture."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from samescreen.media import Damage, Packet, PacketKind, Region, Rendition
from samescreen.publish.far.picture import (
    MOST_KEPT,
    Pieces,
    Renumbered,
    Repaint,
    StillNumbers,
    is_piece,
)
from samescreen.wire.packets import packet_from_bytes
from tests.fakes import piece, still, video
from tests.hub.room import SECOND_US, Guest, Room

CELLS = 6
CELL = 16


def boxes(cells: set[int]) -> Damage:
    return Damage.of(*(Region(CELL * n, 0, CELL, 16) for n in sorted(cells)))


def covered(damage: Damage) -> list[int]:
    return [n for n in range(CELLS) if damage.within(Region(CELL * n, 0, CELL, 16))]


@dataclass(slots=True)
class There:
    """Another host: a picture of cells, each with the number of its last change."""

    room: Room = field(default_factory=Room)
    cells: list[int] = field(default_factory=lambda: [0] * CELLS)
    since_video: set[int] = field(default_factory=set)
    since_still: set[int] = field(default_factory=set)
    time: int = 0
    videos: int = 0
    stills: int = 0

    def change(self, cell: int) -> None:
        self.time += 1
        self.cells[cell] = self.time
        self.since_video.add(cell)
        self.since_still.add(cell)

    def encode(self, *, keyframe: bool = False) -> None:
        damage, news = boxes(self.since_video), None
        if keyframe:
            damage, news = boxes(self.since_still), damage
        packet = video(self.videos, keyframe=keyframe, damage=damage, news=news)
        self._deliver(packet)
        self.videos += 1
        self.since_video.clear()

    def still(self) -> None:
        self._deliver(replace(still(self.stills), damage=boxes(self.since_still)))
        self.stills += 1
        self.since_still.clear()

    def _deliver(self, packet: Packet) -> None:
        shown = json.dumps(self.cells).encode()
        self.room.deliver(replace(packet, pts_us=self.time, payload=shown))


class Eye:
    """A viewer here: paints what its packets say, as the page does."""

    def __init__(self, room: Room, number: int) -> None:
        self.guest: Guest = room.guest(f"10.0.0.{number}").hello()
        self.canvas = [-1] * CELLS
        self.seen = 0
        self.pts_us = -1

    def look(self) -> None:
        for packet in self.guest.packets[self.seen :]:
            self.seen += 1
            if packet.kind is PacketKind.STILL and packet.pts_us < self.pts_us:
                continue
            self.pts_us = packet.pts_us
            shown = json.loads(packet.payload)
            for cell in covered(packet.damage):
                self.canvas[cell] = shown[cell]
            assert self.canvas == shown, f"{packet} left {self.canvas}"


class Onward:
    """This host: takes what two viewers of the other host get, the second one of stills only."""

    def __init__(self, there: There) -> None:
        self.room = Room()
        self.lead = there.room.guest().hello()
        self.stills = there.room.guest("10.0.0.8").hello("jpeg")
        self.repaint = Repaint()
        self.numbers = Renumbered()
        self.still_numbers = StillNumbers()
        self.taken = {self.lead: 0, self.stills: 0}
        self.eyes: list[Eye] = []

    def carry(self, line: Guest) -> None:
        """Take what came on this connection, and deliver it here."""
        messages = line.transport.media[self.taken[line] :]
        self.taken[line] += len(messages)
        for packet in map(packet_from_bytes, messages):
            if packet.kind is PacketKind.STILL:
                number = self.still_numbers.of(packet)
                if number is not None:
                    self.repaint.still(packet, beside_video=line is self.lead)
                    self.room.deliver(replace(packet, sequence=number))
            else:
                number = self.numbers.of(packet)
                self.room.deliver(self.repaint.video(replace(packet, sequence=number)))
        for eye in self.eyes:
            eye.look()

    def join(self) -> None:
        self.eyes.append(Eye(self.room, len(self.eyes) + 1))


ACTS = st.one_of(
    st.tuples(st.just("change"), st.integers(0, CELLS - 1)),
    st.tuples(st.sampled_from(["video", "keyframe", "still", "late", "join", "need", "ack"])),
)


NEWCOMER: list[Any] = [("join",), ("change", 0)]
IN_STEP: list[Any] = [("change", 0), ("need",), ("still",), ("keyframe",)]
"""A viewer here that is in step was not sent the still that the keyframe builds on."""

LATE: list[Any] = [("ack",), *NEWCOMER, ("still",), ("change", 1), ("video",), ("late",)]
LATE += [("ack",), ("keyframe",)]
"""A still that came after newer video is all that a newcomer here has."""


@settings(max_examples=60, deadline=None)
@example(IN_STEP)
@example(LATE)
@given(st.lists(ACTS, min_size=25, max_size=40))
def test_still_keyframe_and_deltas_add_up_for_every_viewer_here(acts: list[Any]) -> None:
    there = There()
    here = Onward(there)
    here.join()
    there.still()
    there.encode(keyframe=True)
    here.carry(here.lead)
    assert here.eyes[0].canvas == there.cells
    for act, *cell in acts:
        there.room.wait(SECOND_US)
        here.room.wait(SECOND_US)
        if act == "change":
            there.change(cell[0])
        elif act == "video":
            there.encode()
        elif act == "keyframe":
            there.encode(keyframe=True)
        elif act == "still":
            there.still()
        elif act == "join":
            here.join()
        elif act == "need":
            here.lead.say("need")
        elif act == "late":
            here.carry(here.stills)
        else:
            for guest in (here.lead, here.stills, *(eye.guest for eye in here.eyes)):
                guest.ack_all()
        here.carry(here.lead)


def test_a_gap_there_is_a_gap_here_and_so_is_another_rendition() -> None:
    numbers = Renumbered()
    low = replace(video(7), rendition=Rendition.LOW)
    packets = [video(2**32 - 1), video(0), video(2), video(3), low, replace(low, sequence=8)]
    assert [numbers.of(each) for each in packets] == [0, 1, 3, 4, 6, 7]


def test_a_still_that_came_on_two_connections_counts_once() -> None:
    numbers = StillNumbers()
    assert [numbers.of(still(n)) for n in (5, 6, 5, 7, 6)] == [0, 1, None, 2, None]
    assert numbers.new() == 3


def test_pieces_hold_until_a_newer_picture_paints_over_them() -> None:
    left, right = Region(0, 0, 32, 32), Region(32, 0, 32, 32)
    pieces = Pieces()
    for sequence, region in enumerate((left, right)):
        pieces.keep(piece(sequence, region).packet)
    assert [each.sequence for each in pieces.within(Damage.ALL)] == [0, 1]
    pieces.painted_over(video(0, damage=Damage.ALL))
    assert len(pieces) == 2, "the same picture again"
    pieces.painted_over(video(9, damage=Damage.of(Region(0, 0, 4, 4))))
    assert [each.sequence for each in pieces.within(Damage.ALL)] == [1]
    assert not pieces.within(Damage.of(left))
    pieces.keep(piece(7, right).packet)
    assert [each.sequence for each in pieces.within(Damage.of(right))] == [7], "the newest"


def test_pieces_take_a_bounded_amount_of_memory() -> None:
    pieces = Pieces()
    for n in range(40):
        pieces.keep(piece(n, Region(n * 8, 0, 8, 8), size_bytes=1 << 20).packet)
    assert [each.sequence for each in pieces.within(Damage.ALL)] == list(range(24, 40))
    for n in range(MOST_KEPT + 10):
        pieces.keep(piece(n, Region(n, 8, 8, 8), size_bytes=0).packet)
    assert len(pieces) == MOST_KEPT, "small ones are counted as well"
    assert is_piece(piece(0).packet)
    assert not is_piece(still(0))
