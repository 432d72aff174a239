"""What a program may do about links and people, from any thread, while it shares."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from samescreen import NotSharing, Share, UsageError, Watcher
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fakes import PATIENCE_S
from tests.stage.timing import eventually

TOKEN, HOST_TOKEN = "a-token-for-tests", "a-host-token-for-tests"
HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}


@pytest.fixture(autouse=True)
def switch_interval() -> Iterator[None]:
    """The host sets it for the whole process."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def local(**more: Any) -> Share:
    options: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "tls": "off", "token": TOKEN} | more
    return Share(**options)


def status_with(share: Share, token: str, path: str = "/api/status") -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    bearer = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{share.port}{path}", headers=bearer)
    try:
        with opener.open(request, timeout=PATIENCE_S) as answer:
            status: int = answer.status
    except urllib.error.HTTPError as error:
        return error.code
    return status


def test_the_host_link_is_another_and_gives_the_hosts_powers() -> None:
    with local(host_token=HOST_TOKEN) as share:
        assert share.host_url == f"http://localhost:{share.port}/host#token={HOST_TOKEN}"
        assert share.host_token == HOST_TOKEN
        assert status_with(share, share.host_token, "/api/links") == 200
        assert status_with(share, share.token, "/api/links") == 403
    with local(no_access_control=True) as share:
        assert "#" not in share.url
        assert len(share.host_token) == 22
        assert share.host_url.endswith(share.host_token)


def test_a_link_is_made_and_ended() -> None:
    with local() as share:
        link = share.new_link("Anna", expires_in_s=3600)
        assert link.url == f"http://localhost:{share.port}/#token={link.token}"
        assert link.token not in repr(link)
        assert status_with(share, link.token) == 200
        share.end_link(link)
        assert status_with(share, link.token) == 401
        with pytest.raises(UsageError, match="grants are"):
            share.new_link(grants=["everything"])
        with pytest.raises(UsageError, match="host link"):
            share.new_link(grants=["host"])


def test_a_new_viewer_link_changes_url_token_and_pin_for_good() -> None:
    share = local(pin="314159")
    with share:
        old = share.url
        share.new_viewer_link()
        assert share.url != old
        assert share.url.endswith(share.token)
        assert TOKEN not in share.url
        token = share.token
        assert status_with(share, TOKEN) == 401
        assert status_with(share, token) == 200
    with share:
        assert share.token == token, "the old one stays dead"
        assert status_with(share, TOKEN) == 401


def test_nothing_of_it_can_be_done_before_and_after() -> None:
    share = local()
    watcher = Watcher("v1", "10.0.0.1", None, 0.0, "p")
    for _ in range(2):
        for act in (
            share.new_link,
            share.new_viewer_link,
            share.lock,
            lambda: share.put_out(watcher),
            lambda: share.host_url,
        ):
            with pytest.raises(NotSharing):
                act()
        with share:
            assert share.put_out(watcher) is False


def test_somebody_is_put_out_and_the_door_is_locked() -> None:
    closed: list[int | None] = []

    async def watch(share: Share) -> None:
        bearer = {"Authorization": f"Bearer {share.token}"}
        url = f"http://127.0.0.1:{share.port}/ws"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, headers=bearer) as ws,
        ):
            await ws.send_json(HELLO)
            await ws.receive(timeout=PATIENCE_S)
            (watcher,) = share.viewers
            share.lock()
            assert share.put_out(watcher) is True
            while not ws.closed:
                await ws.receive(timeout=PATIENCE_S)
            closed.append(ws.close_code)

    with local() as share:
        asyncio.run(watch(share))
        assert closed == [4410]
        eventually(lambda: not share.viewers, what="nobody watches")
        assert status_with(share, share.token) == 403
        link = share.new_link()
        assert status_with(share, link.token) == 403, "locked"
        share.lock(False)
        assert status_with(share, link.token) == 200


async def test_on_the_hosts_own_loop_it_does_not_wait_for_itself() -> None:
    async with local() as share:
        link = share.new_link()
        share.lock()
        share.new_viewer_link()
        share.end_link(link)


def test_a_callback_may_do_it_too() -> None:
    made: list[str] = []

    def on_join(watcher: Watcher) -> None:
        made.append(share.new_link(watcher.person).token)

    share: Share = local(on_join=on_join)

    async def visit() -> None:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        url = f"http://127.0.0.1:{share.port}/ws"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, headers=bearer) as ws,
        ):
            await ws.send_str(json.dumps(HELLO))
            await ws.receive(timeout=PATIENCE_S)

    with share:
        asyncio.run(visit())
        eventually(lambda: made, what="the callback was called")


def test_newcomers_wait_until_the_program_lets_them_in() -> None:
    with local(source="testcard", approve=True) as share:
        assert status_with(share, TOKEN) == 403
        (newcomer,) = share.newcomers
        assert newcomer.address == "127.0.0.1"
        assert share.let_in(newcomer)
        assert not share.let_in(newcomer)
        assert status_with(share, TOKEN) == 200
        share.approve(False)
        assert share.newcomers == ()


def test_a_newcomer_who_is_turned_away_waits_no_more_and_is_not_let_in() -> None:
    with local(source="testcard", approve=True) as share:
        assert status_with(share, TOKEN) == 403
        (newcomer,) = share.newcomers
        assert share.turn_away(newcomer)
        assert (share.newcomers, share.turn_away(newcomer)) == ((), False)
        share.approve(False)
        assert status_with(share, TOKEN) == 403


def test_the_program_pauses_blanks_and_mutes() -> None:
    with local(source="testcard") as share:
        for withhold, reason in ((share.pause, "paused"), (share.blank, "blanked")):
            withhold()
            assert status_with(share, TOKEN, "/snapshot.jpg") == 503, reason
            withhold(False)
            assert status_with(share, TOKEN, "/snapshot.jpg") == 200
        share.mute()
        share.mute(False)
        assert share.say("see page 7")
        with pytest.raises(UsageError, match="1 to 500 characters"):
            share.say("")


def test_a_program_answers_who_asks() -> None:
    hello = json.dumps(HELLO | {"kinds": ["asked", "grants"]})

    async def ask(share: Share) -> list[str]:
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{share.port}/ws"
            bearer = {"Authorization": f"Bearer {share.token}"}
            ws = await session.ws_connect(url, headers=bearer)
            await ws.send_str(hello)
            await ws.send_str(json.dumps({"type": "ask", "grants": ["point"]}))
            states: list[str] = []
            while states[-1:] != ["given"]:
                message = await ws.receive(timeout=PATIENCE_S)
                if message.type is aiohttp.WSMsgType.TEXT:
                    fields = json.loads(message.data)
                    states += [fields["state"]] if fields["type"] == "asked" else []
                if states == ["waits"] and share.requests:
                    (asking,) = share.requests
                    assert asking.grants == ("point",)
                    assert share.answer(asking, True)
                    assert not share.answer(asking, True)
            return states

    with local() as share:
        assert asyncio.run(ask(share)) == ["waits", "given"]
        assert share.requests == ()
        share.end_control()
        share.give_control_back()
        share.allow_marks(False)
        assert not share.clear_marks()


def test_a_program_asks_for_screens_and_shows_one_to_all() -> None:
    asked: list[str] = []

    async def watch(share: Share) -> None:
        bearer = {"Authorization": f"Bearer {share.token}"}
        url = f"http://127.0.0.1:{share.port}/ws"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, headers=bearer) as ws,
        ):
            await ws.send_json(HELLO | {"kinds": ["show-request"]})
            await ws.receive(timeout=PATIENCE_S)
            (watcher,) = share.viewers
            assert share.ask_to_show(watcher)
            while not asked:
                got = await ws.receive(timeout=PATIENCE_S)
                if got.type is aiohttp.WSMsgType.TEXT and "show-request" in got.data:
                    asked.append(json.loads(got.data)["state"])

    with local() as share:
        asyncio.run(watch(share))
        assert asked == ["asked"]
        link = share.new_show_link()
        assert link.url.endswith(f":{share.port}/show#token={link.token}")
        assert status_with(share, link.token) == 401, "one use is for a browser"
        share.add("testcard", name="card")
        share.show_to_all("card")
        share.show_to_all("")
        with pytest.raises(UsageError, match="no stream called 'gone'"):
            share.show_to_all("gone")
        kinds = [act.kind for act in share._do(lambda actions: actions.acts_since(0))]
        assert [kind for kind in kinds if "forward" in kind] == ["forward", "forward-off"]
