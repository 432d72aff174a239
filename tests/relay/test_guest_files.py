"""Files between people of a relay's room and a host: the host decides, the relay keeps nothing."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from samescreen.flow import yielding
from samescreen.grants import FILES, Grant
from samescreen.host import Host
from samescreen.hub import transfers
from samescreen.hub.passages import MOST_AHEAD_BYTES, Passage
from samescreen.publish import remote_files
from samescreen.relay import road
from samescreen.relay.via import Allowed, Via
from samescreen.room_list import rooms_in
from samescreen.rooms import Rooms
from samescreen.serve.file_routes import OFFSET_HEADER, offer_files
from tests.fakes import PATIENCE_S, soon
from tests.host.hosting import HELLO, card, options

IN, OUT, PASSAGE = "/api/files/in", "/api/files/out", "/api/passage"
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
        """No passage is left at the relay, and no upload is being written."""
        uploads = self.here.hub.transfers.uploads.all
        return not len(self.there.hub.transfers.passages) and not any(u.is_busy for u in uploads)


@asynccontextmanager
async def scene(tmp_path: Path, *allowed: Grant) -> AsyncIterator[Scene]:
    folder = tmp_path / "dropped"
    plain = {"tls": "off", "encoder": "libx264"}
    given = options(token="another-token-for-tests", files_folder=str(folder), **plain)
    relay = options(token="", view_only=True, **plain)
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


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path, *FILES) as opened:
        await opened.given(*FILES)
        yield opened


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files travel as fast as they can."""
    monkeypatch.setattr(transfers, "MOST_BYTES_PER_S", 1 << 30)
    monkeypatch.setattr(yielding, "_UP", 1000.0)


# --- to the host ----------------------------------------------------------------------------------


async def test_what_a_guest_sends_lies_on_the_host_alone(it: Scene) -> None:
    upload = await it.begin("../report.bin", len(CONTENT))
    for at in range(0, len(CONTENT), 1_000_000):
        status, answer = await it.put(upload, at, CONTENT[at : at + 1_000_000])
        assert status == 200, answer
    assert answer == {
        "upload": upload, "offset": len(CONTENT), "size": len(CONTENT), "name": "report.bin",
    }
    assert (it.folder / "report.bin").read_bytes() == CONTENT
    acts = [act for act in it.here.actions.acts_since(0) if act.kind == "file-in"]
    assert [act.about["name"] for act in acts] == ["report.bin"]
    assert not it.there.hub.transfers.uploads.all
    assert it.is_at_rest
    assert (await it.put(upload, len(CONTENT), b"x"))[0] == 404


async def test_after_a_break_a_guest_goes_on_where_the_host_says(it: Scene) -> None:
    upload = await it.begin("a.bin", len(CONTENT))

    async def cut() -> AsyncIterator[bytes]:
        yield CONTENT[:600_000]
        await soon(lambda: it.here.hub.transfers.uploads.all[0].offset > 0, "some of it is there")
        raise ConnectionError

    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await it.put(upload, 0, cut())
    await soon(lambda: it.is_at_rest, "both ends noticed")
    status, answer = await it.ask("GET", f"{IN}?name={upload}")
    offset = answer["offset"]
    assert (status, 0 < offset <= 600_000) == (200, True)
    wrong = await it.put(upload, offset + 1, b"x")
    assert wrong == (409, {"error": f"this file goes on at byte {offset}", "offset": offset})
    assert (await it.put(upload, offset, CONTENT[offset:]))[0] == 200
    assert (it.folder / "a.bin").read_bytes() == CONTENT


async def test_a_guest_gives_a_file_up_and_has_the_hosts_limits(it: Scene) -> None:
    upload = await it.begin("a.bin", 10)
    await it.put(upload, 0, b"x")
    assert (await it.ask("POST", f"{IN}/end", {"upload": upload}))[0] == 200
    assert not it.here.hub.transfers.uploads.all
    assert os.listdir(it.folder) == []
    assert (await it.ask("POST", f"{IN}/end", {"upload": upload}))[0] == 404
    assert (await it.ask("GET", f"{IN}?name={'x' * 500}"))[0] == 404
    words = (409, "The host takes files of at most 4 GiB.\n")
    assert await it.ask("POST", IN, {"name": "x", "size": 2**33}) == words
    upload = await it.begin("a.bin", 10)
    status, answer = await it.put(upload, 0, b"x" * 11)
    assert (status, answer["error"]) == (409, "this file was announced with 10 bytes")
    for _ in range(3):
        await it.begin("b.bin", 10)
    assert (await it.ask("POST", IN, {"name": "c", "size": 1}))[0] == 409
    assert (await it.ask("POST", IN, {"name": "", "size": 0}))[0] == 409


# --- from the host --------------------------------------------------------------------------------


async def test_a_guest_fetches_what_the_host_offers(it: Scene) -> None:
    offer = it.offer(CONTENT)
    it.offer(b"", "empty")
    status, answer = await it.ask("GET", "/api/files")
    assert (status, len(answer["files"])) == (200, 2)
    assert answer["files"][0] == {"file": offer, "name": "übersicht.bin", "size": len(CONTENT)}
    url = f"{it.url}{OUT}?name={offer}"
    async with it.session.get(url) as got:
        assert (got.status, await got.read()) == (200, CONTENT)
        assert got.headers["Content-Type"] == "application/octet-stream"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "%C3%BCbersicht.bin" in got.headers["Content-Disposition"]
        tag = got.headers["ETag"]
    part = {"Range": "bytes=500000-1700000", "If-Range": tag}
    async with it.session.get(url, headers=part) as got:
        assert (got.status, await got.read()) == (206, CONTENT[500_000:1_700_001])
        assert got.headers["Content-Range"] == f"bytes 500000-1700000/{len(CONTENT)}"
    async with it.session.get(url, headers=part | {"If-Range": '"another"'}) as got:
        assert got.status == 200
        got.close()
    async with it.session.get(url, headers={"Range": f"bytes={len(CONTENT)}-"}) as got:
        assert got.status == 416
    async with it.session.head(url) as got:
        assert (got.status, got.headers["Content-Length"]) == (200, str(len(CONTENT)))
    empty = answer["files"][1]["file"]
    assert await it.ask("GET", f"{OUT}?name={empty}") == (200, "")
    assert (await it.ask("GET", f"{OUT}?name=x"))[0] == 404
    await soon(lambda: it.is_at_rest, "nothing is left")
    acts = [act.kind for act in it.here.actions.acts_since(0)]
    assert acts.count("file-out") == 3
    for _ in range(198):
        it.offer(b"x", "ü" * 90)
    status, answer = await it.ask("GET", "/api/files")
    assert (status, len(answer["files"])) == (200, 200)


# --- much, and slowly -----------------------------------------------------------------------------


async def test_twenty_megabytes_pass_in_little_memory(quick: None, it: Scene) -> None:
    most = 0

    def watch() -> None:
        nonlocal most
        waiting = it.there.hub.transfers.passages
        most = max([most, *(p.ahead_bytes for p in waiting)])

    offer = it.offer(LARGE, "large.bin")
    upload = await it.begin("large.bin", len(LARGE))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def read() -> None:
        at = 0
        async with it.session.get(f"{it.url}{OUT}?name={offer}") as got:
            async for chunk in got.content.iter_any():
                assert chunk == LARGE[at : at + len(chunk)]
                at += len(chunk)
                watch()
        assert at == len(LARGE)

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(LARGE), 65_536):
            watch()
            yield LARGE[at : at + 65_536]

    await read()
    status, answer = await it.put(upload, 0, chunks())
    assert status == 200, answer
    assert (it.folder / "large.bin").read_bytes() == LARGE
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    assert 0 < most <= MOST_AHEAD_BYTES
    assert grown_kb < 40_000, "the second copy of it that this test reads, and little more"


async def test_a_guest_who_reads_slowly_holds_the_host_back(quick: None, it: Scene) -> None:
    offer = it.offer(LARGE * 2, "large.bin")
    sent = 0
    give = road._Pieces.next

    async def counted(self: Any, length: int) -> Any:
        nonlocal sent
        async for part in give(self, length):
            sent += len(part)
            yield part

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(road._Pieces, "next", counted)
        async with it.session.get(f"{it.url}{OUT}?name={offer}") as got:
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.3)  # as long as this test wants the reader to rest
            assert 0 < sent < len(LARGE)
            got.close()
    await soon(lambda: it.is_at_rest, "the host stops")


# --- who may, and who is gone ---------------------------------------------------------------------


async def test_a_host_that_does_not_name_files_gives_none(tmp_path: Path) -> None:
    async with scene(tmp_path, Grant.POINT) as it:
        assert not it.there.hub.transfers.far
        await it.page.send_json({"type": "ask", "grants": ["files-in"]})
        assert (await it.ask("POST", IN, {"name": "x", "size": 1}))[0] == 403
        assert (await it.ask("GET", "/api/files"))[0] == 403
        assert not it.here.hub.control.requests.all


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


async def test_a_host_that_vanishes_leaves_nobody_waiting(it: Scene) -> None:
    offer, upload = it.offer(LARGE, "large.bin"), await it.begin("a.bin", len(LARGE))
    going = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield LARGE[:600_000]
        await going.wait()
        yield LARGE[600_000:]

    putting = asyncio.ensure_future(it.put(upload, 0, slowly()))
    async with it.session.get(f"{it.url}{OUT}?name={offer}") as got:
        await got.content.readany()
        assert list(it.here.hub.transfers.ways) == ["relay"]
        it.work.cancel()
        with pytest.raises(aiohttp.ClientError):
            await got.read()
    going.set()
    assert (await putting)[0] in (502, 503)
    await soon(lambda: it.is_at_rest, "nothing is left")
    await soon(lambda: not it.there.hub.transfers.far, "the room has no files")
    assert (await it.ask("GET", "/api/files"))[0] == 403
    assert not (it.folder / "a.bin").exists()
    assert not it.here.hub.transfers.ways


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


# --- the way of the bytes -------------------------------------------------------------------------


async def test_only_the_publish_token_opens_a_passage(it: Scene) -> None:
    bucket = it.there.hub.transfers.pace_of(next(iter(it.there.hub.people)))
    up, down = Passage(is_up=True, pace=bucket), Passage(is_up=False, pace=bucket)
    it.there.hub.transfers.passages.open("up", up)
    it.there.hub.transfers.passages.open("down", down)
    up_path, down_path = f"{PASSAGE}?name=up", f"{PASSAGE}?name=down"
    at = {OFFSET_HEADER: "0"}
    assert (await it.ask("GET", up_path))[0] == 403
    assert (await it.ask("PUT", down_path, b"x", **at))[0] == 403
    wrong = {"Authorization": f"Bearer {TEAM}x"}
    assert (await it.ask("GET", up_path, **wrong))[0] == 401
    token = {"Authorization": f"Bearer {TEAM}"}
    for name in ("", "other", "down"):
        assert (await it.ask("GET", f"{PASSAGE}?name={name}", **token))[0] == 404
    for name in ("", "other", "up"):
        path = f"{PASSAGE}?name={name}"
        assert (await it.ask("PUT", path, b"x", **token, **at))[0] == 404
    assert (await it.ask("PUT", down_path, b"x", **token))[0] == 400
    assert (await it.ask("PUT", down_path, b"x", **token, **{OFFSET_HEADER: "1"}))[0] == 409
    assert (await it.ask("PUT", down_path, b"abc", **token, **at))[0] == 200
    down.announce(4)
    beyond = {OFFSET_HEADER: "3"}
    assert (await it.ask("PUT", down_path, b"de", **token, **beyond))[0] == 404
    up.finish()
    assert (await it.ask("HEAD", up_path, **token))[0] == 409
    assert await it.ask("GET", up_path, **token) == (200, "")
    assert (await it.ask("GET", up_path, **token))[0] == 409
