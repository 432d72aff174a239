"""The page around the picture: small and large screens, two languages, the keyboard, no errors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from samescreen.capture.testcard import PATCHES, TestCard
from tests.e2e.looks import CARDS, OPENED, close_all, show_card
from tests.e2e.watching import COLOUR_TOLERANCE, await_state, dataset, picture, watch
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import HostProcess
from tests.stage.timing import eventually

pytestmark = pytest.mark.e2e
TOOLS = """() => {
  const bar = document.getElementById("toolbar");
  for (const tool of bar.querySelectorAll("[hidden]")) tool.hidden = false;
  const boxes = [...bar.querySelectorAll("button")].map((each) => each.getBoundingClientRect());
  const [left, right] = [boxes.map((box) => box.left), boxes.map((box) => box.right)];
  return [Math.min(...left), Math.max(...right), innerWidth];
}"""
"""From where to where the tools reach if all are there, and the window's width."""
FITS = """() => {
  const parts = "#toolbar, #badge, #details, .card, .panel, #start, #streams, #messages > div";
  const outside = [...document.querySelectorAll(parts)]
    .filter((element) => !element.matches(".spoken"))
    .filter((element) => element.checkVisibility())
    .filter((element) => {
      const {left, top, right, bottom} = element.getBoundingClientRect();
      return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
    });
  const {scrollWidth, scrollHeight} = document.scrollingElement;
  const x = scrollWidth - innerWidth;
  const y = scrollHeight - innerHeight;
  return {outside: outside.map((element) => element.id), x, y};
}"""
FITTING = {"outside": [], "x": 0, "y": 0}


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    """On a machine without a screen: what it shares is then the test card."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            environment.delenv(name, raising=False)
        host = HostProcess("--fps", "15", "--allow-host", INSECURE_NAME)
    yield host
    host.assert_clean()


@pytest.fixture(params=[(360, 640), (2560, 1440)], ids=["phone", "desktop"])
def sized(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    width, height = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height}, has_touch=width < 500, is_mobile=width < 500
    )
    yield context
    context.close()


def test_without_a_display_the_test_card_is_shown(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name="localhost"))
    card = TestCard()
    card.dispose()

    def furthest() -> int:
        seen = picture(page)
        found = []
        for index in range(len(PATCHES)):
            at = card.patch_region(index)
            middle = seen[at.y + 20 : at.bottom - 20, at.x + 20 : at.right - 20, :3]
            found.append(np.median(middle.reshape(-1, 3), axis=0))
        return int(np.abs(np.subtract(found, PATCHES)).max())

    eventually(lambda: furthest() <= COLOUR_TOLERANCE, what="the card's colours")
    assert picture(page).shape[:2] == (720, 1280)
    first = picture(page)
    eventually(lambda: bool((picture(page) != first).any()), what="the card moves")


def test_nothing_overflows(sized: BrowserContext, host: HostProcess) -> None:
    page = sized.new_page()
    page.goto(host.url("/?", name="localhost"))
    await_state(page, "login")
    expect(page.locator("#login")).to_be_visible()
    assert page.evaluate(FITS) == FITTING
    page.goto("about:blank")
    watch(page, host.url(name="localhost"))
    expect(page.locator("#badge")).to_be_visible()
    assert page.evaluate(FITS) == FITTING
    page.locator("#badge").click()
    expect(page.locator("#details")).to_be_visible()
    assert page.evaluate(FITS) == FITTING
    page.locator("#tool-language").click()
    assert page.evaluate(FITS) == FITTING
    for opens in OPENED.values():
        opens(page)
        assert page.evaluate(FITS) == FITTING
        close_all(page)
    for card in CARDS:
        show_card(page, card)
        assert page.evaluate(FITS) == FITTING


def test_all_tools_fit_a_narrow_phone(sized: BrowserContext, host: HostProcess) -> None:
    """As for somebody who may point and act, with sound, in both languages."""
    page = sized.new_page()
    watch(page, host.url(name="localhost"))
    page.locator("#badge").wait_for(state="visible")
    for _ in range(2):
        page.locator("#tool-language").click()
        left, right, width = page.evaluate(TOOLS)
        assert left >= 0
        assert right <= width


def test_the_language_is_switched_and_remembered(page: Page, host: HostProcess) -> None:
    page.goto(host.url("/?", name="localhost"))
    await_state(page, "login")
    expect(page.locator("#login h1")).to_have_text("Enter the PIN")
    page.locator("#tool-language").click()
    expect(page.locator("#login h1")).to_have_text("输入 PIN 码")
    page.locator("#pin").fill(host.token)
    await_state(page, "live")
    page.reload()
    await_state(page, "live")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    expect(page.locator("#badge-text")).to_contain_text("帧/秒")


def test_the_details_open_by_keyboard(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name="localhost"))
    expect(page.locator("#badge")).to_be_visible()
    page.keyboard.press("i")
    expect(page.locator("#details")).to_be_visible()
    expect(page.locator("#details-list")).to_contain_text("fps")
    page.keyboard.press("i")
    expect(page.locator("#details")).to_be_hidden()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "badge":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#details")).to_be_visible()
    rows = page.locator("#details-list")
    for words in ("Pictures", "fps", "Delay", "Bitrate", "WebCodecs", "1280 × 720", "libx264"):
        expect(rows).to_contain_text(words)


@pytest.mark.parametrize("name", ["localhost", INSECURE_NAME])
def test_nothing_is_complained_of(page: Page, host: HostProcess, name: str) -> None:
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(f"{message.type}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    watch(page, host.url(name=name))
    expect(page.locator("#badge")).to_be_visible()
    eventually(lambda: int(dataset(page, "fps") or 0) > 5, what="pictures keep coming")
    assert said == []
