"""An X desktop that is acted on: what a terminal reads, what a window gets, what is down."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xcffib
import xcffib.xproto

from samescreen.control.events import Key, Mods, Text
from samescreen.control.injector import Injector
from samescreen.control.news import News
from samescreen.control.places import PLACES
from samescreen.media import OnDesktop, Region
from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, python_environment, spawn
from tests.stage.x_client import XClient, connected

_PLACES = (
    *[f"Key{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
    *[f"Digit{digit}" for digit in "1234567890"],
    *("Minus", "Equal", "BracketLeft", "BracketRight", "Semicolon", "Quote", "Backquote"),
    *("Backslash", "Comma", "Period", "Slash"),
)
_PLAIN = "abcdefghijklmnopqrstuvwxyz1234567890-=[];'`\\,./"
_SHIFTED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()_+{}:"~|<>?'
US = {
    **{char: (place, "") for char, place in zip(_PLAIN, _PLACES, strict=True)},
    **{char: (place, "s") for char, place in zip(_SHIFTED, _PLACES, strict=True)},
    " ": ("Space", ""),
    "\n": ("Enter", ""),
}
"""Where a viewer with a us keyboard finds each character, and "s" for with Shift."""


def typed(text: str) -> list[Key | Text]:
    """What the page of a us keyboard sends while somebody types this."""
    events: list[Key | Text] = []
    for char in text:
        if char not in US:
            events.append(Text(char))
            continue
        name, shift = US[char]
        shown = "" if char == "\n" else char
        mods = Mods.SHIFT if shift else Mods.NONE
        key = [Key(is_down, PLACES[name], mods, shown) for is_down in (True, False)]
        if shift:
            hold = [Key(is_down, PLACES["ShiftLeft"]) for is_down in (True, False)]
            key = [hold[0], *key, hold[1]]
        events += key
    return events


@dataclass(slots=True)
class Acting:
    """An injector on a screen, and what it reported."""

    injector: Injector
    news: list[News] = field(default_factory=list)


@contextmanager
def acting(display: str, region: Region, window: int = 0) -> Iterator[Acting]:
    """An injector on this part of the display, which has lifted everything at the end."""
    place = OnDesktop(display, window, region)
    news: list[News] = []
    injector = Injector(lambda: place, news.append)
    injector.start()
    try:
        yield Acting(injector, news)
    finally:
        injector.stop()
        assert injector.join(5000 * MS), "the injector did not end"


def set_layout(display: str, *words: str) -> None:
    command = [find_tool("setxkbmap"), "-display", display, *words]
    subprocess.run(command, check=True, timeout=10, capture_output=True)


def keys_down(display: str) -> set[int]:
    """The keycodes that are down now."""
    with connected(display) as client:
        keys = bytes(client.core.QueryKeymap().reply().keys)
    return {code for code in range(256) if keys[code >> 3] >> (code & 7) & 1}


def buttons_down(display: str) -> int:
    with connected(display) as client:
        return int(client.core.QueryPointer(client.root).reply().mask) >> 8 & 0x1F


class Terminal:
    """An xterm that writes what is typed into it, line by line, into a file."""

    def __init__(self, display: str, folder: Path) -> None:
        self._file = folder / "typed"
        ready = folder / "ready"
        script = f"touch {ready}; stty -echo; exec cat > {self._file}"
        env = python_environment() | {"DISPLAY": display, "LC_ALL": "C.UTF-8"}
        command = [find_tool("xterm"), "-u8", "-geometry", "100x30+0+0", "-e", "sh", "-c", script]
        self._process = spawn(command, env=env)
        eventually(ready.exists, what="a shell runs in xterm", within=10_000 * MS)
        with connected(display) as client:
            eventually(lambda: _covers(client, 20, 20), what="xterm is shown")

    @property
    def text(self) -> str:
        return self._file.read_text(encoding="utf-8") if self._file.exists() else ""

    def reads(self, text: str) -> None:
        """Wait until it has read so many characters, and compare."""
        try:
            eventually(lambda: len(self.text) >= len(text), what="all of it", within=6000 * MS)
        finally:
            assert self.text == text

    def close(self) -> None:
        end(self._process)


def _covers(client: XClient, x: int, y: int) -> bool:
    reply = client.core.TranslateCoordinates(client.root, client.root, x, y).reply()
    return bool(reply.child)


class Window:
    """A plain window: keeps the buttons and keys that it gets."""

    def __init__(self, client: XClient, region: Region) -> None:
        self.client = client
        self.got: list[tuple[str, int, int, int]] = []
        self.xid: int = client.connection.generate_id()
        mask = xcffib.xproto.CW.BackPixel | xcffib.xproto.CW.EventMask
        wants = (
            xcffib.xproto.EventMask.ButtonPress
            | xcffib.xproto.EventMask.ButtonRelease
            | xcffib.xproto.EventMask.KeyPress
            | xcffib.xproto.EventMask.KeyRelease
            | xcffib.xproto.EventMask.PointerMotion
        )
        client.core.CreateWindow(
            client.screen.root_depth,
            self.xid,
            client.root,
            region.x,
            region.y,
            region.width,
            region.height,
            0,
            xcffib.xproto.WindowClass.InputOutput,
            client.screen.root_visual,
            mask,
            [client.screen.white_pixel, wants],
        )
        client.core.MapWindow(self.xid)
        client.settle()

    def move(self, x: int, y: int) -> None:
        mask = xcffib.xproto.ConfigWindow.X | xcffib.xproto.ConfigWindow.Y
        self.client.core.ConfigureWindow(self.xid, mask, [x, y])
        self.client.settle()

    def read(self, *kinds: str) -> list[tuple[str, int, int, int]]:
        """What came so far, of these kinds: kind, button or keycode, x and y in the window."""
        event: Any
        while (event := self.client.connection.poll_for_event()) is not None:
            kind = type(event).__name__.removesuffix("Event")
            if hasattr(event, "event_x"):
                self.got.append((kind, event.detail, event.event_x, event.event_y))
        return [each for each in self.got if each[0] in kinds]

    def gets(self, *kinds: str, count: int = 1) -> list[tuple[str, int, int, int]]:
        """Wait for so many of these kinds."""
        eventually(lambda: len(self.read(*kinds)) >= count, what=f"{count} of {kinds}")
        return self.read(*kinds)
