"""Two streams of one host in a real browser: tabs, the small picture, what is remembered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import share, sharing
from tests.e2e.watching import await_right, await_state, picture, watch
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import HostProcess
from tests.stage.timing import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]
CARD = "test card 1280×720"


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    with sharing() as shared:
        host = share(shared.server, "testcard", "--fps", "15")
        try:
            yield host
        finally:
            host.assert_clean()


def shows_card(page: Page) -> bool:
    return picture(page).shape[:2] == (720, 1280)


@pytest.mark.parametrize("name", ["localhost", "lan.test"])
def test_tabs_switch_and_the_last_choice_is_remembered(
    page: Page, host: HostProcess, name: str
) -> None:
    watch(page, host.url(name=name))
    await_right(lambda: picture(page))
    page.mouse.move(100, 100)
    page.get_by_role("button", name=CARD, exact=True).click()
    eventually(lambda: shows_card(page), what="the test card")
    expect(page).to_have_title(f"{CARD} · Samescreen")
    watch(page, host.url(name=name))
    eventually(lambda: shows_card(page), what="the test card again")
    page.mouse.move(100, 100)
    page.locator("#streams > button:not(.aside)").first.click()
    eventually(lambda: picture(page).shape[:2] == (360, 640), what="the screen")
    await_right(lambda: picture(page))
    assert page.evaluate("document.documentElement.dataset.state") == "live"


def test_one_stream_beside_the_other_and_swapped(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name="localhost"))
    page.mouse.move(100, 100)
    page.locator("#streams .aside").click()
    small = page.locator("#beside-screen")
    expect(small).to_be_visible()
    # Its size is the picture's once it has one.
    eventually(lambda: small.evaluate("c => c.width") == 1280, what="the small picture")
    page.locator("#beside-swap").click()
    eventually(lambda: shows_card(page), what="the test card, large")
    eventually(lambda: small.evaluate("c => c.width") == 640, what="the screen, small")
    page.mouse.move(200, 100)
    page.locator("#beside-close").click()
    expect(small).to_be_hidden()
    assert_right_after_all(page)


def assert_right_after_all(page: Page) -> None:
    """The large picture went on."""
    page.locator("#streams > button:not(.aside)").first.click()
    eventually(lambda: picture(page).shape[:2] == (360, 640), what="the screen, large")
    await_right(lambda: picture(page))


def test_a_wall_shows_no_chrome_and_steps_through_the_streams(
    page: Page, host: HostProcess
) -> None:
    url = host.url(f"/?kiosk=1&stream={CARD}", name=INSECURE_NAME)
    url += f"#token={host.token}"
    watch(page, url)
    eventually(lambda: shows_card(page), what="the stream by its name")
    for part in ("#toolbar", "#badge", "#start", "#streams"):
        expect(page.locator(part)).to_be_hidden()
    for key, shape in (("ArrowRight", (360, 640)), ("ArrowLeft", (720, 1280))):
        page.keyboard.press(key)
        eventually(lambda shape=shape: picture(page).shape[:2] == shape, what=key)  # type: ignore[misc]
    await_state(page, "live")
