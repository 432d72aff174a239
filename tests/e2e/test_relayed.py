"""A page on a relay shows what a host publishes there, and waits while the host is away."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.watching import await_state, dataset, watch
from tests.stage.host_process import HostProcess
from tests.stage.timing import eventually

pytestmark = pytest.mark.e2e
TOKEN = "a-publish-token-for-tests"


def test_a_page_on_the_relay_shows_the_hosts_picture(page: Page) -> None:
    relay = HostProcess("--tls", "off", command="serve", env={"SAMESCREEN_PUBLISH_TOKEN": TOKEN})
    via = "--tls", "off", "--encoder", "libx264", "--via", f"http://127.0.0.1:{relay.port}"
    host = HostProcess("testcard", *via, env={"SAMESCREEN_VIA_TOKEN": TOKEN})
    watch(page, relay.url(name="localhost"))
    assert dataset(page, "path") == "webcodecs"
    eventually(lambda: int(dataset(page, "fps") or 0) > 5, what="pictures keep coming")
    host.assert_clean()
    await_state(page, "waiting")
    relay.assert_clean()
