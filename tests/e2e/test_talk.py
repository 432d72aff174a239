"""Hands, names and lines between a real page and a real host, on plain http."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.watching import watch
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e
HOST_TOKEN = "the-host-alone-has-this-one"
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    said = ("--allow-host", INSECURE_NAME, "--host-token", HOST_TOKEN)
    host = HostProcess("testcard", "--fps", "5", *said)
    yield host
    host.assert_clean()


def ask(host: HostProcess, path: str, fields: object = None) -> Any:
    """A request with the host link's bearer; a POST where there are fields."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{host.port}{path}",
        data=None if fields is None else json.dumps(fields).encode(),
        headers={"Authorization": f"Bearer {HOST_TOKEN}", "Content-Type": "application/json"},
    )
    with _direct.open(request, timeout=5000 * MS) as answer:
        body = answer.read()
    return json.loads(body) if body else None


def test_a_hand_a_name_and_lines_go_both_ways(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name=INSECURE_NAME))
    hand = page.locator("#tool-hand")
    page.keyboard.press("h")
    expect(hand).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("t")
    page.keyboard.type("Can you scroll up?")
    page.keyboard.press("Enter")
    expect(page.locator("#line-fate")).to_have_text("The host was shown your line.")
    page.locator("#name").fill("Ada")
    page.keyboard.press("Enter")

    def host_sees() -> bool:
        (person,) = ask(host, "/api/people")["people"]
        return bool(person["name"] == "Ada")

    eventually(host_sees, what="the host sees the name")
    shown = json.dumps(ask(host, "/api/people"))
    assert "Can you scroll up?" in shown
    person = ask(host, "/api/people")["people"][0]["person"]
    ask(host, "/api/hands/lower", {"person": person})
    expect(hand).to_have_attribute("aria-pressed", "false")
    ask(host, "/api/say", {"text": "See https://example.org now"})
    expect(page.locator("#host-lines a")).to_have_attribute("href", "https://example.org/")
    ask(host, "/api/hands", {"hands": False})
    expect(page.locator("#line-fate")).to_have_text("The host takes no hands and lines now.")
    expect(hand).to_have_attribute("aria-disabled", "true")
    ask(host, "/api/hands", {"hands": True})
    for number in range(3):
        page.locator("#line").fill(f"line {number}")
        page.keyboard.press("Enter")
        eventually(
            lambda: page.locator("#line-fate").inner_text() != "", what="the line's fate is known"
        )
    expect(page.locator("#line-fate")).to_contain_text("Not shown")
