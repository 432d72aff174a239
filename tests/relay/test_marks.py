"""Marks between a host's own viewers and those of its relay: both sides see the same."""

from __future__ import annotations

import pytest

from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.mark_feed import COST_AT_ONCE, MESSAGE_COST, MESSAGE_POINTS
from samescreen.hub.marks import MOST_PEOPLE
from samescreen.hub.people import ON_RELAY, Person
from samescreen.wire.guests import Answered, Drew, Kept, Wiped
from tests.relay.mark_rooms import POINT, Clockwork, Joined, seen
from tests.subscribe.test_ink import Page


@pytest.fixture
def clockwork(monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    return Clockwork(monkeypatch)


@pytest.fixture
def joined(clockwork: Clockwork) -> Joined:
    return Joined(clockwork, Grant.POINT)


def test_both_sides_see_the_same_marks_with_names(joined: Joined) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    anna.draw(1, 1, 2, 3, end=True)
    bo.draw(5, 7, 8, 9)
    joined.run()
    bo.draw(5, 10, 11, 12, end=True)
    joined.run()
    both = {("Anna", 1): [1, 2, 3], ("Bo", 5): [7, 8, 9, 10, 11, 12]}
    assert seen(anna) == seen(bo) == both


def test_a_stream_that_is_renamed_is_renamed_at_the_relay(joined: Joined) -> None:
    stream = joined.host.hub.streams["screen"]
    at_relay = joined.relay.hub.streams["screen"]
    track = at_relay.track
    joined.host.hub.rename(stream, "Anna · screen")
    joined.run()
    assert (at_relay.name, at_relay.track) == ("Anna · screen", track)
    assert joined.relay.hub.streams["screen"] is at_relay


def test_newcomers_on_both_sides_get_what_stays(joined: Joined) -> None:
    joined.host.joined("Anna").draw(1, 1, 2, 3, end=True)
    joined.relay.joined("Bo").draw(5, 7, 8, 9, end=True)
    joined.run()
    both = {("Anna", 1): [1, 2, 3], ("Bo", 5): [7, 8, 9]}
    assert seen(joined.host.joined("Cid")) == seen(joined.relay.joined("Dee")) == both


@pytest.mark.parametrize("everything", [False, True])
def test_whoever_takes_marks_back_takes_them_back_everywhere(
    joined: Joined, *, everything: bool
) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    for page in (anna, bo):
        page.draw(1, 1, 1, 1, end=True)
        page.draw(2, 2, 2, 2, end=True)
    joined.run()
    for page in (anna, bo):
        page.say({"type": "erase", "all": everything})
    joined.run()
    left = {} if everything else {("Anna", 1): [1, 1, 1], ("Bo", 1): [1, 1, 1]}
    assert seen(anna) == seen(bo) == left


def test_the_host_clears_the_marks_of_both_and_people_draw_on(joined: Joined) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    anna.draw(1, 1, 1, 1, end=True)
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    assert joined.host.hub.ink.clear()
    joined.run()
    assert seen(anna) == seen(bo) == {}
    bo.draw(2, 3, 3, 3, end=True)
    joined.run()
    assert seen(anna) == seen(bo) == {("Bo", 2): [3, 3, 3]}


def test_while_the_host_forbids_marks_nobody_at_the_relay_draws(joined: Joined) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    joined.host.hub.ink.allow(False)
    joined.run()
    assert bo.of("marks")[-1]["on"] is False
    bo.draw(2, 3, 3, 3, end=True)
    joined.run()
    assert seen(anna) == seen(bo) == {}
    joined.host.hub.ink.allow(True)
    joined.run()
    bo.draw(3, 4, 4, 4, end=True)
    joined.run()
    assert seen(anna) == seen(bo) == {("Bo", 3): [4, 4, 4]}


def test_where_too_many_draw_at_the_host_it_takes_the_mark_back(joined: Joined) -> None:
    for number in range(MOST_PEOPLE):
        joined.host.joined(f"h{number}").draw(1, 1, 1, 1, end=True)
    bo = joined.relay.joined("Bo")
    bo.draw(1, 2, 2, 2, end=True)
    joined.run(1.5)
    assert ("Bo", 1) not in seen(bo)
    assert len(seen(bo)) == MOST_PEOPLE


def guest_of(joined: Joined) -> Person:
    """The only person of the relay, as the host sees them."""
    (guest,) = (each for each in joined.host.hub.people if each.link_id == ON_RELAY)
    return guest


def test_whom_the_host_takes_point_from_draws_no_more_at_the_relay(
    joined: Joined, clockwork: Clockwork
) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    guest_of(joined).change(WATCH_ONLY, joined.host.now_us)
    joined.run()
    for stroke in (2, 3):
        bo.draw(stroke, 3, 3, 3, end=True)
        joined.run(2.5)
        assert seen(anna) == seen(bo) == {}
    joined.close()
    again = Joined(clockwork, Grant.POINT, halls=(joined.host, joined.relay))
    again.run()
    again.relay.stream = again.relay.hub.streams["screen"]
    bo = Page(again.relay, bo.person.person_id, POINT, {})
    bo.draw(4, 4, 4, 4, end=True)
    again.run()
    assert seen(bo) == {}
    guest_of(again).change(POINT, again.host.now_us)
    bo.draw(5, 5, 5, 5, end=True)
    again.run()
    assert [*seen(bo).values()] == [[5, 5, 5]]


def test_somebody_at_the_relay_is_one_person_on_whatever_they_draw(joined: Joined) -> None:
    second = Drew(0, 7, "Bo", 2, "pen", [2, 2, 2], True, 0, guest="b")
    joined.publication.read(Drew(0, 1, "Bo", 1, "pen", [1, 1, 1], True, 0, guest="b"))
    joined.publication.read(second)
    guest_of(joined)
    joined.host.hub.ink.clear()
    assert joined.told[-1] == Wiped(0, 7), "the number that they have there now"


def test_whom_the_host_put_out_draws_no_more(joined: Joined) -> None:
    drew = Drew(0, 1, "Bo", 1, "pen", [1, 1, 1], True, 0, guest="b")
    joined.publication.read(drew)
    person_id = guest_of(joined).person_id
    joined.barred.add(person_id)
    joined.host.hub.people.put_out(person_id, "out")
    assert Answered("b", [], "out", out=True) in joined.told
    joined.run()
    joined.publication.read(drew)
    assert joined.told[-1] == Wiped(0, 1)
    assert not joined.host.hub.ink.has_marks


def test_a_relay_that_does_not_say_who_draws_is_named_once(
    joined: Joined, caplog: pytest.LogCaptureFixture
) -> None:
    for stroke in (1, 2):
        joined.publication.read(Drew(0, 1, "Bo", stroke, "pen", [1, 1, 1], True, 0))
        assert joined.told[-1] == Wiped(0, 1)
    assert not joined.host.hub.ink.has_marks
    assert [each.getMessage() for each in caplog.records] == [
        "nobody on the relay can draw here: the relay is too old, update it"
    ]


def test_without_point_the_relay_shows_the_hosts_marks_and_keeps_its_own(
    clockwork: Clockwork,
) -> None:
    joined = Joined(clockwork)
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    anna.draw(1, 1, 1, 1, end=True)
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    assert seen(anna) == {("Anna", 1): [1, 1, 1]}
    assert seen(bo) == {("Anna", 1): [1, 1, 1], ("Bo", 1): [2, 2, 2]}
    joined.host.hub.ink.clear()
    joined.run()
    assert seen(bo) == {("Bo", 1): [2, 2, 2]}


def test_a_relay_that_does_not_know_marks_of_the_host_gets_none(clockwork: Clockwork) -> None:
    """Relays of before say nothing of `marks` in `published`."""
    joined = Joined(clockwork, Grant.POINT, takes_marks=False)
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    anna.draw(1, 1, 1, 1, end=True)
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    joined.host.hub.ink.clear()
    joined.run()
    assert not [each for each in joined.told if isinstance(each, Drew | Kept | Wiped)]
    assert seen(anna) == {}


def test_a_new_name_is_seen_on_the_other_side(joined: Joined) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    anna.draw(1, 1, 1, 1, end=True)
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    anna.say({"type": "name", "name": "Anne"})
    bo.say({"type": "name", "name": "Bob"})
    joined.run(1.0)
    assert seen(anna) == seen(bo) == {("Anne", 1): [1, 1, 1], ("Bob", 1): [2, 2, 2]}


def test_the_host_link_is_named_at_the_relay(joined: Joined) -> None:
    host = joined.host.page(frozenset({*Grant}))
    bo = joined.relay.joined("Bo")
    host.draw(1, 1, 1, 1, end=True)
    joined.run()
    assert [each["host"] for each in bo.of("marks")[-1]["people"]] == [True]


def test_a_connection_that_comes_again_brings_what_stays(
    joined: Joined, clockwork: Clockwork
) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    line = [*range(3 * 120)]
    anna.draw(1, *line[:180])
    anna.draw(1, *line[180:], end=True)
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    assert seen(bo)["Anna", 1] == line
    joined.close()
    for hall in (joined.host, joined.relay):
        hall.tick()
    assert seen(anna) == {("Anna", 1): line}, "guests go with their connection"
    again = Joined(clockwork, Grant.POINT, halls=(joined.host, joined.relay))
    again.run()
    late = again.relay.joined("Dee")
    assert seen(late) == {("Anna", 1): line}, "and the marks over the old stream"


def test_marks_are_bounded_in_rate_and_what_stays_comes_whole(joined: Joined) -> None:
    """People draw more than the connection may carry; pictures go first."""
    page = joined.relay.joined("Bo")
    artists = [joined.host.joined(f"h{number}") for number in range(8)]
    joined.told.clear()
    for stroke in range(4):
        for artist in artists:
            artist.draw(stroke, *([stroke + 1] * 3 * 60), end=True)
    joined.run(0.09)
    sent = [each for each in joined.told if isinstance(each, Drew)]
    cost = sum(MESSAGE_COST + len(each.points) // 3 for each in sent)
    assert 0 < cost <= 4 * (COST_AT_ONCE + MESSAGE_COST + MESSAGE_POINTS)
    joined.run(1.0)
    assert len(seen(page)) == 4 * 8
    assert {len(points) for points in seen(page).values()} == {3 * 60}


def test_a_mad_host_does_not_flood_the_viewers_of_its_relay(joined: Joined) -> None:
    bo = joined.relay.joined("Bo")
    before = len(bo.transport.messages)
    for number in range(500):
        joined.send_text(Drew(0, 1, f"name {number}", number, "pen", [1, 1, 1], True, 0))
        joined.send_text(Kept(0, [], bool(number % 2)))
    joined.move()
    assert len(bo.transport.messages) - before < 20
    joined.run()
    assert seen(bo) == {}
    assert bo.of("marks")[-1]["on"] is True


def test_a_full_line_gets_no_marks_until_it_has_room(joined: Joined) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    joined.waiting_bytes = 1 << 20
    anna.draw(1, 1, 1, 1)
    for number in range(30):
        anna.draw(2, number, 1, 1, tool="laser")
    joined.run()
    assert seen(bo) == {}
    joined.waiting_bytes = 0
    joined.run()
    assert seen(bo)["Anna", 1] == [1, 1, 1]


def test_marks_that_are_in_the_picture_do_not_go_to_the_relay(joined: Joined) -> None:
    class Desktop:
        def shows(self, stream: object) -> bool:
            return True

        def drew(self, stream: object, mark: object) -> None:
            """The desktop shows it."""

        def changed(self, stream: object, board: object) -> None:
            """The desktop shows it."""

    joined.host.hub.ink.shower = Desktop()
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    anna.draw(1, 1, 1, 1, end=True)
    joined.run()
    assert not [each for each in joined.told if isinstance(each, Drew)]
    assert [each.in_picture for each in joined.told if isinstance(each, Kept)][-1] is True
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    assert bo.of("marks")[-1]["in_picture"] is True
    assert joined.host.hub.ink.has_marks


def test_another_source_takes_the_marks_away_on_both_sides(joined: Joined) -> None:
    anna, bo = joined.host.joined("Anna"), joined.relay.joined("Bo")
    anna.draw(1, 1, 1, 1, end=True)
    bo.draw(1, 2, 2, 2, end=True)
    joined.run()
    hub = joined.host.hub
    publisher = type(joined.host.publisher)(track=7)
    hub.replace(joined.host.stream, "Screen 2", publisher)
    joined.run(1.0)
    assert seen(anna) == seen(bo) == {}
    anna.draw(2, 3, 3, 3, end=True)
    joined.run()
    assert seen(anna) == seen(bo) == {("Anna", 2): [3, 3, 3]}
