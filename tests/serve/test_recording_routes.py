"""Recordings over HTTP: for the host link alone, by ranges, and under ASGI too."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from samescreen import Share
from samescreen.host import Host
from samescreen.record.names import PREFIX, SUFFIX
from samescreen.record.recordings import Recorded, Recordings
from samescreen.serve.links import HOST
from samescreen.serve.recording_routes import RECORDING_ROUTES
from tests.fakes import PATIENCE_S, soon
from tests.host.hosting import TOKEN, card, options
from tests.record.footage import played

HOST_TOKEN = "a-host-token-for-tests"
AS_HOST = {"Authorization": f"Bearer {HOST_TOKEN}"}
AS_VIEWER = {"Authorization": f"Bearer {TOKEN}"}


@asynccontextmanager
async def hosting(
    folder: Path, **more: Any
) -> AsyncIterator[tuple[Host, aiohttp.ClientSession, str]]:
    """A host whose recordings go to that folder, after one was made there."""
    values = options(host_token=HOST_TOKEN, record=str(folder), **more)
    async with Host(values, card()) as host, aiohttp.ClientSession() as session:
        yield host, session, f"http://127.0.0.1:{host.port}"


async def begun(host: Host) -> None:
    await soon(lambda: (now := host.recordings.now()) is not None and now.seconds > 0.4, "it runs")


async def test_nobody_else_records_lists_or_downloads(tmp_path: Path) -> None:
    async with hosting(tmp_path) as (_, session, url):
        for (method, path) in RECORDING_ROUTES:
            body: Any = {} if method == "GET" else {"json": {"do": "stop"}}
            async with session.request(method, url + path, **body, headers=AS_VIEWER) as answer:
                assert answer.status == 403
            async with session.request(method, url + path, **body) as answer:
                assert answer.status in (401, 403)


async def test_it_is_begun_ended_listed_and_downloaded(tmp_path: Path) -> None:
    async with hosting(tmp_path, keep_minutes=1) as (host, session, url):
        await begun(host)
        act = f"{url}/api/recording"

        async def do(what: str) -> tuple[int, str]:
            async with session.post(act, json={"do": what}, headers=AS_HOST) as answer:
                return answer.status, await answer.text()

        async def listed() -> Any:
            async with session.get(f"{url}/api/recordings", headers=AS_HOST) as answer:
                return await answer.json()

        assert (await do("start"))[0] == 400, "one runs"
        assert (await listed())["recording"]["seconds"] > 0.3
        assert (await do("stop")) == (200, "{}")
        (file,) = (await listed())["files"]
        assert (file["is_growing"], (await listed())["recording"]) == (False, None)
        assert (await do("save"))[0] == 200
        assert len((await listed())["files"]) == 2
        words = 'send {"do": "start"}, {"do": "stop"} or {"do": "save"}\n'
        assert (await do("dance")) == (400, words)
        whole, headers = await fetched(session, url, file["name"])
        assert len(whole) == file["size_bytes"] == int(headers["Content-Length"])
        assert headers["Content-Type"] == "video/mp4"
        copy = tmp_path.parent / f"{tmp_path.name}.mp4"
        copy.write_bytes(whole)
        assert played(copy).pictures > 5
        part, headers = await fetched(session, url, file["name"], Range="bytes=100-199")
        assert part == whole[100:200]
        assert headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
        stale = {"Range": "bytes=100-199", "If-Range": '"another"'}
        assert (await fetched(session, url, file["name"], **stale))[0] == whole
        beyond = {"Range": f"bytes={len(whole)}-"}
        async with session.get(address(url, file["name"]), headers=AS_HOST | beyond) as answer:
            assert answer.status == 416
            assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
        async with session.head(address(url, file["name"]), headers=AS_HOST) as answer:
            assert int(answer.headers["Content-Length"]) == len(whole)


async def test_a_download_ends_with_the_right_to_it(tmp_path: Path) -> None:
    async with hosting(tmp_path) as (host, session, url):
        path = tmp_path / f"{PREFIX}long{SUFFIX}"
        with path.open("wb") as file:
            file.truncate(64 << 20)  # more than sockets hold
        async with session.get(address(url, path.name), headers=AS_HOST) as answer:
            await answer.content.readany()
            host.gatekeeper.links.end(HOST)
            with pytest.raises(aiohttp.ClientError):
                await answer.read()


async def test_a_folder_that_hangs_delays_its_list_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, listing, find = threading.Event(), Recordings.listing, Recordings.find

    def slow(recordings: Recordings) -> list[Recorded]:
        assert answers.wait(PATIENCE_S), "the loop waits for the disk"
        return listing(recordings)

    def slowly(recordings: Recordings, name: str) -> Path | None:
        assert answers.wait(PATIENCE_S), "the loop waits for the disk"
        return find(recordings, name)

    monkeypatch.setattr(Recordings, "listing", slow)
    monkeypatch.setattr(Recordings, "find", slowly)
    async with hosting(tmp_path) as (_, session, url):
        asked = [
            asyncio.create_task(session.get(each, headers=AS_HOST).__aenter__())
            for each in (f"{url}/api/recordings", address(url, "none.mp4"))
        ]
        async with session.post(f"{url}/api/recording", json={"do": "stop"}, headers=AS_HOST):
            assert not any(each.done() for each in asked)
        answers.set()
        assert [(await each).status for each in asked] == [200, 404]


def address(url: str, name: str) -> str:
    return f"{url}/api/recordings/file?name={name}"


async def fetched(
    session: aiohttp.ClientSession, url: str, name: str, **headers: str
) -> tuple[bytes, Any]:
    async with session.get(address(url, name), headers=AS_HOST | headers) as answer:
        assert answer.status in (200, 206)
        return await answer.read(), answer.headers


@pytest.mark.parametrize(
    "name", ["", "no.mp4", "../secret.mp4", "samescreen-../x.mp4", "secret.mp4", "samescreen-x.mp4"]
)
async def test_no_other_file_is_handed_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.mp4").write_text("secret")
    (tmp_path.parent / "secret.mp4").write_text("secret")
    (tmp_path / "samescreen-x.mp4").symlink_to(tmp_path / "secret.mp4")
    async with hosting(tmp_path) as (_, session, url), session.get(
        f"{url}/api/recordings/file", params={"name": name}, headers=AS_HOST
    ) as answer:
        assert answer.status == 404


async def test_status_and_metrics_say_what_is_recorded(tmp_path: Path) -> None:
    async with hosting(tmp_path, keep_minutes=1) as (host, session, url):
        await begun(host)
        async with session.get(f"{url}/api/status", headers=AS_VIEWER) as answer:
            status = (await answer.json())["recording"]
        assert status["is_running"]
        assert status["seconds"] > 0.3
        assert status["kept_bytes"] > 1000
        async with session.get(f"{url}/metrics", headers=AS_VIEWER) as answer:
            lines = (await answer.text()).splitlines()
        assert "samescreen_recording{} 1.0" in lines
        assert "samescreen_recording_dropped{} 0.0" in lines


async def test_under_asgi_a_file_comes_whole_and_by_ranges(tmp_path: Path) -> None:
    values: dict[str, Any] = {"token": TOKEN, "host_token": HOST_TOKEN, "record": str(tmp_path)}
    share = Share("testcard", **values)
    app = share.asgi()
    async with share:
        assert share._host is not None
        await begun(share._host)

        async def ask(method: str, path: str, body: bytes = b"", **more: str) -> tuple[int, bytes]:
            return await asked(app, method, path, body, AS_HOST | more)

        assert (await ask("POST", "/api/recording", b'{"do": "stop"}')) == (200, b"{}")
        status, listed = await ask("GET", "/api/recordings")
        (file,) = json.loads(listed)["files"]
        status, whole = await ask("GET", address("", file["name"]))
        assert (status, len(whole)) == (200, file["size_bytes"])
        assert await ask("HEAD", address("", file["name"])) == (200, b"")
        part = await ask("GET", address("", file["name"]), Range="bytes=-7")
        assert part == (206, whole[-7:])


async def asked(
    app: Any, method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, bytes]:
    """What an ASGI server would send."""
    target, _, query = path.partition("?")
    pairs = [(b"host", b"localhost")]
    pairs += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": target, "query_string": query.encode()}
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: MutableMapping[str, Any]) -> None:
        sent.append(event)

    await app(scope | {"headers": pairs, "client": ("127.0.0.1", 9)}, receive, send)
    assert not sent[-1].get("more_body")
    return sent[0]["status"], b"".join(event.get("body", b"") for event in sent[1:])
