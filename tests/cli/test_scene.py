"""What the panel shows of a host: numbers that stay, authors who left, states in words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from samescreen.capture.choose import OpenedSource
from samescreen.capture.testcard import TestCard
from samescreen.cli.scene import SceneOfHost
from samescreen.cli.words import ENGLISH
from samescreen.clock import clock_us
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.host import Host
from samescreen.hub.people import Person
from samescreen.options import ShareOptions
from samescreen.serve.host_actions import NewLink
from samescreen.serve.links import VIEWER
from tests.cli.desk_stage import FakeConnection


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    options = ShareOptions.of(host="127.0.0.1", port=0, tls="off")
    async with Host(options, OpenedSource(TestCard(320, 180), "testcard")) as host:
        yield host


def arrive(host: Host, person_id: str, link_id: str = VIEWER) -> tuple[Person, FakeConnection]:
    people, connection = host.hub.people, FakeConnection()
    person = people.arrived(Person(person_id, link_id, "192.0.2.7", WATCH_ONLY))
    people.connect(person, connection, Grant.WATCH)
    people.admit(person, clock_us())
    return person, connection


async def test_a_number_belongs_to_one_person_for_ever(host: Host) -> None:
    scene = SceneOfHost(host, ENGLISH)
    one, connection = arrive(host, "one")
    arrive(host, "two")
    assert scene.person_numbers() == {1: "one", 2: "two"}
    host.hub.people.disconnect(one, connection)
    arrive(host, "three")
    assert scene.person_numbers() == {2: "two", 3: "three"}
    assert [each.number for each in scene.look().people] == [2, 3]


async def test_raised_hands_stand_first(host: Host) -> None:
    scene = SceneOfHost(host, ENGLISH)
    arrive(host, "one")
    person, _ = arrive(host, "two")
    host.hub.people.set_hand(person, True, clock_us())
    people = scene.look().people
    assert [(each.number, each.has_hand_up) for each in people][0][1] is True


async def test_hands_stand_in_their_order_with_the_numbers_of_the_people(host: Host) -> None:
    scene = SceneOfHost(host, ENGLISH)
    one, _ = arrive(host, "one")
    two, _ = arrive(host, "two")
    host.hub.people.rename(two, "Ada")
    scene.person_numbers()
    host.hub.people.set_hand(two, True, clock_us())
    host.hub.people.set_hand(one, True, clock_us())
    assert scene.look().hands == ((2, "Ada"), (1, "192.0.2.7"))
    assert scene.said_first() == ("two", 0)
    assert scene.look().marks == ()
    host.actions.switch_hands(False)
    assert scene.look().hands == ()
    assert scene.look().marks == ("hands are off",)


async def test_the_first_line_is_the_first_that_is_shown(host: Host) -> None:
    scene = SceneOfHost(host, ENGLISH)
    assert scene.said_first() == ("", 0)
    for number in range(5):  # each of another person: one person's lines are limited
        host.hub.people.write(arrive(host, str(number))[0], f"line {number}", clock_us())
    assert scene.said_first() == ("", 3)


async def test_a_line_keeps_its_author_who_left(host: Host) -> None:
    scene = SceneOfHost(host, ENGLISH)
    person, connection = arrive(host, "one")
    host.hub.people.rename(person, "Ada")
    host.hub.people.write(person, "zoom in?", clock_us())
    assert scene.look().lines == (("Ada", "zoom in?"),)
    host.hub.people.disconnect(person, connection)
    assert scene.look().lines == (("Ada", "zoom in?"),)


async def test_a_line_leaves_the_panel_after_two_minutes(host: Host) -> None:
    person, _ = arrive(host, "one")
    host.hub.people.write(person, "old", clock_us() - 121_000_000)
    assert SceneOfHost(host, ENGLISH).look().lines == ()


async def test_newcomers_come_with_address_and_link(host: Host) -> None:
    scene = SceneOfHost(host, ENGLISH)
    link = host.actions.new_link(NewLink(name="wall"), 0)
    host.actions.approve()
    arrive(host, "one")
    arrive(host, "two", link.link_id)
    shown = scene.look()
    assert shown.waiting == (("192.0.2.7", "viewer link"), ("192.0.2.7", "wall"))
    assert shown.people == ()
    assert scene.newcomer() == "one"
    assert "newcomers wait" in shown.marks


async def test_marks_and_the_state_of_a_source_are_words(host: Host) -> None:
    scene = SceneOfHost(host, ENGLISH)
    host.actions.pause()
    host.actions.mute()
    host.actions.lock()
    shown = scene.look()
    assert shown.marks == ("PAUSED", "muted", "locked")
    assert [source.trouble for source in shown.sources] == ["paused"]
    scene.note_bitrate()
    assert scene.look().bitrates == (0,)
