"""A track's cursor: in the pictures or apart, as its viewers need it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from samescreen.capture.cursor import CursorImage, CursorSeen
from samescreen.hub.demand import CursorNeed
from samescreen.hub.events import MOST_SHAPES, CursorState
from samescreen.media import Rendition
from samescreen.publish.track_cursor import Shapes
from tests.fakes import PATIENCE_S, frame, soon
from tests.publish.track_stage import JPEG, MAIN, Stage
from tests.stage.scripted import ScriptedSource

POINTED = Rendition.POINTED
ARROW = CursorImage(np.full((6, 4, 4), 255, np.uint8), 1, 1)


class PointingSource(ScriptedSource):
    """A source that can report its cursor: the test does so through `report`."""

    can_part_cursor = True

    def __init__(self) -> None:
        super().__init__()
        self.report: Callable[[CursorSeen], None] | None = None
        self.calls: list[bool] = []

    def part_cursor(self, report: Callable[[CursorSeen], None] | None) -> None:
        self.report = report
        self.calls.append(report is not None)

    def point(self, x: int, y: int, image: CursorImage | None = ARROW) -> None:
        assert self.report is not None
        self.report(CursorSeen(image, x, y))


@pytest.fixture
async def stage(retry_s: None) -> AsyncIterator[Stage]:
    made = Stage(source=PointingSource())
    made.track.start()
    yield made
    made.bridge.stop()
    assert await asyncio.to_thread(made.track.join, PATIENCE_S)


def source_of(stage: Stage) -> PointingSource:
    assert isinstance(stage.source, PointingSource)
    return stage.source


def cursor_of(stage: Stage) -> CursorState:
    return stage.events.of(CursorState)[-1]


def shows(stage: Stage, rendition: Rendition, x: int, y: int) -> bool:
    """Whether the newest picture of this rendition has the cursor there."""
    pixels = stage.script.shown.get(rendition)
    return pixels is not None and bool(pixels[y, x, :3].any())


async def begin_apart(stage: Stage) -> PointingSource:
    """One viewer that draws the cursor has its first picture."""
    stage.bridge.demand(cursor=CursorNeed.APART)
    stage.watch(MAIN)
    await stage.shows(frame(pts_us=1))
    await soon(lambda: source_of(stage).report is not None, "the cursor is apart")
    return source_of(stage)


async def test_a_moving_cursor_costs_no_packet(stage: Stage) -> None:
    source = await begin_apart(stage)
    packets = len(stage.events.packets)
    for x in range(20):
        source.point(x, 5)
    await stage.events.until(lambda: cursor_of(stage).x == 19, "the last place")
    assert cursor_of(stage).shape is not None
    assert len(stage.events.packets) == packets


async def test_its_place_comes_while_no_viewer_has_room_for_pictures(stage: Stage) -> None:
    source = await begin_apart(stage)
    stage.bridge.pause(True)
    source.point(9, 9)
    await stage.events.until(lambda: cursor_of(stage).x == 9, "the place")


async def test_one_viewer_that_draws_none_has_it_in_the_picture_for_all(stage: Stage) -> None:
    source = await begin_apart(stage)
    apart = cursor_of(stage)
    assert apart.is_apart
    stage.bridge.demand(cursor=CursorNeed.APART | CursorNeed.IN_PICTURE)
    await stage.events.until(lambda: not cursor_of(stage).is_apart, "in the picture")
    assert source.calls == [True, False]
    assert cursor_of(stage).from_us > apart.from_us
    assert cursor_of(stage).shape is None
    stage.bridge.demand(cursor=CursorNeed.APART)
    await stage.events.until(lambda: cursor_of(stage).is_apart, "apart again")


async def test_a_source_that_cannot_part_it_is_not_asked(stage: Stage) -> None:
    source_of(stage).can_part_cursor = False
    stage.bridge.demand(cursor=CursorNeed.APART)
    stage.watch(MAIN)
    await stage.shows(frame(pts_us=1))
    assert source_of(stage).calls == []
    assert not stage.events.of(CursorState)


async def test_readers_of_stills_get_it_on_a_copy_and_pages_do_not(stage: Stage) -> None:
    source = await begin_apart(stage)
    source.point(10, 10)
    stage.bridge.demand(renditions=frozenset((MAIN, JPEG, POINTED)), cursor=CursorNeed.APART)
    shown = frame(pts_us=2)
    source.push(shown)
    await soon(lambda: shows(stage, POINTED, 10, 10), "a still for readers")
    await soon(lambda: stage.script.of(JPEG), "a still for pages")
    assert not stage.script.shown[JPEG].any()
    assert not stage.script.shown[MAIN].any()
    assert not shown.pixels.any(), "the source's own picture stays as it is"


async def test_readers_see_it_move_although_nothing_else_does(stage: Stage) -> None:
    source = await begin_apart(stage)
    stage.bridge.demand(renditions=frozenset((MAIN, POINTED)), cursor=CursorNeed.APART)
    source.point(10, 10)
    await soon(lambda: shows(stage, POINTED, 10, 10), "it is there")
    source.point(40, 30)
    await soon(lambda: shows(stage, POINTED, 40, 30), "it moved")
    assert not shows(stage, POINTED, 10, 10)


async def test_when_the_last_viewer_has_gone_it_is_not_followed(stage: Stage) -> None:
    source = await begin_apart(stage)
    stage.bridge.demand(renditions=frozenset(), cursor=CursorNeed.NONE)
    await soon(lambda: source.report is None, "not followed")


def test_each_image_has_one_number_and_the_oldest_are_forgotten() -> None:
    shapes = Shapes()

    def image(number: int, hot_x: int = 0) -> CursorImage:
        return CursorImage(np.full((2, 2, 4), number % 251, np.uint8), hot_x, number // 251)

    first = shapes.of(image(0))
    assert shapes.of(image(0)) is first
    assert shapes.of(image(0, hot_x=1)).number == first.number + 1
    numbers = [shapes.of(image(number)).number for number in range(1, MOST_SHAPES + 5)]
    assert numbers == list(range(3, MOST_SHAPES + 7))
    assert shapes.of(image(0)).number > numbers[-1], "it was forgotten"
