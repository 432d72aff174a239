"""A page goes on through https as the same person: once, soon, and only while it may come in."""

from __future__ import annotations

from typing import Any

import pytest

from samescreen.clock import clock_us
from samescreen.grants import Grant
from samescreen.hub.people import Person
from samescreen.serve import handovers
from samescreen.serve.access import Proof
from samescreen.serve.handovers import HANDOVER_LIFE_S, MOST_HANDOVERS, Handovers, parted
from samescreen.serve.links import drawn_link
from tests.serve.conftest import COOKIE, TOKEN, Site
from tests.serve.test_host_routes import ask


async def handed_over(site: Site, secret: str) -> tuple[int, str]:
    """Log in with this, as the page on https does: without the cookie of http."""
    site.client.session.cookie_jar.clear()
    login: Any = {"json": {"token": secret}, "headers": site.same}
    answer = await site.client.post("/api/login", **login)
    cookie = answer.cookies.get(COOKIE)
    return answer.status, "" if cookie is None else cookie.value.split(".")[1]


async def test_the_person_and_what_the_host_gave_them_stay(site: Site) -> None:
    await site.log_in()
    status, made = await ask(site, "POST", "/api/handover", site.same)
    assert status == 200
    cookie = next(iter(site.client.session.cookie_jar)).value
    person_id = cookie.split(".")[1]
    person = Person(person_id, "viewer", "127.0.0.1", frozenset({Grant.WATCH}))
    site.audience.hub.people.arrived(person).change(
        frozenset({Grant.WATCH, Grant.PUBLISH}), clock_us()
    )
    site.actions.lock()
    assert await handed_over(site, f"h~{made['token']}~{TOKEN}") == (204, person_id)
    found = site.audience.hub.people.find(person_id)
    assert found is not None
    assert Grant.PUBLISH in found.grants
    assert (await handed_over(site, f"h~{made['token']}~"))[0] == 403, "once"


async def test_a_ticket_that_is_worth_nothing_leaves_the_link(site: Site) -> None:
    status, person_id = await handed_over(site, f"h~no-such-ticket~{TOKEN}")
    assert (status, bool(person_id)) == (204, True)
    assert (await handed_over(site, "h~no-such-ticket~"))[0] == 403


async def test_programs_and_strangers_get_no_ticket(site: Site) -> None:
    assert (await ask(site, "POST", "/api/handover", site.same))[0] == 401
    assert (await ask(site, "POST", "/api/handover", site.bearer))[0] == 403


async def test_who_was_put_out_meanwhile_stays_out(site: Site) -> None:
    await site.log_in()
    _, made = await ask(site, "POST", "/api/handover", site.same)
    cookie = next(iter(site.client.session.cookie_jar)).value
    site.gatekeeper.put_out(cookie.split(".")[1], "viewer", "127.0.0.1", 1)
    assert (await handed_over(site, f"h~{made['token']}~{TOKEN}"))[0] == 403


async def test_tickets_run_out_and_are_bounded(site: Site) -> None:
    link = next(iter(site.gatekeeper.links))
    held, proof = Handovers(), Proof(link, "somebody")
    late = held.new(proof, 0)
    assert held.use(late, site.gatekeeper, HANDOVER_LIFE_S) is None
    tickets = [held.new(proof, 0) for _ in range(MOST_HANDOVERS + 1)]
    assert held.use(tickets[0], site.gatekeeper, 1) is None
    assert held.use(tickets[1], site.gatekeeper, 1) == proof
    gone = held.new(Proof(drawn_link(), "somebody"), 0)
    assert held.use(gone, site.gatekeeper, 1) is None, "its link has ended"


def test_a_secret_is_parted_from_its_ticket() -> None:
    assert parted("token") == ("", "token")
    assert parted("h~ticket~to~ken") == ("ticket", "to~ken")
    assert parted("h~ticket") == ("ticket", "")
    assert parted("") == ("", "")


async def test_every_ticket_is_compared_whichever_one_it_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, compared = Handovers(), list[str]()
    proof = Proof(next(iter(site.gatekeeper.links)), "somebody")
    first, *_ = [held.new(proof, 0) for _ in range(5)]

    def compare(one: str, other: str) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr(handovers, "is_equal", compare)
    assert held.use(first, site.gatekeeper, 1) == proof
    assert len(compared) == 5
