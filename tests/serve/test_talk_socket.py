"""/ws/talk: who may speak, who hears it, and what a page that lies gets."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

from samescreen.clock import clock_us
from samescreen.closing import CloseCode
from samescreen.grants import WATCH_ONLY, Grant
from samescreen.serve.host_actions import NewLink
from samescreen.serve.site import now_s
from samescreen.wire.messages import PROTOCOL_VERSION
from samescreen.wire.talk import Voice, VoiceKind, voice_from_bytes, voice_to_bytes
from tests.fakes import PATIENCE_S, soon
from tests.serve.conftest import Site

OPUS = b"\x78" + bytes(40)
HELLO = {
    "type": "hello",
    "version": PROTOCOL_VERSION,
    "accepts": ["h264"],
    "kinds": ["grants", "asked", "voices"],
}


def spoken(sequence: int = 0, payload: bytes = OPUS) -> bytes:
    return voice_to_bytes(Voice(VoiceKind.OPUS, 0, sequence, payload))


def bearer(site: Site, *grants: Grant) -> dict[str, str]:
    """Headers of a person of their own, who may also do this."""
    link = site.actions.new_link(NewLink(grants=WATCH_ONLY.union(grants)), now_s())
    return {"Authorization": f"Bearer {link.secret}"}


async def opened(site: Site, headers: dict[str, str]) -> ClientWebSocketResponse:
    ws: ClientWebSocketResponse = await site.client.ws_connect("/ws/talk", headers=headers)
    return ws


async def listening(site: Site) -> ClientWebSocketResponse:
    ws = await opened(site, bearer(site))
    await ws.send_json({"type": "hear", "codec": "opus"})
    await soon(lambda: site.audience.hub.people.voices.listeners("opus") == 1, "it listens")
    return ws


async def heard(ws: ClientWebSocketResponse) -> Voice:
    return voice_from_bytes((await ws.receive(timeout=PATIENCE_S)).data)


async def code(ws: ClientWebSocketResponse) -> int | None:
    while (await ws.receive(timeout=PATIENCE_S)).type in (WSMsgType.TEXT, WSMsgType.BINARY):
        pass
    return ws.close_code


async def next_of(ws: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        got = await ws.receive(timeout=PATIENCE_S)
        assert got.type in (WSMsgType.TEXT, WSMsgType.BINARY), got
        if got.type is WSMsgType.TEXT and json.loads(got.data)["type"] == kind:
            return dict(json.loads(got.data))


async def test_one_speaks_and_another_hears(site: Site) -> None:
    bob = await listening(site)
    ann = await opened(site, bearer(site, Grant.TALK))
    for sequence in (7, 8):
        await ann.send_bytes(spoken(sequence))
    assert await heard(bob) == Voice(VoiceKind.OPUS, 1, 7, OPUS, begins=True)
    assert await heard(bob) == Voice(VoiceKind.OPUS, 1, 8, OPUS)


async def test_never_granted_is_closed_and_not_heard(site: Site) -> None:
    eve = await opened(site, bearer(site))
    await eve.send_bytes(spoken())
    assert await code(eve) == CloseCode.FORBIDDEN
    assert site.audience.hub.people.voices.listed == ()


async def test_a_grant_that_is_taken_back_ends_speech_at_once(site: Site) -> None:
    ann = await opened(site, bearer(site, Grant.TALK))
    await ann.send_bytes(spoken())
    voices = site.audience.hub.people.voices
    await soon(lambda: bool(voices.listed), "it speaks")
    person = voices.listed[0].person_id
    site.actions.set_grants(person, WATCH_ONLY, clock_us())
    assert not voices.listed[0].is_talking
    await ann.send_bytes(spoken(1))
    await ann.send_json({"type": "hear", "codec": "pcm"})
    await soon(lambda: voices.listeners("pcm") == 1, "the packet before was read")
    assert not voices.listed[0].is_talking
    assert not ann.closed, "it was under way when the grant went"


async def test_the_host_mutes_and_the_page_shows_it(site: Site) -> None:
    headers = bearer(site, Grant.TALK)
    page = await site.client.ws_connect("/ws", headers=headers)
    await page.send_json(HELLO)
    assert await next_of(page, "voices") == {
        "type": "voices",
        "on": True,
        "muted": False,
        "you": 0,
        "speakers": [],
    }
    ann, bob = await opened(site, headers), await listening(site)
    voices = site.audience.hub.people.voices
    await ann.send_bytes(spoken())
    await heard(bob)
    site.actions.tick(clock_us(), now_s())
    shown = await next_of(page, "voices")
    assert [each["talking"] for each in shown["speakers"]] == [True]
    person = site.audience.hub.people.voices.listed[0].person_id
    site.audience.hub.people.voices.mute(person, True, clock_us())
    site.actions.tick(clock_us(), now_s())
    shown = await next_of(page, "voices")
    assert shown["muted"]
    assert [each["talking"] for each in shown["speakers"]] == [False]
    await ann.send_bytes(spoken(1))
    await ann.send_json({"type": "hear", "codec": "pcm"})
    await soon(lambda: voices.listeners("pcm") == 1, "the packet before was read")
    assert not site.audience.hub.people.voices.listed[0].is_talking


async def test_anybody_may_ask_to_speak(site: Site) -> None:
    page = await site.client.ws_connect("/ws", headers=site.bearer)
    await page.send_json(HELLO)
    assert "talk" in (await next_of(page, "grants"))["may_ask"]
    await page.send_json({"type": "ask", "grants": ["talk"]})
    assert (await next_of(page, "asked"))["state"] == "waits"
    (request,) = site.actions.requests
    site.actions.answer(request.person_id, True)
    assert (await next_of(page, "asked"))["state"] == "given"


async def test_the_host_mutes_over_http(site: Site) -> None:
    ann = await opened(site, bearer(site, Grant.TALK))
    await ann.send_bytes(spoken())
    voices = site.audience.hub.people.voices
    await soon(lambda: bool(voices.listed), "it speaks")
    person = voices.listed[0].person_id

    async def post(path: str, **fields: object) -> int:
        answer = await site.client.post(path, headers=site.as_host, json=fields)
        return answer.status

    assert await post("/api/voices/mute", person=person, muted=True) == 200
    assert voices.is_muted(person)
    assert await post("/api/voices/mute", person="nobody", muted=True) == 404
    assert await post("/api/voices/mute", person=person, muted=False) == 200
    assert await post("/api/voices", voices=False) == 200
    assert not voices.is_on
    kinds = [act.kind for act in site.actions.acts_since(0)]
    assert kinds[-3:] == ["voice-mute", "voice-unmute", "voices-off"]


async def test_a_vanished_speaker_is_silent_for_all(site: Site) -> None:
    ann = await opened(site, bearer(site, Grant.TALK))
    await ann.send_bytes(spoken())
    voices = site.audience.hub.people.voices
    await soon(lambda: bool(voices.listed), "it speaks")
    await ann.close()
    await soon(lambda: voices.listed == (), "it is gone")


async def test_damaged_packets_end_the_connection(site: Site) -> None:
    ann = await opened(site, bearer(site, Grant.TALK))
    for sequence in range(8):
        await ann.send_bytes(spoken(sequence, b"\x7b"))
    assert await code(ann) == CloseCode.PROTOCOL


async def test_nonsense_ends_the_connection(site: Site) -> None:
    for message in (b"", b"\x09\x00\x00\x00\x00x"):
        ws = await opened(site, bearer(site, Grant.TALK))
        await ws.send_bytes(message)
        assert await code(ws) == CloseCode.PROTOCOL
    ws = await opened(site, bearer(site))
    await ws.send_str("{}")
    assert await code(ws) == CloseCode.PROTOCOL
