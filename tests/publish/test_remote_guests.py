"""People whom a host that publishes here knows: when it learns that they are gone."""

from __future__ import annotations

from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.people import Person
from samescreen.publish.remote_guests import AWAY_US, RemoteGuests
from samescreen.wire.guests import Allows, Answered, Gone, Wish
from samescreen.wire.publishing import ToPublisher
from tests.subscribe.test_ink import Socket, Stage

MAY_CONTROL = frozenset({Grant.CONTROL})


class Scene:
    """A host that gave control to somebody here, who has a page open."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.sent: list[ToPublisher] = []
        self.guests = RemoteGuests(self.stage.hub, self.sent.append, lambda: self.stage.now_us)
        self.guests.allow(Allows(["control"]))
        people = self.stage.hub.people
        person = Person("anna", "viewer", "10.0.0.1", WATCH_ONLY, may_ask=MAY_CONTROL)
        self.person, self.page = people.arrived(person), Socket()
        people.connect(self.person, self.page, Grant.WATCH)
        self.stage.hub.control.requests.ask("anna", ("control",), self.stage.now_us)
        self.guests.tick()
        assert isinstance(self.sent[-1], Wish)
        self.guests.answered(Answered("anna", ["watch", "control"]))
        assert Grant.CONTROL in self.person.grants

    def leave(self) -> None:
        self.stage.hub.people.disconnect(self.person, self.page)

    def wait(self, us: int) -> None:
        self.stage.now_us += us
        self.guests.tick()


def test_the_host_learns_that_somebody_it_gave_control_is_gone() -> None:
    it = Scene()
    it.leave()
    it.wait(0)
    it.wait(AWAY_US - 1)
    assert not isinstance(it.sent[-1], Gone)
    it.wait(1)
    it.wait(AWAY_US)
    assert [each for each in it.sent if isinstance(each, Gone)] == [Gone("anna")]
    assert it.guests.given("anna") == frozenset()
    assert it.person.grants == WATCH_ONLY


def test_a_page_that_is_loaded_again_keeps_what_the_host_gave() -> None:
    it = Scene()
    for _ in range(3):
        it.leave()
        it.wait(AWAY_US // 2)
        it.stage.hub.people.connect(it.person, it.page, Grant.WATCH)
        it.wait(AWAY_US // 2)
    assert not isinstance(it.sent[-1], Gone)
    assert it.guests.given("anna") >= MAY_CONTROL


def test_a_host_puts_out_nobody_with_this_machines_host_link() -> None:
    it = Scene()
    it.person.grants |= {Grant.HOST}
    it.guests.answered(Answered("anna", [], "out", out=True))
    assert it.stage.hub.people.find("anna") is it.person
    it.person.grants = WATCH_ONLY
    it.guests.answered(Answered("anna", [], "out", out=True))
    assert it.stage.hub.people.find("anna") is None
