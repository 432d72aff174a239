"""The page in a frame of another site: it needs that site's name, and no third-party cookie."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pytest
from playwright.sync_api import Browser, Frame, Page

from samescreen.serve.addresses import HostUrls
from samescreen.serve.notebook_html import cell
from tests.e2e.conftest import Shared, sharing
from tests.e2e.test_embedding import seen
from tests.e2e.watching import await_patches, turned
from tests.stage.browsers import INSECURE_NAME, fresh_page
from tests.stage.framing_site import FramingSite
from tests.stage.scene import PATCH_COLOURS
from tests.stage.timing import MS, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.display]


@pytest.fixture(scope="module")
def site() -> Iterator[FramingSite]:
    with FramingSite() as site:
        yield site


@pytest.fixture(scope="module")
def shared(site: FramingSite) -> Iterator[Shared]:
    """Its host's page may be framed by the site, as long as that goes by one of two names."""
    names = [("--allow-frame", site.origin(name)) for name in (INSECURE_NAME, "localhost")]
    with sharing(*chain.from_iterable(names)) as shared:
        yield shared


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with fresh_page(chromium, (640, 360)) as page:
        yield page


def open_framed(page: Page, site: FramingSite, link: str, name: str = INSECURE_NAME) -> Frame:
    site.frame(link)
    page.goto(site.origin(name))
    return page.frames[1]


def await_live(frame: Frame) -> None:
    live = 'html[data-state="live"]'
    frame.wait_for_selector(live, state="attached", timeout=10_000 * MS * 1000)


@pytest.mark.parametrize("path", ["/", "/lite.html"])
def test_a_frame_of_another_site_shows_the_live_picture(
    page: Page, shared: Shared, site: FramingSite, path: str
) -> None:
    link = shared.host.url(name="localhost").replace("/#", f"{path}#")
    frame = open_framed(page, site, link)
    await_live(frame)
    try:
        shared.window.patches(turned(3))
        await_patches(lambda: seen(page, "iframe"), turned(3))
    finally:
        shared.window.patches(PATCH_COLOURS)
    assert page.context.cookies() == []
    frame.evaluate("location.reload()")
    await_live(page.frames[1])


def test_a_page_in_a_tab_of_the_same_browser_changes_nothing(
    page: Page, shared: Shared, site: FramingSite
) -> None:
    """Its cookie is sent along with the frame's requests, as both are of one site."""
    page.goto(shared.host.url(name=INSECURE_NAME))
    await_live(page.main_frame)
    assert len(page.context.cookies()) == 1
    frame = open_framed(page, site, shared.host.url("/lite.html", name=INSECURE_NAME))
    frame.wait_for_selector("text=#token=")
    frame = open_framed(page, site, shared.host.url(name=INSECURE_NAME))
    await_live(frame)
    assert not frame.locator("#notice").is_visible()


def test_a_notebooks_cell_shows_the_live_picture(
    page: Page, shared: Shared, site: FramingSite
) -> None:
    notebook = site.origin("localhost")
    site.body = cell(HostUrls(shared.host.url(name="localhost"), ()), None, (notebook,))
    page.goto(notebook)
    await_live(page.frames[1])
    await_patches(lambda: seen(page, "iframe"), PATCH_COLOURS)


def test_a_site_that_is_not_named_gets_no_frame(
    page: Page, shared: Shared, site: FramingSite
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    open_framed(page, site, shared.host.url(name="localhost"), name="127.0.0.1")
    eventually(
        lambda: any("frame-ancestors" in text for text in complaints), what="the refusal"
    )
