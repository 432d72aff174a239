"""Every page shows who uses mouse and keyboard, by name and never by address."""

from __future__ import annotations

from typing import Any

from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.agents import AgentSession
from samescreen.hub.people import Person
from tests.hub.room import Guest, Room


def shown(guest: Guest) -> list[dict[str, Any]]:
    return [each for each in guest.transport.messages if each["type"] == "acting"]


def test_pages_see_a_program_begin_and_end_and_newcomers_too() -> None:
    room = Room()
    early, old = room.guest().hello(kinds=["acting"]), room.guest().hello()
    room.tick()
    assert shown(early) == []
    person = Person("p@here", "link", "10.0.0.7", WATCH_ONLY | {Grant.CONTROL})
    session = AgentSession(room.hub.agents, person, room.now_us)
    room.hub.control.enter(session)
    room.tick()
    nameless = {"type": "acting", "on": True, "by": "", "program": True}
    assert shown(early) == [nameless]
    late = room.guest().hello(kinds=["acting"])
    assert shown(late) == [nameless]
    person.name = "my agent"
    room.tick()
    assert shown(late)[-1] == nameless | {"by": "my agent"}
    room.hub.control.leave(session)
    room.tick()
    nobody = {"type": "acting", "on": False, "by": "", "program": False}
    assert shown(early)[-1] == shown(late)[-1] == nobody
    assert shown(old) == []
