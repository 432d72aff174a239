"""/api/clipboard and its news: who may set and read, what is refused, and under ASGI too."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from aiohttp import WSMsgType

from samescreen.control import clips
from samescreen.control.clips import MAX_IMAGE_BYTES, MAX_TEXT_BYTES, Clip, ClipKind
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub import clipboard as hub_clipboard
from samescreen.serve.host_actions import NewLink
from samescreen.serve.site import now_s
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.control.png import png
from tests.fakes import PATIENCE_S, soon
from tests.serve.conftest import Site
from tests.serve.test_mounted import in_aiohttp, in_starlette, mounting

HELLO = {
    "type": "hello",
    "version": PROTOCOL_VERSION,
    "accepts": ["h264"],
    "kinds": ["grants", "clipboard"],
}
PATH = "/api/clipboard"
PLAIN = {"Content-Type": "text/plain;charset=utf-8"}


class FakeClipboard:
    """A desktop's clipboard that keeps what it was given."""

    def __init__(self) -> None:
        self.clips: list[Clip] = []
        self.report: Callable[[Clip], None] | None = None
        self.refuse: Callable[[str], None] | None = None
        self.takes = True

    def read(self, report: Any, refuse: Any) -> None:
        self.report, self.refuse = report, refuse

    async def put(self, clip: Clip, by: str) -> bool:
        self.clips.append(clip)
        return self.takes

    async def put_files(self, uris: tuple[str, ...]) -> bool:
        return self.takes

    def copied(self, text: str) -> None:
        """A program on the host copies this."""
        assert self.report is not None
        self.report(Clip(ClipKind.TEXT, text.encode()))


@pytest.fixture
def clipboard(site: Site, monkeypatch: pytest.MonkeyPatch) -> FakeClipboard:
    clipboard = FakeClipboard()
    monkeypatch.setattr(site.stream.publisher, "clipboard", clipboard)
    return clipboard


def bearer(site: Site, *grants: Grant) -> dict[str, str]:
    """Headers of a person of their own, who may also do this."""
    link = site.actions.new_link(NewLink(grants=WATCH_ONLY | set(grants)), now_s())
    return {"Authorization": f"Bearer {link.secret}"}


async def put(site: Site, headers: dict[str, str], body: Any, **more: str) -> tuple[int, str]:
    async with site.client.post(PATH, data=body, headers=headers | PLAIN | more) as answer:
        return answer.status, (await answer.text()).strip()


async def got(site: Site, headers: dict[str, str]) -> tuple[int, bytes]:
    async with site.client.get(PATH, headers=headers) as answer:
        return answer.status, await answer.read()


async def watching(site: Site, headers: dict[str, str]) -> Any:
    ws = await site.client.ws_connect("/ws", headers=headers)
    await ws.send_json(HELLO)
    assert (await ws.receive_json(timeout=PATIENCE_S))["type"] == "welcome"
    site.audience.hub.tick()
    return ws


async def news(ws: Any) -> dict[str, Any]:
    while True:
        message = await ws.receive(timeout=PATIENCE_S)
        if message.type is WSMsgType.TEXT and (read := json.loads(message.data)):
            if read["type"] == "clipboard":
                return dict(read)
            assert read["type"] != "bye", read


async def test_nobody_without_the_grant_sets_or_reads(site: Site, clipboard: FakeClipboard) -> None:
    watcher = bearer(site)
    assert (await put(site, watcher, b"x"))[0] == 403
    assert (await got(site, watcher))[0] == 403
    assert (await put(site, bearer(site, Grant.CLIPBOARD_OUT), b"x"))[0] == 403
    assert (await got(site, bearer(site, Grant.CLIPBOARD_IN)))[0] == 403
    assert (await put(site, {}, b"x"))[0] == 403, "no Origin"
    assert (await put(site, site.same, b"x"))[0] == 401, "a stranger"
    evil = {"Origin": "http://evil.example"} | bearer(site, Grant.CLIPBOARD_IN)
    assert (await put(site, evil, b"x"))[0] == 403
    assert clipboard.clips == []


async def test_a_viewer_sets_it(site: Site, clipboard: FakeClipboard) -> None:
    setter = bearer(site, Grant.CLIPBOARD_IN)
    assert await put(site, setter, "né\r\n".encode()) == (200, "{}")
    image = png(3, 2, padding=300_000)
    kind = {"Content-Type": "image/png"}
    assert (await put(site, setter, image, **kind))[0] == 200
    assert clipboard.clips == [
        Clip(ClipKind.TEXT, "né\n".encode()),
        Clip(ClipKind.IMAGE, image),
    ]
    (act,) = [act for act in site.actions.acts_since(0) if act.kind == "clipboard-in"]
    assert set(act.about) == {"person", "address"}


async def test_what_makes_no_sense_is_refused_in_one_line(
    site: Site, clipboard: FakeClipboard
) -> None:
    setter = bearer(site, Grant.CLIPBOARD_IN)
    too_long = (413, "The clipboard takes texts of at most 1 MiB.")
    assert await put(site, setter, BytesIO(b"x" * (MAX_TEXT_BYTES + 1))) == too_long

    async def endless() -> Any:
        for _ in range(2 * MAX_TEXT_BYTES // 65536):
            yield b"x" * 65536

    with suppress(ConnectionError):  # that the host hangs up in the middle is an answer too
        assert (await put(site, setter, endless()))[0] == 413
    image = {"Content-Type": "image/png"}
    assert (await put(site, setter, b"no image", **image))[0] == 409
    assert (await put(site, setter, b"x", **{"Content-Type": "text/html"}))[0] == 415
    assert (await put(site, setter, b"x", **{"Content-Encoding": "gzip"}))[0] in (400, 415)
    assert await put(site, setter, b"\xff") == (
        409, "The clipboard takes text in UTF-8, without NUL characters."
    )
    assert clipboard.clips == []


async def test_too_many_too_fast(site: Site, clipboard: FakeClipboard) -> None:
    setter = bearer(site, Grant.CLIPBOARD_IN)
    answers = [await put(site, setter, b"x") for _ in range(hub_clipboard.PUTS_AT_ONCE + 5)]
    assert answers[0][0] == 200
    assert (409, "The clipboard can be set 4 times a second.") in answers


async def test_nothing_is_set_where_there_is_no_desktop(site: Site) -> None:
    setter = bearer(site, Grant.CLIPBOARD_IN)
    no_desktop = (409, "No desktop with a clipboard is shared now.")
    assert await put(site, setter, b"x") == no_desktop


async def test_a_desktop_that_does_not_take_it(site: Site, clipboard: FakeClipboard) -> None:
    clipboard.takes = False
    refused = (409, "The desktop did not take the clipboard.")
    assert await put(site, bearer(site, Grant.CLIPBOARD_IN), b"x") == refused


async def test_who_may_see_it_is_told_and_reads_it(site: Site, clipboard: FakeClipboard) -> None:
    reader, late = bearer(site, Grant.CLIPBOARD_OUT), bearer(site, Grant.CLIPBOARD_OUT)
    site.audience.hub.tick()
    assert clipboard.report is None, "nobody may see it"
    ws = await watching(site, reader)
    clipboard.copied("of the host")
    told = {"type": "clipboard", "kind": "text", "size_bytes": 11, "number": 1, "detail": ""}
    assert await news(ws) == told
    assert await got(site, reader) == (200, b"of the host")
    await watching(site, late)
    assert (await got(site, late))[0] == 404, "it was copied before they came"
    assert clipboard.refuse is not None
    clipboard.refuse("it is too large")
    assert (await news(ws))["detail"] == "it is too large"
    assert (await got(site, reader))[0] == 404


async def test_a_clipboard_manager_that_takes_it_over_takes_it_from_nobody(
    site: Site, clipboard: FakeClipboard
) -> None:
    reader, late = bearer(site, Grant.CLIPBOARD_OUT), bearer(site, Grant.CLIPBOARD_OUT)
    ws = await watching(site, reader)
    clipboard.copied("of the host")
    clipboard.copied(" of the host ")
    assert (await news(ws))["number"] == 1
    await watching(site, late)
    clipboard.copied("of the host")
    assert await got(site, reader) == (200, b"of the host")
    assert (await got(site, late))[0] == 404


async def test_one_viewers_clipboard_never_reaches_another(
    site: Site, clipboard: FakeClipboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "ECHO_US", 0)
    both = (Grant.CLIPBOARD_IN, Grant.CLIPBOARD_OUT)
    anna, ben = bearer(site, *both), bearer(site, *both)
    hers, his = await watching(site, anna), await watching(site, ben)
    assert (await put(site, anna, b"a secret"))[0] == 200
    clipboard.copied("a secret")  # by a clipboard manager, or by her in a program
    assert (await news(hers))["number"] == 1
    assert (await got(site, ben))[0] == 404
    clipboard.copied("of the host")
    assert (await news(his))["number"] == 2


async def test_a_pause_withholds_it(site: Site, clipboard: FakeClipboard) -> None:
    both = bearer(site, Grant.CLIPBOARD_IN, Grant.CLIPBOARD_OUT)
    await watching(site, both)
    clipboard.copied("before")
    assert (await got(site, both))[0] == 200
    site.actions.blank()
    assert (await got(site, both))[0] == 404
    assert (await put(site, both, b"x"))[0] == 409
    site.audience.hub.tick()
    assert clipboard.report is None


async def test_a_grant_that_is_taken_back_ends_it(site: Site, clipboard: FakeClipboard) -> None:
    reader = bearer(site, Grant.CLIPBOARD_OUT)
    await watching(site, reader)
    clipboard.copied("one")
    (person,) = site.actions.people
    site.actions.set_grants(person.person_id, WATCH_ONLY, 0)
    assert (await got(site, reader))[0] == 403
    site.audience.hub.tick()
    assert clipboard.report is None


@pytest.mark.parametrize("serve", [in_starlette, in_aiohttp])
async def test_it_works_inside_another_application(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mounting(serve, allow="clipboard-in") as mounted:
        clipboard = FakeClipboard()
        host = mounted.share._host
        assert host is not None
        monkeypatch.setattr(host.stream.publisher, "clipboard", clipboard)
        headers = {"Authorization": "Bearer a-token-for-tests", "Content-Type": "image/png"}
        image = png(3, 2, padding=300_000)
        async with mounted.session.post(mounted.url(PATH), data=image, headers=headers) as answer:
            assert (answer.status, clipboard.clips) == (200, [Clip(ClipKind.IMAGE, image)])
        large = png(1, 1, padding=MAX_IMAGE_BYTES)
        with suppress(ConnectionError):
            async with mounted.session.post(
                mounted.url(PATH), data=BytesIO(large), headers=headers
            ) as answer:
                assert answer.status == 413


async def test_several_at_once_have_a_limit(site: Site, clipboard: FakeClipboard) -> None:
    setter = bearer(site, Grant.CLIPBOARD_IN)
    hold = asyncio.Event()

    async def slowly() -> Any:
        yield b"x"
        await hold.wait()

    first = asyncio.create_task(put(site, setter, slowly()))
    await soon(lambda: site.audience.hub.clipboard._arriving, "it arrives")
    busy = (409, "Another clipboard is still on its way; try again.")
    assert await put(site, setter, b"y") == busy
    hold.set()
    assert (await first)[0] == 200


async def test_a_clip_that_a_slow_desktop_takes_counts_as_well(
    site: Site, clipboard: FakeClipboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = asyncio.Event()

    async def slowly(clip: Clip, by: str) -> bool:
        return await taken.wait()

    monkeypatch.setattr(clipboard, "put", slowly)
    setter = bearer(site, Grant.CLIPBOARD_IN)
    first = asyncio.create_task(put(site, setter, b"x"))
    await soon(lambda: site.audience.hub.clipboard._uses, "the desktop has it")
    second = asyncio.create_task(put(site, setter, b"y"))
    await asyncio.wait([second], timeout=PATIENCE_S)
    taken.set()
    assert (await second)[0] == 409
    assert (await first)[0] == 200
