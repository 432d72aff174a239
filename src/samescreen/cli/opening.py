"""`--open`: the page in this machine's browser, without the link in any list of processes.

It opens the viewer link. Other users can read a program's arguments, so the browser gets a file
that only this user can read and that leads to the link. No program that starts here gets any secret
in its arguments or its environment. A process of its own looks for the browser, without our
terminal: a browser for terminals, or a command that waits for the page, would hold up the event
loop.
"""

from __future__ import annotations

import asyncio
import html
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from samescreen.option_values import SECRET_OPTIONS
from samescreen.options import ENV_PREFIX

from .words import Words

_KEPT_S: Final = 60.0
"""How long the file stays: browsers take seconds to start."""
_OPEN: Final = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
_DETACHED: Final = 0x00000008 | 0x08000000
"""DETACHED_PROCESS and CREATE_NO_WINDOW, which only Windows' subprocess has by name."""
_SNAPS: Final = Path("/snap/bin")
_PAGE: Final = """<!doctype html>
<meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={link}"><title>Samescreen</title>
<a href="{link}">{name}</a>
"""


@contextmanager
def opened(link: str, words: Words, say: Callable[[str], None]) -> Iterator[None]:
    """Open the link at once; leave no file behind. On the event loop, which it never holds up.

    `say` is called on the loop when no browser could be opened.
    """
    loop = asyncio.get_running_loop()
    try:
        folder = Path(tempfile.mkdtemp(prefix="samescreen-", dir=_place()))
        page = _write(folder, link)
    except OSError as error:
        say(words("no-browser-file", error=error))
        yield
        return

    def failed() -> None:
        say(words("no-browser"))

    def run() -> None:
        if not _open(page.as_uri()):
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(failed)

    removal = loop.call_later(_KEPT_S, _remove, folder)
    # A daemon: some browsers stay, and with them the process that opened them.
    threading.Thread(target=run, name="browser", daemon=True).start()
    try:
        yield
    finally:
        removal.cancel()
        _remove(folder)


def _place() -> Path | None:
    """Where browsers can read; None: the system's folder for temporary files.

    A browser in a snap sees neither that nor hidden folders.
    """
    home = os.path.expanduser("~")
    return Path(home) if _SNAPS.is_dir() and os.path.isdir(home) else None


def _write(folder: Path, link: str) -> Path:
    """The page that leads to the link, readable for this user only, in a folder that is too."""
    page = folder / "open.html"
    name = html.escape(link.partition("#")[0])
    handle = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(_PAGE.format(link=html.escape(link), name=name))
    return page


def _open(address: str) -> bool:
    """Whether a browser took it. May last as long as the browser."""
    secrets = {ENV_PREFIX + name.upper() for name in SECRET_OPTIONS}
    environment = {name: text for name, text in os.environ.items() if name not in secrets}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _OPEN, address],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=_DETACHED if sys.platform == "win32" else 0,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
