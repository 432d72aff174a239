"""The host's rows: who is here, how their picture goes, raised hands first."""

from __future__ import annotations

from typing import Any

from samescreen.clock import clock_us
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub.people import ON_RELAY, Person
from samescreen.serve.control_session import ControlSession
from samescreen.serve.roster import roster
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fakes import FakeTransport, frame, soon
from tests.serve.conftest import Site


async def watch(site: Site, **more: Any) -> Any:
    ws = await site.client.ws_connect("/ws", headers=site.same)
    await ws.send_json(
        {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264"], **more}
    )
    await ws.receive()
    return ws


async def test_one_person_with_two_pages_is_one_row(site: Site) -> None:
    site.source.push(frame())
    await site.log_in()
    pages = [await watch(site), await watch(site)]
    await soon(lambda: len(site.audience.viewers) == 2, "both watch")
    (row,) = roster(site.audience, site.actions, clock_us())
    assert (row.link, row.address, row.grants) == ("viewer", "127.0.0.1", ["watch"])
    assert [each.rendition for each in row.viewers] == ["main", "main"]
    for page in pages:
        await page.close()
    await soon(lambda: not roster(site.audience, site.actions, clock_us()), "nobody is here")


async def test_raised_hands_come_first(site: Site) -> None:
    people = site.audience.hub.people
    pages = []
    for _ in range(3):
        site.client.session.cookie_jar.clear()
        await site.log_in()
        pages.append(await watch(site))
    await soon(lambda: len(site.actions.people) == 3, "all are here")
    first, second, third = (person.person_id for person in site.actions.people)
    for person in (third, second):
        people.hands.raise_hand(person, clock_us())
    rows = roster(site.audience, site.actions, clock_us())
    assert [row.person for row in rows] == [third, second, first]
    for page in pages:
        await page.close()


async def test_a_person_of_a_relay_is_called_that(site: Site) -> None:
    people = site.audience.hub.people
    guest = people.arrived(Person("relay-1", ON_RELAY, "192.0.2.7", WATCH_ONLY))
    seat = ControlSession(site.audience.hub.control, guest, "192.0.2.7", FakeTransport())
    people.connect(guest, seat, Grant.WATCH)
    (row,) = roster(site.audience, site.actions, clock_us())
    assert row.link_name == "relay"
