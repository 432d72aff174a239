"""Rooms of one relay: each has its own people, secrets and limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from samescreen.host import Host
from samescreen.options import ShareOptions
from samescreen.relay.via import Lost, Opened
from samescreen.room_list import rooms_in
from samescreen.rooms import Rooms
from tests.fakes import soon
from tests.host.hosting import HELLO, options
from tests.record.footage import played
from tests.relay.test_relay import publishing, sharing

TEAM, CLASS = "publish-token-of-team", "publish-token-of-class"
FILE = f"""
[team]
token = "viewers-of-team"
publish_token = "{TEAM}"
max_viewers = 1
max_publishers = 1
[class]
token = "viewers-of-class"
publish_token = "{CLASS}"
"""


@asynccontextmanager
async def rooms() -> AsyncIterator[Rooms]:
    relay: ShareOptions = options(token="", tls="off", view_only=True)
    async with Rooms(relay, rooms_in(FILE, relay)) as opened:
        yield opened


def address(rooms: Rooms, name: str) -> str:
    return f"http://127.0.0.1:{rooms.port.number}/r/{name}"


async def test_what_is_published_in_one_room_is_shown_in_no_other() -> None:
    async with rooms() as there, sharing() as here:
        url = address(there, "team")
        async with publishing(here, url, TEAM) as news:
            await soon(lambda: news == [Opened(f"{url}/#token=viewers-of-team")], "its link")
            await soon(lambda: list(there.hosts["team"].hub.streams) == ["testcard"], "its stream")
            assert not there.hosts["class"].hub.streams
        async with publishing(here, address(there, "class"), TEAM) as news:
            await soon(lambda: bool(news), "the other room refuses")
    assert isinstance(news[0], Lost)
    assert news[0].why.startswith("the relay refuses the token")


def recorded_bytes(host: Host) -> int:
    now = host.recordings.now()
    return 0 if now is None else now.size_bytes


async def test_a_room_records_what_is_published_in_it(tmp_path: Path) -> None:
    relay: ShareOptions = options(token="", tls="off", view_only=True)
    listed = rooms_in(f'{FILE}record = "{tmp_path}"\n', relay)
    async with Rooms(relay, listed) as there, sharing() as here:
        host = there.hosts["class"]
        async with publishing(here, address(there, "class"), CLASS):
            await soon(lambda: host.recordings.is_recording, "it records")
            assert host.copies.is_seen, "everybody sees the red dot"
            await soon(lambda: recorded_bytes(host) > 20_000, "pictures")
        await soon(lambda: not host.recordings.is_recording, "the stream has ended")
        await host.recordings.stopped()
        (file,) = host.recordings.listing()
    assert played(tmp_path / file.name).size == (320, 180)


async def test_a_room_is_full_when_its_own_limits_say_so() -> None:
    async with rooms() as there, sharing() as one, sharing() as other:
        url = address(there, "team")
        async with publishing(one, url, TEAM) as news, aiohttp.ClientSession() as session:
            await soon(lambda: bool(news), "the first host publishes")
            async with publishing(other, url, TEAM) as more:
                await soon(lambda: bool(more), "the second one has no place")
            bearer = {"Authorization": "Bearer viewers-of-team"}
            first = await session.ws_connect(f"{url}/ws", headers=bearer)
            await first.send_json(HELLO)
            await soon(lambda: there.viewer_count() == 1, "a viewer")
            second = await session.ws_connect(f"{url}/ws", headers=bearer)
            await second.send_json(HELLO)
            told = await second.receive_json()
    assert isinstance(more[0], Lost)
    assert (more[0].why, more[0].again_s) == ("the relay has as many hosts as it takes", 1.0)
    assert told["reason"] == "full"


async def test_cookies_and_secrets_are_of_one_room() -> None:
    async with rooms() as there, aiohttp.ClientSession() as session:
        origin = {"Origin": f"http://127.0.0.1:{there.port.number}"}
        team, other = address(there, "team"), address(there, "class")
        login = {"token": "viewers-of-team"}
        async with session.post(f"{other}/api/login", json=login, headers=origin) as answer:
            assert answer.status == 403
        async with session.post(f"{team}/api/login", json=login, headers=origin) as answer:
            assert answer.status == 204
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
            assert "Path=/r/team/;" in answer.headers["Set-Cookie"]
        for url, status in ((team, 200), (other, 401)):
            async with session.get(f"{url}/api/status", headers={"Cookie": cookie}) as answer:
                assert answer.status == status


async def test_the_publish_token_leads_its_room_and_no_other() -> None:
    async with rooms() as there, aiohttp.ClientSession() as session:
        bearer = {"Authorization": f"Bearer {TEAM}"}
        for name, status in (("team", 200), ("class", 401)):
            url = f"{address(there, name)}/api/host"
            async with session.get(url, headers=bearer) as answer:
                assert answer.status == status


async def test_outside_of_the_rooms_there_is_nothing() -> None:
    async with rooms() as there, aiohttp.ClientSession() as session:
        origin = f"http://127.0.0.1:{there.port.number}"
        for path in ("/", "/r/", "/r/none/", "/r/teamwork", "/ws", "/r/team/ws/none"):
            async with session.get(origin + path) as answer:
                assert answer.status == 404, path
                assert "team" not in (await answer.text())
        async with session.get(f"{origin}/healthz") as answer:
            assert answer.status == 200
        async with session.get(f"{origin}/r/team", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (308, "/r/team/")
