"""The public API: a Share runs beside anything, shows what is pushed, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import numpy as np
import pytest
import simplejpeg

from samescreen import NotSharing, Share, UsageError, Watcher
from samescreen.capture.arrays import Picture
from samescreen.errors import ServeError
from samescreen.wire.messages import PROTOCOL_VERSION
from tests.fakes import PATIENCE_S, soon
from tests.stage.census import Census, nothing_leaks
from tests.stage.local_share import local
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
RED = np.full((90, 160, 3), (200, 30, 40), dtype=np.uint8)


@pytest.fixture(autouse=True)
def unchanged_process() -> Iterator[None]:
    """A share leaves the settings of the whole process as it found them."""
    before = settings_of_the_process()
    yield
    # A share that was stopped from its own thread ends a little later.
    eventually(lambda: settings_of_the_process() == before, what="the settings of before")


def settings_of_the_process() -> tuple[object, ...]:
    return sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()


def fetch(share: Share, path: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    bearer = {"Authorization": f"Bearer {share.token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{share.port}{path}", headers=bearer)
    with opener.open(request, timeout=PATIENCE_S) as answer:
        body: bytes = answer.read()
    return body


def snapshot(share: Share) -> Picture:
    decoded: Picture = simplejpeg.decode_jpeg(fetch(share, "/snapshot.jpg"), colorspace="RGB")
    return decoded


def status(share: Share) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fetch(share, "/api/status"))["streams"][0]
    return found


def shows(share: Share, colour: tuple[int, int, int]) -> None:
    seen = np.median(snapshot(share).reshape(-1, 3), axis=0)
    assert np.abs(seen - colour).max() <= 6, seen


@pytest.fixture(scope="module", autouse=True)
def warmed() -> None:
    """What loops and encoders keep for good is made before anything is counted."""
    with local() as share:
        share.push(RED)
        snapshot(share)


# --- what is shown --------------------------------------------------------------------------------


def test_what_is_pushed_is_shown_and_nothing_stays() -> None:
    with nothing_leaks():
        with local(name="robot") as share:
            share.push(RED)
            shows(share, (200, 30, 40))
            share.push(RED, order="BGR")
            shows(share, (40, 30, 200))
            share.push(np.full((40, 30), 90, dtype=np.uint8))
            shows(share, (90, 90, 90))
            assert snapshot(share).shape == (40, 30, 3)
            assert status(share)["name"] == "robot"
        assert not share.is_sharing


def test_several_streams_are_pushed_by_name() -> None:
    with nothing_leaks():
        with local({"left": None, "right": iter([RED] * 3), "card": "testcard"}) as share:
            share.push(np.full((40, 30), 90, dtype=np.uint8), to="left")
            streams = json.loads(fetch(share, "/api/status"))["streams"]
            assert [each["stream"] for each in streams] == [
                *("left", "right", "card")
            ]
            sizes = {}
            for name in ("left", "right", "card"):
                jpeg = fetch(share, f"/snapshot.jpg?stream={name}")
                sizes[name] = simplejpeg.decode_jpeg_header(jpeg)[:2]
            assert sizes == {"left": (40, 30), "right": (90, 160), "card": (720, 1280)}
            with pytest.raises(UsageError, match="push is for"):
                share.push(RED, to="right")
        assert not share.is_sharing


def test_before_the_first_picture_the_page_shows_the_reason() -> None:
    with local() as share:
        eventually(lambda: status(share)["status"]["reason"] == "no-picture", what="the reason")
        assert status(share)["status"]["detail"] == "no picture has been pushed yet"
        share.push(RED)
        shows(share, (200, 30, 40))
        assert status(share)["status"]["state"] == "live"


def test_a_picture_without_viewers_ends_the_waiting_too() -> None:
    with local() as share:
        eventually(lambda: status(share)["status"]["reason"] == "no-picture", what="the reason")
        share.push(RED)
        eventually(lambda: status(share)["status"]["state"] == "live", what="it is live")


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 200), (161, 91)])
def test_pictures_of_odd_sizes_are_shown(size: tuple[int, int]) -> None:
    height, width = size
    with local(order="BGR") as share:
        share.push(np.full((height, width, 4), 120, dtype=np.uint8))
        assert snapshot(share).shape == (height, width, 3)


def test_an_iterator_is_a_source() -> None:
    def pictures() -> Iterator[Picture]:
        while True:
            yield RED

    with nothing_leaks(), local(pictures()) as share:
        shows(share, (200, 30, 40))
        with pytest.raises(UsageError, match="push is for a Share"):
            share.push(RED)


def test_an_iterator_that_fails_is_named_to_the_viewers() -> None:
    def pictures() -> Iterator[Picture]:
        yield RED
        raise RuntimeError("the camera fell off")

    with local(pictures()) as share:
        snapshot(share)
        eventually(lambda: failed(share), what="it fails")
        assert "the camera fell off" in status(share)["status"]["detail"]


def failed(share: Share) -> bool:
    try:
        snapshot(share)
    except urllib.error.HTTPError as error:
        error.close()
        return True
    return False


def test_words_are_sources_too() -> None:
    with local("testcard", name="card") as share:
        assert snapshot(share).shape == (720, 1280, 3)
        assert status(share)["name"] == "card"


# --- viewers --------------------------------------------------------------------------------------


async def watch(share: Share, seen: Callable[[], object]) -> None:
    """A viewer that stays until it has pictures, or the host stops, and `seen` holds."""
    bearer = {"Authorization": f"Bearer {share.token}"}
    url = f"http://127.0.0.1:{share.port}/ws"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=bearer) as ws:
        await ws.send_json(HELLO)
        async for message in ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                break
        await soon(seen, "what it waits for")


def test_the_program_learns_of_viewers() -> None:
    joined: list[Watcher] = []
    left: list[Watcher] = []
    with local(on_join=joined.append, on_leave=left.append) as share:
        share.push(RED)
        assert share.viewers == ()
        asyncio.run(watch(share, lambda: joined and share.viewers))
        eventually(lambda: left, what="it left")
        assert share.viewers == ()
    assert [each.id for each in joined] == [each.id for each in left] == ["v1"]
    assert joined[0].address == "127.0.0.1"
    assert joined[0].rendition == "main"


def test_a_stop_informs_the_viewers() -> None:
    left: list[Watcher] = []

    async def watch_to_the_end() -> None:
        share = local(on_leave=left.append)
        await asyncio.to_thread(share.start)
        share.push(RED)
        watching = asyncio.create_task(watch(share, lambda: not share.is_sharing))
        await soon(lambda: share.viewers, "it watches")
        await asyncio.to_thread(share.stop)
        await watching

    asyncio.run(watch_to_the_end())
    assert len(left) == 1


def test_a_callback_may_stop_the_share_and_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    def stop_and_fail(watcher: Watcher) -> None:
        share.stop()
        raise ZeroDivisionError

    share: Share = local(on_join=stop_and_fail)
    share.start()
    share.push(RED)
    asyncio.run(watch(share, lambda: not share.is_sharing))
    assert "ZeroDivisionError" in caplog.text


# --- beginning and end ----------------------------------------------------------------------------


async def test_on_a_loop_it_leaves_nothing_behind() -> None:
    async with local() as share:
        share.push(RED)
        await watch(share, lambda: share.viewers)
    await asyncio.to_thread(lambda: None)
    before = Census.take()
    async with local() as share:
        share.push(RED)
        await watch(share, lambda: share.viewers)
        assert "samescreen-loop" not in {thread.name for thread in threading.enumerate()}
    await soon(lambda: not Census.take().exceeds(before), "all is gone", 3000 * MS)


async def test_the_sync_form_runs_beside_a_running_loop() -> None:
    with local() as share:
        share.push(RED)
        await watch(share, lambda: share.viewers)


def test_it_may_be_entered_again_with_the_same_secrets() -> None:
    share = local()
    for colour in ((10, 200, 10), (200, 10, 10)):
        with share:
            share.push(np.full((64, 64, 3), colour, dtype=np.uint8))
            shows(share, colour)


def test_outside_its_block_everything_says_so() -> None:
    share = local()
    uses: tuple[Callable[[], object], ...]
    uses = (lambda: share.push(RED), lambda: share.url, lambda: share.port)
    for use in uses:
        with pytest.raises(NotSharing, match="with share"):
            use()
    assert share.viewers == ()
    share.stop()
    with share, pytest.raises(UsageError, match="running already"):
        share.start()


def test_what_prevents_it_is_raised_where_it_is_entered() -> None:
    with local() as share, nothing_leaks():
        with pytest.raises(ServeError, match=str(share.port)), local(port=share.port):
            pass
        with pytest.raises(UsageError, match="is not a source"), local("toaster"):
            pass
    with pytest.raises(UsageError, match="takes 1 to 240"):
        local(fps=0)


def test_what_makes_no_sense_is_refused_when_it_is_made() -> None:
    wrong: dict[str, Any]
    for wrong, says in (
        ({"fps": 29.97}, "fps takes a whole number"),
        ({"fsp": 30}, "there is no option fsp; there are: fps"),
        ({"open": True}, "there is no option open"),
        ({"order": "rgb"}, "order takes"),
        ({"source": 5}, "a source is None"),
        ({"name": 5}, "name takes a string"),
        ({"backend": "x12"}, "--backend takes .*x11, mss"),
        ({"on_join": 5}, "on_join and on_leave take"),
    ):
        with pytest.raises(UsageError, match=says):
            Share(**wrong)


def test_one_picture_stands_and_a_rate_may_be_a_float() -> None:
    with local(RED, fps=30.0, allow_host="a.example") as share:
        shows(share, (200, 30, 40))


def test_a_push_to_no_stream_names_those_there_are() -> None:
    with (
        local({"left": None, "right": None}) as share,
        pytest.raises(UsageError, match="'midle'.*there are: 'left', 'right'"),
    ):
        share.push(RED, to="midle")


def test_a_forked_process_gets_an_error_and_does_no_harm() -> None:
    with local() as share:
        share.push(RED)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                share.push(RED)
            except UsageError as error:
                os.write(writing, str(error).encode())
            finally:
                share.stop()
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        complaint = os.read(reading, 1000).decode()
        os.close(reading)
        os.close(writing)
        assert "forked" in complaint
        shows(share, (200, 30, 40))


def test_threads_that_push_until_the_end_get_an_error() -> None:
    share = local()
    refused = threading.Event()

    def push_until_refused() -> None:
        try:
            while True:
                share.push(RED)
        except NotSharing:
            refused.set()

    with nothing_leaks():
        with share:
            pusher = threading.Thread(target=push_until_refused)
            pusher.start()
            shows(share, (200, 30, 40))
        pusher.join(PATIENCE_S)
        assert refused.is_set()


def test_links_carry_the_secret() -> None:
    with local(token="a-token-for-tests", pin="314159") as share:
        assert share.url == f"http://localhost:{share.port}/#token=a-token-for-tests"
        assert share.urls == (share.url,)
        assert share.pin == "314159"
    with Share(port=0, tls="auto", host="127.0.0.1") as share:
        assert [url.partition(":")[0] for url in share.urls] == ["http", "https"]


FORGETFUL = """
import numpy as np, samescreen
share = samescreen.Share(port=0, host="127.0.0.1", tls="off").start()
share.push(np.zeros((48, 64), dtype=np.uint8))
"""


def test_a_program_that_forgets_to_stop_ends_all_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORGETFUL],
        capture_output=True,
        text=True,
        timeout=20_000 * MS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_notebook_shows_the_link_while_it_shares() -> None:
    share = local("testcard")
    assert "share.start()" in share._repr_html_()
    with share:
        assert f'href="{share.url}"' in share._repr_html_()
    assert "share.start()" in share._repr_html_()


async def test_a_notebook_is_led_to_the_application_that_it_is_mounted_in() -> None:
    share = local("testcard")
    share.asgi()
    async with share:
        assert "web application" in share._repr_html_()
