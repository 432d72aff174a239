"""A track whose next picture is grabbed while one is encoded: everything else is as ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from samescreen.encode.threads import AHEAD_FROM
from samescreen.errors import SourceLost
from samescreen.hub.events import Piece
from samescreen.media import Damage
from tests.fakes import PATIENCE_S, frame, soon
from tests.publish.track_stage import MAIN, PATCH, SPOT, Stage, moving
from tests.stage.scripted import ScriptedSource


class KeepingSource(ScriptedSource):
    """A source whose next picture may be grabbed on another thread."""

    keeps_previous = True


@pytest.fixture
async def stage(retry_s: None) -> AsyncIterator[Stage]:
    made = Stage(source=KeepingSource())
    made.script.threads = AHEAD_FROM
    made.track.start()
    yield made
    made.bridge.stop()
    assert await asyncio.to_thread(made.track.join, PATIENCE_S)
    assert "grab-ahead" not in {thread.name for thread in threading.enumerate()}


async def test_pictures_come_in_order_with_their_damage(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(3), frame(pts_us=9, damage=Damage.of(PATCH)))
    videos = [packet for packet in stage.events.packets if packet.rendition is MAIN]
    assert [packet.pts_us for packet in videos] == [0, 1, 2, 3, 9]
    assert [packet.damage for packet in videos[1:]] == [Damage.of(SPOT)] * 3 + [Damage.of(PATCH)]
    assert "grab-ahead" in {thread.name for thread in threading.enumerate()}


async def test_a_paused_track_grabs_nothing_ahead(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(2))
    stage.bridge.demand(renditions={MAIN}, paused=True)
    await stage.rest()
    grabs = stage.source.grabs
    stage.source.push(*moving(5, start=10))
    await stage.rest()
    assert stage.source.grabs == grabs
    stage.watch(MAIN, ask=False)
    await stage.events.until(lambda: stage.events.packets[-1].pts_us == 14, "the newest")


async def test_nothing_is_grabbed_once_nobody_watches(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(2))
    rests = stage.source.rests
    stage.bridge.demand(renditions=set(), paused=False)
    await soon(lambda: stage.source.rests > rests, "it rests")
    grabs = stage.source.grabs
    stage.source.push(*moving(2, start=10))
    await stage.rest()
    assert stage.source.grabs == grabs


async def test_another_size_starts_anew(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(2), frame(32, 16, pts_us=9))
    newest = stage.script.of(MAIN)[-1]
    assert (newest.size, newest.is_keyframe) == ((32, 16), True)


async def test_a_source_that_is_lost_ahead_is_opened_again(stage: Stage) -> None:
    stage.watch(MAIN)
    await stage.shows(frame(), *moving(2))
    stage.source.push(SourceLost("gone"))
    await stage.until_status("live", "lost", "live")
    await stage.shows(frame(pts_us=20))
    assert stage.source.opened == 2


async def test_a_picture_at_rest_is_refined_while_the_next_is_awaited(stage: Stage) -> None:
    stage.watch(MAIN)
    stage.bridge.demand(renditions={MAIN}, paused=False, refine=True)
    await stage.shows(frame(), *moving(2))
    await stage.events.until(lambda: stage.events.of(Piece), "an exact piece")
