"""The wall of a class in a real browser: the teacher's page with the host link, and a pupil's page.

Scripts publish as many 720p screens as there are pupils, as `wall.py` does. The teacher's page
shows all of them as small pictures. Then its button *Show to everybody* makes one of them large on
the pupil's page, and *Take back* ends that. Both pages run in one Chromium on this machine.

    .venv/bin/python bench/wall_page.py --pupils 30 --pictures /tmp/wall
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

import psutil
from playwright.async_api import Browser, Page, async_playwright
from results import default_path, origin, percentile, print_table, write_rows
from wall import LOW, MAIN, loop, publishing, still

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from tests.stage.host_process import TOKEN, HostProcess  # noqa: E402

HOST_TOKEN: Final = "host-token-of-no-worth"
WAIT_MS: Final = 60_000
SETTLE_S: Final = 5.0
PAINTED: Final = "count => document.querySelectorAll('.tile.painted').length >= count"
STREAM: Final = "document.documentElement.dataset.stream"
WATCHES: Final = f"stream => {STREAM} === stream"


@dataclass(frozen=True, slots=True)
class Row:
    """One run. `tiles_s`: from the click on the grid until each small picture is there."""

    pupils: int
    tiles_s: float
    host_cpu_percent: float
    browser_cpu_percent: float
    shown_ms: float
    back_ms: float


async def opened(browser: Browser, host: HostProcess, token: str) -> Page:
    """A person's page with a live picture."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    await page.goto(host.url(f"/?lang=en#token={token}", name="localhost"))
    await page.wait_for_function("() => document.documentElement.dataset.state === 'live'",
                                 timeout=WAIT_MS)  # fmt: skip
    return page


async def costs(host: HostProcess, seconds: float) -> tuple[float, float]:
    """CPU of the host and of the browser, as percent of one core."""
    children = psutil.Process().children(recursive=True)
    browser = [each for each in children if "chrom" in each.name()]
    both = [psutil.Process(host.pid)], browser
    before = [sum(sum(each.cpu_times()[:2]) for each in some) for some in both]
    await asyncio.sleep(seconds)
    after = [sum(sum(each.cpu_times()[:2]) for each in some) for some in both]
    host_s, browser_s = (end - start for start, end in zip(before, after, strict=True))
    return round(100 * host_s / seconds, 1), round(100 * browser_s / seconds, 1)


async def shown_to_all(teacher: Page, pupil: Page, stream: str, name: str) -> float:
    """Press the button of that small picture; ms until the pupil's page watches the stream."""
    tile = teacher.locator(".tile").filter(has_text=name)
    await tile.hover()
    began_s = time.monotonic()
    await tile.locator(".act").click()
    await pupil.wait_for_function(WATCHES, arg=stream, timeout=WAIT_MS)
    return (time.monotonic() - began_s) * 1000


async def taken_back(teacher: Page, pupil: Page, before: str) -> float:
    """Press the button over the large picture; ms until the pupil's page is where it was."""
    began_s = time.monotonic()
    await teacher.locator("#room-front .wide").click()
    await pupil.wait_for_function(WATCHES, arg=before, timeout=WAIT_MS)
    return (time.monotonic() - began_s) * 1000


async def run(pupils: int, seconds: float, host: HostProcess, folder: Path | None) -> Row:
    """One room of so many pupils."""

    async def photograph(page: Page, name: str) -> None:
        if folder is not None:
            await page.screenshot(path=folder / f"wall-{pupils}-{name}.png")

    async with AsyncExitStack() as stack:
        shown = await stack.enter_async_context(publishing(pupils, host.port))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-quic"]
        )
        stack.push_async_callback(browser.close)
        teacher = await opened(browser, host, HOST_TOKEN)
        pupil = await opened(browser, host, TOKEN)
        await teacher.wait_for_selector("#view-grid", state="attached", timeout=WAIT_MS)
        began_s = time.monotonic()
        await teacher.evaluate("document.getElementById('view-grid').click()")
        await teacher.wait_for_function(PAINTED, arg=pupils, timeout=WAIT_MS)
        tiles_s = time.monotonic() - began_s
        await asyncio.sleep(SETTLE_S)
        await photograph(teacher, "grid")
        host_cpu, browser_cpu = await costs(host, seconds)
        before = await pupil.evaluate(STREAM)
        one = shown[min(6, pupils - 1)]
        shown_ms, back_ms = [], []
        for turn in range(3):
            shown_ms.append(await shown_to_all(teacher, pupil, one.stream, one.stream))
            if turn == 0:
                await asyncio.sleep(SETTLE_S)
                await photograph(teacher, "shown")
                await photograph(pupil, "pupil")
            back_ms.append(await taken_back(teacher, pupil, before))
            await teacher.wait_for_function(PAINTED, arg=pupils, timeout=WAIT_MS)
        await photograph(teacher, "back")
    middle = round(percentile(shown_ms, 50), 0), round(percentile(back_ms, 50), 0)
    return Row(pupils, round(tiles_s, 1), host_cpu, browser_cpu, *middle)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pupils", type=int, action="append", help="30; may be repeated")
    parser.add_argument("--seconds", type=float, default=8, help="of the CPU's measurement")
    parser.add_argument("--pictures", type=Path, help="folder for photographs")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    for rendition in (MAIN, LOW):
        loop(rendition)  # before anything is measured
    still()
    rows = []
    for pupils in options.pupils or [30]:
        access = ("--token", TOKEN, "--host-token", HOST_TOKEN, "--max-publishers", "200")
        host = HostProcess("testcard", "--fps", "5", "--allow", "publish", *access)
        try:
            rows.append(asyncio.run(run(pupils, options.seconds, host, options.pictures)))
        finally:
            host.stop()
    names = [field.name for field in fields(Row)]
    print_table(names, [[str(value) for value in astuple(row)] for row in rows])
    write_rows(options.out or default_path("wall-page"), rows, origin())


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
