"""A host with files on a relay, and guests of the relay who send and fetch them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp

from samescreen.grants import Grant
from samescreen.host import Host
from samescreen.relay.via import Allowed, Via
from samescreen.room_list import rooms_in
from samescreen.rooms import Rooms
from samescreen.serve.file_routes import OFFSET_HEADER, offer_files
from tests.fakes import PATIENCE_S, soon
from tests.host.hosting import HELLO, card, options

IN, OUT = "/api/files/in", "/api/files/out"
TEAM = "publish-token-of-team"
ROOM = f'[team]\ntoken = "viewers-of-team"\npublish_token = "{TEAM}"\n'
CONTENT = os.urandom(2_500_001)
LARGE = os.urandom(1 << 20) * 20


@dataclass
class Scene:
    """A room of a relay, a host that publishes there, and a person of the room."""

    there: Host
    here: Host
    url: str
    session: aiohttp.ClientSession
    page: aiohttp.ClientWebSocketResponse
    folder: Path
    work: asyncio.Future[None]

    async def given(self, *grants: Grant) -> None:
        """The person asks, and the host says yes."""
        await soon(lambda: bool(self.there.hub.transfers.far), "the room knows of the files")
        await self.page.send_json({"type": "ask", "grants": sorted(grants)})
        await soon(lambda: bool(self.here.hub.control.requests.all), "the host is asked")
        (request,) = self.here.hub.control.requests.all
        self.here.actions.answer(request.person_id, is_yes=True)
        wanted = frozenset(grants)
        await soon(lambda: any(wanted <= p.grants for p in self.there.hub.people), "they may")

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Status, and JSON or the words."""
        sent: Any = {"json": body} if isinstance(body, dict) else {"data": body}
        async with self.session.request(
            method, self.url + path, **sent, headers=headers
        ) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else await answer.text()

    async def begin(self, name: str, size: int) -> str:
        status, answer = await self.ask("POST", IN, {"name": name, "size": size})
        assert status == 201, answer
        return str(answer["upload"])

    async def put(self, upload: str, offset: int, content: Any) -> Any:
        at = {OFFSET_HEADER: str(offset)}
        body = BytesIO(content) if isinstance(content, bytes) else content
        return await self.ask("PATCH", f"{IN}?name={upload}", body, **at)

    def offer(self, content: bytes, name: str = "übersicht.bin") -> str:
        path = self.folder.parent / name
        path.write_bytes(content)
        (offer,) = offer_files(self.here.hub.transfers, [path])
        return offer.offer_id

    @property
    def guest(self) -> Any:
        (found,) = [p for p in self.here.hub.people if p.person_id.startswith("relay-")]
        return found

    @property
    def is_at_rest(self) -> bool:
        """No pipe is left at the relay, and no upload is being written."""
        uploads = self.here.hub.transfers.uploads.all
        return not len(self.there.hub.transfers.pipes) and not any(u.is_busy for u in uploads)


@asynccontextmanager
async def scene(tmp_path: Path, *allowed: Grant) -> AsyncIterator[Scene]:
    folder = tmp_path / "dropped"
    plain = {"tls": "off", "encoder": "libx264"}
    given = options(token="another-token-for-tests", files_folder=str(folder), **plain)
    relay = options(token="", **plain)
    opened = Rooms(relay, rooms_in(ROOM, relay))
    async with opened, Host(given, card()) as here:
        there, url = opened.hosts["team"], f"http://127.0.0.1:{opened.port.number}/r/team"
        to = Allowed(frozenset(allowed), files=here.files)
        via = Via(url, TEAM, here.hub, "desk", lambda news: None, to)
        work = asyncio.ensure_future(via.run())
        try:
            await soon(lambda: bool(there.hub.streams), "the stream is in the room")
            origin = url.partition("/r/")[0]
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(headers={"Origin": origin}, cookie_jar=jar) as session:
                await session.post(f"{url}/api/login", json={"token": "viewers-of-team"})
                page = await session.ws_connect(f"{url}/ws")
                await page.send_json(HELLO | {"kinds": ["asked", "grants"]})
                async with asyncio.timeout(6 * PATIENCE_S):
                    yield Scene(there, here, url, session, page, folder, work)
        finally:
            work.cancel()
            await asyncio.wait([work])
