"""The panel at a terminal that can move its cursor, and the keys that act at once. Event loop.

The outlet draws the panel below everything that is printed; the terminal scrolls as usual.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from rich.console import Console

from samescreen.control.injector import wait_for_all
from samescreen.host import Host

from .controls import Controls
from .desk import Desk
from .keyboard import Keyboard
from .other_hosts import OtherHosts
from .outlet import Outlet
from .panel import Paint, coloured, fit, help_sheet, panel, plain
from .scene import SceneOfHost
from .streams import columns
from .welcome import qr_code
from .words import Words

_REDRAW_S: Final = 1.0
_LAST_WORDS_S: Final = 0.3
_NO_WRAP: Final = "\x1b[?7l"
_WRAP: Final = "\x1b[?7h"
"""DECAWM: fonts of East Asia may draw some characters wider than they are; such a line is then cut
and not broken, so that the number of rows stays known."""
_LOWEST: Final = 6
"""Lines that the panel takes even on the lowest terminal."""


def can_draw(outlet: Outlet) -> bool:
    """Whether a person sits at a terminal whose cursor the program can move."""
    is_read = sys.stdin is not None and sys.stdin.isatty()
    return is_read and outlet.has_cursor and os.environ.get("TERM") != "dumb"


class Live:
    """Draws the panel every second and after each key, and passes keys on to the desk."""

    def __init__(
        self, host: Host, console: Console, outlet: Outlet, words: Words, desk: Desk
    ) -> None:
        self._console = console
        self._outlet = outlet
        self._words = words
        self._desk = desk
        self._controls = Controls()
        self._control = host.hub.control
        self._scene = SceneOfHost(host, words)
        self._others = OtherHosts(host.actions.acts_since, words)
        self._paint: Paint = plain if os.environ.get("NO_COLOR") else coloured
        self._qr = ""

    async def run_until(self, stopped: asyncio.Event) -> None:
        """Show the panel until the share is stopped, then remove it."""
        loop = asyncio.get_running_loop()

        def let_go() -> None:
            self._control.let_go()
            wait_for_all(_LAST_WORDS_S)

        def take(keys: list[str]) -> None:
            loop.call_soon_threadsafe(self.press, keys)

        keyboard = Keyboard(sys.stdin.fileno(), take)
        work = loop.create_task(self._desk.work())
        try:
            with _signals(self.draw, let_go, self._outlet, keyboard):
                keyboard.start()
                while not stopped.is_set():
                    self._scene.note_bitrate()
                    self.draw()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stopped.wait(), _REDRAW_S)
        finally:
            keyboard.close()
            work.cancel()
            self._outlet.status("")

    def press(self, keys: list[str]) -> None:
        """Take the keys that were typed."""
        for deed in self._controls.press(keys):
            if deed.name == "close":
                self._qr = ""
            else:
                self._desk.do(deed)
            if deed.name == "phone" and self._desk.on_screen.phone:
                self._open_sheet("phone", self._desk.phone_link())
            elif deed.name == "show-me" and (link := self._desk.showing.link):
                self._open_sheet("show-me", link)
        self.draw()

    def draw(self) -> None:
        """Print what other hosts did, and draw the panel below."""
        for line in self._others.news():
            self._console.print(line)
        if self._controls.sheet == "phone" and not self._desk.is_phone_awaited():
            self._controls.sheet = ""
            self._console.print(self._words("phone-over"))
        if self._controls.sheet == "show-me" and not self._desk.showing.link:
            self._controls.sheet = ""
            self._console.print(self._words("show-link-used"))
        self._outlet.status(_NO_WRAP + "\n".join(self._lines()) + _WRAP)

    def _lines(self) -> list[str]:
        width = max(columns() - 1, 10)
        height = max(shutil.get_terminal_size().lines - 1, _LOWEST)
        if self._controls.sheet == "help":
            return help_sheet(width, self._words)[-height:]
        if self._controls.sheet == "phone":
            said = self._words("phone", n=self._desk.phone_seconds())
            return self._code_sheet(said, self._words("any-key"), width)
        if self._controls.sheet == "show-me":
            said = self._desk.showing.limit or self._words("show-me")
            return self._code_sheet(said, self._words("show-me-keys"), width)
        self._desk.on_screen.newcomer = self._scene.newcomer()
        self._desk.on_screen.request = self._scene.request()
        self._desk.on_screen.hand, self._desk.on_screen.line = self._scene.said_first()
        self._desk.on_screen.numbers = self._scene.person_numbers()
        prompt = self._controls.prompt
        return panel(self._scene.look(), prompt, width, height, self._words, self._paint)

    def _open_sheet(self, sheet: str, link: str) -> None:
        """Show the link as a QR code; where that has no room, print it."""
        drawn = qr_code(self._console, link)
        rows = drawn.rstrip("\n").split("\n")
        size = shutil.get_terminal_size()
        is_too_large = max(map(len, rows)) >= columns() or len(rows) + 3 >= size.lines
        if not drawn or is_too_large:
            self._console.print(self._words("cannot-draw", link=link))
            return
        self._qr, self._controls.sheet = drawn.rstrip("\n"), sheet

    def _code_sheet(self, said: str, keys: str, width: int) -> list[str]:
        return [*self._qr.split("\n"), *(fit(line, width).rstrip() for line in (said, keys))]


@contextmanager
def _signals(
    draw: Callable[[], None], let_go: Callable[[], None], outlet: Outlet, keyboard: Keyboard
) -> Iterator[None]:
    """Redraw when the size changes; give the terminal back before every stop and end.

    `let_go` lifts what viewers hold down: a program that rests could not lift it.
    """
    if sys.platform == "win32":
        yield
        return
    loop = asyncio.get_running_loop()

    def give_back(number: signal.Signals) -> None:
        """Do what the signal does by itself, with the terminal as it was."""
        outlet.status("")
        outlet.finish(_LAST_WORDS_S)
        keyboard.release()
        loop.remove_signal_handler(number)
        os.kill(os.getpid(), number)

    def suspend() -> None:
        let_go()
        give_back(signal.SIGTSTP)  # returns once the shell lets the program go on
        loop.add_signal_handler(signal.SIGTSTP, suspend)
        keyboard.resume()
        draw()

    numbers = {
        signal.SIGWINCH: draw,
        signal.SIGTSTP: suspend,
        signal.SIGQUIT: lambda: give_back(signal.SIGQUIT),
    }
    for number, act in numbers.items():
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
