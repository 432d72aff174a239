"""How fast files travel to a host and from it: by its own port, and through a relay, in one run.

One person sends a file in slices as the page does (`control/upload.js`), then fetches one. With
--link the host is that far away: from the person, or from the relay, to which the person is near.
Nobody watches. `shaper.py` is the link, which has no window of TCP: add the round trips of a slow
start yourself. All on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
from shaper import LINKS
from via import PUBLISH, TOKEN, await_port, free_port, running, shaped

HOST_TOKEN: Final = "a-host-token-of-the-bench"
HELLO: Final = {"type": "hello", "version": 2, "accepts": ["h264", "jpeg"]}
RIGHTS: Final = ["files-in", "files-out"]
LEAST_SLICE, MOST_SLICE, SLICE_S = 32 * 1024, 4 << 20, 0.3
WAIT_S: Final = 20


async def send(session: aiohttp.ClientSession, url: str, content: bytes) -> float:
    """Seconds until the host has it."""
    begun_s = time.monotonic()
    path = f"{url}/api/files/in"
    async with session.post(path, json={"name": "a.bin", "size": len(content)}) as got:
        upload = (await got.json())["upload"]
    at, length = 0, 256 * 1024
    while at < len(content):
        sliced_s = time.monotonic()
        headers = {"Upload-Offset": str(at)}
        part = content[at : at + length]
        async with session.patch(f"{path}?name={upload}", data=part, headers=headers) as got:
            at = (await got.json())["offset"]
        fitting = length * SLICE_S / (time.monotonic() - sliced_s)
        length = int(min(MOST_SLICE, max(LEAST_SLICE, min(2 * length, fitting))))
    return time.monotonic() - begun_s


async def fetch(session: aiohttp.ClientSession, url: str, size: int) -> float:
    """Seconds until it is here."""
    begun_s = time.monotonic()
    async with session.get(f"{url}/api/files") as got:
        (offer,) = (await got.json())["files"]
    async with session.get(f"{url}/api/files/out?name={offer['file']}") as got:
        assert len(await got.read()) == size
    return time.monotonic() - begun_s


async def let(session: aiohttp.ClientSession, url: str, host: str) -> None:
    """The person asks for both rights, and the host says yes."""
    page = await session.ws_connect(f"{url}/ws")
    await page.send_json(HELLO | {"kinds": ["grants", "asked"]})
    as_host = {"Authorization": f"Bearer {HOST_TOKEN}", "Origin": host}
    until_s = time.monotonic() + WAIT_S
    while time.monotonic() < until_s:
        await page.send_json({"type": "ask", "grants": RIGHTS})
        await asyncio.sleep(0.5)
        async with session.get(f"{host}/api/people", headers=as_host) as got:
            people: dict[str, Any] = await got.json()
        for each in people["requests"]:
            answer = {"person": each["person"], "yes": True}
            await session.post(f"{host}/api/requests", json=answer, headers=as_host)
        async with session.get(f"{url}/api/files") as got:
            if got.status == 200:
                return
    raise SystemExit("the host did not let the person")


async def measure(name: str, url: str, host: str, content: bytes, *, asks: bool) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(headers={"Origin": url}, cookie_jar=jar) as session:
        await session.post(f"{url}/api/login", json={"token": TOKEN})
        if asks:
            await let(session, url, host)
        for _ in range(2):  # the pace of a person begins in the middle
            up_s = await send(session, url, content)
            down_s = await fetch(session, url, len(content))
    size_mb = len(content) / 1e6
    print(f"| {name} | {size_mb / up_s:.1f} MB/s | {size_mb / down_s:.1f} MB/s |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--link", choices=tuple(LINKS), default="lan")
    parser.add_argument("--megabytes", type=int, default=20)
    wanted = parser.parse_args()
    content = os.urandom(wanted.megabytes * 1_000_000)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        offered = folder / "offered.bin"
        offered.write_bytes(content)
        own, relay = free_port(), free_port()
        plain = "--quiet", "--tls", "off", "--host", "127.0.0.1"
        serve = "serve", *plain, "--port", str(relay)
        stack.enter_context(running("-m", "samescreen", *serve, SAMESCREEN_PUBLISH_TOKEN=PUBLISH))
        await_port(relay)
        far_relay = stack.enter_context(shaped(relay, wanted.link))
        share = "share", "testcard", *plain, "--port", str(own), "--fps", "5"
        files = "--offer", str(offered), "--files-folder", str(folder / "in")
        rights = "--allow", ",".join(RIGHTS), "--allow-via", "files"
        via = "--via", f"http://127.0.0.1:{far_relay}"
        secrets = {"SAMESCREEN_VIA_TOKEN": PUBLISH, "SAMESCREEN_HOST_TOKEN": HOST_TOKEN}
        stack.enter_context(running("-m", "samescreen", *share, *files, *rights, *via, **secrets))
        await_port(own)
        far_own = stack.enter_context(shaped(own, wanted.link))
        print(f"link: {wanted.link}, {wanted.megabytes} MB\n")
        print("| by | to the host | from the host |\n|---|---|---|", flush=True)
        host = f"http://127.0.0.1:{own}"
        direct = f"http://127.0.0.1:{far_own}"
        asyncio.run(measure("the host's own port", direct, host, content, asks=False))
        near = f"http://127.0.0.1:{relay}"
        asyncio.run(measure("a relay", near, host, content, asks=True))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
