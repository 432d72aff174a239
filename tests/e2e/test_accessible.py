"""The page for everybody: axe-core finds nothing in any state; the keyboard alone suffices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import violations
from tests.e2e.looks import CARDS, OPENED, close_all, show_card, show_line
from tests.e2e.watching import await_state, watch
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import HostProcess

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    host = HostProcess("testcard", "--fps", "5", "--allow-host", INSECURE_NAME)
    yield host
    host.assert_clean()


@pytest.fixture(params=[(360, "dark", "zh-CN"), (1440, "light", "en-US")], ids=["phone", "desk"])
def reader(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    width, scheme, locale = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": 640 if width < 500 else 900},
        color_scheme=scheme,
        locale=locale,
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def test_axe_finds_nothing_in_any_state(reader: Page, host: HostProcess) -> None:
    reader.goto(host.url("/?", name=INSECURE_NAME))
    await_state(reader, "login")
    found = {"pin": violations(reader)}
    reader.locator("#pin").fill(host.token)
    await_state(reader, "live")
    expect(reader.locator("#badge")).to_be_visible()
    for name, opens in OPENED.items():
        opens(reader)
        found[name] = violations(reader)
        close_all(reader)
    for name in CARDS:
        show_card(reader, name)
        found[name] = violations(reader)
    assert {name: each for name, each in found.items() if each} == {}


def test_axe_finds_nothing_on_the_other_pages(page: Page, host: HostProcess) -> None:
    for path in ("/trust.html", "/lite.html"):
        page.goto(host.url(path + "?", name=INSECURE_NAME))
        assert violations(page) == [], path


def test_the_keyboard_alone_reaches_everything(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name=INSECURE_NAME))
    expect(page.locator("#badge")).to_be_visible()
    seen: set[str] = set()
    for _ in range(16):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id"))
    assert seen >= {
        *("badge", "tool-hand", "tool-talk", "tool-view", "tool-fullscreen", "tool-more"),
        "tool-language",
    }
    page.locator("#tool-view").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-view")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.get_attribute("#tool-fill", "aria-pressed") == "true"
    page.keyboard.press("Escape")
    expect(page.locator("#tool-view")).to_be_focused()
    expect(page.locator("#panel-view")).to_be_hidden()


def test_a_line_is_copied_and_its_link_is_followed_elsewhere(page: Page, host: HostProcess) -> None:
    """On plain http, where pages have no clipboard to call."""
    watch(page, host.url(name=INSECURE_NAME))
    show_line(page)
    link = page.locator("#host-line a")
    assert link.get_attribute("rel") == "noopener noreferrer"
    page.locator("#host-line-copy").click()
    expect(page.locator("#host-line-copy")).to_have_text("Copied")
    page.keyboard.press("t")
    page.locator("#line").press("Control+v")
    assert "https://example.org/slides" in page.locator("#line").input_value()
