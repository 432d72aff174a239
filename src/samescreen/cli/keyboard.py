"""Reads single keys of the terminal, while it is this program's, on a thread of its own.

The thread owns the terminal's modes: no line editing and no echo, but Ctrl-C and Ctrl-Z stay
signals. It sets them when the program comes to the foreground and puts the old ones back when
`release` says so; nothing changes the terminal of another program.
"""

from __future__ import annotations

import atexit
import errno
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from .job_control import is_foreground, never_stop_this_thread
from .keystrokes import Keystrokes

_LOOK_S: Final = 0.5
"""How soon the program notices that the shell has put it into the foreground."""
_ESCAPE_S: Final = 0.05
"""A sequence follows its Escape sooner than this."""
_MOST_AT_ONCE: Final = 4096

TakeKeys = Callable[[list[str]], None]


_taken: list[TerminalModes] = []


def restore_terminals() -> None:
    """Put back the modes of all terminals. Before every end of the program, also by `os._exit`."""
    for modes in _taken:
        modes.release()


atexit.register(restore_terminals)


class TerminalModes:
    """The modes of one terminal, as the shell set them and as single keys need them."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._lock = threading.Lock()
        self._before: list[Any] | None = None
        self._is_held = False
        _taken.append(self)

    def take(self) -> None:
        """Take single keys from now on, if the terminal is this program's. On its thread."""
        import termios

        with self._lock:
            if self._is_held or not is_foreground(self._terminal):
                return
            with suppress(termios.error):
                current = termios.tcgetattr(self._terminal)
                if current[3] & termios.ICANON:
                    self._before = current
                    changed = [*current[:3], current[3] & ~(termios.ICANON | termios.ECHO)]
                    changed += [*current[4:6], _one_byte_at_once(current[6])]
                    termios.tcsetattr(self._terminal, termios.TCSANOW, changed)

    def release(self) -> None:
        """Put the old modes back, and leave them so until `resume`. Any thread; may be repeated."""
        import termios

        with self._lock:
            self._is_held = True
            if self._before is not None and is_foreground(self._terminal):
                with suppress(termios.error):
                    termios.tcsetattr(self._terminal, termios.TCSANOW, self._before)
            self._before = None

    def resume(self) -> None:
        """`take` may change the modes again."""
        with self._lock:
            self._is_held = False


def _one_byte_at_once(characters: list[Any]) -> list[Any]:
    import termios

    changed = list(characters)
    changed[termios.VMIN], changed[termios.VTIME] = 1, 0
    return changed


class Keyboard:
    """Passes on the keys that are typed, from `start` to `close`. `take` runs on its thread."""

    def __init__(self, terminal: int, take: TakeKeys) -> None:
        self._terminal = terminal
        self._take = take
        self._keys = Keystrokes()
        self._closed = threading.Event()
        self.modes = None if sys.platform == "win32" else TerminalModes(terminal)

    def start(self) -> None:
        """Begin to read."""
        # A daemon: on Windows nothing ends its wait for a key but the end of the program.
        run = self._read_console if sys.platform == "win32" else self._read
        threading.Thread(target=run, name="terminal", daemon=True).start()

    def release(self) -> None:
        """Put the terminal back as it was. Safe to repeat."""
        if self.modes is not None:
            self.modes.release()

    def close(self) -> None:
        """Put the terminal back, and leave what is typed from now on to the shell."""
        self._closed.set()
        self.release()

    def resume(self) -> None:
        """Take single keys again, as soon as the terminal is this program's."""
        if self.modes is not None:
            self.modes.resume()

    def _read_console(self) -> None:  # pragma: no cover - Windows
        if sys.platform == "win32":
            import msvcrt

            while True:
                char = msvcrt.getwch()
                if char in "\x00\xe0":  # an arrow or function key; its number follows
                    msvcrt.getwch()
                elif char == "\x1b":
                    self._take(["escape"])
                else:
                    self._take(self._keys.feed(char.encode("utf-8", "surrogatepass")))

    def _read(self) -> None:
        never_stop_this_thread()
        while self.modes is not None and not self._closed.is_set():
            self.modes.take()
            wait_s = _ESCAPE_S if self._keys.is_waiting else _LOOK_S
            try:
                ready, _, _ = select.select([self._terminal], [], [], wait_s)
                if self._closed.is_set():
                    return
                if ready and not is_foreground(self._terminal):
                    time.sleep(_LOOK_S)  # it was typed for another program
                elif not ready:
                    self._pass_on(self._keys.pause())
                elif not (more := os.read(self._terminal, _MOST_AT_ONCE)):
                    return
                else:
                    self._pass_on(self._keys.feed(more))
            except BlockingIOError:
                continue
            except (OSError, ValueError) as error:
                is_out_of_turn = getattr(error, "errno", 0) == errno.EIO
                if not (is_out_of_turn and not is_foreground(self._terminal)):
                    return

    def _pass_on(self, keys: list[str]) -> None:
        if keys and not self._closed.is_set():
            with suppress(RuntimeError):  # the loop is closed
                self._take(keys)
