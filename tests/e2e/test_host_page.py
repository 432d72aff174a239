"""The host page in a real browser: it lets in, blanks, puts out, and is fit for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.e2e.axe import violations
from tests.e2e.watching import HIDE, await_state, picture
from tests.stage.browsers import INSECURE_NAME, fresh_page
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.timing import eventually

pytestmark = pytest.mark.e2e
HOST_TOKEN = "host-token-of-no-worth"
PHONE = (360, 640)
WIDER_THAN_THE_SCREEN = "document.scrollingElement.scrollWidth > innerWidth"
LINES_OF_THE_TITLE = """() => {
  const choice = document.getElementById("preview-stream");
  const title = document.getElementById("preview-title");
  choice.hidden = false;
  const lines = Array.from({length: 40}, (_, length) => {
    choice.replaceChildren(new Option("e".repeat(length)));
    return title.clientHeight / parseFloat(getComputedStyle(title).lineHeight);
  });
  return Math.round(Math.max(...lines));
}"""
"""Of the preview's, at most, beside the choice of streams with names of any length."""


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    access = ("--token", TOKEN, "--host-token", HOST_TOKEN, "--allow-host", INSECURE_NAME)
    host = HostProcess("testcard", "--fps", "15", "--approve", *access)
    yield host
    host.assert_clean()


@pytest.fixture
def viewer(chromium: Browser) -> Iterator[Page]:
    with fresh_page(chromium) as page:
        yield page


def open_desk(page: Page, host: HostProcess, more: str = "") -> None:
    page.goto(host.url(f"/host{more}#token={HOST_TOKEN}", name="localhost"))
    await_state(page, "open")


def ask_to_watch(viewer: Page, host: HostProcess) -> None:
    viewer.goto(host.url(f"/#token={TOKEN}", name="localhost"))


def test_the_host_lets_in_blanks_and_puts_out(
    page: Page, viewer: Page, host: HostProcess
) -> None:
    open_desk(page, host)
    assert page.url == host.url("/host", name="localhost"), "the token left the address bar"
    assert page.title().endswith("host page")
    ask_to_watch(viewer, host)
    newcomer = page.locator("#newcomers li")
    expect(newcomer).to_contain_text("127.0.0.1, by viewer link")
    newcomer.get_by_role("button", name="Let in").click()
    await_state(viewer, "live")
    expect(page.locator("#door")).to_be_hidden()
    person = page.locator("#people li", has_text="viewer link")
    expect(person).to_contain_text("fps")

    page.get_by_role("button", name="Blank").click()
    expect(viewer.locator("#status-title")).to_have_text("The host has hidden the screen")
    expect(page.locator("#switches")).to_contain_text("viewers see black")
    page.get_by_role("button", name="Blank").click()
    await_state(viewer, "live")

    out = person.get_by_role("button", name="Put out")
    sure = person.get_by_role("button", name="Really put out?")
    out.click()
    expect(sure).to_be_visible()
    await_state(viewer, "live")
    for _ in range(3):  # the question is withdrawn after six seconds, which a busy machine may need
        if sure.is_visible():
            sure.click()
        else:
            out.click()
            sure.click()
        with suppress(PlaywrightTimeout):
            await_state(viewer, "failed")
            break
    await_state(viewer, "failed")
    expect(person).to_have_count(0)
    page.get_by_role("button", name="Let back in").click()
    expect(page.locator("#put-out")).to_be_hidden()
    expect(page.locator("#acts")).to_contain_text("127.0.0.1: put out 127.0.0.1")


def test_rights_links_and_quality_change_while_somebody_watches(
    page: Page, viewer: Page, host: HostProcess
) -> None:
    open_desk(page, host)
    ask_to_watch(viewer, host)
    page.locator("#newcomers").get_by_role("button", name="Let in").click()
    await_state(viewer, "live")
    person = page.locator("#people li", has_text="viewer link")
    rights = person.get_by_role("button", name="Rights")
    rights.focus()
    page.keyboard.press("Enter")
    expect(rights).to_have_attribute("aria-expanded", "true")
    expect(person.get_by_label("watch")).to_be_checked()
    person.get_by_label("control", exact=True).focus()
    page.keyboard.press("Space")
    expect(page.locator("#acts")).to_contain_text("changed what 127.0.0.1 may do")
    expect(person.get_by_label("control", exact=True)).to_be_checked()

    page.get_by_label("Quality, 1 to 100").select_option("45")
    expect(page.locator("#acts")).to_contain_text("changed the limits of testcard")
    before = picture(viewer)
    eventually(lambda: not np.array_equal(picture(viewer), before), what="it goes on")
    await_state(viewer, "live")
    page.locator("#sound-form").get_by_role("button").click()
    expect(page.locator("#acts")).to_contain_text("shares no sound of this machine")

    page.locator("#new-link-box summary").click()
    page.get_by_label("Name").fill("Anna's")
    page.locator("#link-asks").get_by_label("control").check()
    assert violations(page) == []
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("#code-picture[src]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#links li", has_text="Anna's")).to_contain_text("may ask for: control")

    person.get_by_label("watch").uncheck()
    await_state(viewer, "failed", "login")


def test_a_phone_becomes_a_host_by_a_code_once(
    page: Page, chromium: Browser, host: HostProcess
) -> None:
    open_desk(page, host)
    page.get_by_role("button", name="Host on a phone").click()
    expect(page.locator("#code-picture[src]")).to_be_visible()
    expect(page.locator("#code-text")).to_contain_text("once")
    link = page.locator("#code-link").inner_text()
    with fresh_page(chromium, PHONE) as phone:
        phone.goto(link)
        await_state(phone, "open")
        assert not phone.evaluate(WIDER_THAN_THE_SCREEN)
        assert phone.evaluate(LINES_OF_THE_TITLE) == 1
    with fresh_page(chromium, PHONE) as other:
        other.goto(link)
        await_state(other, "login")
    page.keyboard.press("Escape")
    assert page.locator("#code-link").inner_text() == ""
    expect(page.locator("#acts")).to_contain_text("made a host code for a phone")


def test_without_the_host_link_it_asks_for_it(viewer: Page, host: HostProcess) -> None:
    viewer.goto(host.url(f"/host?lang=zh#token={TOKEN}", name="localhost"))
    await_state(viewer, "login")
    expect(viewer.locator("#lack")).to_have_text("您使用的链接只能观看，没有主持权限。")
    viewer.locator("#pin").fill(f"http://x/host#token={HOST_TOKEN}")
    await_state(viewer, "open")
    expect(viewer.get_by_role("heading", name="人员")).to_be_visible()


def test_a_hidden_tab_and_a_hidden_preview_ask_for_nothing(page: Page, host: HostProcess) -> None:
    open_desk(page, host)
    expect(page.locator("#preview[data-painted]")).to_be_visible()
    page.get_by_role("button", name="Hide: What viewers see").click()
    expect(page.locator("#sum")).to_contain_text("0 people")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(HIDE, True)
    asked.clear()  # what it asked for before it was hidden
    page.wait_for_timeout(1500)
    assert asked == []
    page.evaluate(HIDE, False)
    eventually(lambda: bool(asked), what="the page asks again")


def test_the_preview_comes_back_when_the_link_lets_in_again(page: Page, host: HostProcess) -> None:
    open_desk(page, host)
    expect(page.locator("#preview[data-painted]")).to_be_visible()

    def refuse(route: Route) -> None:
        """As a host that has started again."""
        route.fulfill(status=401, headers={"samescreen-cause": "sign-in"}, body="")

    page.eval_on_selector("#preview canvas", "(canvas) => { canvas.dataset.before = ''; }")
    for path in ("renew", "host"):
        page.route(f"**/api/{path}", refuse, times=1)
    expect(page.locator("#preview canvas[role=img]:not([data-before])")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_accessibility_rule_is_broken(
    chromium: Browser, viewer: Page, host: HostProcess, scheme: str
) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    with fresh_page(chromium, PHONE) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(host.url("/host", name="localhost"))
        await_state(page, "login")
        assert violations(page) == []
        page.on("console", note)
        open_desk(page, host)
        ask_to_watch(viewer, host)
        expect(page.locator("#newcomers li").first).to_be_visible()
        page.locator("#new-link-box summary").click()
        assert violations(page) == []
        page.get_by_role("button", name="Show: viewer link").click()
        expect(page.locator("#code-picture[src]")).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Turn away").first.click()
        page.get_by_role("button", name="Let back in").click()
        expect(page.locator("#put-out")).to_be_hidden()
    assert complaints == []
