"""People, their grants and visits: revoked on the open connection, and nothing is left behind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.closing import CloseCode
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.people import GRACE_US, People, Person, Verdict
from samescreen.hub.shown import HostLine, PersonState, Shown
from samescreen.hub.visits import REMEMBERED_US, Visits

NOW_US, NOW_S = 10**9, 1_700_000_000
TALKERS = WATCH_ONLY | {Grant.TALK}


class Line:
    """A connection that records what is sent to it."""

    def __init__(self) -> None:
        self.closed: list[CloseCode] = []
        self.sent: list[frozenset[Grant]] = []
        self.shown: list[Shown] = []

    def dismiss(self, code: CloseCode, detail: str) -> None:
        assert detail
        self.closed.append(code)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        self.sent.append(grants)

    def show(self, shown: Shown) -> None:
        self.shown.append(shown)


def newcomer(person_id: str = "p", link_id: str = "viewer", until_s: int | None = None) -> Person:
    return Person(person_id, link_id, "10.0.0.7", TALKERS, until_s)


def connected(
    people: People, person: Person, grant: Grant = Grant.WATCH
) -> tuple[Person, Line]:
    known, line = people.arrived(person), Line()
    people.connect(known, line, grant)
    return known, line


def test_a_person_with_several_connections_is_forgotten_after_the_last() -> None:
    people = People()
    person, first = connected(people, newcomer())
    same, second = connected(people, newcomer())
    assert same is person
    people.disconnect(person, first)
    assert people.find("p") is person
    for _ in range(2):
        people.disconnect(person, second)
        assert people.find("p") is None


def test_a_person_who_never_connected_is_forgotten() -> None:
    people = People()
    person = people.arrived(newcomer())
    people.left(person)
    assert list(people) == []


def test_a_message_needs_its_grant_when_it_arrives() -> None:
    people = People()
    person, line = connected(people, newcomer())
    assert person.judge(Grant.TALK, NOW_US) is Verdict.TAKE
    assert person.judge(Grant.CONTROL, NOW_US) is Verdict.CLOSE, "never granted"
    person.change(WATCH_ONLY, NOW_US)
    assert line.sent == [WATCH_ONLY]
    assert person.judge(Grant.TALK, NOW_US) is Verdict.DROP
    assert person.judge(Grant.TALK, NOW_US + GRACE_US - 1) is Verdict.DROP
    assert person.judge(Grant.TALK, NOW_US + GRACE_US) is Verdict.CLOSE
    person.change(TALKERS, NOW_US)
    assert person.judge(Grant.TALK, NOW_US + GRACE_US) is Verdict.TAKE


def test_a_connection_without_its_grant_is_closed_after_two_seconds() -> None:
    people = People()
    person, talks = connected(people, newcomer(), Grant.TALK)
    _, watches = connected(people, newcomer())
    person.change(WATCH_ONLY, NOW_US)
    people.tick(NOW_US + GRACE_US - 1, NOW_S)
    assert talks.closed == []
    people.tick(NOW_US + GRACE_US, NOW_S)
    assert (talks.closed, watches.closed) == ([CloseCode.FORBIDDEN], [])


def test_grants_that_the_host_changed_outlive_the_connection() -> None:
    people = People()
    person, line = connected(people, newcomer())
    person.change(WATCH_ONLY, NOW_US)
    people.disconnect(person, line)
    again, _ = connected(people, newcomer())
    assert again.grants == WATCH_ONLY


def test_an_end_closes_every_connection_and_revokes_every_grant() -> None:
    people = People()
    person, first = connected(people, newcomer())
    _, second = connected(people, newcomer(), Grant.TALK)
    _, other = connected(people, newcomer("q"))
    people.put_out("p", "out")
    assert first.closed == second.closed == [CloseCode.PUT_OUT]
    assert other.closed == []
    assert person.judge(Grant.WATCH, NOW_US) is Verdict.CLOSE
    back, _ = connected(people, newcomer())
    assert back is not person, "the same id is a new person now"
    people.disconnect(person, first)
    assert people.find("p") is back


def test_the_end_of_a_link_ends_everybody_who_came_by_it() -> None:
    people = People()
    lines = [connected(people, newcomer(f"p{n}"))[1] for n in range(3)]
    _, host = connected(people, newcomer("h", "host"))
    people.end_link("viewer", "over")
    assert [line.closed for line in lines] == [[CloseCode.EXPIRED]] * 3
    assert host.closed == []


def test_an_expired_cookie_closes_the_connection_unless_renewed() -> None:
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


def test_the_host_issues_a_visits_id_and_its_other_connections_present_it() -> None:
    visits = Visits()
    first = visits.enter("p", "", 0)
    assert len(first) >= 20
    assert visits.enter("p", first, 0) == first
    assert visits.enter("p", "", 0) != first, "another page load"
    assert visits.enter("q", first, 0) != first, "another person cannot use it"


def test_an_unknown_id_gets_one_visit_with_another_id() -> None:
    visits = Visits()
    ids = {visits.enter("p", "made-up", 0) for _ in range(3)}
    assert len(ids) == 1
    assert ids != {"made-up"}
    assert visits.enter("q", "made-up", 0) not in ids


def test_an_idle_visit_is_kept_for_a_minute() -> None:
    visits = Visits()
    visit = visits.enter("p", "old", 0)
    visits.leave(visit, 0)
    assert visits.enter("p", visit, REMEMBERED_US) == visit
    visits.leave(visit, REMEMBERED_US)
    assert visits.enter("p", visit, 2 * REMEMBERED_US + 1) != visit
    assert len(visits) == 1


@pytest.mark.parametrize("visit", ["", "unknown"])
def test_leaving_an_unknown_visit_does_nothing(visit: str) -> None:
    visits = Visits()
    visits.leave(visit, 0)
    assert len(visits) == 0


@given(st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from(["", "a", "b"])), max_size=20))
def test_nothing_is_left_when_all_have_left(entries: list[tuple[str, str]]) -> None:
    visits = Visits()
    entered = [visits.enter(person, shown, 0) for person, shown in entries]
    for visit in entered:
        visits.leave(visit, 0)
    last = visits.enter("z", "", REMEMBERED_US + 1)
    visits.leave(last, 0)
    assert len(visits) == 1
    assert vars(visits)["_renamed"] == vars(visits)["_shown"] == {}


# --- what people say to the host ------------------------------------------------------------------


def test_a_name_is_one_visible_line_and_every_page_of_the_person_shows_it() -> None:
    people = People()
    person, one = connected(people, newcomer())
    _, other = connected(people, newcomer())
    people.rename(person, " Anna\x1b[31m\nof room 7 " + "x" * 60)
    assert person.name.startswith("Anna [31m of room 7")
    assert len(person.name) <= 40
    state = PersonState(person.name, has_hand_up=False, may_speak=True, took=0)
    assert one.shown == other.shown == [state]


def test_a_hand_goes_up_and_the_host_lowers_it_on_the_persons_page() -> None:
    people = People()
    person, line = connected(people, newcomer())
    people.set_hand(person, True, NOW_US)
    assert [hand.person_id for hand in people.hands.hands] == ["p"]
    assert people.lower_hand("p")
    assert not people.lower_hand("p")
    assert [s.has_hand_up for s in line.shown if isinstance(s, PersonState)][:2] == [True, False]


def test_a_hand_comes_down_when_the_person_goes_and_their_lines_stay() -> None:
    people = People()
    person, line = connected(people, newcomer())
    people.set_hand(person, True, NOW_US)
    people.write(person, "what is that?", NOW_US)
    people.disconnect(person, line)
    assert people.hands.hands == ()
    assert [each.text for each in people.hands.lines] == ["what is that?"]


def test_the_host_speaks_to_one_or_to_all() -> None:
    people = People()
    _, one = connected(people, newcomer("one"))
    _, two = connected(people, newcomer("two"))
    assert people.say("hello", "one")
    assert not people.say("hello", "gone")
    assert people.say("to all")
    assert one.shown == [HostLine("hello", is_personal=True), HostLine("to all")]
    assert two.shown == [HostLine("to all")]


def test_hands_and_lines_are_switched_off_for_everybody() -> None:
    people = People()
    person, line = connected(people, newcomer())
    people.set_hand(person, True, NOW_US)
    people.write(person, "first", NOW_US)
    people.switch_hands(False)
    assert (people.hands.hands, people.hands.lines) == ((), ())
    people.set_hand(person, True, NOW_US)
    people.write(person, "second", NOW_US)
    assert line.shown[-1] == PersonState("", has_hand_up=False, may_speak=False, took=1)
