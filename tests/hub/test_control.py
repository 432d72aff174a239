"""Who acts on the desktop, as the hub sees it."""

from __future__ import annotations

import pytest

from samescreen.control.events import Input, Move
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.agents import AgentSession
from samescreen.hub.people import Person
from tests.hub.room import SECOND_US, Room
from tests.serve.test_control import FakeSink


def test_a_host_that_rests_has_let_go_and_takes_input_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room, sink = Room(), FakeSink()
    monkeypatch.setattr(room.publisher, "control", sink)
    control, moved = room.hub.control, Input(room.stream.track, 1, 0, (Move(1, 2),))
    person = Person("p@here", "link", "10.0.0.7", WATCH_ONLY | {Grant.CONTROL})
    session = AgentSession(room.hub.agents, person, room.now_us)
    control.enter(session)
    assert control.take(session, moved)
    control.let_go()
    assert sink.ends == 1
    assert not control.take(session, moved), "what comes before it rests"
    room.wait(2 * SECOND_US)
    assert control.take(session, moved)
