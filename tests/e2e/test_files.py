"""A file dropped on a real page, and one fetched there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.stage.host_process import HostProcess
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e
CONTENT = os.urandom(1_500_000)
DROP = """content => {
    const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], "../dropped file.txt"));
    for (const name of ["dragenter", "dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(name, {dataTransfer, bubbles: true}));
}"""


def open_panel(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-painted]")
    page.click("#tool-more")
    page.click("#tool-exchange")


def test_files_go_both_ways(chromium: Browser, tmp_path: Path) -> None:
    folder, source = tmp_path / "dropped", tmp_path / "of the host.bin"
    source.write_bytes(CONTENT)
    host = HostProcess(
        *("testcard", "--fps", "5", "--allow", "files-in,files-out"),
        *("--files-folder", str(folder), "--offer", str(source)),
    )
    context = chromium.new_context(accept_downloads=True)
    try:
        page = context.new_page()
        open_panel(page, host.url())
        page.set_input_files("#files-choose", source)
        page.wait_for_selector("#files-list >> text=The host has it")
        assert (folder / "of the host.bin").read_bytes() == CONTENT
        page.keyboard.press("Escape")
        page.evaluate(DROP, "ZHJvcHBlZA==")
        page.wait_for_selector("#panel-exchange:not([hidden])")
        dropped = folder / "dropped file.txt"
        eventually(dropped.exists, what="it arrives", within=10_000 * MS)
        assert dropped.read_bytes() == b"dropped"
        with page.expect_download() as fetched:
            page.click("#offers >> text=of the host.bin")
        assert Path(fetched.value.path()).read_bytes() == CONTENT
        assert fetched.value.suggested_filename == "of the host.bin"
    finally:
        context.close()
        host.assert_clean()
