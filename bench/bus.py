"""How much later pictures come through two relays on a NATS broker, and what breaks them how long.

A host shares the test card and publishes at relay A; viewers watch the host, relay A, and relay B,
which has the pictures from the broker. A picture is known by its number, so no clocks are compared.
`--viewers N`: so many at each relay. The CPU of each relay is compared with `scale_model.py`.
`--slow`: a third relay with one viewer, whose way to the broker carries less than the stream
(`shaper.py`); the last row compares relay B with and without.
`--rounds N`: measures without and with the slow relay in turns, N times each.
`--faults N`: instead, the broker is killed and comes back, the way of relay B to the broker is cut
for four to six seconds, or carries 16 kB a second for as long, and relay A is killed and comes
back, N times each; the rows say when viewers of both relays had a current picture again, counted
from when all was there again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp
from scale_model import Load, relay_percent
from shaper import ALL
from via import (
    HELLO,
    PUBLISH,
    TOKEN,
    Arrivals,
    await_port,
    free_port,
    percentile,
    row,
    running,
    shaped,
)

from samescreen.clock import clock_us
from samescreen.media import Rendition
from samescreen.wire.packets import packet_from_bytes

ROOMS: Final = f'[team]\ntoken = "{TOKEN}"\npublish_token = "{PUBLISH}"\n'
CONFIG: Final = 'host: 127.0.0.1\nport: {port}\nmax_pending: 8MB\nwrite_deadline: "2s"\n'
NO_STALL: Final = "no_fast_producer_stall: true\n"
"""Of nats-server 2.11 and newer: the server drops for a slow reader, and senders do not wait."""
SETTLE_S: Final = 5.0
CUT_S: Final = 4.0, 6.0
SLOW_BYTES_S: Final = 16_000
SEGMENT_BYTES: Final = 1_400
CURRENT_US: Final = 250_000
GIVE_UP_S: Final = 40.0
LOOK_S: Final = 0.01
MODULE: Final = ("-m", "samescreen")
PLAIN: Final = ("--host", "127.0.0.1", "--tls", "off", "--quiet", "--port")


class Watcher:
    """One viewer. `newest`: the number of the last picture that came."""

    def __init__(self, port: int, path: str = "/r/team/ws") -> None:
        self.arrivals: Arrivals = {}
        self.newest = -1
        self.media_bytes = 0
        self._address = f"http://127.0.0.1:{port}{path}"

    async def run(self) -> None:
        """Watch, and come again when the connection ends."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                with suppress(aiohttp.ClientError, OSError):
                    async with session.ws_connect(self._address, max_msg_size=0) as ws:
                        await ws.send_str(HELLO)
                        async for message in ws:
                            await self._take(ws, message)
                await asyncio.sleep(0.2)

    async def _take(
        self, ws: aiohttp.ClientWebSocketResponse, message: aiohttp.WSMessage
    ) -> None:
        if message.type is not aiohttp.WSMsgType.BINARY:
            return
        self.media_bytes += len(message.data)
        packet = packet_from_bytes(message.data)
        if packet.rendition is Rendition.MAIN:
            self.newest = packet.sequence
            self.arrivals[packet.sequence] = clock_us(), packet.pts_us
        about = {"rendition": packet.rendition, "sequence": packet.sequence, "track": packet.track}
        await ws.send_json({"type": "ack", "held_us": 0} | about)

    def is_current(self, since_us: int, direct: Arrivals) -> bool:
        """A picture came since then that the host grabbed lately; `direct`: from the host."""
        came, _ = self.arrivals.get(self.newest, (0, 0))
        _, grabbed = direct.get(self.newest, (0, 0))
        return came > since_us and came - grabbed < CURRENT_US


class Broker:
    """A nats-server of our own."""

    def __init__(self, folder: Path, program: str, *, is_new: bool) -> None:
        self.port = free_port()
        self._program = program
        self._config = folder / "nats.conf"
        settings = CONFIG.format(port=self.port) + (NO_STALL if is_new else "")
        self._config.write_text(settings, encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = subprocess.DEVNULL
        words = [self._program, "-c", str(self._config)]
        self._process = subprocess.Popen(words, stdout=log, stderr=log)
        await_port(self.port)

    def cpu_s(self) -> float:
        return _cpu_s(self._process)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Relay:
    """A relay that can be killed and started again on its port. `way`: the port of its broker."""

    def __init__(self, rooms: Path, way: int) -> None:
        self.port = free_port()
        self._words = (
            *(*MODULE, "serve", *PLAIN, str(self.port), "--rooms", str(rooms)),
            *("--bus", f"nats://127.0.0.1:{way}"),
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Relay:
        self._process = subprocess.Popen([sys.executable, *self._words], env=os.environ.copy())
        try:
            await_port(self.port)
        except SystemExit:
            if self._process.poll() is None:
                raise
            raise SystemExit(f"the relay at port {self.port} ended by itself") from None
        return self

    def cpu_s(self) -> float:
        return _cpu_s(self._process)

    def end(self, by: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait()


def _cpu_s(process: subprocess.Popen[bytes] | None) -> float:
    """CPU that it has used, in seconds; 0: it does not run."""
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Cable:
    """Forwards TCP to a port, but nothing while it is not `is_whole`, and little while `is_slow`.

    Neither end learns of it.
    """

    def __init__(self, port: int) -> None:
        self.is_whole = asyncio.Event()
        self.is_whole.set()
        self.is_slow = False
        self.port = free_port()
        self._target = port

    async def open(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            back, there = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(self._pass(reader, there), self._pass(back, writer))
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(1 << 16):
                await self.is_whole.wait()
                for at in range(0, len(some), SEGMENT_BYTES):
                    if self.is_slow:
                        await asyncio.sleep(SEGMENT_BYTES / SLOW_BYTES_S)
                    writer.write(some[at : at + SEGMENT_BYTES])
                await writer.drain()
        writer.close()


def _host(stack: ExitStack, relay: Relay, shared: str) -> int:
    """A host that publishes there; its own port. `shared`: words of its command line."""
    port = free_port()
    way = f"http://127.0.0.1:{relay.port}/r/team"
    words = *MODULE, "share", *shlex.split(shared), *PLAIN, str(port), "--via", way
    stack.enter_context(running(*words, SAMESCREEN_VIA_TOKEN=PUBLISH))
    await_port(port)
    return port


def _ages(arrivals: Arrivals, direct: Arrivals, from_us: int) -> list[int]:
    """How old each picture was, by the time at which the host grabbed it."""
    both = arrivals.keys() & direct.keys()
    return [arrivals[n][0] - direct[n][1] for n in both if direct[n][0] > from_us]


async def measure(
    host: int, broker: Broker, relays: list[Relay], viewers: int, seconds: float
) -> list[float]:
    """Print the ages at the host and at each relay, and the CPU; returns each relay's p95 in µs."""
    direct = Watcher(host, "/ws")
    counts = [viewers, viewers, 1]
    groups = [
        [Watcher(relay.port) for _ in range(count)]
        for relay, count in zip(relays, counts, strict=False)
    ]
    everybody = [direct, *(each for group in groups for each in group)]
    tasks = [asyncio.ensure_future(each.run()) for each in everybody]
    await asyncio.sleep(SETTLE_S)
    from_us = clock_us()
    used_s = [each.cpu_s() for each in (*relays, broker)]
    await asyncio.sleep(seconds)
    used_s = [each.cpu_s() - was for each, was in zip((*relays, broker), used_s, strict=True)]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    own = [came - grabbed for came, grabbed in direct.arrivals.values() if came > from_us]
    print(row("direct", own, seconds))
    p95s = []
    for name, group in zip(("relay A", "relay B", "slow relay"), groups, strict=False):
        ages = [age for each in group for age in _ages(each.arrivals, direct.arrivals, from_us)]
        print(row(f"{name} ×{len(group)}", ages, seconds * len(group)))
        p95s.append(percentile([float(age) for age in ages], 0.95))
    shares = " ".join(f"{100 * each / seconds:.1f}" for each in used_s)
    load = Load(len(own) / seconds, direct.media_bytes * 8e-6 / (SETTLE_S + seconds))
    modelled = relay_percent(viewers, load)
    print(f"CPU of each relay, and of the broker, in % of a core: {shares}")
    print(f"the model says {modelled:.1f} for a relay with {viewers}, at {load.mbit:.2f} Mbit/s")
    return p95s


async def faults(
    broker: Broker, host: int, relays: list[Relay], cable: Cable, rounds: int, chosen: str
) -> None:
    """Print how long all viewers waited for a current picture, once all was back."""
    direct = Watcher(host, "/ws")
    watchers = [Watcher(relay.port) for relay in relays]
    watching = [asyncio.ensure_future(each.run()) for each in (direct, *watchers)]
    loop = asyncio.get_running_loop()

    async def kill_broker() -> None:
        broker.kill()
        await asyncio.sleep(2)
        await loop.run_in_executor(None, broker.start)

    async def cut() -> None:
        cable.is_whole.clear()
        await asyncio.sleep(random.uniform(*CUT_S))
        cable.is_whole.set()

    async def slow_down() -> None:
        cable.is_slow = True
        await asyncio.sleep(random.uniform(*CUT_S))
        cable.is_slow = False

    async def kill_origin() -> None:
        relays[0].end(signal.SIGKILL)
        await loop.run_in_executor(None, relays[0].start)

    harms = {"broker": kill_broker, "network": cut, "slow": slow_down, "relay": kill_origin}
    for name, harm in harms.items():
        if chosen not in ("", name):
            continue
        waits = []
        for _ in range(rounds):
            await _current(watchers, clock_us(), direct)
            await asyncio.sleep(2)
            await harm()
            waits.append(await _current(watchers, clock_us(), direct))
            await asyncio.sleep(2)
        shown = " ".join(" none" if each >= GIVE_UP_S else f"{each:5.2f}" for each in waits)
        print(f"{name:10} back → current picture at both relays, s: {shown}")
    for each in watching:
        each.cancel()
    await asyncio.gather(*watching, return_exceptions=True)


async def _current(watchers: list[Watcher], since_us: int, direct: Watcher) -> float:
    """Seconds until all of them have a current picture; `GIVE_UP_S`: they get none."""
    began_s = time.monotonic()
    while (waited_s := time.monotonic() - began_s) < GIVE_UP_S:
        if all(each.is_current(since_us, direct.arrivals) for each in watchers):
            return waited_s
        await asyncio.sleep(LOOK_S)
    return GIVE_UP_S


async def perform(stack: ExitStack, options: Any) -> None:
    """Set everything up, and measure."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    rooms = folder / "rooms.toml"
    rooms.write_text(ROOMS, encoding="utf-8")
    broker = Broker(folder, options.broker, is_new=options.new)
    stack.callback(broker.kill)
    broker.start()
    cable = Cable(broker.port)
    server = await cable.open()
    stack.callback(server.close)
    ways = [broker.port, cable.port if options.faults else broker.port]
    relays = [Relay(rooms, way) for way in ways]
    for relay in relays:
        stack.callback(relay.end)
        await asyncio.to_thread(relay.start)
    host = await asyncio.to_thread(_host, stack, relays[0], options.share)
    await asyncio.sleep(4)
    if options.faults:
        await faults(broker, host, relays, cable, options.faults, options.fault)
        return
    slow = None
    if options.slow:
        slow = Relay(rooms, stack.enter_context(shaped(broker.port, options.slow)))
        stack.callback(slow.end)
    ratios = []
    for _ in range(options.rounds):
        without = await measure(host, broker, relays, options.viewers, options.seconds)
        if slow is not None:
            await asyncio.to_thread(slow.start)
            three = [*relays, slow]
            with_slow = await measure(host, broker, three, options.viewers, options.seconds)
            await asyncio.to_thread(slow.end)
            ratios.append(with_slow[1] / without[1])
    if ratios:
        shown = " ".join(f"{each:.2f}" for each in ratios)
        print(f"p95 at relay B with the slow relay / without: {shown}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--viewers", type=int, default=1)
    parser.add_argument("--slow", choices=tuple(ALL), help="a third relay with such a way")
    parser.add_argument("--faults", type=int, default=0, metavar="N")
    chosen = "broker", "network", "slow", "relay"
    parser.add_argument("--fault", choices=chosen, default="", help="only this one")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--share", default="testcard", help="what the host shares, with options")
    found = shutil.which("nats-server") or "/usr/sbin/nats-server"
    parser.add_argument("--broker", default=found, metavar="PATH", help="the nats-server")
    parser.add_argument("--new", action="store_true", help="it is 2.11 or newer: no stalling")
    options = parser.parse_args()
    with ExitStack() as stack:
        asyncio.run(perform(stack, options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
