"""What a page paints adds up to the picture, whatever it missed: packets painted by the book.

The track here encodes by the same bookkeeping as the real one (flow/output), a picture is a row of
numbered tiles, and each packet carries all of them: a decoder whose references are right has the
whole picture. What a page shows is what it painted of them.
"""

from __future__ import annotations

import struct
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from samescreen.flow.output import Output
from samescreen.media import Damage, Packet, PacketKind, Region, Rendition
from samescreen.publish.bridge import MAX_WAITING
from tests.fakes import TARGET, DrivenBridge, config
from tests.hub.room import LIVE, SECOND_US, Guest, Room

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
TILES = 4
BLANK = (-1,) * TILES


def region(tile: int) -> Region:
    return Region(tile * 16, 0, 16, 16)


class HeldUpLoop:
    """Runs queued calls when the test says so."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], None]] = []

    def call_soon_threadsafe(self, call: Callable[[], None]) -> None:
        self._calls.append(call)

    def run(self) -> None:
        calls, self._calls = self._calls, []
        for call in calls:
            call()


class Track:
    """Encodes rows of tiles as publish/video_track.py does, and posts them through a real bridge.

    `lose` drops packets of a rendition altogether.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self.tiles = [0] * TILES
        self.outputs = {
            JPEG: Output(JPEG, spacing_us=100_000, fps=30),
            MAIN: Output(MAIN, spacing_us=500_000),
            LOW: Output(LOW, spacing_us=500_000, fps=20, every_us=SECOND_US),
        }
        self.sequences = dict.fromkeys(Rendition, 0)
        self.lose: frozenset[Rendition] = frozenset()
        self._loop = HeldUpLoop()
        self._is_jammed = False
        self.bridge = DrivenBridge(cast(AbstractEventLoop, self._loop), room.deliver, TARGET)

    @contextmanager
    def jammed(self) -> Iterator[None]:
        """The loop is held up meanwhile: packets wait in the bridge, which throws some away."""
        self._is_jammed = True
        yield
        self._is_jammed = False
        self._loop.run()

    def change(self, *tiles: int) -> None:
        for tile in tiles:
            self.tiles[tile] += 1
        for output in self.outputs.values():
            output.changed(Damage.of(*map(region, tiles)))

    def step(self) -> None:
        demand = self.room.publisher.take()
        for rendition in demand.keyframes:
            self.outputs[rendition].request()
        for output in self.outputs.values():
            is_served = output.rendition in demand.renditions or (
                output.rendition is JPEG and output.is_requested
            )
            if demand.renditions and is_served and output.due_us(self.room.now_us) == 0:
                self._encode(output)

    def _encode(self, output: Output) -> None:
        keyframe, damage = output.wants_keyframe(self.room.now_us), output.unseen
        if keyframe:
            is_main = output.rendition is MAIN
            damage = damage | self.outputs[JPEG].unseen if is_main else Damage.ALL
        is_still = output.rendition is JPEG
        packet = Packet(
            kind=PacketKind.STILL if is_still else PacketKind.VIDEO,
            rendition=output.rendition,
            track=0,
            sequence=self.sequences[output.rendition],
            pts_us=self.room.now_us,
            is_keyframe=keyframe or is_still,
            damage=output.unseen if is_still else damage,
            payload=struct.pack(f">{TILES}I", *self.tiles),
        )
        self.sequences[output.rendition] += 1
        output.encoded(is_keyframe=packet.is_keyframe, now_us=self.room.now_us)
        if output.rendition not in self.lose:
            self.bridge.post(packet)
            if not self._is_jammed:
                self._loop.run()


class Page:
    """Paints what it is sent by the rules of docs/protocol.md."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        self.shown: tuple[int, ...] = BLANK
        self._read = 0
        self._shown_us = -1
        self._reference: tuple[Rendition, int] | None = None

    def read(self) -> None:
        """Decode and paint what came; a video packet must complete the picture."""
        packets = self.guest.packets
        for packet in packets[self._read :]:
            tiles = struct.unpack(f">{TILES}I", packet.payload)
            is_video = packet.kind is PacketKind.VIDEO
            if is_video:
                self._decode(packet)
            if is_video or packet.pts_us >= self._shown_us:
                self._paint(packet, tiles)
                assert self.shown == tiles, f"after {packet} the page is {self.shown}"
        self._read = len(packets)

    def _decode(self, packet: Packet) -> None:
        before = (packet.rendition, packet.sequence - 1)
        assert packet.is_keyframe or self._reference == before, "a reference is missing"
        self._reference = (packet.rendition, packet.sequence)

    def _paint(self, packet: Packet, tiles: tuple[int, ...]) -> None:
        whole = tuple(map(region, range(TILES)))
        paints = whole if packet.damage.is_all else packet.damage.regions
        self.shown = tuple(
            new if any(r.intersection(tile) == tile for r in paints) else old
            for tile, new, old in zip(whole, tiles, self.shown, strict=True)
        )
        self._shown_us = packet.pts_us


class AddsUp(RuleBasedStateMachine):
    """Pages on links that come and go, some of stills, and a screen that changes in places."""

    @initialize()
    def begin(self) -> None:
        self.room = Room()
        self.track = Track(self.room)
        self.room.deliver(LIVE, config(JPEG), config(MAIN))
        self.pages = [Page(self.room.guest().hello())]

    def step(self) -> None:
        self.track.step()
        for page in self.pages:
            page.read()

    @rule(tiles=st.sets(st.integers(0, TILES - 1), min_size=1))
    def change(self, tiles: set[int]) -> None:
        self.track.change(*tiles)
        self.step()

    @rule(us=st.sampled_from([1, 16_667, 40_000, 100_000, 200_000, 600_000, 2_500_000]))
    def wait(self, us: int) -> None:
        self.room.wait(us)
        self.room.tick()
        self.step()

    @rule(page=st.integers(0, 2))
    def ack(self, page: int) -> None:
        guest = self.pages[page % len(self.pages)].guest
        if guest.transport.closed is None:
            guest.ack_all()
            self.step()

    @rule(page=st.integers(0, 2), buffered=st.sampled_from([0, 1, 5000, 2 << 20]))
    def buffer(self, page: int, buffered: int) -> None:
        self.pages[page % len(self.pages)].guest.transport.buffered = buffered

    @rule(page=st.integers(0, 2))
    def need(self, page: int) -> None:
        guest = self.pages[page % len(self.pages)].guest
        if guest.transport.closed is None:
            guest.say("need")
            self.step()

    @rule(page=st.integers(0, 2), hidden=st.booleans())
    def hide(self, page: int, hidden: bool) -> None:
        guest = self.pages[page % len(self.pages)].guest
        if guest.transport.closed is None:
            guest.say("visibility", hidden=hidden)
            self.step()

    @rule(accepts=st.sampled_from([["h264", "jpeg"], ["jpeg"]]))
    def join(self, accepts: list[str]) -> None:
        if len(self.pages) < 3:
            self.pages.append(Page(self.room.guest().hello(*accepts)))
            self.step()

    @rule()
    def take_a_snapshot(self) -> None:
        self.room.publisher.ask(JPEG)
        self.step()

    @rule(tiles=st.sets(st.integers(0, TILES - 1), min_size=1))
    def lose_a_delta_before_the_hub(self, tiles: set[int]) -> None:
        """A gap in the sequence; another packet follows and tells of it."""
        self.track.lose = frozenset((MAIN,))
        self.change(tiles)
        self.track.lose = frozenset()
        self.change({0})

    @rule(
        tiles=st.lists(st.integers(0, TILES - 1), min_size=1, max_size=25),
        us=st.sampled_from([16_667, 40_000, 200_000]),
        stills=st.sets(st.integers(0, 25), max_size=3),
    )
    def jam(self, tiles: list[int], us: int, stills: set[int]) -> None:
        """The loop is held up while the screen moves and somebody asks for stills."""
        with self.track.jammed():
            for n, tile in enumerate(tiles):
                self.room.wait(us)
                if n in stills:
                    self.room.publisher.ask(JPEG)
                self.track.change(tile)
                self.track.step()
        self.step()

    def teardown(self) -> None:
        """Left alone on good links, every page that is shown something is complete."""
        for _ in range(40):
            for page in self.pages:
                if page.guest.transport.closed is None:
                    page.guest.transport.buffered = 0
                    page.guest.ack_all()
            self.room.wait(250_000)
            self.room.tick()
            self.step()
        for page in self.pages:
            if page.guest.transport.closed is None and page.guest.viewer.rendition is not None:
                assert page.shown == tuple(self.track.tiles)


TestAddsUp = AddsUp.TestCase
TestAddsUp.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.fixture
def room() -> Room:
    opened = Room()
    opened.deliver(LIVE, config(JPEG), config(MAIN))
    return opened


def test_a_newcomer_just_after_a_snapshot_sees_the_whole_picture(room: Room) -> None:
    track, first = Track(room), Page(room.guest().hello())
    track.step()
    first.read()
    first.guest.ack_all()
    room.wait(SECOND_US)
    room.publisher.ask(JPEG)
    track.step()
    room.wait(10_000)
    late = Page(room.guest().hello())
    for _ in range(3):
        track.step()
        late.read()
        late.guest.ack_all()
        room.wait(300_000)
    assert late.shown == tuple(track.tiles)


def test_what_a_jammed_slot_throws_away_leaves_no_hole(room: Room) -> None:
    """The still a newcomer lacks is thrown away with the rest; a newer one is not."""
    track, page = Track(room), Page(room.guest().hello())
    track.lose = frozenset((MAIN,))
    track.step()
    page.read()
    page.guest.ack_all()
    track.lose = frozenset()
    with track.jammed():
        for n in range(3 * MAX_WAITING):
            room.wait(40_000)
            track.change(n % 3)
            if n % 10 == 5:
                room.publisher.ask(JPEG)
            track.step()
    assert track.bridge.dropped > MAX_WAITING
    page.read()
    page.guest.ack_all()
    room.wait(600_000)
    room.publisher.ask(MAIN)
    track.change(3)
    track.step()
    page.read()
    assert page.shown == tuple(track.tiles)


def test_a_keyframe_after_an_unnoticed_gap_is_painted_whole(room: Room) -> None:
    """Deltas were thrown away before the hub and a keyframe follows: nothing else tells of them."""
    track, page = Track(room), Page(room.guest().hello())
    track.step()
    page.read()
    page.guest.ack_all()
    track.lose = frozenset((MAIN,))
    room.wait(600_000)
    track.change(2)
    track.step()
    track.lose = frozenset()
    room.publisher.ask(MAIN)
    track.step()
    page.read()
    assert page.shown == tuple(track.tiles)
