"""Pointing and drawing: who may, who sees it, when marks go, and what it costs at most."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from samescreen.closing import CloseCode
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.people import Person
from samescreen.subscribe import ink as fanout
from samescreen.subscribe.connection import CONTROL_BACKLOG_BYTES
from samescreen.subscribe.ink import LONGEST_US, SHORTEST_US
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fakes import FakePublisher, FakeTransport
from tests.hub.room import SECOND_US, Room

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264"], "kinds": ["ink"]}
POINT = WATCH_ONLY | {Grant.POINT}


class Stage(Room):
    """A room whose delayed calls wait for `wait`."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[int, Callable[[], None]]] = []
        self.count = 0

    def later(self, delay_s: float, call: Callable[[], None]) -> None:
        self.calls.append((self.now_us + round(delay_s * 1e6), call))

    def wait(self, us: int) -> None:
        super().wait(us)
        due = [each for each in self.calls if each[0] <= self.now_us]
        self.calls = [each for each in self.calls if each not in due]
        for _, call in due:
            call()

    def page(self, grants: frozenset[Grant] = POINT, **hello: Any) -> Page:
        self.count += 1
        return Page(self, f"p{self.count}", grants, hello)


class Page:
    """One page of a person of its own."""

    def __init__(
        self, stage: Room, person_id: str, grants: frozenset[Grant], hello: dict[str, Any]
    ) -> None:
        self.stage = stage
        self.transport = FakeTransport()
        newcomer = Person(person_id, "viewer", "10.0.0.1", grants)
        self.person = stage.hub.people.arrived(newcomer)
        self.viewer = stage.audience.join("10.0.0.1", self.transport, person=self.person)
        stage.hub.people.connect(self.person, Socket(), Grant.WATCH)
        self.say(HELLO | hello)

    def say(self, message: dict[str, Any]) -> None:
        self.stage.audience.receive(self.viewer, json.dumps(message))

    def draw(self, stroke: int, *points: int, tool: str = "pen", end: bool = False) -> None:
        fields = {"stroke": stroke, "tool": tool, "points": points, "end": end}
        track = self.stage.stream.track
        self.say({"type": "draw", "track": track, **fields})

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.transport.messages if each["type"] == kind]

    @property
    def points(self) -> list[int]:
        """All points that it was sent, in order."""
        inks = self.of("ink")
        return [each for ink in inks for mark in ink["marks"] for each in mark["points"]]


class Socket:
    """A person's connection that shows nothing."""

    def dismiss(self, code: CloseCode, detail: str) -> None:
        """Nothing to close."""

    def send_grants(self, grants: frozenset[Grant]) -> None:
        """Nobody reads them."""

    def show(self, shown: object) -> None:
        """Nobody looks."""


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()
    monkeypatch.setattr(fanout, "later", stage.later)
    return stage


# --- who sees it ----------------------------------------------------------------------------------


def test_everybody_sees_a_stroke_at_once_with_name_and_colour(stage: Stage) -> None:
    anna, bo, old = stage.page(), stage.page(WATCH_ONLY), stage.page(WATCH_ONLY, kinds=[])
    anna.say({"type": "name", "name": "Anna"})
    anna.draw(7, 0, 0, 0, 65535, 65535, 9, end=True)
    for page in (anna, bo):
        assert page.of("marks")[-1]["people"] == [
            {"by": 1, "name": "Anna", "colour": 0, "host": False}
        ]
        (ink,) = page.of("ink")
        assert ink["track"] == stage.stream.track
        assert ink["marks"] == [
            {"by": 1, "stroke": 7, "tool": "pen", "points": [0, 0, 0, 65535, 65535, 9], "end": True}
        ]
    assert not old.of("ink"), "this page does not know marks"
    assert not old.of("marks")


def test_a_newcomer_gets_the_strokes_that_stay_and_no_others(stage: Stage) -> None:
    anna = stage.page()
    anna.draw(1, 1, 1, 1, tool="laser")
    anna.draw(2, 2, 2, 2, tool="fade", end=True)
    anna.draw(3, 3, 3, 3)
    anna.draw(3, 4, 4, 4, end=True)
    late = stage.page(WATCH_ONLY)
    assert late.of("marks")[-1]["strokes"] == []
    assert [mark["stroke"] for ink in late.of("ink") for mark in ink["marks"]] == [3]
    assert late.points == [3, 3, 3, 4, 4, 4]


def test_nobody_is_sent_anything_while_nobody_has_drawn(stage: Stage) -> None:
    page = stage.page()
    stage.tick()
    assert not page.of("marks")
    assert not page.of("ink")


def test_viewers_of_another_stream_see_nothing_of_it(stage: Stage) -> None:
    other = stage.hub.add("other", "Other", FakePublisher(track=5))
    anna, bo = stage.page(), stage.page(WATCH_ONLY, stream="other")
    anna.draw(1, 1, 1, 1, end=True)
    assert not bo.of("ink")
    bo.say({"type": "watch", "stream": "screen"})
    assert bo.points == [1, 1, 1]
    assert stage.hub.ink.board_of(other) is None


# --- who may --------------------------------------------------------------------------------------


def test_never_granted_closes_the_connection(stage: Stage) -> None:
    page = stage.page(WATCH_ONLY)
    page.draw(1, 1, 1, 1)
    assert page.transport.closed == (CloseCode.FORBIDDEN, "forbidden")
    assert not stage.hub.ink.has_marks


def test_marks_go_with_the_grant_the_person_and_the_source(stage: Stage) -> None:
    bo = stage.page(WATCH_ONLY)

    def seen(anna: Page) -> bool:
        anna.draw(1, 1, 1, 1, end=True)
        assert len(bo.of("marks")[-1]["people"]) == 1
        return True

    assert seen(anna := stage.page())
    anna.person.change(WATCH_ONLY, stage.now_us)
    stage.tick()
    assert bo.of("marks")[-1]["people"] == []

    assert seen(anna := stage.page())
    stage.hub.people.put_out(anna.person.person_id, "out")
    stage.tick()
    assert bo.of("marks")[-1]["people"] == []

    assert seen(anna := stage.page())
    for connection in tuple(anna.person.connections):
        stage.hub.people.disconnect(anna.person, connection)
    stage.tick()
    assert bo.of("marks")[-1]["people"] == []

    assert seen(stage.page())
    stage.hub.replace(stage.stream, "Other", FakePublisher(track=9))
    stage.tick()
    last = bo.of("marks")[-1]
    assert (last["track"], last["people"]) == (9, [])


def test_strokes_for_a_source_that_is_gone_have_no_effect(stage: Stage) -> None:
    page = stage.page()
    page.say({"type": "draw", "track": 77, "stroke": 1, "tool": "pen", "points": [1, 1, 1]})
    assert not stage.hub.ink.has_marks


def test_a_blank_picture_has_no_marks(stage: Stage) -> None:
    anna, bo = stage.page(), stage.page(WATCH_ONLY)
    anna.draw(1, 1, 1, 1, end=True)
    stage.hub.broadcast.blank()
    stage.tick()
    assert bo.of("marks")[-1]["people"] == []
    anna.draw(2, 1, 1, 1, end=True)
    assert not stage.hub.ink.has_marks


def test_the_host_clears_one_or_all_and_forbids(stage: Stage) -> None:
    anna, bo = stage.page(), stage.page()
    for page in (anna, bo):
        page.draw(1, 1, 1, 1, end=True)
    assert stage.hub.ink.clear(anna.person.person_id)
    assert [each["by"] for each in bo.of("marks")[-1]["people"]] == [2]
    assert stage.hub.ink.clear()
    assert not stage.hub.ink.clear()
    stage.hub.ink.allow(False)
    assert bo.of("marks")[-1] | {"track": 0} == {
        "type": "marks", "track": 0, "on": False, "people": [], "strokes": [],
        "in_picture": False,
    }  # fmt: skip
    anna.draw(2, 1, 1, 1, end=True)
    late = stage.page()
    assert late.of("marks")[-1]["on"] is False
    stage.hub.ink.allow(True)
    assert late.of("marks")[-1]["on"] is True


def test_people_take_back_what_is_theirs_and_nothing_else(stage: Stage) -> None:
    anna, bo = stage.page(), stage.page()
    for stroke in (1, 2):
        anna.draw(stroke, 1, 1, 1, end=True)
    bo.draw(3, 1, 1, 1, end=True)
    anna.say({"type": "erase", "all": False})
    assert bo.of("marks")[-1]["strokes"] == [[1, 1], [2, 3]]
    anna.say({"type": "erase", "all": True})
    assert bo.of("marks")[-1]["strokes"] == [[2, 3]]
    stage.page().say({"type": "erase", "all": True})


def test_a_new_name_is_shown(stage: Stage) -> None:
    anna = stage.page()
    anna.draw(1, 1, 1, 1)
    anna.say({"type": "name", "name": "Änne"})
    stage.tick()
    assert anna.of("marks")[-1]["people"][0]["name"] == "Änne"


# --- what it costs --------------------------------------------------------------------------------


def test_within_an_interval_all_that_is_drawn_becomes_one_message(stage: Stage) -> None:
    anna, bo = stage.page(), stage.page()
    anna.draw(1, 1, 1, 1)
    bo.draw(1, 9, 9, 9)
    anna.draw(1, 2, 2, 2)
    anna.draw(1, 3, 3, 3, end=True)
    assert len(bo.of("ink")) == 1
    stage.wait(SHORTEST_US)
    _, merged = bo.of("ink")
    assert sorted((mark["by"], mark["points"], mark["end"]) for mark in merged["marks"]) == [
        (1, [2, 2, 2, 3, 3, 3], True),
        (2, [9, 9, 9], False),
    ]
    assert stage.calls == []


def test_with_many_viewers_the_messages_are_fewer(stage: Stage) -> None:
    pages = [stage.page(WATCH_ONLY) for _ in range(3)]
    group = stage.audience.of(stage.stream)
    assert group.ink.interval_us == SHORTEST_US
    for n in range(2000):
        group.viewers[f"x{n}"] = pages[0].viewer
    assert group.ink.interval_us == LONGEST_US


def test_a_viewer_who_does_not_read_gets_the_whole_board_later(stage: Stage) -> None:
    anna, slow = stage.page(), stage.page(WATCH_ONLY)
    slow.transport.buffered = CONTROL_BACKLOG_BYTES + 1
    anna.draw(1, 1, 1, 1, end=True)
    stage.wait(SECOND_US)
    anna.draw(2, 2, 2, 2, end=True)
    assert not slow.of("ink")
    slow.transport.buffered = 0
    stage.wait(SECOND_US)
    anna.draw(3, 3, 3, 3, end=True)
    assert not slow.of("ink"), "one that missed something waits for the whole"
    for _ in stage.audience.tick_in_turns():
        pass
    assert slow.points == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    stage.wait(SECOND_US)
    anna.draw(4, 4, 4, 4, end=True)
    assert slow.points[-3:] == [4, 4, 4]


def test_a_stroke_that_was_cleared_while_it_waited_is_not_sent(stage: Stage) -> None:
    anna, bo = stage.page(), stage.page(WATCH_ONLY)
    anna.draw(1, 1, 1, 1, end=True)
    anna.draw(2, 2, 2, 2, end=True)
    stage.hub.ink.clear()
    stage.wait(SECOND_US)
    assert bo.points == [1, 1, 1]
