"""What a seal costs the host and a worker of the page for each packet, and a page as a whole.

A relay, a host and a headless Chromium on this machine. The page shows the test card through the
relay, sealed and not, in turn; its own figures are printed, one row each second.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from samescreen import Share
from samescreen.media import Damage, Packet, PacketKind, Rendition
from samescreen.relay.seal import Seal
from samescreen.wire.published import Published, published_to_bytes
from tests.stage.browsers import launch
from tests.stage.host_process import HostProcess
from tests.stage.timing import eventually

TOKEN: Final = "a-publish-token-of-the-bench"
SIZES: Final = (500, 8_000, 40_000, 150_000)
SECONDS: Final = 8
IN_WORKER: Final = """async (sizes) => {
  const source = `onmessage = async ({data: sizes}) => {
    const raw = new Uint8Array(16), uses = ["encrypt", "decrypt"];
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, uses);
    const how = {name: "AES-GCM", iv: new Uint8Array(12), additionalData: new Uint8Array(8)};
    const rows = [];
    for (const size of sizes) {
      const sealed = await crypto.subtle.encrypt(how, key, new Uint8Array(size));
      const times = [];
      for (let round = 0; round < 300; round += 1) {
        const began = performance.now();
        await crypto.subtle.decrypt(how, key, sealed);
        times.push(performance.now() - began);
        if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      times.sort((a, b) => a - b);
      rows.push([size, times[150], times[285]]);
    }
    postMessage(rows);
  }`;
  const worker = new Worker(URL.createObjectURL(new Blob([source])));
  return new Promise((resolve) => {
    worker.onmessage = ({data}) => resolve(data);
    worker.postMessage(sizes);
  });
}"""
LISTEN: Final = """() => {
  window.rows = [];
  samescreen.addEventListener("stats", ({detail}) => rows.push([detail.fps, detail.latencyUs]));
}"""


def host_rows() -> None:
    seal = Seal().series()
    for size in SIZES:
        packet = Packet(
            PacketKind.VIDEO, Rendition.MAIN, 0, 1, 1, False, Damage.ALL, bytes(size)
        )
        costs = []
        for is_sealed in (False, True):
            began_s = time.perf_counter()
            for _ in range(2000):
                sent = replace(packet, track=4)
                published_to_bytes(Published(seal.sealed(sent) if is_sealed else sent))
            costs.append((time.perf_counter() - began_s) / 2000 * 1e6)
        print(f"host, {size} bytes: {costs[0]:.1f} µs in clear, {costs[1]:.1f} sealed")


def watched(browser: Browser, relay: HostProcess, *, seal: bool) -> list[list[Any]]:
    """What a page of the relay says of itself, a row each second."""
    via = f"http://127.0.0.1:{relay.port}"
    with Share(
        "testcard", host="127.0.0.1", port=0, tls="off", via=via, via_token=TOKEN, seal=seal
    ) as share:
        link = eventually(lambda: share.tunnel_url, what="the relay's link")
        page: Page = browser.new_page(viewport={"width": 1300, "height": 800})
        page.goto(f"http://localhost:{relay.port}/#{link.partition('#')[2]}")
        page.wait_for_selector('html[data-state="live"]', state="attached", timeout=15_000)
        page.evaluate(LISTEN)
        page.wait_for_timeout(4000)
        page.evaluate("rows.length = 0")
        page.wait_for_timeout(1000 * SECONDS)
        rows: list[list[Any]] = page.evaluate("rows")
        page.close()
    return rows


def main() -> None:
    host_rows()
    relay = HostProcess("--tls", "off", command="serve", env={"SAMESCREEN_PUBLISH_TOKEN": TOKEN})
    with sync_playwright() as playwright, launch(playwright) as browser:
        page = browser.new_page()
        page.route("**/empty", lambda route: route.fulfill(body="<p>", content_type="text/html"))
        page.goto(f"http://localhost:{relay.port}/empty")
        for size, p50_ms, p95_ms in page.evaluate(IN_WORKER, list(SIZES)):
            print(f"worker, {size} bytes: p50 {p50_ms:.1f} ms, p95 {p95_ms:.1f}")
        page.close()
        for is_sealed in (False, True) * 2:
            rows = watched(browser, relay, seal=is_sealed)
            fps = statistics.mean(row[0] for row in rows)
            late_ms = statistics.mean(row[1] for row in rows if row[1] is not None) / 1000
            name = "sealed" if is_sealed else "in clear"
            print(f"page, {name}: {fps:.1f} pictures a second, {late_ms:.1f} ms after the grab")
    relay.stop()


if __name__ == "__main__":
    main()
