"""Tickets by the routes: the host page makes them, and a phone logs in with one."""

from __future__ import annotations

from typing import Any

from samescreen.serve.host_tickets import TICKET_LIFE_S
from tests.serve.conftest import COOKIE, Site
from tests.serve.test_host_routes import ask


async def test_a_ticket_opens_the_host_link_once(site: Site) -> None:
    _, made = await ask(site, "POST", "/api/links/ticket", site.as_host)
    assert made["expires_in_s"] == TICKET_LIFE_S
    login: Any = {"json": {"token": made["token"]}, "headers": site.same}
    phone = await site.client.post("/api/login", **login)
    assert phone.status == 204
    cookie = {"Cookie": f"{COOKIE}={phone.cookies[COOKIE].value}"} | site.same
    assert (await ask(site, "GET", "/api/host", cookie))[0] == 200
    site.client.session.cookie_jar.clear()
    assert (await site.client.post("/api/login", **login)).status == 403
    _, found = await ask(site, "GET", "/api/acts", site.as_host)
    assert [each["kind"] for each in found["acts"]] == ["host-ticket", "host-in"]


async def test_a_ticket_is_no_bearer(site: Site) -> None:
    """It would have to be kept, and to be valid more than once."""
    _, made = await ask(site, "POST", "/api/links/ticket", site.as_host)
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert (await ask(site, "GET", "/api/host", bearer))[0] == 401


async def test_a_right_ticket_does_not_wait_for_wrong_guesses(site: Site) -> None:
    _, made = await ask(site, "POST", "/api/links/ticket", site.as_host)
    for _ in range(12):
        await site.client.post("/api/login", json={"pin": "000000"}, headers=site.same)
    login = await site.client.post(
        "/api/login", json={"token": made["token"]}, headers=site.same
    )
    assert login.status == 204
