"""The host asks people for their screens: a yes, a no, and every other end. Time is an argument."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.closing import CloseCode
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.acts import Acts
from samescreen.hub.invitations import UNANSWERED_US, UNUSED_US, Answer, ShowRequest
from samescreen.hub.people import People, Person
from tests.hub.test_people import Line, connected

NOW_US, NOW_S = 10**9, 1_700_000_000
LATER_US = NOW_US + UNANSWERED_US
PUBLISHES = WATCH_ONLY | {Grant.PUBLISH}


class Class:
    """A teacher who asks one pupil, Ann."""

    def __init__(self) -> None:
        self.acts = Acts()
        self.people = People(self.acts)
        self.asking = self.people.invitations
        self.ann, self.page = connected(
            self.people, Person("ann", "viewer", "10.0.0.7", WATCH_ONLY)
        )
        self.ann.name = "Ann"

    def ask(self) -> None:
        self.asking.ask(self.ann, "Ms. Lee", NOW_US)

    def states(self, page: Line | None = None) -> list[str]:
        shown = (page or self.page).shown
        return [each.state for each in shown if isinstance(each, ShowRequest)]

    def outcomes(self) -> list[str]:
        assert {act.actor for act in self.acts.since(0)} <= {"Ann"}
        return [act.kind for act in self.acts.since(0)]


@pytest.fixture
def room() -> Class:
    return Class()


def test_a_yes_gives_the_grant_and_what_is_shown_is_for_the_host(room: Class) -> None:
    room.ask()
    assert room.page.shown == [ShowRequest("asked", "Ms. Lee")]
    assert (room.ann.grants, room.asking.shows_privately("ann")) == (WATCH_ONLY, False)
    room.asking.answer("ann", "yes", NOW_US)
    assert (room.ann.grants, room.asking.shows_privately("ann")) == (PUBLISHES, True)
    assert (room.page.sent, room.states()) == ([PUBLISHES], ["asked", "accepted"])
    room.asking.began("ann")
    assert (room.states()[-1], room.asking.all, room.outcomes()) == ("over", (), ["show-yes"])
    assert room.asking.shows_privately("ann"), "the next share as well"
    room.asking.decided("ann")
    assert not room.asking.shows_privately("ann"), "the host has set the grants"


@pytest.mark.parametrize("answer", ["camera", "secure"])
def test_a_yes_with_a_condition_says_so_to_the_host(room: Class, answer: Any) -> None:
    room.ask()
    room.asking.answer("ann", answer, NOW_US)
    assert (room.ann.grants, room.outcomes()) == (PUBLISHES, [f"show-{answer}"])


def test_a_no_gives_nothing(room: Class) -> None:
    room.ask()
    room.asking.answer("ann", "no", NOW_US)
    assert (room.ann.grants, room.states(), room.outcomes()) == (
        WATCH_ONLY, ["asked", "over"], ["show-no"],
    )  # fmt: skip
    room.asking.answer("ann", "yes", NOW_US)
    assert room.ann.grants == WATCH_ONLY, "too late"


@pytest.mark.parametrize("answer", ["denied", "failed"])
def test_a_browser_that_gives_nothing_after_the_yes(room: Class, answer: Any) -> None:
    room.ask()
    room.asking.answer("ann", answer, NOW_US)
    assert room.outcomes() == [], "out of turn"
    room.asking.answer("ann", "yes", NOW_US)
    room.asking.answer("ann", answer, NOW_US)
    assert (room.outcomes(), room.asking.all) == (["show-yes", f"show-{answer}"], ())
    assert Grant.PUBLISH in room.ann.grants, "a second try needs no second question"


def test_no_answer_in_a_minute_and_nothing_shown_in_three(room: Class) -> None:
    room.ask()
    room.people.tick(LATER_US - 1, NOW_S)
    assert room.states() == ["asked"]
    room.people.tick(LATER_US, NOW_S)
    assert (room.states()[-1], room.outcomes()) == ("over", ["show-late"])
    room.ask()
    room.asking.answer("ann", "yes", LATER_US)
    room.people.tick(LATER_US + UNUSED_US - 1, NOW_S)
    assert room.states()[-1] == "accepted"
    room.people.tick(LATER_US + UNUSED_US, NOW_S)
    assert (room.states()[-1], room.outcomes()[-1]) == ("over", "show-nothing")


def test_who_leaves_without_an_answer(room: Class) -> None:
    room.ask()
    room.people.disconnect(room.ann, room.page)
    assert (room.outcomes(), room.asking.all) == (["show-left"], ())


def test_who_said_yes_and_goes_through_https_is_not_gone(room: Class) -> None:
    room.ask()
    room.asking.answer("ann", "secure", NOW_US)
    room.people.disconnect(room.ann, room.page)
    ann, page = connected(room.people, Person("ann", "viewer", "10.0.0.7", WATCH_ONLY))
    assert ann.grants == PUBLISHES
    invitation = room.asking.of("ann")
    assert invitation is not None
    assert invitation.shown.state == "accepted"
    room.asking.began("ann")
    assert room.states(page) == ["over"]


def test_the_host_takes_the_question_back(room: Class) -> None:
    room.ask()
    assert room.asking.withdraw("ann")
    assert (room.states(), room.outcomes()) == (["asked", "over"], [])
    assert not room.asking.withdraw("ann")


def test_asked_twice_is_one_question(room: Class) -> None:
    room.ask()
    room.asking.ask(room.ann, "", LATER_US - 1)
    room.people.tick(LATER_US, NOW_S)
    assert (len(room.asking.all), room.states()) == (1, ["asked", "asked"])


def test_who_is_put_out_is_forgotten(room: Class) -> None:
    room.ask()
    room.asking.answer("ann", "yes", NOW_US)
    room.people.put_out("ann", "the host has ended your access")
    assert room.page.closed == [CloseCode.PUT_OUT]
    assert (room.asking.all, room.asking.shows_privately("ann")) == ((), False)


@given(st.lists(st.sampled_from(["ask", "began", "withdraw", "tick", *get_args(Answer)])))
def test_nobody_gets_the_grant_without_a_question_and_a_yes(steps: list[Any]) -> None:
    room, is_asked = Class(), False
    for number, step in enumerate(steps):
        before = room.ann.grants
        if step == "ask":
            room.ask()
        elif step == "tick":
            room.people.tick(NOW_US + number, NOW_S)
        elif step in ("began", "withdraw"):
            getattr(room.asking, step)("ann")
        else:
            room.asking.answer("ann", step, NOW_US)
        if room.ann.grants != before:
            assert is_asked
            assert step in ("yes", "camera", "secure")
        found = room.asking.of("ann")
        is_asked = found is not None and found.shown.state == "asked"
        assert (Grant.PUBLISH in room.ann.grants) == room.asking.shows_privately("ann")
