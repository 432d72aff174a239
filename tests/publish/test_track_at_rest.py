"""A track whose picture does not change: it is improved and refined once, and nothing follows."""

from __future__ import annotations

from collections import deque

import pytest

from samescreen.errors import SourceLost
from samescreen.flow import refine
from samescreen.hub.events import Piece, RepairDone
from samescreen.media import Damage, PacketKind, TrackConfig
from tests.fakes import frame, soon
from tests.publish.track_stage import JPEG, LOW, MAIN, PATCH, SPOT, Stage, moving


async def test_a_coarse_unchanged_picture_is_improved_and_painted_once(stage: Stage) -> None:
    stage.script.coarse = deque([True, True, True, False])
    stage.watch(MAIN)
    await stage.shows(frame())
    await stage.events.until(lambda: len(stage.script.of(MAIN)) == 4, "three more rounds")
    await stage.rest()
    assert len(stage.script.of(MAIN)) == 4
    videos = [p for p in stage.events.packets if p.rendition is MAIN]
    assert [p.damage for p in videos[1:]] == [Damage.NONE, Damage.NONE, Damage.ALL]
    assert not any(p.is_keyframe for p in videos[1:])


async def test_a_keyframe_covers_the_changes_since_the_last_still(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    await stage.events.until(lambda: len(stage.events.packets) == 2, "the beginning")
    await stage.shows(*moving(1), frame(pts_us=2, damage=Damage.of(PATCH)))
    stage.bridge.ask(MAIN)
    await stage.events.until(lambda: stage.events.packets[-1].is_keyframe, "a keyframe")
    assert set(stage.events.packets[-1].damage.regions) == {SPOT, PATCH}


async def test_keyframes_of_low_and_stills_cover_everything(stage: Stage) -> None:
    stage.watch(LOW)
    await stage.shows(frame(), *moving(1))
    stage.bridge.ask(LOW, JPEG)
    await stage.events.until(lambda: len(stage.events.packets) == 4, "a still and a keyframe")
    packets = stage.events.packets
    lows = [p.damage for p in packets if p.rendition is LOW and p.is_keyframe]
    stills = [p.damage for p in packets if p.rendition is JPEG]
    assert lows == [Damage.ALL, Damage.ALL]
    assert stills == [Damage.ALL]


async def test_the_last_improvement_paints_only_the_coarse_parts(stage: Stage) -> None:
    stage.script.coarse = deque([False, True, True, False])
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(1))
    await stage.events.until(lambda: len(stage.script.of(MAIN)) == 4, "two more rounds")
    await stage.events.until_packets(5)
    videos = [p for p in stage.events.packets if p.rendition is MAIN]
    assert [p.damage for p in videos[1:]] == [Damage.of(SPOT), Damage.NONE, Damage.of(SPOT)]
    stage.script.coarse = deque([True, False])
    await stage.shows(frame(pts_us=9, damage=Damage.of(PATCH)))
    await stage.events.until_packets(7)
    assert stage.events.packets[-1].damage == Damage.of(PATCH), "the first place is good by now"


async def test_a_keyframe_between_improvements_covers_what_no_still_shows(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    await stage.events.until_packets(2)
    stage.script.coarse = deque([True, True, False])
    await stage.shows(*moving(1))
    stage.script.failures = deque(["it died at rest"])
    await stage.events.until(lambda: len(stage.script.of(MAIN)) == 4, "two more rounds")
    await stage.events.until_packets(5)
    (keyframe,) = [p for p in stage.events.packets[2:] if p.is_keyframe]
    assert set(keyframe.damage.regions) == {SPOT}, "who starts here has the still and lacks this"


async def test_an_unchanged_picture_is_refined_once(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(pts_us=5))
    stage.bridge.demand(refine=True)
    await stage.events.until(lambda: stage.events.of(Piece), "a piece")
    (piece,) = stage.events.of(Piece)
    assert (piece.packet.kind, piece.packet.rendition) == (PacketKind.STILL, JPEG)
    assert piece.packet.damage == Damage.of(frame().bounds)
    assert piece.packet.pts_us == 5, "of the newest picture shown"
    assert not piece.packet.is_keyframe
    assert not piece.is_repair
    await stage.rest()
    assert len(stage.events.of(Piece)) == 1
    await stage.shows(*moving(1, start=7))
    await stage.events.until(lambda: len(stage.events.of(Piece)) == 2, "it moved and rests again")


async def test_stills_cover_changes_and_the_last_one_covers_none(stage: Stage) -> None:
    stage.watch(JPEG)
    await stage.shows(frame(), *moving(1))
    await stage.events.until(lambda: len(stage.events.packets) == 3, "a still of the rest")
    damages = [packet.damage for packet in stage.events.packets]
    assert damages == [Damage.ALL, Damage.of(SPOT), Damage.NONE]


async def test_viewers_of_stills_alone_get_exact_pieces_too(stage: Stage) -> None:
    stage.watch(JPEG)
    await stage.shows(frame(pts_us=5))
    stage.bridge.demand(refine=True)
    await stage.events.until(lambda: stage.events.of(Piece), "a piece")
    assert stage.events.of(Piece)[0].packet.pts_us == 5


async def test_nothing_is_refined_while_no_viewer_has_room(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refine, "REST_US", 0)
    stage.watch(MAIN)
    await stage.shows(frame())
    await stage.turns(2)
    assert stage.events.of(Piece) == []
    stage.bridge.demand(refine=True)
    await stage.events.until(lambda: stage.events.of(Piece), "a piece")


async def test_lost_pieces_are_encoded_again(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    stage.bridge.demand(refine=True)
    await stage.events.until(lambda: stage.events.of(Piece), "a piece")
    stage.bridge.demand(repair=Damage.of(SPOT), refine=True)
    await stage.events.until(lambda: stage.events.of(RepairDone), "the end of the round")
    assert [piece.is_repair for piece in stage.events.of(Piece)] == [False, True]


async def test_the_first_piece_after_a_lost_source_brings_its_config(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame())
    stage.source.push(SourceLost("it went away"))
    await stage.until_status("live", "lost", "live")
    stage.source.push(frame())
    stage.bridge.demand(refine=True)
    await stage.events.until(lambda: stage.events.of(Piece), "a piece")
    events = stage.events.all
    at = events.index(stage.events.of(Piece)[0])
    assert isinstance(events[at - 1], TrackConfig)


@pytest.mark.parametrize("forgets", [False, True])
async def test_a_picture_that_is_too_old_after_a_rest_is_not_shown_again(
    stage: Stage, forgets: bool
) -> None:
    stage.source.forgets_at_rest = forgets
    stage.watch(LOW)
    await stage.shows(frame())
    before = stage.source.rests
    stage.watch()
    await soon(lambda: stage.source.rests > before, "it rests")
    stage.watch(LOW)
    if not forgets:
        await stage.events.until(lambda: len(stage.events.packets) == 2, "the last picture")
    await stage.turns(3)
    assert len(stage.events.packets) == 1 + (not forgets)
    await stage.shows(frame(pts_us=7))
    assert stage.events.packets[-1].pts_us == 7
