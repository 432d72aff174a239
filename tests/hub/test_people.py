"""Persons, their grants and visits: taken back on the live connection, and nothing left behind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.closing import CloseCode
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.people import GRACE_US, REMEMBERED_US, People, Person, Verdict, Visits

NOW_US, NOW_S = 10**9, 1_700_000_000
TALKERS = WATCH_ONLY | {Grant.TALK}


class Line:
    """A connection that writes down what it is told."""

    def __init__(self) -> None:
        self.closed: list[CloseCode] = []
        self.told: list[frozenset[Grant]] = []

    def dismiss(self, code: CloseCode, detail: str) -> None:
        assert detail
        self.closed.append(code)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        self.told.append(grants)


def newcomer(person_id: str = "p", link_id: str = "viewer", until_s: int | None = None) -> Person:
    return Person(person_id, link_id, "10.0.0.7", TALKERS, until_s)


def connected(
    people: People, person: Person, grant: Grant = Grant.WATCH
) -> tuple[Person, Line]:
    known, line = people.arrived(person), Line()
    people.connect(known, line, grant)
    return known, line


def test_one_person_has_many_connections_and_is_forgotten_with_the_last() -> None:
    people = People()
    person, first = connected(people, newcomer())
    same, second = connected(people, newcomer())
    assert same is person
    people.disconnect(person, first)
    assert people.find("p") is person
    for _ in range(2):
        people.disconnect(person, second)
        assert people.find("p") is None


def test_who_arrived_and_never_connected_is_forgotten() -> None:
    people = People()
    person = people.arrived(newcomer())
    people.left(person)
    assert list(people) == []


def test_a_message_needs_its_grant_at_that_moment() -> None:
    people = People()
    person, line = connected(people, newcomer())
    assert person.judge(Grant.TALK, NOW_US) is Verdict.TAKE
    assert person.judge(Grant.CONTROL, NOW_US) is Verdict.CLOSE, "never granted"
    person.change(WATCH_ONLY, NOW_US)
    assert line.told == [WATCH_ONLY]
    assert person.judge(Grant.TALK, NOW_US) is Verdict.DROP
    assert person.judge(Grant.TALK, NOW_US + GRACE_US - 1) is Verdict.DROP
    assert person.judge(Grant.TALK, NOW_US + GRACE_US) is Verdict.CLOSE
    person.change(TALKERS, NOW_US)
    assert person.judge(Grant.TALK, NOW_US + GRACE_US) is Verdict.TAKE


def test_a_revoked_duty_is_closed_after_two_seconds_and_the_others_stay() -> None:
    people = People()
    person, talks = connected(people, newcomer(), Grant.TALK)
    _, watches = connected(people, newcomer())
    person.change(WATCH_ONLY, NOW_US)
    people.tick(NOW_US + GRACE_US - 1, NOW_S)
    assert talks.closed == []
    people.tick(NOW_US + GRACE_US, NOW_S)
    assert (talks.closed, watches.closed) == ([CloseCode.FORBIDDEN], [])


def test_what_the_host_gave_by_hand_outlives_the_connection() -> None:
    people = People()
    person, line = connected(people, newcomer())
    person.change(WATCH_ONLY, NOW_US)
    people.disconnect(person, line)
    again, _ = connected(people, newcomer())
    assert again.grants == WATCH_ONLY


def test_an_end_reaches_every_connection_and_takes_every_grant_at_once() -> None:
    people = People()
    person, first = connected(people, newcomer())
    _, second = connected(people, newcomer(), Grant.TALK)
    _, other = connected(people, newcomer("q"))
    people.put_out("p", "out")
    assert first.closed == second.closed == [CloseCode.PUT_OUT]
    assert other.closed == []
    assert person.judge(Grant.WATCH, NOW_US) is Verdict.CLOSE
    back, _ = connected(people, newcomer())
    assert back is not person, "who comes under this name now is another"
    people.disconnect(person, first)
    assert people.find("p") is back


def test_a_link_ends_for_all_who_came_by_it() -> None:
    people = People()
    lines = [connected(people, newcomer(f"p{n}"))[1] for n in range(3)]
    _, host = connected(people, newcomer("h", "host"))
    people.end_link("viewer", "over")
    assert [line.closed for line in lines] == [[CloseCode.EXPIRED]] * 3
    assert host.closed == []


def test_a_cookie_ends_on_the_live_connection_unless_it_is_renewed() -> None:
    people = People()
    _, line = connected(people, newcomer(until_s=NOW_S + 10))
    people.renewed("p", NOW_S + 20)
    people.tick(NOW_US, NOW_S + 19)
    assert line.closed == []
    people.tick(NOW_US, NOW_S + 20)
    assert line.closed == [CloseCode.EXPIRED]
    _, program = connected(people, newcomer("program", until_s=None))
    people.tick(NOW_US, NOW_S * 2)
    assert program.closed == []


# --- visits ---------------------------------------------------------------------------------------


def test_a_visits_id_is_drawn_here_and_shown_by_its_other_connections() -> None:
    visits = Visits()
    first = visits.enter("p", "", 0)
    assert len(first) >= 20
    assert visits.enter("p", first, 0) == first
    assert visits.enter("p", "", 0) != first, "another page load"
    assert visits.enter("q", first, 0) != first, "somebody else's, whoever told them"


def test_what_was_made_up_counts_as_one_visit_and_is_not_its_id() -> None:
    visits = Visits()
    ids = {visits.enter("p", "made-up", 0) for _ in range(3)}
    assert len(ids) == 1
    assert ids != {"made-up"}
    assert visits.enter("q", "made-up", 0) not in ids


def test_a_visit_is_remembered_for_a_minute_and_then_gone() -> None:
    visits = Visits()
    visit = visits.enter("p", "old", 0)
    visits.leave(visit, 0)
    assert visits.enter("p", visit, REMEMBERED_US) == visit
    visits.leave(visit, REMEMBERED_US)
    assert visits.enter("p", visit, 2 * REMEMBERED_US + 1) != visit
    assert len(visits) == 1


@pytest.mark.parametrize("visit", ["", "unknown"])
def test_leaving_what_was_never_entered_is_nothing(visit: str) -> None:
    visits = Visits()
    visits.leave(visit, 0)
    assert len(visits) == 0


@given(st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from(["", "a", "b"])), max_size=20))
def test_nothing_is_left_when_all_have_gone(entries: list[tuple[str, str]]) -> None:
    visits = Visits()
    entered = [visits.enter(person, shown, 0) for person, shown in entries]
    for visit in entered:
        visits.leave(visit, 0)
    last = visits.enter("z", "", REMEMBERED_US + 1)
    visits.leave(last, 0)
    assert len(visits) == 1
    assert vars(visits)["_renamed"] == vars(visits)["_shown"] == {}
