"""Random mouse, keys and text by one viewer, while the network stalls and breaks every few seconds.

The host is the real program on an X screen of its own; a window on it reads what is typed. Between
two cuts every letter is known: one that the host reported as done must be read exactly once, one
that was under way when the network broke at most once, in order. After each cut, and at the end,
no key and no button may be down.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from cut_network import CutNetwork
from key_reader import KeyReader
from results import default_path, origin, print_table, write_rows
from stage import end_on_signals

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]
from samescreen.control.places import PLACES  # noqa: E402
from tests.control.desk import US, buttons_down, keys_down  # noqa: E402
from tests.stage.host_process import HostProcess  # noqa: E402
from tests.stage.x_client import connected  # noqa: E402
from tests.stage.x_server import XServer  # noqa: E402

SIZE = (800, 600)
HELD_EVERY_S = 0.09
GONE_S = 0.6
"""Within this time after a cut all must be up, and all that was sent must have been read."""
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:?!@#"
OTHERS = "äöüéèñçЖяφ你好世界日本語한글😀👍"
HOLDS = [PLACES[n] for n in ("ShiftLeft", "ControlLeft", "AltLeft", "ShiftRight")]


@dataclass(slots=True)
class Row:
    """What a soak found."""

    seconds: float
    cuts: int = 0
    stalls: int = 0
    letters: int = 0
    under_way_at_a_cut: int = 0
    lost: int = 0
    added: int = 0
    clicks: int = 0
    keys_down_after_a_cut: int = 0
    keys_down_at_the_end: int = 0
    buttons_down_at_the_end: int = 0


@dataclass(slots=True)
class Sent:
    """One letter. `is_done`: the host said so."""

    char: str
    sequence: int
    is_done: bool = False


def lost_and_added(sent: Sequence[Sent], read: Sequence[str]) -> tuple[int, int]:
    """The fewest letters that are missing and that are too many; missing ones under way are free.

    Edit distance without substitution, by rows.
    """
    row = [(0, 0, k) for k in range(len(read) + 1)]  # (cost, lost, added)
    for letter in sent:
        price = 1 if letter.is_done else 0
        above, row = row, [(row[0][0] + price, row[0][1] + price, row[0][2])]
        for k, char in enumerate(read):
            best = min(
                (above[k + 1][0] + price, above[k + 1][1] + price, above[k + 1][2]),
                (row[k][0] + 1, row[k][1], row[k][2] + 1),
            )
            row.append(min(best, above[k]) if char == letter.char else best)
    return row[-1][1], row[-1][2]


@dataclass(slots=True)
class Page:
    """What a page does with its socket: presses, lifts, repeats what is held, notes the answers."""

    ws: aiohttp.ClientWebSocketResponse
    dice: random.Random
    sent: list[Sent] = field(default_factory=list)
    down: set[int] = field(default_factory=set)
    buttons: int = 0
    sequence: int = 0

    async def send(self, *events: bytes, answered: bool = False) -> None:
        self.sequence = self.sequence + 1 & 0xFFFF
        page_ms = int(time.monotonic() * 1000) & 0xFFFFFFFF
        header = struct.pack(">BBHI", 0, answered, self.sequence, page_ms)
        await self.ws.send_bytes(header + b"".join(events))

    async def key(self, code: int, is_down: bool, char: str = "", mods: int = 0) -> None:
        (self.down.add if is_down else self.down.discard)(code)
        event = struct.pack(">BBHHI", 5, is_down, code, mods, ord(char) if char else 0)
        await self.send(event, answered=is_down)

    async def beat(self) -> None:
        """Repeat what is held, for ever."""
        while True:
            await asyncio.sleep(HELD_EVERY_S)
            if self.down or self.buttons:
                codes = sorted(self.down)
                form = f">BHB{len(codes)}H"
                await self.send(struct.pack(form, 7, self.buttons, len(codes), *codes))

    async def read(self) -> None:
        """Note what the host has done, until the connection is gone."""
        async for message in self.ws:
            given = json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}
            if given.get("type") == "applied":
                for letter in self.sent:
                    letter.is_done |= letter.sequence == given["sequence"]

    async def act(self) -> None:
        """Random things, for ever."""
        acts = (*[self.letter] * 8, self.text, self.mouse, self.hold)
        while True:
            await self.dice.choice(acts)()
            await asyncio.sleep(self.dice.choice((0, 0.01, 0.05)))

    async def letter(self) -> None:
        char = self.dice.choice(LETTERS)
        name, shift = US[char]
        if shift:
            await self.key(PLACES["ShiftLeft"], True, mods=1)
        self.sent.append(Sent(char, self.sequence + 1 & 0xFFFF))
        await self.key(PLACES[name], True, char, 1 if shift else 0)
        await asyncio.sleep(self.dice.choice((0, 0.02, 0.05, 0.1)))
        await self.key(PLACES[name], False)
        if shift:
            await self.key(PLACES["ShiftLeft"], False)

    async def text(self) -> None:
        text = "".join(self.dice.choices(OTHERS, k=self.dice.randint(1, 3)))
        self.sent += [Sent(char, self.sequence + 1 & 0xFFFF) for char in text]
        raw = text.encode()
        await self.send(struct.pack(">BH", 6, len(raw)) + raw, answered=True)

    async def mouse(self) -> None:
        x, y = self.dice.randrange(SIZE[0]), self.dice.randrange(SIZE[1])
        number = self.dice.randrange(5)
        for is_down in (1, 0):
            self.buttons ^= 1 << number
            await self.send(struct.pack(">BBBHH", 2, number, is_down, x, y))
            await self.send(struct.pack(">BHH", 1, x, y))
            await asyncio.sleep(self.dice.choice((0, 0.05, 0.3)))
        await self.send(struct.pack(">BhhHH", 3, 0, self.dice.choice((-120, 40, 120)), x, y))

    async def hold(self) -> None:
        code = self.dice.choice(HOLDS)
        await self.key(code, True)
        await asyncio.sleep(self.dice.choice((0, 0.1, 0.4)))
        await self.key(code, False)


class Soak:
    """One host, one viewer who comes back after each cut."""

    def __init__(self, display: str, host: HostProcess, reader: KeyReader, dice: random.Random):
        self._display = display
        self._host = host
        self._reader = reader
        self._dice = dice

    async def run(self, seconds: float, every_s: float) -> Row:
        row = Row(seconds)
        network = CutNetwork(self._host.port)
        url = f"http://127.0.0.1:{await network.open()}/ws/control"
        until = time.monotonic() + seconds
        bearer = {"Authorization": f"Bearer {self._host.token}"}
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < until:
                async with session.ws_connect(url, headers=bearer) as ws:
                    await self._between_cuts(Page(ws, self._dice), network, every_s, row)
        await network.close()
        row.keys_down_at_the_end = len(keys_down(self._display))
        row.buttons_down_at_the_end = buttons_down(self._display).bit_count()
        row.clicks = self._reader.clicks
        return row

    async def _between_cuts(
        self, page: Page, network: CutNetwork, every_s: float, row: Row
    ) -> None:
        state = await page.ws.receive_json(timeout=10)
        if state.get("state") != "mine":
            raise SystemExit(f"the viewer got no control: {state}")
        self._reader.text.clear()
        tasks = [asyncio.create_task(each) for each in (page.act(), page.beat(), page.read())]
        ends = time.monotonic() + self._dice.uniform(0.5, 2 * every_s - 0.5)
        while time.monotonic() < ends:
            await asyncio.sleep(self._dice.uniform(0.2, 1.5))
            if self._dice.random() < 0.4:
                row.stalls += 1
                await network.stall(self._dice.choice((0.05, 0.2, 0.4, 1.0)))
        network.cut()
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, OSError):
                raise outcome
        row.cuts += 1
        await self._account(page, row)

    async def _account(self, page: Page, row: Row) -> None:
        """Count what is down and what was read, once the host had time to notice the cut."""
        await asyncio.sleep(GONE_S)
        row.keys_down_after_a_cut += len(keys_down(self._display))
        lost, added = lost_and_added(page.sent, list(self._reader.text))
        if lost or added:
            sent = "".join(each.char for each in page.sent)
            print(f"sent {sent!r}\nread {''.join(self._reader.text)!r}", flush=True)
        row.lost += lost
        row.added += added
        row.letters += len(page.sent)
        row.under_way_at_a_cut += sum(not each.is_done for each in page.sent)


def main() -> None:
    """Soak, print what was found, and fail if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--cut-every", type=float, default=5, help="seconds, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=None, help="CSV; default: bench/results/")
    arguments = parser.parse_args()
    end_on_signals()
    server = XServer(*SIZE).start()
    try:
        with connected(server.display) as client:
            reader = KeyReader(client, *SIZE)
            host = HostProcess("screen", "--allow", "control", env={"DISPLAY": server.display})
            try:
                soak = Soak(server.display, host, reader, random.Random(arguments.seed))
                row = asyncio.run(soak.run(arguments.seconds, arguments.cut_every))
            finally:
                with suppress(AssertionError):
                    host.stop()
                reader.close()
    finally:
        server.stop()
    print_table(("what", "count"), [(name, getattr(row, name)) for name in Row.__slots__])
    write_rows(arguments.out or default_path("control-soak"), [row], origin())
    wrong = (row.lost, row.added, row.keys_down_after_a_cut, row.keys_down_at_the_end)
    if any(wrong) or row.buttons_down_at_the_end:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
