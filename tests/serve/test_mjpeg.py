"""/stream.mjpg: its parts, who may read it, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientError, ClientResponse

from samescreen.serve import mjpeg
from samescreen.subscribe.stills import MAX_READERS
from tests.fakes import frame, soon
from tests.serve.conftest import TOKEN, Site

PATH = "/stream.mjpg"
everybody = pytest.mark.parametrize("is_open", [True])


async def part_of(answer: ClientResponse) -> bytes:
    """Read the next picture, by its Content-Length, and the boundary after it."""
    length = 0
    while (line := (await answer.content.readline()).strip()) or not length:
        if line.startswith(b"Content-Length:"):
            length = int(line.partition(b":")[2])
    body = await answer.content.readexactly(length)
    assert await answer.content.readexactly(14 + 2) == b"\r\n--samescreen\r\n"
    return body


async def until_part(answer: ClientResponse, wanted: bytes) -> list[bytes]:
    """All parts up to the first that is `wanted`."""
    parts = [await part_of(answer)]
    while parts[-1] != wanted:
        assert len(parts) < 10
        parts.append(await part_of(answer))
    return parts


async def begin(site: Site, query: str = "", **more: Any) -> ClientResponse:
    answer = await site.client.get(PATH + query, headers=site.bearer, **more)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=samescreen"
    assert await answer.content.readline() == b"--samescreen\r\n"
    return answer


async def test_each_change_sends_a_part(site: Site) -> None:
    site.source.push(frame())
    answer = await begin(site)
    assert await part_of(answer) == b"JPEG 0"
    site.source.push(frame(pts_us=1))
    await until_part(answer, b"JPEG 1")
    answer.close()


async def test_a_picture_at_rest_is_sent_once_more(site: Site) -> None:
    site.source.push(frame())
    answer = await begin(site)
    await until_part(answer, b"JPEG 1")
    assert site.source.opened == 1
    assert len(site.script.calls) == 2, "the same picture was encoded once more"
    answer.close()


async def test_the_last_picture_is_sent_twice_for_browsers_that_wait(site: Site) -> None:
    site.source.push(frame())
    answer = await begin(site)
    await until_part(answer, b"JPEG 1")
    assert await part_of(answer) == b"JPEG 1"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(answer.content.readline(), 4 * mjpeg._AGAIN_S)
    answer.close()


async def test_a_second_reader_sees_the_picture_at_once(site: Site) -> None:
    site.source.push(frame())
    first = await begin(site)
    await part_of(first)
    await part_of(first)
    second = await begin(site)
    await part_of(second)
    for answer in (first, second):
        answer.close()


async def test_a_lost_reader_is_forgotten_even_if_nothing_changes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mjpeg, "_LOOK_S", 0.02)
    site.source.push(frame())
    answer = await begin(site)
    await part_of(answer)
    assert site.audience.viewer_count() == 1
    answer.close()
    await soon(lambda: site.audience.viewer_count() == 0, "it is forgotten")


async def test_the_status_lists_the_readers(site: Site) -> None:
    site.source.push(frame())
    answer = await begin(site)
    await part_of(answer)
    status = await (await site.client.get("/api/status", headers=site.bearer)).json()
    (reader,) = status["streams"][0]["readers"]
    assert (reader["address"], reader["skipped"]) == ("127.0.0.1", 0)
    assert reader["sent"] >= 1
    assert status["streams"][0]["viewers"] == []
    answer.close()


async def test_a_head_of_stream_mjpg_is_refused(site: Site) -> None:
    assert (await site.client.head(PATH, headers=site.bearer)).status in (404, 405)
    assert site.audience.viewer_count() == 0


async def test_one_reader_too_many_is_refused_with_words(site: Site) -> None:
    site.source.push(frame())
    answers = [await begin(site) for _ in range(MAX_READERS)]
    refused = await site.client.get(PATH, headers=site.bearer)
    assert refused.status == 503
    assert f"{MAX_READERS} read this stream" in await refused.text()
    for answer in answers:
        answer.close()


async def test_the_response_ends_when_the_host_stops(site: Site) -> None:
    site.source.push(frame())
    answer = await begin(site)
    await part_of(answer)
    site.audience.hub.close()
    rest = await asyncio.wait_for(answer.content.read(), 2)
    assert rest == b"" or rest.endswith(b"\r\n--samescreen\r\n")
    assert answer.content.at_eof()


async def test_a_reader_that_does_not_read_is_dropped(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(self: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(mjpeg, "_STALLED_S", 0.02)
    monkeypatch.setattr("aiohttp.http_writer.StreamWriter.drain", never)
    site.source.push(frame())
    answer = await site.client.get(PATH, headers=site.bearer)
    with pytest.raises(ClientError):
        await answer.content.read()
    await soon(lambda: site.audience.viewer_count() == 0, "it is forgotten")


@pytest.mark.parametrize("fps", ["0", "31", "-1", "ten", "", "1e1", "²"])
async def test_an_invalid_rate_is_refused(site: Site, fps: str) -> None:
    answer = await site.client.get(PATH, params={"fps": fps}, headers=site.bearer)
    assert (answer.status, await answer.text()) == (400, "fps takes 1 to 30\n")


@pytest.mark.parametrize(("text", "fps"), [(None, 30), ("1", 1), ("30", 30), ("012", 12)])
def test_valid_rates(text: str | None, fps: int) -> None:
    assert mjpeg.wanted_fps(text) == fps


# --- who is let in --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [PATH, "/snapshot.jpg"])
async def test_picture_urls_may_have_a_token(site: Site, path: str) -> None:
    site.source.push(frame())
    answer = await site.client.get(path, params={"token": TOKEN})
    assert answer.status == 200
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    answer.close()


@pytest.mark.parametrize("path", ["/api/status", "/ws"])
async def test_other_urls_may_not_have_a_token(site: Site, path: str) -> None:
    answer = await site.client.get(path, params={"token": TOKEN}, headers=site.same)
    assert answer.status == 401


@pytest.mark.parametrize("path", [PATH, "/snapshot.jpg"])
async def test_strangers_are_refused(site: Site, path: str) -> None:
    assert (await site.client.get(path)).status == 401
    for _ in range(5):
        assert (await site.client.get(path, params={"token": "wrong"})).status == 401
    assert site.source.grabs == 0
    login = await site.client.post("/api/login", json={"pin": "000000"}, headers=site.same)
    assert login.status == 429, "wrong guesses were counted"


async def test_a_wrong_token_is_refused_even_with_a_cookie(site: Site) -> None:
    await site.log_in()
    assert (await site.client.get(PATH, params={"token": "wrong"})).status == 401


async def test_a_cookie_or_a_bearer_opens_the_pictures(site: Site) -> None:
    site.source.push(frame())
    await site.log_in()
    answer = await site.client.get(PATH)
    assert answer.status == 200
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    answer.close()
    (await begin(site)).close()


@everybody
async def test_without_access_control_pictures_need_no_token(site: Site) -> None:
    site.source.push(frame())
    for query in ("", "?token=whatever"):
        answer = await site.client.get("/snapshot.jpg" + query)
        assert answer.status == 200
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
