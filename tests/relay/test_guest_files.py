"""Files between people of a relay's room and a host: the host decides, the relay keeps nothing."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from samescreen.flow import yielding
from samescreen.hub import transfers
from samescreen.hub.pipes import MOST_AHEAD_BYTES, Pipe
from samescreen.relay import file_bodies
from samescreen.serve.file_routes import OFFSET_HEADER
from tests.fakes import soon
from tests.relay.guest_files_stage import CONTENT, IN, LARGE, OUT, TEAM, Scene

PIPE = "/api/pipe"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files travel as fast as they can."""
    monkeypatch.setattr(transfers, "MOST_BYTES_PER_S", 1 << 30)
    monkeypatch.setattr(yielding, "_UP", 1000.0)


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


async def test_twenty_megabytes_pass_in_little_memory(quick: None, it: Scene) -> None:
    most = 0

    def watch() -> None:
        nonlocal most
        waiting = it.there.hub.transfers.pipes
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
    give = file_bodies.Pieces.next

    async def counted(self: Any, length: int) -> Any:
        nonlocal sent
        async for part in give(self, length):
            sent += len(part)
            yield part

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_bodies.Pieces, "next", counted)
        async with it.session.get(f"{it.url}{OUT}?name={offer}") as got:
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.3)  # as long as this test wants the reader to rest
            assert 0 < sent < len(LARGE)
            got.close()
    await soon(lambda: it.is_at_rest, "the host stops")


async def test_only_the_publish_token_opens_a_pipe(it: Scene) -> None:
    bucket = it.there.hub.transfers.pace_of(next(iter(it.there.hub.people)))
    up, down = Pipe(is_up=True, pace=bucket), Pipe(is_up=False, pace=bucket)
    it.there.hub.transfers.pipes.open("up", up)
    it.there.hub.transfers.pipes.open("down", down)
    up_path, down_path = f"{PIPE}?name=up", f"{PIPE}?name=down"
    at = {OFFSET_HEADER: "0"}
    assert (await it.ask("GET", up_path))[0] == 403
    assert (await it.ask("PUT", down_path, b"x", **at))[0] == 403
    wrong = {"Authorization": f"Bearer {TEAM}x"}
    assert (await it.ask("GET", up_path, **wrong))[0] == 401
    token = {"Authorization": f"Bearer {TEAM}"}
    for name in ("", "other", "down"):
        assert (await it.ask("GET", f"{PIPE}?name={name}", **token))[0] == 404
    for name in ("", "other", "up"):
        path = f"{PIPE}?name={name}"
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
