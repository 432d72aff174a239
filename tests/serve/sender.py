"""A person who sends and fetches files, for the tests of their routes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any, Final

import aiohttp

from samescreen.host import Host
from samescreen.serve.file_routes import OFFSET_HEADER
from tests.fakes import soon

IN: Final = "/api/files/in"
OUT: Final = "/api/files/out"
CONTENT: Final = os.urandom(700_001)


class Sender:
    """One person who sends and fetches files."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str) -> None:
        self.session, self.url = session, url
        self.headers = {"Authorization": f"Bearer {secret}"}

    async def ask(
        self, method: str, path: str, *, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Status and JSON, or the words."""
        sent: Any = {"json": body} if isinstance(body, dict) else {"data": body}
        async with self.session.request(
            method, self.url + path, **sent, headers=self.headers | headers
        ) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else await answer.text()

    async def begin(self, name: str, size: int) -> Any:
        status, answer = await self.ask("POST", IN, body={"name": name, "size": size})
        assert status == 201, answer
        return answer

    async def put(self, upload: str, offset: int, content: bytes) -> tuple[int, Any]:
        at = {OFFSET_HEADER: str(offset)}
        return await self.ask("PATCH", f"{IN}?name={upload}", body=BytesIO(content), **at)

    async def send(self, name: str, content: bytes) -> str:
        upload = (await self.begin(name, len(content)))["upload"]
        status, answer = await self.put(upload, 0, content)
        assert status == 200, answer
        return str(answer["name"])


@asynccontextmanager
async def refused_halfway(host: Host, sender: Sender) -> AsyncIterator[None]:
    """Inside, a part of `a.bin` has come. The host refuses the rest."""
    upload = (await sender.begin("a.bin", len(CONTENT)))["upload"]
    goes_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield CONTENT[:300_000]
        await goes_on.wait()
        yield CONTENT[300_000:]

    at = {OFFSET_HEADER: "0"}
    asked = asyncio.create_task(sender.ask("PATCH", f"{IN}?name={upload}", body=slowly(), **at))
    found = host.hub.transfers.uploads.get(upload)
    assert found is not None
    await soon(lambda: found.offset > 0, "some of it is there")
    yield
    goes_on.set()
    assert (await asked)[0] == 403
