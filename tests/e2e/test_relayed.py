"""A page on a relay shows what a host publishes there, and waits while the host is away."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from samescreen import Share
from tests.e2e.relay import Relay
from tests.e2e.test_sound import assert_hears_the_tone, turn_on
from tests.e2e.watching import await_state, dataset, watch
from tests.stage.host_process import HostProcess
from tests.stage.sound_server import tone
from tests.stage.timing import MS, eventually

pytestmark = pytest.mark.e2e
TOKEN = "a-publish-token-for-tests"


def test_a_page_on_the_relay_shows_the_hosts_picture(page: Page) -> None:
    relay = HostProcess("--tls", "off", command="serve", env={"SAMESCREEN_PUBLISH_TOKEN": TOKEN})
    via = "--tls", "off", "--encoder", "libx264", "--via", f"http://127.0.0.1:{relay.port}"
    host = HostProcess("testcard", *via, env={"SAMESCREEN_VIA_TOKEN": TOKEN})
    watch(page, relay.url(name="localhost"))
    assert dataset(page, "path") == "webcodecs"
    eventually(lambda: int(dataset(page, "fps") or 0) > 5, what="pictures keep coming")
    host.assert_clean()
    await_state(page, "waiting")
    relay.assert_clean()


class Meddler(Relay):
    """Between page and relay: once `meddles`, it changes the last byte of whole media messages."""

    meddles = False

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(1 << 20):
                length = int.from_bytes(chunk[2:4], "big")
                if self.meddles and chunk[:2] == b"\x82\x7e" and len(chunk) == 4 + length:
                    chunk = chunk[:-1] + bytes((chunk[-1] ^ 1,))
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)


def await_title(page: Page, title: str) -> None:
    """Returns once the card says so."""
    page.wait_for_selector(f'#status-title:text-is("{title}")', timeout=10_000 * MS * 1000)


def test_a_page_opens_sealed_pictures_and_sound_and_names_what_changes_them(page: Page) -> None:
    relay = HostProcess("--tls", "off", command="serve", env={"SAMESCREEN_PUBLISH_TOKEN": TOKEN})
    via = f"http://127.0.0.1:{relay.port}"
    with (
        Share("testcard", host="127.0.0.1", port=0, tls="off", via=via, via_token=TOKEN, seal=True)
        as share,
        Meddler(relay.port) as between,
    ):
        link = eventually(lambda: share.tunnel_url, what="the relay's link")
        fragment = link.partition("#")[2]
        watch(page, f"http://localhost:{between.port}/#{fragment}")
        eventually(lambda: int(dataset(page, "fps") or 0) > 5, what="pictures keep coming")
        share.push_audio((tone(50) * 32_767).astype(np.int16), 48_000)
        turn_on(page)
        assert_hears_the_tone(page)
        assert page.evaluate("samescreen.sound.codec") == "opus"
        page.reload()
        await_state(page, "live")
        between.meddles = True
        await_title(page, "Something on the way changes the pictures")
        page.goto(relay.url(name="localhost"))
        await_title(page, "These pictures are sealed")
    relay.assert_clean()


def test_a_page_on_a_relay_exchanges_files_with_the_host(chromium: Browser, tmp_path: Path) -> None:
    relay = HostProcess("--tls", "off", command="serve", env={"SAMESCREEN_PUBLISH_TOKEN": TOKEN})
    source, folder = tmp_path / "of the host.bin", tmp_path / "dropped"
    source.write_bytes(os.urandom(300_000))
    url = f"http://127.0.0.1:{relay.port}"
    given: dict[str, Any] = {"via": url, "via_token": TOKEN, "allow_via": "files"}
    given |= {"files_folder": str(folder), "offer": [str(source)], "port": 0, "tls": "off"}
    context = chromium.new_context(accept_downloads=True)
    with Share("testcard", host="127.0.0.1", encoder="libx264", **given) as share:
        page = context.new_page()
        eventually(lambda: share.tunnel_url, what="the relay's link")
        watch(page, relay.url(name="localhost"))
        for right in ("files-in", "files-out"):
            open_exchange(page)
            page.click(f"#ask-{right}")
            asked = eventually(lambda: share.requests, what="a question", within=10_000 * MS)
            assert share.answer(asked[0], True)
            page.wait_for_selector(f"#{right}:not([hidden])")
            page.keyboard.press("Escape")
        open_exchange(page)
        page.set_input_files("#files-choose", source)
        page.wait_for_selector("#files-list >> text=The host has it")
        assert (folder / source.name).read_bytes() == source.read_bytes()
        with page.expect_download() as fetched:
            page.click(f"#offers >> text={source.name}")
        assert Path(fetched.value.path()).read_bytes() == source.read_bytes()
    context.close()
    relay.assert_clean()


def open_exchange(page: Page) -> None:
    page.click("#tool-more")
    page.click("#tool-exchange")
