"""How soon do the host's acts reach a viewer, and what does an open host page cost?

A host process shares the test card. One program watches over a real socket, and the host's acts
come by HTTP, as the host page sends them:

- lobby: bytes of media that a newcomer gets before it is let in;
- out: from the request that puts the viewer out to the last byte of media that it gets;
- blank: from the request to the last picture, and to the message by which the page shows black;
- page: the host's CPU with 20 light viewers, without and with an open host page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
import psutil
from audience import audience
from playwright.sync_api import sync_playwright
from results import percentile
from viewers import Manner

REPOSITORY: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from samescreen.wire.messages import PROTOCOL_VERSION  # noqa: E402
from samescreen.wire.packets import packet_from_bytes  # noqa: E402
from tests.e2e.test_recording import HOST_TOKEN  # noqa: E402
from tests.stage.browsers import fresh_page, launch  # noqa: E402
from tests.stage.host_process import TOKEN, HostProcess  # noqa: E402

HELLO: Final = {"type": "hello", "version": PROTOCOL_VERSION, "accepts": ["h264", "jpeg"]}
VIEWERS: Final = 20
CPU_S: Final = 10.0


class Watching:
    """One viewer; keeps when each media message came, and the message."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.came: list[tuple[float, bytes]] = []
        self.blanked_s = 0.0
        self.is_over = False
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.came.append((time.monotonic(), message.data))
                if len(self.came) % 3 == 0:
                    await self._acknowledge(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT and '"reason":"blanked"' in message.data:
                self.blanked_s = time.monotonic()
        self.is_over = True

    async def _acknowledge(self, data: bytes) -> None:
        packet = packet_from_bytes(data)
        ack = {"rendition": int(packet.rendition), "sequence": packet.sequence, "held_us": 0}
        await self.ws.send_json({"type": "ack"} | ack)


class Acting:
    """The host's acts over HTTP."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, url

    async def act(self, path: str, **fields: Any) -> Any:
        headers = {"Authorization": f"Bearer {HOST_TOKEN}", "Content-Type": "application/json"}
        async with self._http.post(
            self._url + path, data=json.dumps(fields), headers=headers
        ) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def people(self) -> Any:
        headers = {"Authorization": f"Bearer {HOST_TOKEN}"}
        async with self._http.get(f"{self._url}/api/host", headers=headers) as answer:
            return await answer.json()


async def watch(http: aiohttp.ClientSession, url: str) -> Watching:
    """As a page does: a cookie first, so that it may wait to be let in."""
    same = {"Origin": url}
    async with http.post(f"{url}/api/login", json={"token": TOKEN}, headers=same) as answer:
        assert answer.status == 204, await answer.text()
    ws = await http.ws_connect(f"{url}/ws", headers=same)
    await ws.send_json(HELLO)
    return Watching(ws)


async def acts(url: str, rounds: int) -> None:
    outs, lasts, firsts = [], [], []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        host = Acting(http, url)
        await host.act("/api/approve", approve=True)
        waiting = await watch(http, url)
        await asyncio.sleep(3)
        print(f"lobby: {sum(len(data) for _, data in waiting.came)} bytes of media in 3 s")
        await host.act("/api/approve", approve=False)
        await waiting.ws.close()
        for _ in range(rounds):
            watching = await watch(http, url)
            await asyncio.sleep(2)
            asked_s = time.monotonic()
            await host.act("/api/broadcast", blanked=True)
            await asyncio.sleep(1)
            lasts.append(max(0.0, watching.came[-1][0] - asked_s) * 1000)
            assert watching.blanked_s, "no message says that the picture is blanked"
            firsts.append((watching.blanked_s - asked_s) * 1000)
            await host.act("/api/broadcast", blanked=False)
            await asyncio.sleep(1)
            person = (await host.people())["people"][0]
            asked_s = time.monotonic()
            await host.act("/api/people/out", person=person["person"])
            await asyncio.sleep(1)
            assert watching.is_over
            outs.append(max(0.0, watching.came[-1][0] - asked_s) * 1000)
            waits = (await host.people())["waiting"]
            for each in waits:
                await host.act(
                    "/api/people/back", link=each["link"], network=each["network"]
                )
    for name, values in (("put out: last byte", outs), ("blank: last picture", lasts),
                         ("blank: the page shows black", firsts)):  # fmt: skip
        print(f"{name} after {percentile(values, 50):.1f} ms (worst {max(values):.1f})")


def cpu_percent(host: HostProcess) -> float:
    process = psutil.Process(host.pid)
    before = sum(process.cpu_times()[:2])
    time.sleep(CPU_S)
    return (sum(process.cpu_times()[:2]) - before) / CPU_S * 100


def page(host: HostProcess) -> None:
    os.environ["SAMESCREEN_TOKEN"] = TOKEN
    with ExitStack() as stack:
        stack.enter_context(audience(host.port, {Manner.POLITE: VIEWERS}, is_plain=False))
        time.sleep(4)
        without = cpu_percent(host)
        playwright = stack.enter_context(sync_playwright())
        opened = stack.enter_context(fresh_page(stack.enter_context(launch(playwright))))
        opened.goto(host.url(f"/host#token={HOST_TOKEN}"))
        opened.wait_for_selector('html[data-state="open"]', state="attached")
        time.sleep(3)
        print(f"{VIEWERS} viewers: host {without:.1f} % of a core, "
              f"with an open host page {cpu_percent(host):.1f} %")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", choices=("acts", "page"))
    options = parser.parse_args()
    host = HostProcess("testcard", "--host-token", HOST_TOKEN)
    try:
        if options.part != "page":
            asyncio.run(acts(host.url("").rstrip("/"), options.rounds))
        if options.part != "acts":
            page(host)
    finally:
        host.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
