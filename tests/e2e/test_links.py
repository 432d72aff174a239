"""What a page shows when its link is replaced, its person put out and let back in."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.watching import await_state, dataset, watch
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e
HOST_TOKEN = "a-host-token-for-tests"


def tell(host: HostProcess, method: str, path: str, **fields: Any) -> Any:
    """The answer to a request of the host's own program."""
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=5000 * MS)
    headers = {"Authorization": f"Bearer {HOST_TOKEN}"}
    connection.request(method, path, json.dumps(fields), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, body
    return json.loads(body)


def test_a_page_says_why_it_is_out_and_comes_back_when_it_may(page: Page) -> None:
    host = HostProcess(
        *("testcard", "--fps", "5", "--token", TOKEN),
        env={"SAMESCREEN_HOST_TOKEN": HOST_TOKEN},
    )
    watch(page, host.url(f"/?lang=en#token={TOKEN}", name="localhost"))

    replaced = tell(host, "POST", "/api/links/viewer")
    await_state(page, "login")
    expect(page.locator("#login-error")).to_contain_text("not valid any more")

    watch(page, host.url(f"/?lang=en#token={replaced['token']}", name="localhost"))
    (person,) = tell(host, "GET", "/api/people")["people"]
    tell(host, "POST", "/api/people/out", person=person["person"])
    await_state(page, "failed")
    eventually(lambda: dataset(page, "reason") == "failed-put-out", what="the page says why")

    page.goto("about:blank")
    page.goto(host.url(f"/?lang=en#token={replaced['token']}", name="localhost"))
    eventually(lambda: dataset(page, "reason") == "held", what="the page waits for the host")
    (waiting,) = tell(host, "GET", "/api/people")["waiting"]
    tell(host, "POST", "/api/people/back", **waiting)
    await_state(page, "live")
    host.assert_clean()
