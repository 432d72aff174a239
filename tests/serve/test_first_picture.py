"""A login brings a first picture along, for those who may watch, and never waits long for it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientResponse

from samescreen.grants import Grant
from samescreen.hub.events import SourceStatus
from samescreen.media import Rendition
from samescreen.serve import first_picture
from samescreen.serve.new_link import NewLink
from samescreen.serve.site import now_s
from tests.fakes import frame, soon
from tests.serve.conftest import COOKIE, TOKEN, Site


async def log_in(site: Site, picture: object = "whole", **fields: Any) -> ClientResponse:
    wanted = {"token": TOKEN, "pass": True, "picture": picture, "stream": "", **fields}
    return await site.client.post("/api/login", json=wanted, headers=site.same)


def answer_in(response: ClientResponse) -> dict[str, Any]:
    """The answer of a login that brought a picture."""
    assert (response.status, response.content_type) == (200, "image/jpeg")
    return dict(json.loads(response.headers["Samescreen-Answer"]))


async def assert_bare(response: ClientResponse) -> None:
    """It lets in, and brings no picture."""
    assert (response.status, response.content_type) == (200, "application/json")
    assert "Samescreen-Answer" not in response.headers
    assert (await response.json())["pass"]


@pytest.mark.parametrize("kind", ["whole", "sketch"])
async def test_a_login_brings_the_picture_that_it_names(site: Site, kind: str) -> None:
    site.source.push(frame())
    before = len(site.stream.subscribers)
    for stream in ("", "unknown"):
        response = await log_in(site, kind, stream=stream)
        assert answer_in(response)["pass"] == response.cookies[COOKIE].value
        assert await response.read()
    stills = [call for call in site.script.calls if call.rendition is Rendition.JPEG]
    assert len(stills) == 2
    if kind == "whole":
        assert site.script.calls == stills, "no video: its keyframe would delay the viewer's own"
    assert len(site.stream.subscribers) == before


async def test_a_link_that_ends_meanwhile_brings_none(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_picture, "PATIENCE_S", 5.0)
    link = site.actions.new_link(NewLink(), now_s())
    before = len(site.stream.subscribers)
    asked = asyncio.create_task(log_in(site, token=link.secret))
    await soon(lambda: len(site.stream.subscribers) > before, "it waits")
    site.actions.end_link(link.link_id)
    site.source.push(frame())
    await assert_bare(await asked)


async def test_a_renewal_brings_it_as_well(site: Site) -> None:
    site.source.push(frame())
    await site.log_in()
    response = await site.client.post("/api/renew", json={"picture": "whole"}, headers=site.same)
    assert answer_in(response) == {"cookie": True}
    assert await response.read()


async def test_a_framed_page_gets_it_without_a_cookie(site: Site) -> None:
    site.source.push(frame())
    response = await log_in(site, framed=True)
    assert answer_in(response)["pass"].startswith("framed.")
    assert not response.cookies


@pytest.mark.parametrize("kind", ["", "large", None, ["whole"], 7])
async def test_nobody_else_gets_one(site: Site, kind: object) -> None:
    site.source.push(frame())
    await assert_bare(await log_in(site, kind))
    assert site.script.calls == []


async def test_beside_many_people_there_is_no_whole_still(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.source.push(frame())
    monkeypatch.setattr(first_picture, "MOST_HERE", -1)
    await assert_bare(await log_in(site, "whole"))
    assert answer_in(await log_in(site, "sketch"))["pass"]


async def test_whoever_is_not_let_in_gets_none(site: Site) -> None:
    site.source.push(frame())
    assert (await log_in(site, token="wrong")).status == 403
    assert site.script.calls == []


async def test_a_link_that_only_shows_brings_none(site: Site) -> None:
    site.source.push(frame())
    link = site.actions.new_link(NewLink(grants=frozenset({Grant.PUBLISH})), now_s())
    await assert_bare(await log_in(site, token=link.secret))
    assert site.script.calls == []


async def test_in_the_lobby_there_is_none(site: Site) -> None:
    site.source.push(frame())
    site.actions.approve()
    await assert_bare(await log_in(site))
    assert site.script.calls == []


async def test_a_blanked_stream_gives_none(site: Site) -> None:
    site.source.push(frame())
    site.stream.withhold(SourceStatus("waiting", "blanked", "the host shows nothing"))
    await assert_bare(await log_in(site))


async def test_a_login_does_not_wait_for_a_source_that_has_none(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_picture, "PATIENCE_S", 0.05)
    before = len(site.stream.subscribers)
    await assert_bare(await log_in(site))
    assert len(site.stream.subscribers) == before
