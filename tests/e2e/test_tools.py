"""What a reader does with the picture: views, a snapshot, a pause, the small window, a wall."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.watching import PacketWatch, await_state, dataset, picture, status, watch
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e
BOX = """() => {
  const {left, top, width, height} = document.getElementById("screen").getBoundingClientRect();
  return [left, top, width, height].map(Math.round);
}"""


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    host = HostProcess("testcard", "--fps", "5", "--allow-host", INSECURE_NAME)
    yield host
    host.assert_clean()


def test_the_chrome_fades_and_leaves_no_corner_covered(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name=INSECURE_NAME))
    page.mouse.move(300, 300)
    expect(page.locator("#badge")).to_be_visible()
    page.wait_for_selector("html.quiet", timeout=4000 * MS * 1000)
    ids = ["toolbar", "badge", "start", "streams"]
    faded = "ids => ids.every(id => getComputedStyle(document.getElementById(id)).opacity === '0')"
    eventually(lambda: page.evaluate(faded, ids), what="all of it has faded")
    page.keyboard.press("Tab")
    page.wait_for_selector("html:not(.quiet)")


def test_views_turn_fill_and_zoom(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name=INSECURE_NAME))
    page.set_viewport_size({"width": 400, "height": 800})
    eventually(lambda: page.evaluate(BOX)[::2] == [0, 400], what="fitted")
    page.keyboard.press("r")
    left, top, width, height = page.evaluate(BOX)
    assert (left, width, height) == (0, 400, pytest.approx(711, abs=1)), "now it is upright"
    assert top == pytest.approx(44, abs=1)
    page.keyboard.press("9")
    assert page.evaluate(BOX)[1::2] == [0, 800], "filled"
    for _ in range(3):
        page.keyboard.press("r")
    page.keyboard.press("0")
    page.mouse.move(200, 400)
    for _ in range(16):
        page.keyboard.press("+")
    assert page.evaluate(BOX)[2] == 8 * 1280
    page.keyboard.press("c")
    assert page.get_attribute("#tool-follow", "aria-pressed") == "true"
    before = page.evaluate(BOX)
    eventually(lambda: page.evaluate(BOX) != before, what="it follows what changes")


def test_a_snapshot_is_the_picture_pixel_by_pixel(
    page: Page, host: HostProcess, tmp_path: Path
) -> None:
    packets = PacketWatch(page)
    watch(page, host.url(name=INSECURE_NAME))
    page.keyboard.press("p")  # so that the picture stays
    eventually(lambda: packets.silence_s() > 0.6, what="no packet comes")
    shown = picture(page)
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert download.value.suggested_filename.endswith(".png")
    download.value.save_as(tmp_path / "saved.png")
    saved = np.asarray(Image.open(tmp_path / "saved.png").convert("RGBA"))
    assert (saved == shown).all()


def test_a_pause_stops_what_the_host_sends_and_ends_by_a_click(
    page: Page, host: HostProcess
) -> None:
    packets = PacketWatch(page)
    watch(page, host.url(name=INSECURE_NAME))
    page.keyboard.press("p")
    expect(page.locator("#resume")).to_be_visible()
    eventually(lambda: packets.silence_s() > 0.6, what="no packet comes")
    page.locator("#resume").click()
    eventually(lambda: packets.silence_s() < 0.3, what="packets come again")
    await_state(page, "live")
    expect(page.locator("#resume")).to_be_hidden()


def test_the_link_is_passed_on_with_its_secret_or_with_words(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name=INSECURE_NAME))
    page.keyboard.press("l")
    link = f"http://{INSECURE_NAME}:{host.port}/#token={host.token}"
    assert page.locator("#pass-link").input_value() == link
    expect(page.locator("#pass-qr svg")).to_be_visible()
    page.locator("#pass-copy").click()
    expect(page.locator("#pass-copy")).to_have_text("Copied")
    page.reload()
    await_state(page, "live")
    page.keyboard.press("l")
    expect(page.locator("#pass-words")).to_contain_text("PIN")
    assert "token" not in page.locator("#pass-link").input_value()


@pytest.mark.parametrize(("name", "path"), [("localhost", "webcodecs"), (INSECURE_NAME, "wasm")])
def test_the_quality_menu_saves_data_and_says_so(
    page: Page, host: HostProcess, name: str, path: str
) -> None:
    watch(page, host.url(name=name))

    def rendition() -> object:
        viewers = status(host)["viewers"]
        return viewers[0]["rendition"] if len(viewers) == 1 else None

    eventually(lambda: dataset(page, "path") == path, what=path)
    eventually(lambda: rendition() == "main", what="main at first")
    page.keyboard.press("o")
    page.get_by_label("Quality", exact=True).select_option("low")
    expect(page.locator("#quality-note")).to_contain_text("Half size")
    eventually(lambda: rendition() == "low", what="low")
    page.keyboard.press("Escape")
    expect(page.locator("#badge")).to_be_visible()
    page.keyboard.press("i")
    expect(page.locator("#verdict")).to_contain_text("You chose to save data")
    assert page.evaluate("document.getElementById('screen').width") == 640
    page.reload()
    await_state(page, "live")
    eventually(lambda: rendition() == "low", what="low from the first picture on")
    page.keyboard.press("o")
    page.get_by_label("Quality", exact=True).select_option("auto")
    eventually(lambda: rendition() == "main", what="main again")


def test_the_small_window_opens_or_says_that_there_is_none(page: Page, host: HostProcess) -> None:
    watch(page, host.url(name=INSECURE_NAME))
    page.keyboard.press("o")
    page.locator("#tool-pip").click()
    done = "() => document.pictureInPictureElement || !document.getElementById('notice').hidden"
    eventually(
        lambda: bool(page.evaluate(f"Boolean(({done})())")),
        what="a window, or words",
        within=15_000 * MS,
    )
