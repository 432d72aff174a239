"""The clipboard of a host for people of a relay: the host decides, and nothing goes round it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from samescreen.control.clips import Clip, ClipKind
from samescreen.errors import UsageError
from samescreen.grants import CLIPBOARDS, Grant
from samescreen.publish.remote_clipboard import RemoteClipboard
from samescreen.wire.carried import MOST_BYTES, Carry, Part
from tests.control.png import png
from tests.fakes import PATIENCE_S, soon
from tests.relay.test_guests import Scene, answer, scene
from tests.serve.test_clipboard import PATH, PLAIN, FakeClipboard

IN, OUT = "clipboard-in", "clipboard-out"


@asynccontextmanager
async def sharing_clipboard(*allowed: Grant) -> AsyncIterator[tuple[Scene, FakeClipboard]]:
    # A page that gets other messages for ever would wait for ever.
    async with asyncio.timeout(6 * PATIENCE_S), scene(*allowed) as it:
        clipboard = FakeClipboard()
        setattr(it.here.hub.first.publisher, "clipboard", clipboard)  # noqa: B010
        yield it, clipboard


async def given(it: Scene, grant: str) -> None:
    """The page asks, and the host says yes."""
    await soon(lambda: it.there.hub.clipboard.is_offered, "it can be asked for")
    await it.page.send_json({"type": "ask", "grants": [grant]})
    await soon(lambda: bool(it.here.hub.control.requests.all), "the host is asked")
    answer(it, is_yes=True)
    while grant not in (await it.told("grants"))["grants"]:
        pass


async def put(it: Scene, content: bytes, kind: str = "text/plain") -> tuple[int, str]:
    about = PLAIN | {"Content-Type": kind}
    async with it.session.post(f"{it.url}{PATH}", data=io.BytesIO(content), headers=about) as got:
        return got.status, await got.text()


async def get(it: Scene) -> tuple[int, bytes]:
    async with it.session.get(f"{it.url}{PATH}") as got:
        return got.status, await got.read()


async def test_what_a_guest_sets_is_in_the_hosts_clipboard() -> None:
    async with sharing_clipboard(*CLIPBOARDS) as (it, clipboard):
        await given(it, IN)
        for content in (b"hello", b"long " * 20_000):
            assert (await put(it, content))[0] == 200
            assert clipboard.clips[-1].content == content
        assert (await put(it, b"x" * (MOST_BYTES - 1)))[0] == 200
        clipboard.takes = False
        assert await put(it, b"no") == (409, "The desktop did not take the clipboard.\n")


async def test_a_clip_that_is_too_large_for_a_relay_goes_nowhere() -> None:
    """An image of this size would fit into the clipboard of a host of one's own."""
    async with sharing_clipboard(*CLIPBOARDS) as (it, clipboard):
        await given(it, IN)
        image = png(2, 2) + bytes(MOST_BYTES)
        too_large = "The clipboard takes at most 1 MiB through a relay.\n"
        assert await put(it, image, "image/png") == (413, too_large)
        assert not clipboard.clips


async def test_taken_back_a_guest_sets_nothing() -> None:
    """Also where the relay believes that they may."""
    async with sharing_clipboard(*CLIPBOARDS) as (it, clipboard):
        await given(it, IN)
        (guest,) = [each for each in it.here.hub.people if each.person_id.startswith("relay-")]
        guest.grants -= CLIPBOARDS
        assert await put(it, b"x") == (409, "The host does not let you set its clipboard.\n")
        assert not clipboard.clips
        it.here.hub.people.put_out(guest.person_id, "")
        await soon(
            lambda: not any(CLIPBOARDS & p.grants for p in it.there.hub.people), "it is taken back"
        )
        assert (await put(it, b"x"))[0] == 401


async def test_a_host_that_does_not_allow_it_has_no_clipboard_there() -> None:
    async with sharing_clipboard(Grant.CONTROL) as (it, _):
        await soon(lambda: it.there.hub.control.is_offered, "control is")
        assert not it.there.hub.clipboard.is_offered
        await it.page.send_json({"type": "ask", "grants": [IN]})
        assert (await it.told("asked"))["state"] == "off"


async def test_what_a_program_copies_goes_to_those_whom_the_host_lets_see_it() -> None:
    async with sharing_clipboard(*CLIPBOARDS) as (it, clipboard):
        await given(it, OUT)
        await soon(lambda: clipboard.report is not None, "the host watches its clipboard")
        clipboard.copied("secret")
        news = await it.told("clipboard")
        assert (news["kind"], news["size_bytes"]) == ("text", 6)
        assert await get(it) == (200, b"secret")
        clipboard.copied("x" * (MOST_BYTES + 1))
        news = await it.told("clipboard")
        assert news["kind"] == "none"
        assert "1 MiB" in news["detail"]
        assert (await get(it))[0] == 404


async def test_while_the_host_has_paused_nothing_of_before_is_there() -> None:
    async with sharing_clipboard(*CLIPBOARDS) as (it, clipboard):
        await given(it, OUT)
        await soon(lambda: clipboard.report is not None, "the host watches its clipboard")
        clipboard.copied("secret")
        assert (await it.told("clipboard"))["kind"] == "text"
        it.here.actions.pause(True)
        assert (await it.told("clipboard"))["kind"] == "none"
        assert (await get(it))[0] == 404


async def test_a_host_that_goes_leaves_nobody_waiting() -> None:
    sent: list[object] = []
    clipboard = RemoteClipboard(sent.append)
    clip = Clip(ClipKind.TEXT, b"x")
    waiting = [asyncio.ensure_future(clipboard.put(clip, "a1b2")) for _ in range(3)]
    await soon(lambda: bool(sent), "it is on its way")
    assert sent == [Carry(1, "text", 1, ["a1b2"])]
    clipboard.close()
    async with asyncio.timeout(PATIENCE_S):
        for each in waiting:
            with pytest.raises(UsageError, match="not connected"):
                await each


def test_what_comes_before_anybody_reads_is_not_lost() -> None:
    clipboard = RemoteClipboard(lambda message: None)
    got: list[tuple[Clip, frozenset[str] | None]] = []

    def report(clip: Clip, among: frozenset[str] | None = None) -> None:
        got.append((clip, among))

    def came(number: int) -> None:
        clipboard.received(Carry(number, "text", 5, ["a1b2"]))
        clipboard.received(Part(number, "aGVsbG8="))

    came(1)
    clipboard.received(Carry(2, "none", 0, [], "paused"))
    clipboard.read(report, None)
    assert got == [], "it is out of date"
    clipboard.read(None, None)
    came(3)
    clipboard.read(report, None)
    clipboard.read(report, None)
    assert got == [(Clip(ClipKind.TEXT, b"hello"), frozenset(("a1b2",)))]
