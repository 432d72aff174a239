"""How much later pictures come through `host:URL` than from the other host itself, in one run.

One host shares the test card, a second one shares that on, and one program watches both. A picture
is known by its bytes, which nobody changes on the way, so no clocks are compared. The row `claimed`
is the age that viewers of the second host compute from `pts_us`: it shows how true that is. With
--link the way between the hosts is shaped (`shaper.py`). All on this machine; ratios travel,
milliseconds do not.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import time
from contextlib import ExitStack
from typing import Final

import aiohttp
from shaper import LINKS
from via import TOKEN, free_port, row, running, shaped

from samescreen.clock import clock_us
from samescreen.media import Packet, PacketKind
from samescreen.wire.packets import packet_from_bytes

HELLO: Final = '{"type":"hello","version":2,"accepts":["h264","jpeg"]}'
WARM_S: Final = 3.0
START_S: Final = 30.0
Arrivals = dict[int, tuple[int, int]]
"""By the hash of the picture's bytes: when it came, and when it was grabbed, in µs."""


async def watch(port: int, until_s: float) -> Arrivals:
    """When each picture of main came. Acknowledges like a page that decodes at once."""
    found: Arrivals = {}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        address = f"http://127.0.0.1:{port}/ws"
        async with session.ws_connect(address, max_msg_size=0) as ws:
            await ws.send_str(HELLO)
            async with asyncio.timeout(until_s - time.monotonic() + 5):
                async for message in ws:
                    if message.type is aiohttp.WSMsgType.BINARY:
                        await _take(ws, packet_from_bytes(message.data), found)
                    if time.monotonic() > until_s:
                        break
    return found


async def _take(ws: aiohttp.ClientWebSocketResponse, packet: Packet, found: Arrivals) -> None:
    if packet.kind is PacketKind.VIDEO and not packet.is_keyframe:
        found[hash(packet.payload)] = clock_us(), packet.pts_us
    about = {"rendition": packet.rendition, "sequence": packet.sequence, "track": packet.track}
    await ws.send_json({"type": "ack", "held_us": 0} | about)


async def measure(there: int, here: int, seconds: float) -> None:
    """Print what came, without the first seconds."""
    await asyncio.sleep(2)
    until_s = time.monotonic() + WARM_S + seconds
    from_us = clock_us() + int(WARM_S * 1e6)
    direct, through = await asyncio.gather(watch(there, until_s), watch(here, until_s))
    for name, arrivals in (("direct", direct), ("through", through)):
        claimed = [came - grabbed for came, grabbed in arrivals.values() if came > from_us]
        print(row(f"{name}, claimed", claimed, seconds))
    both = [n for n in direct.keys() & through.keys() if direct[n][0] > from_us]
    grabbed = {n: direct[n][1] for n in both}
    print(row("through, true", [through[n][0] - grabbed[n] for n in both], seconds))
    print(row("added", [through[n][0] - direct[n][0] for n in both], seconds))


def wait_for(port: int) -> None:
    """Until something listens there."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing listens at port {port}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--source", default="testcard")
    parser.add_argument("--link", choices=tuple(LINKS), help="the way, as in bench/shaper.py")
    options = parser.parse_args()
    there, here = free_port(), free_port()
    share = "-m", "samescreen", "share"
    plain = "--host", "127.0.0.1", "--tls", "off", "--quiet", "--port"
    with ExitStack() as stack:
        stack.enter_context(running(*share, options.source, *plain, str(there)))
        wait_for(there)
        way = stack.enter_context(shaped(there, options.link)) if options.link else there
        far = f"host:http://127.0.0.1:{way}/#token-env=SAMESCREEN_TOKEN"
        stack.enter_context(running(*share, far, *plain, str(here)))
        wait_for(here)
        asyncio.run(measure(there, here, options.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
