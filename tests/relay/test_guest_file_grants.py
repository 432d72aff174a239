"""Who on a relay may send and fetch files, and what happens when one side is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from samescreen.grants import FILES, Grant
from samescreen.publish import remote_files
from tests.fakes import soon
from tests.relay.guest_files_stage import CONTENT, IN, LARGE, OUT, Scene, scene


async def test_a_host_that_does_not_name_files_gives_none(tmp_path: Path) -> None:
    async with scene(tmp_path, Grant.POINT) as it:
        assert not it.there.hub.transfers.far
        await it.page.send_json({"type": "ask", "grants": ["files-in"]})
        assert (await it.ask("POST", IN, {"name": "x", "size": 1}))[0] == 403
        assert (await it.ask("GET", "/api/files"))[0] == 403
        assert not it.here.hub.control.requests.all
        for person in it.there.hub.people:
            person.grants |= FILES  # by the room's own host link
        words = (409, "This host takes no files.\n")
        assert await it.ask("POST", IN, {"name": "x", "size": 1}) == words
        assert await it.ask("GET", "/api/files") == (200, {"files": []})


async def test_one_right_is_not_the_other(tmp_path: Path) -> None:
    async with scene(tmp_path, *FILES) as it:
        await it.given(Grant.FILES_OUT)
        assert (await it.ask("GET", "/api/files")) == (200, {"files": []})
        assert (await it.ask("POST", IN, {"name": "x", "size": 1}))[0] == 403
        (person,) = [p for p in it.there.hub.people if Grant.FILES_OUT in p.grants]
        person.grants |= {Grant.FILES_IN}  # a mad relay
        files = it.there.hub.transfers.far[0]
        setattr(files, "serves", lambda person, grant: True)  # noqa: B010
        words = (403, "The host does not let you send it files.\n")
        assert await it.ask("POST", IN, {"name": "x", "size": 1}) == words
        assert not it.folder.exists()


async def test_taken_back_a_file_ends_in_the_middle(it: Scene) -> None:
    upload = await it.begin("a.bin", len(CONTENT))
    taken = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield CONTENT[:600_000]
        await taken.wait()
        yield CONTENT[600_000:]

    putting = asyncio.ensure_future(it.put(upload, 0, slowly()))
    (found,) = it.here.hub.transfers.uploads.all
    await soon(lambda: found.offset > 0, "some of it is there")
    it.guest.grants -= FILES
    taken.set()
    assert await putting == (403, "The host has ended this.\n")
    assert not (it.folder / "a.bin").exists()
    assert (await it.ask("GET", "/api/files"))[0] == 403


async def test_an_offer_that_ends_cuts_off_a_guest(it: Scene) -> None:
    offer = it.offer(LARGE, "large.bin")
    async with it.session.get(f"{it.url}{OUT}?name={offer}") as got:
        await got.content.readany()
        it.here.hub.transfers.offers.clear()
        with pytest.raises(aiohttp.ClientError):
            await got.read()
    await soon(lambda: it.is_at_rest, "nothing is left")
    assert (await it.ask("GET", f"{OUT}?name={offer}"))[0] == 404


async def test_a_host_that_vanishes_leaves_nobody_waiting(
    it: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    offer, upload = it.offer(LARGE, "large.bin"), await it.begin("a.bin", len(LARGE))
    going = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield LARGE[:600_000]
        await going.wait()
        yield LARGE[600_000:]

    putting = asyncio.ensure_future(it.put(upload, 0, slowly()))
    async with it.session.get(f"{it.url}{OUT}?name={offer}") as got:
        await got.content.readany()
        assert list(it.here.hub.transfers.queue_of_link) == ["relay"]
        it.work.cancel()
        with pytest.raises(aiohttp.ClientError):
            await got.read()
    going.set()
    assert (await putting)[0] in (502, 503)
    await soon(lambda: it.is_at_rest, "nothing is left")
    await soon(lambda: not it.there.hub.transfers.far, "the room has no files")
    assert (await it.ask("GET", "/api/files"))[0] == 403
    assert not (it.folder / "a.bin").exists()
    assert not it.here.hub.transfers.queue_of_link
    assert "unexpected" not in caplog.text


async def test_a_host_that_does_not_answer_is_waited_for_so_long(
    it: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_files, "ANSWER_S", 0.1)
    files = it.there.hub.transfers.far[0]
    asks: list[Any] = []
    setattr(files, "_send", asks.append)  # noqa: B010
    words = (504, "The host did not answer in time; try again.\n")
    assert await it.ask("GET", "/api/files") == words
    assert await it.put("upload", 0, CONTENT[:200_000]) == words
    several = [it.ask("GET", "/api/files") for _ in range(remote_files.MOST_OF_PERSON + 1)]
    statuses = sorted([status for status, _ in await asyncio.gather(*several)])
    assert statuses == [503, *[504] * remote_files.MOST_OF_PERSON]
    assert it.is_at_rest
