"""Marks on their way from the hub to the desktop: whose, where, and over which pictures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from samescreen.capture.base import Source
from samescreen.capture.desktop_ink import Drawer, Growth
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.ink import Added
from samescreen.hub.marks import Tool
from samescreen.hub.people import Person
from samescreen.media import OnDesktop, Region
from samescreen.publish import desktop_windows
from samescreen.publish.desktop_marks import COLOURS, MarksOnDesktop
from samescreen.publish.desktop_windows import DesktopWindows
from tests.hub.room import Room

PLACE = OnDesktop(":0", 0, Region(100, 50, 1001, 501))


@dataclass
class Desktop:
    """Notes what is shown."""

    grown: list[Growth] = field(default_factory=list)
    people: dict[int, Drawer] = field(default_factory=dict)
    kept: set[tuple[int, int]] = field(default_factory=set)
    is_closed: bool = False
    is_running: bool = True

    def add(self, growth: Growth) -> None:
        self.grown.append(growth)

    def replace(
        self, stream: str, people: Mapping[int, Drawer], kept: Set[tuple[int, int]]
    ) -> None:
        self.people, self.kept = dict(people), set(kept)

    def close(self) -> None:
        self.is_closed = True


def source(*, shows_desktop: bool) -> Any:
    """As much of a source as matters here."""
    return SimpleNamespace(shows_desktop=shows_desktop, place=PLACE)


class Stage:
    """A hub whose one stream shows a desktop, or not."""

    def __init__(self, *, shows_desktop: bool = True) -> None:
        self.room, self.desktop = Room(), Desktop()
        self.source: Source | None = source(shows_desktop=shows_desktop)
        self.ink = self.room.hub.ink
        self.ink.shower = MarksOnDesktop(self.desktop, lambda _: self.source)
        self.anna = Person("anna", "viewer", "10.0.0.1", WATCH_ONLY | {Grant.POINT})
        self.anna = self.room.hub.people.arrived(self.anna)

    def draw(self, *points: int, tool: Tool = "pen", stroke: int = 7) -> None:
        stream = self.room.stream
        assert self.ink.draw(stream, self.anna, stream.track, Added(stroke, tool, points, True))


def test_a_mark_lies_where_the_picture_lies_in_the_colour_of_its_person() -> None:
    stage = Stage()
    stage.anna.name = "Anna"
    stage.draw(0, 0, 0, 65535, 65535, 0)
    (growth,) = stage.desktop.grown
    assert growth.points == ((100, 50), (1100, 550))
    assert growth.width_px == pytest.approx(0.0035 * 1001)
    assert stage.desktop.people == {1: Drawer(COLOURS[0], "Anna")}
    assert stage.ink.is_in_picture(stage.room.stream)


def test_a_pen_that_is_pressed_is_wider_and_nobody_is_nameless() -> None:
    stage = Stage()
    stage.draw(0, 0, 65535)
    assert stage.desktop.grown[0].width_px == pytest.approx(0.0035 * 1001 * 1.7)
    assert stage.desktop.people[1].name == "viewer 1"


def test_what_is_taken_back_goes() -> None:
    stage = Stage()
    stage.draw(0, 0, 0, stroke=7)
    stage.draw(0, 0, 0, stroke=8)
    stage.ink.erase(stage.room.stream, stage.anna, everything=False)
    assert stage.desktop.kept == {(1, 7)}
    stage.ink.clear()
    assert (stage.desktop.people, stage.desktop.kept) == ({}, set())


@pytest.mark.parametrize(
    "end",
    [
        lambda stage: stage.ink.allow(False),
        lambda stage: (stage.room.hub.broadcast.blank(), stage.ink.tick()),
        lambda stage: (stage.room.hub.streams.clear(), stage.ink.tick()),
    ],
    ids=["forbidden", "blanked", "the stream ended"],
)
def test_marks_go_from_the_desktop_as_from_the_pages(end: Callable[[Stage], Any]) -> None:
    stage = Stage()
    stage.draw(0, 0, 0)
    end(stage)
    assert stage.desktop.people == {}


def test_over_other_pictures_only_pages_draw() -> None:
    stage = Stage(shows_desktop=False)
    stage.draw(0, 0, 0)
    assert not stage.desktop.grown
    assert not stage.ink.is_in_picture(stage.room.stream)
    stage.source = None
    stage.draw(0, 0, 0)
    assert not stage.desktop.grown


def test_pages_draw_again_once_the_desktop_shows_no_marks_any_more() -> None:
    stage = Stage()
    stage.desktop.is_running = False
    assert not stage.ink.is_in_picture(stage.room.stream)


async def test_a_host_without_such_pictures_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened = Desktop()
    monkeypatch.setattr(desktop_windows, "open_marks", lambda: opened)
    for shows_desktop, words in ((True, ""), (False, "the desktop shows no marks")):
        caplog.clear()
        sources = [source(shows_desktop=shows_desktop)]
        streams: Any = SimpleNamespace(sources=sources, source_of=lambda stream_id: None)
        windows, ink = DesktopWindows(), Room().hub.ink
        with caplog.at_level(logging.WARNING):
            await windows.open_marks(ink, streams)
        assert words in caplog.text
        assert bool(caplog.text) is bool(words)
        windows.close()
        assert opened.is_closed
