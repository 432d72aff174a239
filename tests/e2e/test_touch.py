"""Fingers on phones, and a mouse: the picture is zoomed and panned, the page never is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, ViewportSize

from tests.e2e.conftest import Shared
from tests.e2e.watching import HIDE, SIZE, assert_arrives, picture, watch
from tests.stage.browsers import INSECURE_NAME
from tests.stage.timing import MS, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]

PLACE = """() => {
  const {left, top, width, height} = document.getElementById("screen").getBoundingClientRect();
  const pageScale = visualViewport.scale * devicePixelRatio;
  const scrolled = [scrollX, scrollY, visualViewport.offsetLeft, visualViewport.offsetTop];
  return [left, top, width, height, devicePixelRatio].concat(pageScale, ...scrolled);
}"""
COUNT_WAKE_LOCKS = """
globalThis.locks = {asked: 0, held: 0};
WakeLock.prototype.request = async () => {
  locks.asked += 1;
  locks.held += 1;
  return {addEventListener: () => {}, release: async () => void (locks.held -= 1)};
};
"""

TOO_SMALL = """() => {
  for (const each of document.querySelectorAll("[hidden]")) each.hidden = false;
  const targets = [...document.querySelectorAll("button, select, summary")];
  const sizes = targets.map((each) => [each.id, each.getBoundingClientRect().height]);
  return sizes.filter(([, height]) => height > 0 && height < 40);
}"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the picture is, in CSS pixels."""

    left: float
    top: float
    width: float
    height: float

    def share(self, x: float, y: float) -> tuple[float, float]:
        """The part of the picture at a point of the page."""
        return (x - self.left) / self.width, (y - self.top) / self.height


@dataclass(frozen=True, slots=True)
class Phone:
    """A watching page, and fingers for it."""

    page: Page
    cdp: CDPSession
    width: int
    height: int
    ratio: int

    def place(self) -> Place:
        """Holds that the page itself is neither zoomed nor scrolled."""
        left, top, width, height, ratio, page_scale, *scrolled = self.page.evaluate(PLACE)
        assert (page_scale, scrolled) == (ratio, [0, 0, 0, 0])
        return Place(left, top, width, height)

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        self.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    def pinch(self, x: float, y: float, apart: float, until: float) -> None:
        """Two fingers around a point, so far apart at first and at last."""
        for step in range(11):
            half = (apart + (until - apart) * step / 10) / 2
            self.touch("touchMove" if step else "touchStart", (x - half, y), (x + half, y))
        self.touch("touchEnd")

    def drag(self, x: float, y: float, dx: float, dy: float) -> None:
        for step in range(9):
            at = (x + dx * step / 8, y + dy * step / 8)
            self.touch("touchMove" if step else "touchStart", at)
        self.touch("touchEnd")

    def tap_twice(self, x: float, y: float) -> None:
        for _ in range(2):
            self.touch("touchStart", (x, y))
            self.touch("touchEnd")

    def screenshot(self) -> Any:
        """Of the screen's own pixels, not CSS pixels."""
        png = self.page.screenshot(scale="device")
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@contextmanager
def phone_page(chromium: Browser, width: int, height: int, ratio: int) -> Iterator[Phone]:
    context = chromium.new_context(
        viewport=ViewportSize(width=width, height=height),
        device_scale_factor=ratio,
        has_touch=True,
        is_mobile=True,
    )
    try:
        page = context.new_page()
        page.set_default_timeout(10_000 * MS * 1000)
        yield Phone(page, context.new_cdp_session(page), width, height, ratio)
    finally:
        context.close()


@pytest.fixture(params=[(390, 844, 3), (360, 640, 2)], ids=["390x844@3", "360x640@2"])
def phone(request: pytest.FixtureRequest, chromium: Browser, shared: Shared) -> Iterator[Phone]:
    shared.window.still()
    with phone_page(chromium, *request.param) as phone:
        watch(phone.page, shared.host.url(name=INSECURE_NAME))
        assert_arrives(phone.page, shared.window.last.count)
        yield phone


def test_two_fingers_zoom_and_one_pans(phone: Phone) -> None:
    fitted = phone.place()
    assert fitted.width == pytest.approx(phone.width, abs=1)
    x, y = phone.width * 0.4, phone.height / 2
    phone.pinch(x, y, 80, 240)
    zoomed = phone.place()
    assert zoomed.width == pytest.approx(3 * fitted.width, rel=0.02)
    assert zoomed.share(x, y) == pytest.approx(fitted.share(x, y), abs=0.01)
    phone.drag(x, y, -60, 0)
    panned = phone.place()
    assert panned.left == pytest.approx(zoomed.left - 60, abs=1)
    assert (panned.top, panned.width) == (zoomed.top, zoomed.width)
    phone.drag(x, y, 0.5 * phone.width, 0)
    phone.drag(x, y, 0.5 * phone.width, 0)
    assert phone.place().left == 0, "no further than the edge"
    phone.pinch(x, y, 240, 10)
    assert phone.place().width == pytest.approx(SIZE[0] / phone.ratio, abs=1)


def test_a_finger_hits_every_button(phone: Phone) -> None:
    assert phone.page.evaluate(TOO_SMALL) == []


def test_a_double_tap_is_actual_size_and_sharp(phone: Phone) -> None:
    fitted = phone.place()
    phone.tap_twice(phone.width / 2, phone.height / 2)
    actual = phone.place()
    size = (actual.width * phone.ratio, actual.height * phone.ratio)
    assert size == pytest.approx(SIZE, abs=0.01)
    assert phone.page.get_attribute("#tool-actual", "aria-pressed") == "true"
    left, top = round(actual.left * phone.ratio), round(actual.top * phone.ratio)
    # The page draws the host's cursor over the picture; the picture has none.
    phone.page.evaluate("document.getElementById('host-cursor').style.display = 'none'")

    def is_shown_as_it_is() -> bool:
        seen = phone.screenshot()[top : top + SIZE[1], left : left + SIZE[0]]
        return bool(np.abs(seen - picture(phone.page)[:, :, :3]).max() <= 1)

    # Refinement may come between the two looks, once; what is scaled never becomes right.
    eventually(is_shown_as_it_is, what="neither scaled nor between pixels", within=3000 * MS)
    phone.tap_twice(phone.width / 2, phone.height / 2)
    assert phone.place() == fitted
    assert phone.page.get_attribute("#tool-fit", "aria-pressed") == "true"


def test_pulling_moves_nothing_that_fits(phone: Phone) -> None:
    fitted = phone.place()
    for dx, dy in [(0, 250), (0, -250), (150, 0)]:
        phone.drag(phone.width / 2, phone.height / 2, dx, dy)
        assert phone.place() == fitted
    phone.pinch(phone.width / 2, phone.height - 30, 40, 160)  # begins on the toolbar
    assert phone.place() == fitted


def test_a_notch_covers_nothing(phone: Phone) -> None:
    insets = {"top": 47, "left": 20, "right": 20, "bottom": 34}
    phone.cdp.send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
    boxes = """() => ["stage", "badge-text", "toolbar"].map((id) => {
      const {left, top, right, bottom} = document.getElementById(id).getBoundingClientRect();
      return [left, top, innerWidth - right, innerHeight - bottom];
    })"""

    def clear() -> bool:
        stage, badge, toolbar = phone.page.evaluate(boxes)
        is_framed = stage == [20, 47, 20, 0]
        return bool(is_framed and badge[1] >= 47 and badge[2] >= 16 and toolbar[3] >= 34)

    eventually(clear, what="all within the safe area")
    eventually(
        lambda: phone.place().width == pytest.approx(phone.width - 40, abs=1), what="fitted again"
    )


@pytest.mark.parametrize(("name", "held"), [("localhost", 1), (INSECURE_NAME, 0)])
def test_the_phone_stays_awake_while_it_shows(
    page: Page, shared: Shared, name: str, held: int
) -> None:
    page.add_init_script(f"if (isSecureContext) {{ {COUNT_WAKE_LOCKS} }} else locks = {{held: 0}};")
    watch(page, shared.host.url(name=name))

    def holds(wanted: int) -> None:
        eventually(lambda: page.evaluate("locks.held") == wanted, what=f"{wanted} wake locks")

    holds(held)
    page.evaluate(HIDE, True)
    page.evaluate("locks.held = 0")  # the browser takes it away by itself
    page.evaluate(HIDE, False)
    holds(held)


def test_a_mouse_zooms_where_it_points(page: Page, shared: Shared) -> None:
    watch(page, shared.host.url(name="localhost"))
    desk = Phone(page, page.context.new_cdp_session(page), 1280, 720, 1)
    fitted = desk.place()
    x, y = 300, 200
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    for _ in range(3):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    eventually(lambda: desk.place().width > 1.8 * fitted.width, what="zoomed in by three notches")
    zoomed = desk.place()
    assert zoomed.share(x, y) == pytest.approx(fitted.share(x, y), abs=0.01)
    page.mouse.down()
    page.mouse.move(x - 100, y - 50, steps=4)
    page.mouse.up()
    assert desk.place().left == pytest.approx(zoomed.left - 100, abs=1)
    assert desk.place().top == pytest.approx(zoomed.top - 50, abs=1)
    page.keyboard.press("0")
    assert desk.place() == fitted
