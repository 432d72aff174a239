"""A video's own sound: in step with its pictures, in a page that browsers trust and one not."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from tests.capture.recorded import record, shades
from tests.stage import lip_sync
from tests.stage.browsers import INSECURE_NAME
from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually

from .watching import status, watch

pytestmark = pytest.mark.e2e

CODECS: Final = {"127.0.0.1": "opus", INSECURE_NAME: "pcm"}
IN_STEP_MS: Final = 60
"""Viewers notice sound that is 45 ms early or 125 ms late (ITU-R BT.1359)."""
FILM_S: Final = 3
PAIRS: Final = 5


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder: Path = tmp_path_factory.mktemp("films")
    film = lip_sync.film(folder / "beeps.mp4", FILM_S)
    mute = record(folder / "mute.mp4", shades(6))
    host = HostProcess(f"file:{film}", f"file:{mute}", "--allow-host", INSECURE_NAME)
    try:
        yield host
    finally:
        host.assert_clean()


def turn_on(page: Page) -> None:
    page.mouse.move(300, 300)
    page.mouse.move(310, 310)
    page.click("#sound-chip")
    page.wait_for_selector('html[data-sound="on"]', state="attached")
    eventually(lambda: page.evaluate("samescreen.sound.node !== null"), what="the sound's output")


@pytest.mark.parametrize("name", CODECS)
def test_flash_and_beep_are_one(host: HostProcess, page: Page, name: str) -> None:
    watch(page, host.url(name=name))
    assert status(host)["sound"]["listeners"] == [], "nothing is sent before somebody asks"
    turn_on(page)
    page.evaluate(lip_sync.WATCH_AND_LISTEN)
    offsets: list[float] = []

    def is_in_step() -> bool:
        # The newest: a page whose machine was held up needs a while to be in step again.
        offsets[:] = lip_sync.offsets_ms(page)[-PAIRS:]
        return len(offsets) == PAIRS and abs(statistics.median(offsets)) <= IN_STEP_MS

    try:
        eventually(is_in_step, what=f"within {IN_STEP_MS} ms", within=25_000 * MS)
    except AssertionError as late:
        raise AssertionError(f"{late}: {offsets}") from None
    assert page.evaluate("samescreen.sound.codec") == CODECS[name]


def test_who_turns_to_a_film_without_sound_hears_nothing_and_back_the_film(
    host: HostProcess, page: Page
) -> None:
    watch(page, host.url())
    turn_on(page)

    def listeners() -> list[Any]:
        listeners: list[Any] = status(host)["sound"]["listeners"]
        return listeners

    eventually(listeners, what="it is heard")
    page.mouse.move(100, 100)
    page.get_by_role("button", name="mute.mp4", exact=True).click()
    eventually(lambda: not listeners(), what="nothing is sent")
    page.wait_for_selector("html:not([data-sound=on])", state="attached")
    page.mouse.move(110, 100)
    page.get_by_role("button", name="beeps.mp4", exact=True).click()
    eventually(listeners, what="it is heard again")
    page.wait_for_selector('html[data-sound="on"]', state="attached")
    page.evaluate(lip_sync.WATCH_AND_LISTEN)
    eventually(lambda: page.evaluate("heardMs.length") >= 2, what="two beeps")
