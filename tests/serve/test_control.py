"""/ws/control and asking for it: who may act, what reaches the source, and how it ends."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.closing import CloseCode
from samescreen.control.events import At, Key, Mark, Move, Order, Release
from samescreen.control.news import Applied, Escaped, HandSeen, News, Obstructed
from samescreen.control.policy import HAND_RESTS_US, UNANSWERED_US
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.hub import control as hub_control
from samescreen.hub import people
from samescreen.serve.control_session import ControlSession
from samescreen.serve.host_actions import NewLink
from samescreen.serve.site import now_s
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fakes import PATIENCE_S, FakeTransport, soon
from tests.serve.conftest import Site

HELLO = {
    "type": "hello",
    "version": PROTOCOL_VERSION,
    "accepts": ["h264"],
    "kinds": ["grants", "asked"],
}
MOVE = bytes.fromhex("0100050006")
RELEASE = b"\x0a"


def message(*events: bytes, track: int = 0) -> bytes:
    return struct.pack(">BBHI", track, 0, 1, 0) + b"".join(events)


def key(is_down: bool = True) -> bytes:
    return struct.pack(">BBHHI", 5, is_down, 30, 0, ord("a"))


class FakeSink:
    """A source that takes input; it keeps what it was given."""

    def __init__(self) -> None:
        self.events: list[Order] = []
        self.times: list[At] = []
        self.report: Callable[[News], None] | None = None
        self.has_room = True
        self.ends = 0
        self.fits = False

    def begin(self, report: Callable[[News], None]) -> None:
        self.report = report

    def put(self, events: Sequence[Order]) -> bool:
        self.events += [each for each in events if not isinstance(each, At)]
        self.times += [each for each in events if isinstance(each, At)]
        return self.has_room

    def end(self) -> None:
        self.report = None
        self.ends += 1

    def cut(self) -> None:
        self.end()

    def tell(self, news: News) -> None:
        assert self.report is not None
        self.report(news)


@pytest.fixture
def sink(site: Site, monkeypatch: pytest.MonkeyPatch) -> FakeSink:
    sink = FakeSink()
    monkeypatch.setattr(site.stream.publisher, "control", sink)
    return sink


def bearer(site: Site, *grants: Grant) -> dict[str, str]:
    """Headers of a person of their own, who may also do this."""
    link = site.actions.new_link(NewLink(grants=WATCH_ONLY.union(grants)), now_s())
    return {"Authorization": f"Bearer {link.secret}"}


async def acting(site: Site) -> ClientWebSocketResponse:
    headers = bearer(site, Grant.CONTROL)
    ws: ClientWebSocketResponse = await site.client.ws_connect("/ws/control", headers=headers)
    return ws


async def next_of(ws: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        got = await ws.receive(timeout=PATIENCE_S)
        assert got.type in (WSMsgType.TEXT, WSMsgType.BINARY), got
        if got.type is WSMsgType.TEXT and json.loads(got.data)["type"] == kind:
            return dict(json.loads(got.data))


async def state(ws: ClientWebSocketResponse) -> str:
    return str((await next_of(ws, "control"))["state"])


async def code(ws: ClientWebSocketResponse) -> int | None:
    while (await ws.receive(timeout=PATIENCE_S)).type in (WSMsgType.TEXT, WSMsgType.BINARY):
        pass
    return ws.close_code


# --- who may act ----------------------------------------------------------------------------------


async def test_never_granted_is_closed_and_nothing_typed(site: Site, sink: FakeSink) -> None:
    ws = await site.client.ws_connect("/ws/control", headers=site.bearer)
    await ws.send_bytes(message(MOVE, key()))
    assert await code(ws) == CloseCode.FORBIDDEN
    assert sink.events == []


async def test_input_reaches_the_source(site: Site, sink: FakeSink) -> None:
    ws = await acting(site)
    shown = await next_of(ws, "control")
    assert shown == {"type": "control", "state": "mine", "by": "127.0.0.1", "cause": ""}
    await ws.send_bytes(message(MOVE, key(), RELEASE))
    await soon(lambda: len(sink.events) == 3, "it was carried out")
    assert sink.events == [Move(5, 6), Key(True, 30, char="a"), Release()]
    assert sink.times == [At(0)], "when the page's clock says that the key was pressed"
    await ws.close()
    await soon(lambda: sink.ends == 1, "everything was let go")
    kinds = [act.kind for act in site.actions.acts_since(0)]
    assert kinds[-2:] == ["control-taken", "control-given-back"]


async def test_a_page_that_asks_learns_when_its_message_was_carried_out(
    site: Site, sink: FakeSink
) -> None:
    ws = await acting(site)
    await ws.send_bytes(message(key()))
    await ws.send_bytes(struct.pack(">BBHI", 0, 1, 40_000, 0) + key())
    await soon(lambda: len(sink.events) == 3, "both came")
    assert sink.events[2] == Mark(40_000)
    sink.tell(Applied(40_000, 123))
    answer = await next_of(ws, "applied")
    assert answer == {"type": "applied", "sequence": 40_000, "host_us": 123}
    await ws.close()


async def test_one_acts_and_the_others_wait_in_line(site: Site, sink: FakeSink) -> None:
    one, other = await acting(site), await acting(site)
    assert (await state(one), await state(other)) == ("mine", "held")
    await other.send_bytes(message(key()))
    await one.send_bytes(message(MOVE))
    await soon(lambda: sink.events == [Move(5, 6)], "only the holder acts")
    await one.close()
    assert await state(other) == "mine"
    await other.send_bytes(message(key()))
    await soon(lambda: len(sink.events) == 2, "now the other does")
    await other.close()


async def test_input_for_another_picture_has_no_effect(site: Site, sink: FakeSink) -> None:
    ws = await acting(site)
    await ws.send_bytes(message(key(), track=9))
    site.actions.blank()
    await ws.send_bytes(message(key()))
    await ws.send_str("the end")
    assert await code(ws) == CloseCode.PROTOCOL
    assert sink.events == []
    site.actions.blank(False)


async def test_a_source_that_takes_no_input_says_so(site: Site) -> None:
    ws = await acting(site)
    assert await state(ws) == "off"
    await ws.send_bytes(message(key()))
    await ws.close()


@pytest.mark.parametrize("garbage", [b"", b"\x00", message(b"\x63"), message(key()[:4])])
async def test_garbage_closes(site: Site, sink: FakeSink, garbage: bytes) -> None:
    ws = await acting(site)
    await ws.send_bytes(garbage)
    assert await code(ws) == CloseCode.PROTOCOL
    assert sink.events == []


# --- floods ---------------------------------------------------------------------------------------


async def test_a_flood_of_keys_closes_and_lets_go(site: Site, sink: FakeSink) -> None:
    ws = await acting(site)
    for _ in range(40):
        await ws.send_bytes(message(*[key(True), key(False)] * 60))
    assert await code(ws) == CloseCode.PROTOCOL
    await soon(lambda: sink.ends == 1, "everything was let go")
    assert 0 < len(sink.events) < 40 * 120
    assert len(sink.events) % 120 == 0, "of what was taken, nothing was left out"


async def test_moves_do_not_count(site: Site, sink: FakeSink) -> None:
    ws = await acting(site)
    for _ in range(20):
        await ws.send_bytes(message(*[MOVE] * 400))
    await soon(lambda: len(sink.events) == 8000, "all were taken")
    await ws.close()


async def test_a_thread_that_cannot_follow_closes(site: Site, sink: FakeSink) -> None:
    sink.has_room = False
    ws = await acting(site)
    await ws.send_bytes(message(key()))
    assert await code(ws) == CloseCode.PROTOCOL


# --- taken back -----------------------------------------------------------------------------------


async def test_a_revoked_grant_lets_go_at_once(
    site: Site, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = await acting(site)
    await ws.send_bytes(message(key()))
    await soon(lambda: sink.events, "it acts")
    (person,) = site.actions.people
    site.actions.set_grants(person.person_id, WATCH_ONLY, 0)
    assert sink.ends == 1
    monkeypatch.setattr(people, "GRACE_US", 10**15)
    await ws.send_bytes(message(key()))
    assert (await next_of(ws, "grants"))["grants"] == ["watch"]
    monkeypatch.setattr(people, "GRACE_US", 0)
    await ws.send_bytes(message(key()))
    assert await code(ws) == CloseCode.FORBIDDEN
    assert len(sink.events) == 1


async def test_a_hand_at_the_machine_pauses_the_viewer(
    site: Site, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = await acting(site)
    await ws.send_bytes(message(MOVE))
    await soon(lambda: sink.report, "it acts")
    assert await state(ws) == "mine"
    sink.tell(HandSeen())
    assert await state(ws) == "paused"
    await ws.send_bytes(message(key()))
    sink.tell(Obstructed("covered"))
    assert (await next_of(ws, "control"))["cause"] == "covered"
    control = site.audience.hub.control
    clock_us = control._clock_us
    monkeypatch.setattr(control, "_clock_us", lambda: clock_us() + HAND_RESTS_US)
    control.tick()
    assert await state(ws) == "mine"
    assert sink.events == [Move(5, 6)]
    await ws.close()


async def test_three_escapes_take_every_grant(site: Site, sink: FakeSink) -> None:
    ws = await acting(site)
    await ws.send_bytes(message(MOVE))
    await soon(lambda: sink.report, "it acts")
    (person,) = site.actions.people
    sink.tell(Escaped())
    assert await code(ws) == CloseCode.FORBIDDEN
    assert person.grants == WATCH_ONLY
    assert site.actions.acts_since(0)[-1].kind != "control-taken"
    assert site.actions.controller is None


async def test_nothing_follows_the_goodbye(site: Site) -> None:
    """A frame after the close frame is an error in browsers, which hides why the host closed."""
    person = people.Person("p", "viewer", "127.0.0.1", frozenset({Grant.CONTROL}))
    session = ControlSession(site.audience.hub.control, person, "127.0.0.1", FakeTransport())
    session.dismiss(CloseCode.FORBIDDEN, "the host ended it")
    session.send_grants(WATCH_ONLY)  # FakeTransport takes nothing more


# --- asking ---------------------------------------------------------------------------------------


async def watching(site: Site) -> ClientWebSocketResponse:
    await site.log_in()
    ws = await site.client.ws_connect("/ws", headers=site.same)
    await ws.send_json(HELLO)
    await next_of(ws, "grants")
    return ws


async def test_the_host_says_yes(site: Site, sink: FakeSink) -> None:
    ws = await watching(site)
    await ws.send_json({"type": "ask", "grants": ["control"]})
    assert (await next_of(ws, "asked"))["state"] == "waits"
    (request,) = site.actions.requests
    listed = await site.client.get("/api/people", headers=site.as_host)
    assert (await listed.json())["requests"] == [
        {"person": request.person_id, "grants": ["control"]}
    ]
    said = {"person": request.person_id, "yes": True}
    answer = await site.client.post("/api/requests", json=said, headers=site.as_host)
    assert answer.status == 200
    assert (await next_of(ws, "grants"))["grants"] == ["control", "watch"]
    assert (await next_of(ws, "asked"))["state"] == "given"
    control = await site.client.ws_connect("/ws/control", headers=site.same)
    assert await state(control) == "mine"
    again = await site.client.post("/api/requests", json=said, headers=site.as_host)
    assert again.status == 404
    await ws.send_json({"type": "ask", "grants": ["control"]})
    assert (await next_of(ws, "asked"))["state"] == "given"
    ended = await site.client.post("/api/control/end", json={}, headers=site.as_host)
    assert ended.status == 200
    assert await code(control) == CloseCode.FORBIDDEN
    assert (await next_of(ws, "grants"))["grants"] == ["watch"]


async def test_clipboard_and_files_can_be_asked_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = await watching(site)
    await ws.send_json({"type": "ask", "grants": ["clipboard-in"]})
    assert (await next_of(ws, "asked"))["state"] == "off", "nothing shared has a clipboard"
    monkeypatch.setattr(site.stream.publisher, "clipboard", object())
    for wanted in (["clipboard-in"], ["files-out", "files-in"]):
        await ws.send_json({"type": "ask", "grants": wanted})
        assert (await next_of(ws, "asked"))["state"] == "waits"
        (request,) = site.actions.requests
        assert site.actions.answer(request.person_id, is_yes=True)
        assert set((await next_of(ws, "grants"))["grants"]) >= {*wanted, "watch"}
        assert (await next_of(ws, "asked"))["state"] == "given"


async def test_a_page_learns_what_it_may_ask_for(site: Site) -> None:
    await site.log_in()
    ws = await site.client.ws_connect("/ws", headers=site.same)
    await ws.send_json(HELLO)
    news = await next_of(ws, "grants")
    assert news["may_ask"] == ["files-in", "files-out", "point", "publish", "talk"]


async def test_the_host_says_no_or_nothing(
    site: Site, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = await watching(site)
    await ws.send_json({"type": "ask", "grants": ["control"]})
    assert (await next_of(ws, "asked"))["state"] == "waits"
    control = site.audience.hub.control
    clock_us = control._clock_us
    monkeypatch.setattr(control, "_clock_us", lambda: clock_us() + UNANSWERED_US)
    control.tick()
    assert (await next_of(ws, "asked"))["state"] == "no"
    await ws.send_json({"type": "ask", "grants": ["control"]})
    assert (await next_of(ws, "asked"))["state"] == "no", "too soon"
    assert site.actions.requests == ()
    assert not site.actions.answer("nobody", is_yes=True)


async def test_whoever_leaves_asks_no_more(site: Site, sink: FakeSink) -> None:
    ws = await watching(site)
    await ws.send_json({"type": "ask", "grants": ["control"]})
    await next_of(ws, "asked")
    await ws.close()
    await soon(lambda: not site.actions.people, "they are gone")
    site.audience.hub.control.tick()
    assert site.actions.requests == ()


async def test_nothing_can_be_asked_where_nothing_takes_input(site: Site) -> None:
    ws = await watching(site)
    await ws.send_json({"type": "ask", "grants": ["control"]})
    assert (await next_of(ws, "asked"))["state"] == "off"
    await ws.send_json({"type": "ask", "grants": ["host"]})
    assert (await next_of(ws, "asked"))["state"] == "off"
    await ws.send_json({"type": "ask", "grants": ["the moon"]})
    assert await code(ws) == CloseCode.PROTOCOL


async def test_a_yes_here_does_not_count_while_a_viewer_acts_here(
    site: Site, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who acts on this machine could have clicked it."""
    ws = await watching(site)
    await ws.send_json({"type": "ask", "grants": ["control"]})
    await next_of(ws, "asked")
    (request,) = site.actions.requests
    holder = await acting(site)
    await holder.send_bytes(message(MOVE))
    await soon(lambda: sink.events, "somebody acts")
    said = {"person": request.person_id, "yes": True}
    answer = await site.client.post("/api/requests", json=said, headers=site.as_host)
    assert answer.status == 400
    monkeypatch.setattr(hub_control, "ACTING_US", 0)
    assert site.actions.answer(request.person_id, is_yes=True)
    await holder.close()
