"""Files end with the right to them, also for somebody who has no page open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from samescreen.grants import Grant
from samescreen.host import Host
from samescreen.serve import file_part
from samescreen.serve.file_routes import offer_files
from samescreen.serve.site import now_s
from tests.fakes import soon
from tests.host.hosting import card, options
from tests.serve.sender import CONTENT, OUT, Sender, refused_halfway
from tests.serve.test_files import person


@asynccontextmanager
async def hosting(folder: Path) -> AsyncIterator[tuple[Host, Sender]]:
    """A host, and a program that may send and fetch files."""
    async with (
        Host(options(files_folder=str(folder)), card()) as host,
        aiohttp.ClientSession() as session,
    ):
        yield host, person(host, session, Grant.FILES_IN, Grant.FILES_OUT)


async def test_a_link_that_ends_ends_what_its_people_send(tmp_path: Path) -> None:
    async with hosting(tmp_path) as (host, anna):
        async with refused_halfway(host, anna):
            host.actions.end_link(host.actions.links[-1].link_id)
        assert not (tmp_path / "a.bin").exists()


async def test_who_is_put_out_fetches_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_part, "_PACED_BYTES", 1000)
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    async with hosting(tmp_path) as (host, anna):
        (offer,) = offer_files(host.hub.transfers, [path])
        url = f"{anna.url}{OUT}?name={offer.offer_id}"
        async with anna.session.ws_connect(f"{anna.url}/ws", headers=anna.headers):
            (known,) = host.actions.people
        await soon(lambda: not host.actions.people, "their page is closed")
        async with anna.session.get(url, headers=anna.headers) as answer:
            await answer.content.readany()
            host.gatekeeper.put_out(known.person_id, known.link_id, known.address, now_s())
            with pytest.raises(aiohttp.ClientError):
                await answer.read()
