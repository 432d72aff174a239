"""The table of messages: each message of a page has a row, with its phase and its grant."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from samescreen.closing import CloseCode
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.people import GRACE_US, Person
from samescreen.subscribe.dispatch import PROTOCOL, Lobby, Phase, Rule
from samescreen.subscribe.viewer import Viewer
from samescreen.wire import messages
from samescreen.wire.messages import PROTOCOL_VERSION, FromViewer
from tests.fakes import FakeTransport
from tests.hub.room import Room

HELLO = {
    "type": "hello",
    "version": PROTOCOL_VERSION,
    "accepts": ["h264", "jpeg"],
    "kinds": ["grants"],
}
POINT = WATCH_ONLY | {Grant.POINT}


def test_every_message_has_a_row() -> None:
    assert set(PROTOCOL) == set(get_args(FromViewer))


def test_a_session_opens_with_hello_alone() -> None:
    opening = [kind for kind, rule in PROTOCOL.items() if rule.phase is Phase.OPENING]
    assert opening == [messages.Hello]


def test_all_messages_but_those_that_draw_are_for_watching() -> None:
    others = {kind: rule.grant for kind, rule in PROTOCOL.items() if rule.grant != Grant.WATCH}
    assert others == {messages.Draw: Grant.POINT, messages.Erase: Grant.POINT}


# --- a row that needs another grant ---------------------------------------------------------------


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What `ping` did, which needs the grant to point in these tests."""
    done: list[int] = []

    def react(lobby: Lobby, viewer: Viewer, message: messages.Ping, now_us: int) -> None:
        done.append(message.sent_us)

    monkeypatch.setitem(PROTOCOL, messages.Ping, Rule(Phase.OPEN, Grant.POINT, react))
    return done


class Page:
    """A page of somebody with these grants, in a room of its own."""

    def __init__(self, grants: frozenset[Grant], **hello: Any) -> None:
        self.room = Room()
        self.person = Person("p", "viewer", "10.0.0.1", grants)
        self.transport = FakeTransport()
        self.viewer = self.room.audience.join(
            self.person.address, self.transport, person=self.person
        )
        self.say(HELLO | hello)

    def say(self, message: dict[str, Any]) -> None:
        self.room.audience.receive(self.viewer, json.dumps(message))

    def ping(self, number: int) -> None:
        self.say({"type": "ping", "sent_us": number})

    @property
    def last(self) -> dict[str, Any]:
        return dict(self.transport.messages[-1])


def test_with_the_grant_it_acts(acts: list[int]) -> None:
    page = Page(POINT)
    page.ping(1)
    assert acts == [1]


def test_a_message_never_granted_closes_the_connection(acts: list[int]) -> None:
    page = Page(WATCH_ONLY)
    page.ping(1)
    assert acts == []
    assert page.last == {
        "type": "bye",
        "reason": "forbidden",
        "detail": "this needs the grant point",
    }
    assert page.transport.closed == (CloseCode.FORBIDDEN, "forbidden")


def test_just_after_it_was_taken_back_it_is_dropped_and_answered_then_closes(
    acts: list[int],
) -> None:
    page = Page(POINT)
    page.person.change(WATCH_ONLY, page.room.now_us)
    page.ping(1)
    assert page.last == {"type": "grants", "grants": ["watch"]}
    page.room.now_us += GRACE_US - 1
    page.ping(2)
    assert page.last["type"] == "grants"
    page.room.now_us += 1
    page.ping(3)
    assert page.transport.closed == (CloseCode.FORBIDDEN, "forbidden")
    assert acts == []


def test_given_back_it_acts_again(acts: list[int]) -> None:
    page = Page(POINT)
    page.person.change(WATCH_ONLY, page.room.now_us)
    page.person.change(POINT, page.room.now_us)
    page.room.now_us += 2 * GRACE_US
    page.ping(1)
    assert acts == [1]


def test_a_page_that_knows_no_grants_is_not_sent_them(acts: list[int]) -> None:
    page = Page(POINT, kinds=[])
    page.person.change(WATCH_ONLY, page.room.now_us)
    page.ping(1)
    assert page.last["type"] != "grants"
    assert page.transport.closed is None
    assert acts == []


def test_a_row_is_asked_for_its_phase_before_its_grant(acts: list[int]) -> None:
    page = Page(WATCH_ONLY)
    newcomer = page.room.audience.join("10.0.0.2", transport := FakeTransport())
    page.room.audience.receive(newcomer, json.dumps({"type": "ping", "sent_us": 1}))
    assert transport.closed is not None
    assert transport.closed[0] == CloseCode.PROTOCOL
    assert acts == []
