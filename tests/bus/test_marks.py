"""Marks across relays on one bus: everybody sees the same, whatever gets lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from samescreen.bus.messages import Inked, Redraw, to_text
from samescreen.bus.subjects import RoomSubjects
from samescreen.bus.wire import Kind, Numbered
from samescreen.grants import Grant
from samescreen.hub.ink import FarRules
from samescreen.hub.mark_feed import INTERVAL_US
from samescreen.wire.guests import Kept, Wiped
from tests.bus.fake_broker import TICK_US, Broker, Node
from tests.relay.mark_rooms import POINT, Clockwork, Hall, Joined, seen
from tests.subscribe.test_ink import Page

ROOM = RoomSubjects("team")


class Relays:
    """Relays on one broker; the first one has the stream."""

    def __init__(self, clockwork: Clockwork, count: int = 3) -> None:
        self.clockwork = clockwork
        self.broker = Broker()
        names = [letter * 8 for letter in "abcdefgh"[:count]]
        self.nodes = [Node(self.broker, name, shows=name == names[0]) for name in names]
        self.nodes[0].begin()
        self.count = 0
        self.run(1.5)

    def run(self, seconds: float = 1.5) -> None:
        for step in range(round(seconds * 1e6 / INTERVAL_US)):
            for node in self.nodes:
                node.now_us += INTERVAL_US
            self.clockwork.step(INTERVAL_US)
            self.broker.move()
            if step % (TICK_US // INTERVAL_US) == 0:
                for node in self.nodes:
                    node.tick()
                    node.on_bus.tick()
                self.broker.move()

    def page(self, at: int, name: str) -> Page:
        """A page of somebody with this name, at that relay."""
        node = self.nodes[at]
        node.stream = node.hub.streams["screen"]
        self.count += 1
        page = Page(node, f"p{self.count}", POINT, {})
        page.say({"type": "name", "name": name})
        return page


@pytest.fixture
def relays(monkeypatch: pytest.MonkeyPatch) -> Relays:
    return Relays(Clockwork(monkeypatch))


def test_people_at_all_relays_see_the_same_marks(relays: Relays) -> None:
    pages = [relays.page(at, name) for at, name in enumerate(("Anna", "Bo", "Cid"))]
    for number, page in enumerate(pages):
        page.draw(1, number, 1, 1)
        page.draw(1, number, 2, 2, end=True)
    relays.run()
    expected = {(name, 1): [n, 1, 1, n, 2, 2] for n, name in enumerate(("Anna", "Bo", "Cid"))}
    assert [seen(page) for page in pages] == [expected] * 3
    assert seen(relays.page(2, "Dee")) == expected, "a newcomer"


def test_marks_that_are_taken_back_go_everywhere(relays: Relays) -> None:
    pages = [relays.page(at, name) for at, name in enumerate(("Anna", "Bo", "Cid"))]
    for page in pages:
        page.draw(1, 1, 1, 1, end=True)
        page.draw(2, 2, 2, 2, end=True)
    relays.run()
    pages[1].say({"type": "erase", "all": False})
    pages[2].say({"type": "erase", "all": True})
    relays.run()
    expected = {("Anna", 1): [1, 1, 1], ("Anna", 2): [2, 2, 2], ("Bo", 1): [1, 1, 1]}
    assert [seen(page) for page in pages] == [expected] * 3


def test_the_relay_of_the_stream_clears_all_and_forbids_all(relays: Relays) -> None:
    pages = [relays.page(at, name) for at, name in enumerate(("Anna", "Bo", "Cid"))]
    for page in pages:
        page.draw(1, 1, 1, 1, end=True)
    relays.run()
    relays.nodes[0].hub.ink.clear()
    relays.run()
    assert [seen(page) for page in pages] == [{}] * 3
    relays.nodes[0].hub.ink.allow(False)
    relays.run()
    pages[2].draw(2, 1, 1, 1, end=True)
    relays.run()
    assert [seen(page) for page in pages] == [{}] * 3
    assert pages[2].of("marks")[-1]["on"] is False


def test_a_relay_that_comes_later_gets_what_stays_and_what_is_forbidden(relays: Relays) -> None:
    page = relays.page(1, "Bo")
    page.draw(1, 1, 1, 1, end=True)
    relays.run()
    late = Node(relays.broker, "llllllll")
    late.now_us = relays.nodes[0].now_us
    relays.nodes.append(late)
    relays.run(5.0)
    assert seen(relays.page(3, "Dee")) == {("Bo", 1): [1, 1, 1]}
    relays.nodes[0].hub.ink.rule(relays.nodes[0].stream, FarRules(is_on=False))
    relays.run()
    assert not late.hub.ink.is_on_over(late.far())


@pytest.mark.parametrize("is_all", [False, True], ids=["strokes are lost", "an undo is lost"])
def test_what_gets_lost_on_the_bus_is_made_up_for(relays: Relays, *, is_all: bool) -> None:
    anna, bo = relays.page(0, "Anna"), relays.page(1, "Bo")
    bo.draw(1, 1, 1, 1, end=True)
    relays.run()
    relays.broker.lose = lambda subject: ".ink." in subject
    bo.draw(2, 2, 2, 2)
    relays.run(0.25)
    if is_all:
        bo.say({"type": "erase", "all": True})
        relays.run(0.25)
    relays.broker.lose = lambda subject: False
    if not is_all:
        bo.draw(2, 3, 3, 3, end=True)
    relays.run(4.0)
    left = {} if is_all else {("Bo", 1): [1, 1, 1], ("Bo", 2): [2, 2, 2, 3, 3, 3]}
    assert seen(anna) == seen(bo) == left


def test_the_marks_of_a_relay_that_is_gone_go(relays: Relays) -> None:
    anna, cid = relays.page(0, "Anna"), relays.page(2, "Cid")
    relays.page(1, "Bo").draw(1, 1, 1, 1, end=True)
    cid.draw(1, 2, 2, 2, end=True)
    relays.run()
    relays.nodes[1].bus.is_open = False
    relays.run(6.0)
    assert seen(anna) == {("Cid", 1): [2, 2, 2]}
    relays.nodes[2].on_bus.close()
    relays.broker.move()
    relays.run()
    assert seen(anna) == {}


def test_while_the_broker_is_away_marks_stay_and_meet_again(relays: Relays) -> None:
    anna, bo = relays.page(0, "Anna"), relays.page(1, "Bo")
    bo.draw(1, 1, 1, 1, end=True)
    relays.run()
    for node in relays.nodes:
        node.bus.is_open = False
    anna.draw(1, 5, 5, 5, end=True)
    relays.run(6.0)
    assert seen(anna) == {("Bo", 1): [1, 1, 1], ("Anna", 1): [5, 5, 5]}
    for node in relays.nodes:
        node.bus.is_open = True
    relays.run(5.0)
    assert seen(bo) == seen(anna) == {("Bo", 1): [1, 1, 1], ("Anna", 1): [5, 5, 5]}


def test_without_marks_nothing_of_them_goes_over_the_bus(relays: Relays) -> None:
    relays.page(0, "Anna")
    relays.page(1, "Bo")
    relays.broker.log.clear()
    relays.run(3.0)
    assert not [subject for subject, _ in relays.broker.log if ".ink." in subject]


def test_only_the_relay_of_the_stream_wipes_and_forbids(relays: Relays) -> None:
    """Another one, perhaps a mad one, has no say over the stream of somebody else."""
    bo = relays.page(1, "Bo")
    bo.draw(1, 1, 1, 1, end=True)
    relays.run()
    origin, bad, own = relays.nodes[0].name, relays.nodes[2].name, relays.nodes[1].name
    for inked in (
        Inked(origin, Kept(0, [], on=False)),
        Inked(origin, Wiped(0, 1), own),
        Inked(origin, Kept(200, [])),
    ):
        text = next(Numbered(0).messages(Kind.TEXT, to_text(inked)))
        relays.broker.waiting.append((ROOM.ink(bad), text))
    relays.broker.move()
    assert seen(bo) == {("Bo", 1): [1, 1, 1]}
    assert bo.of("marks")[-1]["on"] is True


@pytest.mark.parametrize(
    "make", [lambda: b"garbage", lambda: b'{"type":"inked","origin":"NO"}', lambda: b"{}"]
)
def test_garbage_about_marks_changes_nothing(
    relays: Relays, caplog: pytest.LogCaptureFixture, make: Callable[[], bytes]
) -> None:
    text = next(Numbered(0).messages(Kind.TEXT, make()))
    relays.broker.waiting += [(ROOM.ink("cccccccc"), text), (ROOM.redraw("bbbbbbbb"), text)]
    relays.broker.move()
    assert "dropped" in caplog.text
    redraw = next(Numbered(0).messages(Kind.TEXT, to_text(Redraw("cccccccc"))))
    relays.broker.waiting.append((ROOM.redraw("bbbbbbbb"), redraw))
    relays.run()


def test_marks_cross_a_host_its_relay_and_another_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host lets people on relays draw, and clears what they drew, wherever they are."""
    clockwork, broker = Clockwork(monkeypatch), Broker()
    nodes = [Node(broker, name) for name in ("aaaaaaaa", "bbbbbbbb")]
    line = Joined(clockwork, Grant.POINT, halls=(Hall(shows=True), cast(Hall, nodes[0])))

    def run(seconds: float = 2.0) -> None:
        for _ in range(round(seconds / 0.25)):
            line.run(0.25)
            nodes[1].now_us = line.host.now_us
            nodes[1].tick()
            for node in nodes:
                node.on_bus.tick()
            broker.move()
            line.move()

    run()
    pages = [line.host.joined("Anna")]
    for number, node in enumerate(nodes):
        node.stream = node.hub.streams["screen"]
        pages.append(Page(node, f"p{number}", POINT, {}))
        pages[-1].say({"type": "name", "name": f"at {node.name[0]}"})
    for page in pages:
        page.draw(1, 1, 2, 3, end=True)
    run()
    names = ("Anna", "at a", "at b")
    assert [seen(page) for page in pages] == [{(name, 1): [1, 2, 3] for name in names}] * 3
    pages[2].say({"type": "erase", "all": False})
    pages[2].draw(2, 4, 5, 6, end=True)
    run()
    expected = {("Anna", 1): [1, 2, 3], ("at a", 1): [1, 2, 3], ("at b", 2): [4, 5, 6]}
    assert [seen(page) for page in pages] == [expected] * 3
    line.host.hub.ink.clear()
    run()
    assert [seen(page) for page in pages] == [{}] * 3
    line.host.hub.ink.allow(False)
    run()
    assert [page.of("marks")[-1]["on"] for page in pages] == [False] * 3
