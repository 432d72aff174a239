"""/api/files: sending and fetching, breaks in the middle, names, room, grants; ASGI too."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

from samescreen.control import uploads as rules
from samescreen.errors import UsageError
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.host import Host
from samescreen.hub.transfers import Transfers
from samescreen.serve import file_part
from samescreen.serve.file_routes import OFFSET_HEADER, offer_files, queue_of
from samescreen.serve.host_actions import NewLink
from samescreen.serve.site import now_s
from tests.fakes import soon
from tests.host.hosting import card, options
from tests.serve.sender import CONTENT, IN, OUT, Sender, refused_halfway
from tests.serve.test_mounted import in_aiohttp, in_starlette, mounting

HOST_TOKEN = "a-host-token-for-tests"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dropped"


@pytest.fixture
async def host(folder: Path) -> AsyncIterator[Host]:
    given = options(host_token=HOST_TOKEN, files_folder=str(folder))
    async with Host(given, card()) as host:
        yield host


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def person(host: Host, session: aiohttp.ClientSession, *grants: Grant) -> Sender:
    link = host.actions.new_link(NewLink(grants=WATCH_ONLY | set(grants)), now_s())
    return Sender(session, f"http://127.0.0.1:{host.port}", link.secret)


@pytest.fixture
def anna(host: Host, session: aiohttp.ClientSession) -> Sender:
    return person(host, session, Grant.FILES_IN, Grant.FILES_OUT)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    """What lies there; [] where there is no folder."""
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


# --- to the host ----------------------------------------------------------------------------------


async def test_a_file_comes_in_slices(host: Host, anna: Sender, folder: Path) -> None:
    upload = (await anna.begin("report.bin", len(CONTENT)))["upload"]
    (part,) = names(folder)
    assert (part[0], mode(folder), mode(folder / part)) == (".", 0o700, 0o600)
    for at in range(0, len(CONTENT), 250_000):
        status, answer = await anna.put(upload, at, CONTENT[at : at + 250_000])
        assert status == 200
    assert answer == {
        "upload": upload, "offset": len(CONTENT), "size": len(CONTENT), "name": "report.bin",
    }
    whole = folder / "report.bin"
    assert (names(folder), mode(whole)) == (["report.bin"], 0o600)
    assert whole.read_bytes() == CONTENT
    acts = [act for act in host.actions.acts_since(0) if act.kind == "file-in"]
    assert [act.about["name"] for act in acts] == ["report.bin"]
    assert (await anna.put(upload, len(CONTENT), b"x"))[0] == 404


async def test_after_a_break_it_goes_on_where_the_host_says(
    host: Host, anna: Sender, folder: Path
) -> None:
    upload = (await anna.begin("a.bin", len(CONTENT)))["upload"]

    async def cut() -> AsyncIterator[bytes]:
        yield CONTENT[:300_000]
        await asyncio.sleep(0.05)
        raise ConnectionError

    at = {OFFSET_HEADER: "0"}
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await anna.ask("PATCH", f"{IN}?name={upload}", body=cut(), **at)
    found = host.hub.transfers.uploads.get(upload)
    assert found is not None
    await soon(lambda: not found.is_busy and found.offset > 0, "the host noticed")
    status, answer = await anna.ask("GET", f"{IN}?name={upload}")
    offset = answer["offset"]
    assert (status, 0 < offset <= 300_000) == (200, True)
    wrong = await anna.put(upload, offset + 1, b"x")
    assert wrong == (409, {"error": f"this file goes on at byte {offset}", "offset": offset})
    assert (await anna.put(upload, offset, CONTENT[offset:]))[0] == 200
    assert (folder / "a.bin").read_bytes() == CONTENT


async def test_more_than_was_announced_is_refused(anna: Sender, folder: Path) -> None:
    upload = (await anna.begin("a.bin", 10))["upload"]
    status, answer = await anna.put(upload, 0, b"x" * 11)
    assert (status, answer["error"]) == (409, "this file was announced with 10 bytes")
    assert (await anna.put(upload, 0, b"x" * 10))[0] == 200
    assert (folder / "a.bin").read_bytes() == b"x" * 10


async def test_nothing_is_overwritten_or_followed(
    anna: Sender, folder: Path, tmp_path: Path
) -> None:
    os.mkdir(folder)
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (folder / "a.txt").write_text("first")
    (folder / "link.txt").symlink_to(secret)
    (folder / "gone.txt").symlink_to(tmp_path / "nowhere")
    assert await anna.send("../../a.txt", b"second") == "a (2).txt"
    assert await anna.send("link.txt", b"evil") == "link (2).txt"
    assert await anna.send("gone.txt", b"evil") == "gone (2).txt"
    assert await anna.send("..", b"x") == "file"
    assert ((folder / "a.txt").read_text(), secret.read_text()) == ("first", "mine")
    assert names(tmp_path) == ["dropped", "secret"]


async def test_a_file_system_without_links_works_too(
    anna: Sender, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*args: Any) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    assert await anna.send("a.txt", b"first") == "a.txt"
    assert await anna.send("a.txt", b"second") == "a (2).txt"
    assert (folder / "a.txt").read_bytes() == b"first"


async def test_an_empty_file(anna: Sender, folder: Path) -> None:
    assert (await anna.begin("empty.txt", 0))["name"] == "empty.txt"
    assert (folder / "empty.txt").read_bytes() == b""


async def test_who_may_not_and_what_makes_no_sense(
    host: Host, session: aiohttp.ClientSession, anna: Sender, folder: Path
) -> None:
    ben = person(host, session, Grant.FILES_IN)
    watcher = person(host, session)
    upload = (await anna.begin("a.bin", 10))["upload"]
    announced = {"name": "x", "size": 1}
    assert (await watcher.ask("POST", IN, body=announced))[0] == 403
    assert (await watcher.put(upload, 0, b"x"))[0] == 403
    assert (await ben.put(upload, 0, b"x"))[0] == 404, "it is Anna's"
    assert (await ben.ask("GET", f"{IN}?name={upload}"))[0] == 404
    assert (await ben.ask("POST", f"{IN}/end", body={"upload": upload}))[0] == 404
    for size in (-1, True, "1", None, 2**60):
        assert (await anna.ask("POST", IN, body={"name": "x", "size": size}))[0] == 400
    for offset in ("", "-1", "x", "1" * 30):
        at = {OFFSET_HEADER: offset}
        assert (await anna.ask("PATCH", f"{IN}?name={upload}", body=b"x", **at))[0] == 400
    strangers: dict[str, str] = {OFFSET_HEADER: "0", "Origin": "http://evil.example"}
    assert (await anna.ask("PATCH", f"{IN}?name={upload}", body=b"x", **strangers))[0] == 403
    too_large = rules.MOST_FILE_BYTES + 1
    words = (409, "The host takes files of at most 4 GiB.\n")
    assert await anna.ask("POST", IN, body={"name": "x", "size": too_large}) == words


async def test_a_file_is_given_up(
    host: Host, session: aiohttp.ClientSession, anna: Sender, folder: Path
) -> None:
    one, two = [(await anna.begin("a.bin", 10))["upload"] for _ in range(2)]
    await anna.put(one, 0, b"x")
    assert (await anna.ask("POST", f"{IN}/end", body={"upload": one}))[0] == 200
    assert len(names(folder)) == 1
    as_host = Sender(session, anna.url, HOST_TOKEN)
    assert (await as_host.ask("POST", f"{IN}/end", body={"upload": two}))[0] == 200
    assert names(folder) == []
    assert (await anna.put(two, 0, b"x"))[0] == 404


async def test_a_grant_that_is_taken_back_ends_it_in_the_middle(
    host: Host, anna: Sender, folder: Path
) -> None:
    ws = await anna.session.ws_connect(f"{anna.url}/ws", headers=anna.headers)
    (known,) = host.actions.people
    async with refused_halfway(host, anna):
        host.actions.set_grants(known.person_id, WATCH_ONLY, 0)
    assert not (folder / "a.bin").exists()
    await ws.close()


async def test_what_is_not_whole_goes_with_the_host(folder: Path) -> None:
    given = options(host_token=HOST_TOKEN, files_folder=str(folder))
    async with Host(given, card()) as host, aiohttp.ClientSession() as session:
        as_host = Sender(session, f"http://127.0.0.1:{host.port}", HOST_TOKEN)
        await as_host.begin("a.bin", 10)
        await as_host.send("whole.txt", b"x")
        old = folder / ".samescreen-old.part"
        old.write_text("of a host that was killed")
        os.utime(old, (0, 0))
        await as_host.begin("b.bin", 10)
        assert not old.exists()
    assert names(folder) == ["whole.txt"]


async def test_a_disk_that_does_not_take_it_is_named(
    host: Host, anna: Sender, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "dropped").write_text("a file, where the folder should be")
    status, words = await anna.ask("POST", IN, body={"name": "x", "size": 1})
    assert (status, words) == (507, "The host cannot write there: File exists.\n")


async def test_view_only_takes_no_files(folder: Path) -> None:
    given = options(host_token=HOST_TOKEN, files_folder=str(folder), view_only=True)
    async with Host(given, card()) as host, aiohttp.ClientSession() as session:
        as_host = Sender(session, f"http://127.0.0.1:{host.port}", HOST_TOKEN)
        status, words = await as_host.ask("POST", IN, body={"name": "x", "size": 1})
    assert (status, words, names(folder)) == (409, "This host takes no files.\n", [])


# --- to viewers -----------------------------------------------------------------------------------


@pytest.fixture
def offered(host: Host, tmp_path: Path) -> str:
    """The id of a file that the host put up."""
    path = tmp_path / "übersicht.bin"
    path.write_bytes(CONTENT)
    (offer,) = offer_files(host.hub.transfers, [path])
    return offer.offer_id


async def test_only_what_the_host_put_up_is_fetched(
    host: Host, session: aiohttp.ClientSession, anna: Sender, offered: str
) -> None:
    listed = {"files": [{"file": offered, "name": "übersicht.bin", "size": len(CONTENT)}]}
    assert await anna.ask("GET", "/api/files") == (200, listed)
    async with session.get(f"{anna.url}{OUT}?name={offered}", headers=anna.headers) as answer:
        assert (answer.status, await answer.read()) == (200, CONTENT)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        name = "attachment; filename*=UTF-8''%C3%BCbersicht.bin"
        assert answer.headers["Content-Disposition"] == name
        tag = answer.headers["ETag"]
    part = {"Range": "bytes=500000-", "If-Range": tag}
    async with session.get(
        f"{anna.url}{OUT}?name={offered}", headers=anna.headers | part
    ) as answer:
        assert (answer.status, await answer.read()) == (206, CONTENT[500_000:])
    for name in ("", "x", "../secret", "%00", "übersicht.bin"):
        assert (await anna.ask("GET", f"{OUT}?name={name}"))[0] == 404
    watcher = person(host, session, Grant.FILES_IN)
    assert (await watcher.ask("GET", f"{OUT}?name={offered}"))[0] == 403
    assert (await watcher.ask("GET", "/api/files"))[0] == 403
    assert "file-out" in [act.kind for act in host.actions.acts_since(0)]


async def test_an_offer_that_ends_cuts_off_who_fetches_it(
    host: Host,
    session: aiohttp.ClientSession,
    anna: Sender,
    offered: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_part, "_PACED_BYTES", 1000)
    as_host = Sender(session, anna.url, HOST_TOKEN)
    async with session.get(f"{anna.url}{OUT}?name={offered}", headers=anna.headers) as answer:
        await answer.content.readany()
        assert (await as_host.ask("POST", f"{OUT}/end", body={"file": offered}))[0] == 200
        with pytest.raises(aiohttp.ClientError):
            await answer.read()
    assert (await anna.ask("GET", f"{OUT}?name={offered}"))[0] == 404
    assert (await anna.ask("POST", f"{OUT}/end", body={"file": offered}))[0] == 403


def test_what_cannot_be_offered(tmp_path: Path) -> None:
    transfers = Transfers(None, lambda: 0)  # type: ignore[arg-type]
    for path in (tmp_path, tmp_path / "nothing", "/dev/null"):
        with pytest.raises(UsageError, match="cannot offer"):
            offer_files(transfers, [path])
    path = tmp_path / "a"
    path.write_text("x")
    offer_files(transfers, [path] * 200)
    with pytest.raises(UsageError, match="200 files"):
        offer_files(transfers, [path])


# --- inside other applications --------------------------------------------------------------------


@pytest.mark.parametrize("serve", [in_starlette, in_aiohttp])
async def test_it_works_inside_another_application(
    serve: Any, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "offered.bin"
    path.write_bytes(CONTENT)
    grants = "files-in,files-out"
    async with mounting(serve, allow=grants, files_folder=str(folder)) as mounted:
        sender = Sender(mounted.session, mounted.url(""), "a-token-for-tests")
        assert await sender.send("a.bin", CONTENT) == "a.bin"
        assert (folder / "a.bin").read_bytes() == CONTENT
        upload = (await sender.begin("b.bin", 10))["upload"]
        assert (await sender.put(upload, 3, b"x"))[0] == 409
        offer = mounted.share.offer(path)
        url = mounted.url(f"{OUT}?name={offer}")
        part = sender.headers | {"Range": "bytes=100-"}
        async with mounted.session.get(url, headers=part) as answer:
            assert (answer.status, await answer.read()) == (206, CONTENT[100:])
        assert mounted.share.end_offer(offer)
        assert not mounted.share.end_offer(offer)


# --- how fast -------------------------------------------------------------------------------------


def test_files_give_way_to_pictures_that_are_on_their_way() -> None:
    """A queue of before, beside a screen that rests now, slows no file."""

    def watching(person: object, queue_us: int, in_flight_bytes: int) -> SimpleNamespace:
        window = SimpleNamespace(queue_us=queue_us, in_flight_bytes=in_flight_bytes)
        return SimpleNamespace(person=person, outbox=SimpleNamespace(window=window))

    anna, ben = object(), object()
    viewers = {
        "a": watching(anna, 40_000, 1000),
        "b": watching(anna, 90_000, 0),
        "c": watching(ben, 70_000, 1000),
    }
    audience: Any = SimpleNamespace(
        hub=SimpleNamespace(streams={"screen": None}),
        of=lambda stream: SimpleNamespace(everybody=list(viewers.values())),
    )
    assert [queue_of(audience, cast(Any, each)) for each in (anna, ben, object())] == [
        40_000, 70_000, 0,
    ]
