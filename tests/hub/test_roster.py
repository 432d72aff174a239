"""Who takes part, who shows what, and what those who only watch learn of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.roster import CROWD, CROWD_US, MOST_LISTED, NOBODY, Roster, StreamLists
from samescreen.hub.subscriber import StreamName
from samescreen.hub.voices import Voices

NOW_US = 10**9
TALKS = WATCH_ONLY | {Grant.TALK}
SHOWS = WATCH_ONLY | {Grant.PUBLISH}
HOST = WATCH_ONLY | {Grant.HOST}


@dataclass
class Somebody:
    person_id: str
    grants: frozenset[Grant] = WATCH_ONLY
    name: str = ""
    uses: list[Grant] = field(default_factory=lambda: [Grant.WATCH])


def roster_of(*people: Somebody, lists: StreamLists | None = None) -> Roster:
    roster = Roster(Voices())
    roster.streams = lambda: lists or StreamLists()
    roster.tick(people, NOW_US)
    return roster


def test_where_nobody_may_take_part_nothing_is_said() -> None:
    watcher = Somebody("w")
    roster = Roster(Voices())
    assert not roster.tick([watcher, Somebody("v")], NOW_US)
    assert roster.state_of(watcher) == NOBODY


def test_who_may_talk_is_listed_and_who_only_watches_is_counted() -> None:
    ann, eve = Somebody("ann", TALKS, "Ann"), Somebody("eve")
    roster = roster_of(eve, ann)
    state = roster.state_of(ann)
    assert [(each.name, each.watches, each.shows) for each in state.people] == [("Ann", True, ())]
    assert (state.you, state.others) == (1, 1)
    assert roster.state_of(eve).you == 0
    assert not roster.tick([eve, ann], NOW_US), "nothing has changed"


def test_a_list_that_empties_is_a_change() -> None:
    ann, eve = Somebody("ann", TALKS), Somebody("eve")
    roster = roster_of(ann, eve)
    assert roster.tick([eve], NOW_US)
    assert roster.state_of(eve) == NOBODY


def test_who_shows_something_comes_first_with_their_streams() -> None:
    ann, bob = Somebody("ann", TALKS), Somebody("bob", SHOWS)
    roster = Roster(Voices())
    roster.streams = lambda: StreamLists(frozenset(("b-cam", "screen")))
    roster.add("b-cam", "bob")
    roster.add("ended", "bob")
    roster.discard("ended")
    roster.tick([ann, bob], NOW_US)
    assert [each.shows for each in roster.state_of(ann).people] == [("b-cam",), ()]
    assert [each.number for each in roster.state_of(ann).people] == [2, 1]


def test_a_stream_that_only_the_host_sees_and_its_person_are_the_hosts_alone() -> None:
    host, eve = Somebody("h", HOST), Somebody("eve", TALKS)
    pupil = Somebody("p", frozenset((Grant.PUBLISH,)), "Pia", [Grant.PUBLISH])
    roster = Roster(Voices())
    private = StreamName("cam", "Pia · camera", 3)
    roster.streams = lambda: StreamLists(frozenset(), (private,))
    roster.add("cam", "p")
    roster.tick([host, eve, pupil], NOW_US)
    assert [each.name for each in roster.state_of(host).people] == ["Pia", "", ""]
    assert roster.state_of(host).private == (private,)
    public = roster.state_of(eve)
    assert (len(public.people), public.others, public.private) == (2, 0, ())
    roster.streams = lambda: StreamLists(frozenset(("cam",)), (), "cam")
    assert roster.tick([host, eve, pupil], NOW_US)
    public = roster.state_of(eve)
    assert (public.forward, public.people[0].shows, public.people[0].watches) == (
        "cam", ("cam",), False,
    )  # fmt: skip


def test_numbers_stay_while_somebody_is_here() -> None:
    ann, bob = Somebody("ann", TALKS), Somebody("bob", TALKS)
    roster = roster_of(ann, bob)
    roster.tick([bob], NOW_US)
    assert roster.state_of(bob).you == 2
    roster.tick([ann, bob], NOW_US)
    assert roster.state_of(ann).you == 3, "somebody who comes again may be somebody else"


def test_the_host_is_named_and_a_mute_is_seen() -> None:
    voices, host, ann = Voices(), Somebody("h", HOST), Somebody("ann", TALKS)
    roster = Roster(voices)
    roster.tick([host, ann], NOW_US)
    voices.mute("ann", True, NOW_US)
    assert roster.tick([host, ann], NOW_US)
    assert [(each.is_host, each.is_muted) for each in roster.state_of(ann).people] == [
        (True, False),
        (False, True),
    ]


def test_a_crowd_is_counted_and_hears_of_changes_rarely() -> None:
    crowd = [Somebody(f"p{n}", TALKS) for n in range(CROWD + 1)]
    roster = roster_of(*crowd)
    state = roster.state_of(crowd[0])
    assert (len(state.people), state.others) == (MOST_LISTED, CROWD + 1 - MOST_LISTED)
    assert not roster.tick([*crowd, Somebody("late")], NOW_US + CROWD_US - 1)
    assert roster.tick([*crowd, Somebody("late")], NOW_US + CROWD_US)
