"""What the host page reads each second, the page itself, and its QR codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from samescreen.serve.security_headers import SECURITY_HEADERS
from samescreen.serve.site import SiteConfig
from tests.serve.conftest import HOST_TOKEN, PIN, TOKEN, Site
from tests.serve.test_host_routes import HELLO, ask, messages_until

FRAMER = "https://frames.example.org"


async def test_the_overview_has_everything_but_secrets(site: Site) -> None:
    await ask(site, "POST", "/api/links", site.as_host, {"name": "Anna"})
    status, seen = await ask(site, "GET", "/api/host", site.as_host)
    assert status == 200
    assert {each["name"] for each in seen["links"]} == {"viewer link", "host link", "Anna"}
    assert [each["stream"] for each in seen["streams"]] == ["screen"]
    assert seen["streams"][0]["limit"] == {
        "fps": None, "max_bitrate_bps": None, "quality": None
    }  # fmt: skip
    assert seen["sound"] is None
    assert seen["broadcast"] == {"paused": False, "blanked": False, "muted": False}
    assert (seen["host"], seen["urls"], seen["can_change_streams"]) == ("desk", [], False)
    assert seen["recording"] is None
    assert [each["kind"] for each in seen["acts"]] == ["new-link"]
    secrets = [TOKEN, HOST_TOKEN, PIN, *(link.secret for link in site.actions.links)]
    assert not [each for each in secrets if each in json.dumps(seen)]


async def test_a_host_where_nothing_happens_answers_without_a_body(site: Site) -> None:
    first = await site.client.get("/api/host", headers=site.as_host)
    known = {**site.as_host, "If-None-Match": first.headers["ETag"]}
    again = await site.client.get("/api/host", headers=known)
    assert (again.status, await again.read()) == (304, b"")
    await ask(site, "POST", "/api/lock", site.as_host, {"locked": True})
    assert (await site.client.get("/api/host", headers=known)).status == 200


async def test_it_names_the_link_and_address_of_a_newcomer(site: Site) -> None:
    await ask(site, "POST", "/api/approve", site.as_host, {"approve": True})
    await site.log_in()
    async with site.client.ws_connect("/ws", headers=site.same) as ws:
        await ws.send_json(HELLO)
        await messages_until(ws, lambda m: m["type"] == "lobby")
        _, seen = await ask(site, "GET", "/api/host", site.as_host)
    (newcomer,) = seen["newcomers"]
    assert (newcomer["link_name"], newcomer["address"]) == ("viewer link", "127.0.0.1")
    assert seen["people"] == []


@pytest.mark.parametrize("config", [SiteConfig(framers=(FRAMER,))], ids=[""])
async def test_no_other_site_may_frame_the_hosts_page(site: Site) -> None:
    viewer, host = await site.client.get("/"), await site.client.get("/host")
    assert FRAMER in viewer.headers["Content-Security-Policy"]
    assert host.status == 200
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert host.headers["Content-Security-Policy"] == policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("config", [SiteConfig(base_path="/screen")], ids=[""])
async def test_the_hosts_page_lies_below_the_base_path(site: Site) -> None:
    page = await (await site.client.get("/screen/host")).text()
    assert 'src="v/' in page
    assert (await site.client.get("/host")).status == 404


async def test_a_link_is_shown_again_but_not_the_host_link(site: Site) -> None:
    shown = await ask(site, "POST", "/api/links/secret", site.as_host, {"link": "viewer"})
    assert shown == (200, {"token": TOKEN})
    assert (await ask(site, "POST", "/api/links/secret", site.as_host, {"link": "x"}))[0] == 404
    status, words = await ask(site, "POST", "/api/links/secret", site.as_host, {"link": "host"})
    assert status == 400
    assert HOST_TOKEN not in words


async def test_a_qr_code_is_an_svg_picture(site: Site) -> None:
    code = await site.client.post(
        "/api/qr", json={"text": "http://10.0.0.5:9000/#token=abc"}, headers=site.as_host
    )
    assert (code.status, code.content_type) == (200, "image/svg+xml")
    assert (await code.text()).startswith("<svg")
    for text in ("", "x" * 1001, "ä"):
        assert (await ask(site, "POST", "/api/qr", site.as_host, {"text": text}))[0] == 400


async def test_a_login_by_the_host_link_is_an_act_that_other_hosts_see(site: Site) -> None:
    login: Any = {"json": {"token": HOST_TOKEN}, "headers": site.same}
    for _ in range(2):  # the second time the browser shows its cookie
        assert (await site.client.post("/api/login", **login)).status == 204
    acts = site.actions.acts_since(0)
    assert [(each.actor, each.kind) for each in acts] == [("127.0.0.1", "host-in")]
