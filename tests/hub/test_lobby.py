"""Who waits for the host: bounded, never asked twice, and forgotten when they go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.closing import CloseCode
from samescreen.grants import EVERYTHING, WATCH_ONLY, Grant
from samescreen.hub.lobby import (
    MOST_OF_NETWORK,
    MOST_WAITING,
    WAITING_US,
    Lobby,
    Newcomer,
)
from samescreen.hub.people import People, Person
from samescreen.hub.shown import Shown

NOW_US = 10**9


class Line:
    """A connection that keeps what it was sent."""

    def __init__(self) -> None:
        self.closed: list[CloseCode] = []
        self.grants: list[frozenset[Grant]] = []

    def dismiss(self, code: CloseCode, detail: str) -> None:
        self.closed.append(code)

    def send_grants(self, grants: frozenset[Grant]) -> None:
        self.grants.append(grants)

    def show(self, shown: Shown) -> None:
        raise AssertionError("who waits is shown nothing")


def knock(people: People, person_id: str = "p", link_id: str = "viewer") -> Person:
    """Somebody shows a cookie, and opens a socket."""
    grants = EVERYTHING if link_id == "host" else WATCH_ONLY
    person = people.find(person_id) or Person(person_id, link_id, "10.0.0.7", grants)
    people.admit(person, NOW_US)
    return people.arrived(person)


def test_a_newcomer_holds_nothing_until_let_in() -> None:
    people, line = People(), Line()
    people.lobby.is_on = True
    person = knock(people)
    people.connect(person, line, Grant.WATCH)
    assert (person.is_waiting, person.grants) == (True, frozenset())
    assert [each.person_id for each in people.waiting(NOW_US)] == ["p"]
    people.tick(NOW_US, 0)
    assert line.closed == [], "waiting is no lack of a grant that was taken back"
    assert people.let_in("p")
    assert line.grants == [WATCH_ONLY]
    assert (person.is_waiting, person.grants) == (False, WATCH_ONLY)
    assert people.waiting(NOW_US) == ()
    assert not people.let_in("p"), "nobody waits any more"


def test_who_was_in_before_does_not_wait_and_neither_does_the_host() -> None:
    people, line = People(), Line()
    before = knock(people, "before")
    people.connect(before, line, Grant.WATCH)
    people.lobby.is_on = True
    people.disconnect(before, line)
    assert people.find("before") is None
    assert not knock(people, "before").is_waiting, "the page was loaded again"
    assert not knock(people, "host", "host").is_waiting
    assert knock(people, "after").is_waiting


def test_who_goes_is_not_listed_and_who_is_put_out_must_wait_again() -> None:
    people, line = People(), Line()
    people.lobby.is_on = True
    person = knock(people)
    people.connect(person, line, Grant.WATCH)
    people.disconnect(person, line)
    assert people.waiting(NOW_US) == ()
    people.let_in("p")
    person = knock(people)
    assert not person.is_waiting
    people.put_out("p", "out")
    assert knock(people).is_waiting


def test_all_are_let_in_at_once() -> None:
    people = People()
    people.lobby.is_on = True
    crowd = [knock(people, f"p{n}") for n in range(5)]
    people.let_all_in()
    assert not any(person.is_waiting for person in crowd)


def test_a_program_that_stopped_asking_is_not_listed() -> None:
    lobby = Lobby()
    lobby.is_on = True
    assert not lobby.admits(Newcomer("p", "viewer", "10.0.0.7", NOW_US))
    assert lobby.waiting(NOW_US + WAITING_US - 1, frozenset())
    assert not lobby.waiting(NOW_US + WAITING_US, frozenset())
    assert lobby.waiting(NOW_US + WAITING_US, frozenset({"p"}))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 30)), max_size=600))
def test_the_list_is_bounded_for_all_and_for_each_network(
    asked: list[tuple[int, int]],
) -> None:
    lobby = Lobby()
    lobby.is_on = True
    for person, network in asked:
        newcomer = Newcomer(f"{person}@{network}", "viewer", f"10.0.0.{network}", NOW_US)
        assert not lobby.admits(newcomer)
    waiting = lobby.waiting(NOW_US, frozenset())
    assert len(waiting) <= MOST_WAITING
    by_network = [each.address for each in waiting]
    assert all(by_network.count(each) <= MOST_OF_NETWORK for each in set(by_network))
    if asked:
        assert waiting[-1] == newcomer, "who asked last is listed"
