"""/snapshot.jpg: the current picture, or the reason why there is none."""

from __future__ import annotations

import asyncio

import pytest

from samescreen.errors import SourceLost
from samescreen.hub.events import SourceStatus
from samescreen.serve import snapshot
from samescreen.serve.new_link import NewLink
from samescreen.serve.site import now_s
from tests.fakes import frame, soon
from tests.serve.conftest import Site


async def test_a_snapshot_is_a_still_of_the_source(site: Site) -> None:
    site.source.push(frame())
    answer = await site.client.get("/snapshot.jpg", headers=site.bearer)
    assert (answer.status, answer.content_type) == (200, "image/jpeg")
    assert await answer.read() == b"JPEG 0"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_simultaneous_snapshots_share_a_still(site: Site) -> None:
    before = len(site.stream.subscribers)
    asked = [
        asyncio.create_task(site.client.get("/snapshot.jpg", headers=site.bearer))
        for _ in range(10)
    ]
    await soon(lambda: len(site.stream.subscribers) == before + 10, "all of them wait")
    site.source.push(frame())
    bodies = {await (await answer).read() for answer in asked}
    assert len(bodies) == 1
    assert len(site.script.calls) == 1


async def test_a_link_that_ends_meanwhile_brings_no_picture(site: Site) -> None:
    link = site.actions.new_link(NewLink(), now_s())
    headers = {"Authorization": f"Bearer {link.secret}"}
    before = len(site.stream.subscribers)
    asked = asyncio.create_task(site.client.get("/snapshot.jpg", headers=headers))
    await soon(lambda: len(site.stream.subscribers) > before, "it waits")
    site.actions.end_link(link.link_id)
    site.source.push(frame())
    answer = await asked
    assert (answer.status, await answer.read()) == (403, b"The host has ended this.\n")


async def test_an_unchanged_picture_can_be_fetched_again(site: Site) -> None:
    site.source.push(frame())
    for _ in range(3):
        answer = await site.client.get("/snapshot.jpg", headers=site.bearer)
        assert answer.status == 200
    grabs = site.source.grabs
    await asyncio.sleep(0.03)
    assert site.source.grabs == grabs, "nothing is grabbed after the response"


async def test_without_a_picture_the_reason_is_given(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "_PATIENCE_S", 0.05)
    before = len(site.stream.subscribers)
    site.source.push(SourceLost("the X server went away"))
    site.source.refuse(*[SourceLost("the X server went away")] * 9)
    answer = await site.client.get("/snapshot.jpg", headers=site.bearer)
    assert answer.status == 503
    assert "the X server went away" in await answer.text()
    assert len(site.stream.subscribers) == before


async def test_a_sketch_is_for_those_who_may_watch(site: Site) -> None:
    assert (await site.client.get("/sketch.jpg")).status == 401
    site.source.push(frame())
    before = len(site.stream.subscribers)
    answer = await site.client.get("/sketch.jpg?stream=unknown", headers=site.bearer)
    assert (answer.status, answer.content_type) == (200, "image/jpeg")
    assert await answer.read()
    assert len(site.stream.subscribers) == before


async def test_without_a_picture_there_is_no_sketch_and_no_error(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "_GLIMPSE_S", 0.05)
    before = len(site.stream.subscribers)
    answer = await site.client.get("/sketch.jpg", headers=site.bearer)
    assert (answer.status, await answer.read()) == (204, b"")
    assert len(site.stream.subscribers) == before


async def test_a_blanked_stream_gives_no_sketch(site: Site) -> None:
    site.source.push(frame())
    site.stream.withhold(SourceStatus("waiting", "blanked", "the host shows nothing"))
    answer = await site.client.get("/sketch.jpg", headers=site.bearer)
    assert answer.status == 204
