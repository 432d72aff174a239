"""What happens in the middle: resizes, restarts, a dead X server, a cut network, garbage."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import PaintWindow, StartXServer
from tests.e2e.clients import HELLO, close_codes, run
from tests.e2e.conftest import Shared, share
from tests.e2e.relay import Relay
from tests.e2e.watching import (
    MOTION_FPS,
    SIZE,
    PacketWatch,
    assert_arrives,
    assert_moves,
    await_state,
    dataset,
    picture,
    status,
    watch,
)
from tests.stage.browsers import fresh_page
from tests.stage.host_process import HostProcess
from tests.stage.scene import Layout
from tests.stage.timing import MS, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]
ASPECT = """() => {
  const {width, height} = document.getElementById("screen").getBoundingClientRect();
  return width / height;
}"""


RUDE: list[tuple[list[str | bytes], int]] = [
    (["not json"], 4400),
    ([b"\x00\x01\x02"], 4400),
    (['{"type":"ack"}'], 4400),
    ([HELLO, HELLO], 4400),
    ([HELLO, '{"type":"watch","stream":7}'], 4400),
    ([HELLO, b"\xff" * 100], 4400),
    ([HELLO.replace('"version":2', '"version":99')], 4426),
    (["x" * 1_000_000], 1009),
]
"""What is said, and the code it is answered with."""


@pytest.fixture
def hosts() -> Iterator[ExitStack]:
    """Ends the hosts of a test that starts several; each must have been clean."""
    with ExitStack() as stack:
        yield stack


def assert_stops(host: HostProcess, by: int) -> None:
    """Holds that a host with a page open ends as it must: soon, and without a word."""
    stopped = host.stop(by)
    assert (stopped.code, host.stderr) == (0, "")
    assert stopped.took_s < 2000 * MS


def test_resizes_are_followed(page: Page, chromium: Browser, shared: Shared) -> None:
    watch(page, shared.host.url(name="localhost"))
    with fresh_page(chromium) as other:
        watch(other, shared.host.url(name="lan.test"))
        for size in [(480, 270), (501, 281), SIZE]:
            shared.server.resize(*size)
            shared.window.fit(Layout(*size))
            shared.window.count(size[0])
            for each in (page, other):
                assert_arrives(each, size[0], size)
                aspect = each.evaluate(ASPECT)
                assert aspect == pytest.approx(size[0] / size[1], rel=0.01)
        assert [dataset(each, "path") for each in (page, other)] == ["webcodecs", "wasm"]


def test_a_page_outlives_its_host(page: Page, shared: Shared, hosts: ExitStack) -> None:
    first = share(shared.server)
    hosts.callback(first.stop)
    watch(page, first.url(name="localhost"))
    assert_stops(first, signal.SIGINT)
    await_state(page, "stopped")
    expect(page.locator("#status-title")).to_have_text("The host stopped sharing")
    expect(page.locator("#status-text")).to_contain_text("comes back by itself")
    second = share(shared.server, port=first.port)
    hosts.callback(second.assert_clean)
    await_state(page, "live")
    shared.window.count(4711)
    assert_arrives(page, 4711)
    expect(page.locator("#status")).to_be_hidden()


def test_a_crashed_host_is_waited_for(page: Page, shared: Shared, hosts: ExitStack) -> None:
    first = share(shared.server)
    hosts.callback(first.stop)
    watch(page, first.url(name="lan.test"))
    first.stop(signal.SIGKILL)
    await_state(page, "reconnecting")
    expect(page.locator("#status-title")).to_have_text("Connection lost")
    expect(page.locator("#retry-now")).to_be_visible()
    second = share(shared.server, port=first.port)
    hosts.callback(second.stop)
    await_state(page, "live")
    shared.window.count(4712)
    assert_arrives(page, 4712)
    assert_stops(second, signal.SIGTERM)
    await_state(page, "stopped")
    expect(page.locator("#retry-now")).to_be_visible()


def test_the_x_server_goes_and_comes_back(
    page: Page, x_server: StartXServer, painted_window: PaintWindow, hosts: ExitStack
) -> None:
    server = x_server(*SIZE)
    painted_window(server.display).count(1)
    host = share(server)
    hosts.callback(host.assert_clean)
    watch(page, host.url(name="localhost"))
    server.kill()
    await_state(page, "lost")
    expect(page.locator("#status-title")).to_have_text("The picture went away")
    expect(page.locator("#status-detail")).to_be_visible()
    expect(page.locator("#status-detail")).to_contain_text("X server")
    server.start()
    painted_window(server.display).count(2)
    await_state(page, "live")
    assert_arrives(page, 2)


def test_a_cut_connection_is_back_in_two_seconds(page: Page, shared: Shared) -> None:
    packets = PacketWatch(page)
    with Relay(shared.host.port) as relay:
        shared.window.motion(MOTION_FPS)
        own, relayed = f":{shared.host.port}/", f":{relay.port}/"
        watch(page, shared.host.url(name="localhost").replace(own, relayed))
        for connections in (2, 3, 4):
            assert relay.cut() >= 2
            cut_s = time.monotonic()
            packets.await_connection(connections, within=2000 * MS)
            await_state(page, "live", within=2000 * MS)
            assert time.monotonic() - cut_s < 2000 * MS
            assert_moves(lambda: picture(page), shared.window)
        shared.window.still()


def test_garbage_closes_only_its_own_connection(page: Page, shared: Shared) -> None:
    packets = PacketWatch(page)
    shared.window.motion(MOTION_FPS)
    watch(page, shared.host.url(name="localhost"))
    (viewer,) = status(shared.host)["viewers"]
    codes = run(lambda: close_codes(shared.host, [said for said, _ in RUDE]))
    assert codes == [code for _, code in RUDE]
    assert_moves(lambda: picture(page), shared.window)
    shared.window.still()
    assert packets.connections == 1
    eventually(lambda: len(status(shared.host)["viewers"]) == 1, what="only the page is left")
    assert status(shared.host)["viewers"][0]["viewer"] == viewer["viewer"]


def test_a_page_whose_controls_did_not_load_loads_them_again(page: Page, shared: Shared) -> None:
    page.route("**/app.bundle.js", lambda route: route.abort(), times=1)
    watch(page, shared.host.url(name="localhost"))
    expect(page.locator("html[data-started]")).to_be_attached()
