"""A still that takes its time never overwrites newer content, and leaves nothing out.

A model of one track, several viewers and their canvases: stills begin and are posted later, in any
order with changes, video, newcomers and lost packets. The rules of the viewers are the host's own;
the canvas follows the two rules of docs/protocol.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from samescreen.flow.output import Output
from samescreen.flow.still_output import StillOutput
from samescreen.flow.sync import Sync, SyncState
from samescreen.media import Damage, Packet, PacketKind, Region, Rendition

TILES = 4
PLACES = [Region(8 * n, 0, 8, 8) for n in range(TILES)]
BOUNDS = Region(0, 0, 8 * TILES, 8)
MAIN, JPEG = Rendition.MAIN, Rendition.JPEG
Picture = tuple[int, ...]
"""Of each tile, its version."""


def tiles(damage: Damage) -> list[int]:
    """The tiles that a damage touches."""
    parts = damage.within(BOUNDS)
    return [n for n, place in enumerate(PLACES) if any(place.intersection(p) for p in parts)]


@dataclass(slots=True)
class Page:
    """One viewer as the host sees it, and its canvas, which is empty (-1) at first."""

    state: SyncState = field(default_factory=SyncState)
    canvas: list[int] = field(default_factory=lambda: [-1] * TILES)
    newest_us: int = -1
    is_whole: bool = False

    def offer(self, packet: Packet, picture: Picture) -> None:
        """As `Viewer.offer`, for a viewer whose window always has room."""
        is_still = packet.kind is PacketKind.STILL
        if self.state.takes(packet, MAIN):
            if self.state.sync is Sync.IN_STEP:
                damage = packet.damage if packet.news is None else packet.news
            elif packet.is_keyframe:
                damage = self.state.paints(packet)
            else:
                return  # its gate is closed
            self.state.sent(packet, MAIN)
            self._paint(packet, damage, picture)
        elif is_still:
            self.state.ignored()

    def _paint(self, packet: Packet, damage: Damage, picture: Picture) -> None:
        if packet.kind is PacketKind.STILL and packet.pts_us < self.newest_us:
            return
        for tile in tiles(damage if self.is_whole else Damage.ALL):
            assert picture[tile] >= self.canvas[tile], "an older version over a newer one"
            self.canvas[tile] = picture[tile]
        self.is_whole = True
        if packet.kind is PacketKind.VIDEO:
            self.newest_us = packet.pts_us


class Track:
    """The order of work of `publish/video_track.py`, without threads and codecs."""

    def __init__(self) -> None:
        self.now_us = 0
        self.stills = StillOutput(spacing_us=100_000, fps=30)
        self.main = Output(MAIN, spacing_us=500_000, preview=self.stills)
        self.picture: Picture = (0,) * TILES
        self.changed_us = 0
        self.pages: list[Page] = []
        self.made: tuple[Picture, int] = (self.picture, 0)

    def change(self, tile: int) -> None:
        before = self.picture
        self.picture = (*before[:tile], before[tile] + 1, *before[tile + 1 :])
        self.changed_us = self.now_us
        for output in (self.stills, self.main):
            output.changed(Damage.of(PLACES[tile]))

    def move(self, tile: int) -> None:
        """A change that the track encodes at once."""
        self.change(tile)
        self.encode()

    def join(self) -> None:
        """A newcomer, whose still begins at once if none is being made."""
        self.pages.append(Page())
        self.ask()
        self.begin()

    def ask(self) -> None:
        """Each viewer that waits asks for what it needs."""
        wanted = {rendition for page in self.pages for rendition in page.state.wants(MAIN)}
        for output in (self.stills, self.main):
            if output.rendition in wanted:
                output.request()

    def lose(self) -> None:
        """A viewer starts again, with what it has on its canvas."""
        if self.pages:
            self.pages[0].state = SyncState()
            self.ask()

    def begin(self) -> None:
        if self.stills.is_requested and self.stills.due_us(self.now_us) == 0:
            self.made = self.picture, self.changed_us
            self.stills.begun(self.now_us)

    def post(self) -> None:
        if self.stills.is_being_made:
            picture, pts_us = self.made
            self._send(PacketKind.STILL, JPEG, True, self.stills.posted(), None, picture, pts_us)
            if self.main.is_requested:
                self.encode()

    def drop(self) -> None:
        self.stills.dropped()

    def exchange(self, tile: int) -> None:
        """Main gets a new encoder, which begins with a keyframe of the next change."""
        self.main.on_new_encoder()
        self.move(tile)

    def encode(self) -> None:
        if self.main.due_us(self.now_us) != 0:
            return
        is_key, news = self.main.wants_keyframe(self.now_us), self.main.unseen
        damage = news | self.stills.unshown if is_key else news
        picture, pts_us = self.picture, self.changed_us
        self._send(PacketKind.VIDEO, MAIN, is_key, damage, news, picture, pts_us)
        self.main.encoded(is_keyframe=is_key, now_us=self.now_us)
        for page in self.pages:
            if page.state.sync is Sync.IN_STEP:
                assert tuple(page.canvas) == self.picture, "video in step shows all of it"

    def _send(
        self,
        kind: PacketKind,
        rendition: Rendition,
        is_key: bool,
        damage: Damage,
        news: Damage | None,
        picture: Picture,
        pts_us: int,
    ) -> None:
        packet = Packet(kind, rendition, 0, 0, pts_us, is_key, damage, b"", news)
        for page in self.pages:
            page.offer(packet, picture)


ACTS = ("join", "lose", "begin", "post", "drop", "encode")
CHANGES = ("change", "move", "exchange")
step = st.one_of(
    st.tuples(st.sampled_from(ACTS)),
    st.tuples(st.sampled_from(CHANGES), st.integers(0, TILES - 1)),
)
steps = st.lists(st.tuples(st.sampled_from([1, 20_000, 150_000]), step), max_size=60)

PREVIEWED: list[Any] = [
    *[(150_000, (act,)) for act in ("join", "post", "join", "post")],
    (1, ("move", 1)),
    (150_000, ("join",)),
]
"""The second viewer has a still and no keyframe yet, and the third one's still is being made."""


@settings(max_examples=120)
@example([*PREVIEWED, (1, ("exchange", 2))])
@example([*PREVIEWED, (1, ("drop",)), (150_000, ("lose",)), (150_000, ("encode",))])
@given(steps)
def test_canvases_never_go_back_and_end_complete(
    taken: list[tuple[int, tuple[str] | tuple[str, int]]],
) -> None:
    track = Track()
    for wait_us, (act, *tile) in taken:
        track.now_us += wait_us
        getattr(track, act)(*tile)
    for _ in range(3):
        for act in ("begin", "post", "encode"):
            track.now_us += 500_000
            getattr(track, act)()
    for page in track.pages:
        assert page.state.sync is Sync.IN_STEP
        assert tuple(page.canvas) == track.picture
