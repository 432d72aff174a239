"""Pointing and drawing in real browsers: in the right place, until the host clears it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import violations
from tests.e2e.watching import await_state
from tests.stage.browsers import fresh_page
from tests.stage.host_process import TOKEN, HostProcess
from tests.stage.timing import eventually

pytestmark = pytest.mark.e2e
HOST_TOKEN = "host-token-of-no-worth"
PATIENT = 10_000
ALPHA_AT = """([canvas, picture, x, y]) => {
  const sheet = document.querySelector(canvas);
  if (sheet === null || sheet.hidden) return 0;
  const boxOf = (element) => element.getBoundingClientRect();
  const from = boxOf(sheet), box = boxOf(document.querySelector(picture));
  const at = [box.left + x * box.width - from.left, box.top + y * box.height - from.top];
  const [left, top] = at.map((length) => Math.round(length * devicePixelRatio));
  return sheet.getContext("2d").getImageData(left, top, 1, 1).data[3];
}"""
"""How opaque the marks are at this share of the shown picture."""


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    access = ("--token", TOKEN, "--host-token", HOST_TOKEN, "--allow", "point")
    host = HostProcess("testcard", "--fps", "5", *access)
    yield host
    host.assert_clean()


def watch(page: Page, host: HostProcess) -> None:
    page.goto(host.url(f"/#token={TOKEN}", name="localhost"))
    await_state(page, "live")


def alpha(page: Page, x: float, y: float, canvas: str = "#ink", picture: str = "#screen") -> int:
    return int(page.evaluate(ALPHA_AT, [canvas, picture, x, y]))


def shows(page: Page) -> bool:
    return alpha(page, 0.375, 0.375) > 0


def draw(page: Page, tool: str) -> None:
    """From a quarter of the picture to its middle."""
    box = page.locator("#screen").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 9, box["y"] + 9)  # the bar shows itself
    page.locator("#tool-ink").click()
    page.locator(f"#ink-{tool}").click()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()


def test_all_see_a_stroke_at_its_place_until_the_host_clears_it(
    page: Page, chromium: Browser, host: HostProcess
) -> None:
    with fresh_page(chromium) as other, fresh_page(chromium) as desk:
        watch(page, host)
        watch(other, host)
        desk.goto(host.url(f"/host#token={HOST_TOKEN}", name="localhost"))
        draw(page, "pen")
        for each in (page, other):
            eventually(partial(shows, each), what="the stroke is there")
            assert alpha(each, 0.375, 0.6) == 0
        marks, preview = "#preview .marks", "#preview canvas:first-child"
        eventually(
            lambda: alpha(desk, 0.375, 0.375, marks, preview) > 0, what="the host's page shows it"
        )
        other.keyboard.press("r")
        eventually(lambda: alpha(other, 0.625, 0.375) > 0, what="it turns with the picture")
        other.keyboard.press("1")
        eventually(lambda: alpha(other, 0.625, 0.375) > 0, what="it grows with the picture")
        expect(desk.locator("#clear-marks")).to_be_visible(timeout=PATIENT)
        desk.locator("#clear-marks").click()
        expect(other.locator("#ink")).to_be_hidden(timeout=PATIENT)
        eventually(lambda: alpha(page, 0.375, 0.375) == 0, what="the stroke is gone")
        desk.locator("#switch-ink").click()
        expect(page.locator("html")).to_have_attribute("data-ink", "", timeout=PATIENT)
        desk.locator("#switch-ink").click()
        switched = desk.locator("#switch-ink")
        expect(switched).to_have_attribute("aria-pressed", "true", timeout=PATIENT)


def test_the_tools_are_for_everybody_and_esc_puts_them_down(page: Page, host: HostProcess) -> None:
    watch(page, host)
    page.mouse.move(40, 40)
    page.locator("#tool-ink").click()
    assert violations(page) == []
    page.locator("#ink-laser").click()
    page.keyboard.press("ArrowRight")
    eventually(lambda: alpha(page, 0.52, 0.5) > 0, what="the arrow keys move the pointer")
    page.keyboard.press("Escape")
    expect(page.locator("html")).to_have_attribute("data-ink", "", timeout=PATIENT)
    expect(page.locator("#ink")).to_be_hidden(timeout=PATIENT)
