"""Whether text is right between any two layouts: the viewer's keyboard and the host's.

For each host layout an X server with an xterm on it (or a real, headed Chromium); for each page
layout one text of 200 characters, sent as that page would send it, to the real injector. Printed:
wrong, lost or added characters of each pair of what the program read, and the differences.
"""

from __future__ import annotations

import argparse
import difflib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from page_keyboards import LAYOUTS, page_keyboard
from playwright.sync_api import Page, sync_playwright
from results import default_path, origin, print_table, write_rows
from stage import end_on_signals

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]
from samescreen.control.events import Button, Move  # noqa: E402
from samescreen.media import Region  # noqa: E402
from tests.control.desk import Acting, Terminal, acting, keys_down, set_layout  # noqa: E402
from tests.stage.x_server import XServer  # noqa: E402

SCREEN = Region(0, 0, 800, 600)
LONGEST_S = 20.0
DEBIAN_PYTHON = "/usr/bin/python3"
"""It has the toolkits of Debian's packages; the project's own environment has none."""
TOOLKIT_ENV = {
    "LC_ALL": "C.UTF-8",
    "GTK_IM_MODULE": "gtk-im-context-simple",
    "QT_IM_MODULE": "none",
}
FIELD = "<textarea style='position:fixed;inset:0;width:100%' spellcheck=false autofocus>"
HOSTS = LAYOUTS | {"ru-only": ("ru", ""), "gr-only": ("gr", "")}
"""Some machines have no Latin letter on any key: most of the text then goes by spare keys."""
TEXT = (
    "The quick brown fox jumps over 13 lazy dogs @ 09:45; {[~|\\]} #6 'z' \"YZ\" <-> 27% "
    "(a+b)/8 = $3^x_ `&*? ÄÖÜ äöüß éèàç ñ êîôû œ ø å €£§°µ Привет, Ёж. Γειά σου ώ. "
    "你好，世界！日本語テスト 한글 입력 ¿Qué? 😀👍 Łódź čtyři!"
)
"""198 characters: every kind of trouble between layouts. The line break makes it 199."""


@dataclass(frozen=True, slots=True)
class Row:
    """One pair of layouts."""

    host: str
    page: str
    reader: str
    characters: int
    errors: int
    keys_left_down: int
    seconds: float


class Typed(Protocol):
    """A program that reads what is typed."""

    @property
    def text(self) -> str:
        """What it read so far."""


class TextArea:
    """A text field that fills a window of Chromium."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def text(self) -> str:
        return str(self._page.input_value("textarea"))

    @property
    def has_keyboard(self) -> bool:
        """Whether keys reach the field."""
        return bool(self._page.evaluate("document.hasFocus() && document.activeElement.rows > 0"))


@contextmanager
def chromium(display: str) -> Iterator[TextArea]:
    """A headed Chromium in the whole screen; a click gives its field the keyboard."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            headless=False,
            args=["--kiosk", f"--window-size={SCREEN.width},{SCREEN.height}"],
            env={**os.environ, "DISPLAY": display},
        )
        page = browser.new_page(no_viewport=True)
        page.set_content(FIELD)
        page.wait_for_function("innerWidth > 300")
        yield TextArea(page)
        browser.close()


@contextmanager
def xterm(display: str) -> Iterator[Terminal]:
    """A terminal, shown."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(display, Path(folder))
        yield terminal
        terminal.close()


class Toolkit:
    """A text field of GTK or Qt, in a program of its own (`text_window.py`)."""

    def __init__(self, display: str, name: str, folder: Path) -> None:
        self._folder = folder
        command = [DEBIAN_PYTHON, str(Path(__file__).with_name("text_window.py")), name]
        env = os.environ | TOOLKIT_ENV | {"DISPLAY": display, "XDG_RUNTIME_DIR": str(folder)}
        self._process = subprocess.Popen([*command, str(folder)], env=env)

    @property
    def text(self) -> str:
        file = self._folder / "typed"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @property
    def has_keyboard(self) -> bool:
        """Whether keys reach the field."""
        if self._process.poll() is not None:
            raise SystemExit(
                "the reader ended; it needs Debian's packages: apt install --no-install-recommends "
                "python3-gi gir1.2-gtk-3.0 python3-pyqt5"
            )
        return (self._folder / "focused").exists()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def toolkit(name: str) -> Callable[[str], AbstractContextManager[Toolkit]]:
    """A text field of that toolkit, shown."""

    @contextmanager
    def shown(display: str) -> Iterator[Toolkit]:
        with tempfile.TemporaryDirectory() as folder:
            reader = Toolkit(display, name, Path(folder))
            try:
                yield reader
            finally:
                reader.close()

    return shown


READERS = {
    "xterm": xterm,
    "chromium": chromium,
    "gtk": toolkit("gtk"),
    "qt": toolkit("qt"),
}


def errors_between(sent: str, read: str) -> list[str]:
    """Each difference: what was sent, and what was read instead."""
    changes = difflib.SequenceMatcher(None, sent, read, autojunk=False).get_opcodes()
    return [f"{sent[a:b]!r} → {read[c:d]!r}" for kind, a, b, c, d in changes if kind != "equal"]


def count_errors(sent: str, read: str) -> int:
    """Characters that are wrong, missing or too many."""
    changes = difflib.SequenceMatcher(None, sent, read, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in changes if kind != "equal")


def typed(act: Acting, reader: Typed, page: str, text: str) -> str:
    """Type a line on that page; what was read once the line was whole."""
    before = len(reader.text)
    act.injector.put(Move(100, 100), *page_keyboard(page).typed(text))
    until = time.monotonic() + LONGEST_S
    while not reader.text.endswith("\n", before) and time.monotonic() < until:
        time.sleep(0.01)
    return reader.text[before:]


def run_host(host: str, arguments: argparse.Namespace) -> list[Row]:
    """All pages on one host layout."""
    rows = []
    server = XServer(SCREEN.width, SCREEN.height).start()
    try:
        layout, variant = HOSTS[host]
        set_layout(server.display, "-layout", layout, "-variant", variant)
        reading = READERS[arguments.reader](server.display)
        with reading as reader, acting(server.display, SCREEN) as act:
            while isinstance(reader, TextArea | Toolkit) and not reader.has_keyboard:
                act.injector.put(Button(0, True, 20, 20), Button(0, False, 20, 20))
                time.sleep(0.2)
            if arguments.caps:
                lock_caps(server.display)
            for page in arguments.page:
                began = time.monotonic()
                text = arguments.text + "\n"
                read = typed(act, reader, page, text)
                took = round(time.monotonic() - began, 2)
                left = len(keys_down(server.display))
                errors = count_errors(text, read)
                rows.append(Row(host, page, arguments.reader, len(text), errors, left, took))
                for each in errors_between(text, read):
                    print(f"{page} page, {host} host: {each}", flush=True)
    finally:
        server.stop()
    return rows


def lock_caps(display: str) -> None:
    """Turn Caps Lock on, as the person at the machine might have left it."""
    from samescreen.control.x11.connecting import InputConnection

    connection = InputConnection(display)
    connection.xkb.LatchLockState(0x100, 2, 2, False, 0, 0, False, 0)
    connection.settle()
    connection.close()


def main() -> None:
    """Type on every page, read on every host, print the table of errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", action="append", choices=HOSTS, help="default: all nine")
    parser.add_argument("--page", action="append", choices=LAYOUTS, help="default: all nine")
    parser.add_argument("--text", default=TEXT)
    parser.add_argument("--reader", choices=READERS, default="xterm", help="what is typed into")
    parser.add_argument("--caps", action="store_true", help="Caps Lock is on at the host")
    parser.add_argument("--out", type=Path, default=None, help="CSV; default: bench/results/")
    arguments = parser.parse_args()
    end_on_signals()
    hosts = arguments.host or list(LAYOUTS)
    arguments.page = pages = arguments.page or list(LAYOUTS)
    rows = [row for host in hosts for row in run_host(host, arguments)]
    print_table(
        ["host \\ page", *pages],
        [[host, *[str(row.errors) for row in rows if row.host == host]] for host in hosts],
    )
    write_rows(arguments.out or default_path("layouts"), rows, origin())
    if any(row.errors or row.keys_left_down for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.stderr) from error
