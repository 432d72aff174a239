"""Keeps the machine awake while somebody watches. Event loop.

A small program of the system holds the machine awake as long as it runs. It reads its standard
input and ends with it, so that it never outlives this program, however this program ends. Windows
has a call instead, which holds for the thread that made it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, Protocol

from samescreen.aside import aside
from samescreen.option_values import SECRET_OPTIONS
from samescreen.options import ENV_PREFIX

_LOOK_S: Final = 5.0
_AFTER_S: Final = 60.0
"""A viewer who reloads the page does not let the machine sleep."""
_WHY: Final = "somebody watches the shared screen"

# https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setthreadexecutionstate
_ES_CONTINUOUS: Final = 0x80000000
_ES_SYSTEM_REQUIRED: Final = 0x00000001
_ES_DISPLAY_REQUIRED: Final = 0x00000002


class Awake(Protocol):
    """Something that holds the machine awake between `hold` and `release`."""

    def hold(self) -> None: ...

    def release(self) -> None: ...


def commands(
    platform: str, environment: Mapping[str, str], has: Callable[[str], bool]
) -> list[list[str]]:
    """The programs that hold this system awake; each runs until its standard input ends.

    systemd-inhibit keeps the machine from sleeping, gnome-session-inhibit keeps the screen of a
    GNOME session on. Without either there is nothing that could be asked.
    """
    if platform == "darwin":
        # https://ss64.com/mac/caffeinate.html: it holds while the program that it is given runs.
        return [["caffeinate", "-d", "-i", "-s", "cat"]] if has("caffeinate") else []
    found = []
    if has("systemd-inhibit"):
        about = [f"--why={_WHY}", "--who=samescreen", "--mode=block"]
        found.append(["systemd-inhibit", "--what=idle:sleep", *about, "cat"])
    if has("gnome-session-inhibit") and "GNOME" in environment.get("XDG_CURRENT_DESKTOP", ""):
        found.append(["gnome-session-inhibit", "--inhibit", "idle", "--reason", _WHY, "cat"])
    return found


class Programs:
    """Holds the machine awake by programs that are started and ended."""

    def __init__(self, commands: list[list[str]]) -> None:
        self._commands = commands
        self._running: list[subprocess.Popen[bytes]] = []

    def hold(self) -> None:
        """Start them. One that cannot be started is left out: the share goes on without."""
        secrets = {ENV_PREFIX + name.upper() for name in SECRET_OPTIONS}
        environment = {name: text for name, text in os.environ.items() if name not in secrets}
        for words in self._commands:
            with suppress(OSError):
                self._running.append(
                    subprocess.Popen(
                        words,
                        env=environment,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,
                    )
                )

    def release(self) -> None:
        """End them, by the end of their input. It waits for none of them."""
        for program in self._running:
            assert program.stdin is not None
            with suppress(OSError):
                program.stdin.close()
            aside(program.wait, "the end of a program that kept the machine awake")
        self._running = []


class WindowsCall:
    """Holds Windows awake. Both calls are made by one thread."""

    def __init__(self, set_state: Callable[[int], int]) -> None:
        self._set_state = set_state

    def hold(self) -> None:
        self._set_state(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED | _ES_DISPLAY_REQUIRED)

    def release(self) -> None:
        self._set_state(_ES_CONTINUOUS)


def of_this_system() -> Awake:
    """What holds this machine awake."""
    if sys.platform == "win32":  # pragma: no cover - Windows
        import ctypes

        return WindowsCall(ctypes.windll.kernel32.SetThreadExecutionState)
    return Programs(commands(sys.platform, os.environ, lambda name: bool(shutil.which(name))))


async def stay_awake(awake: Awake, is_watched: Callable[[], bool]) -> None:
    """Hold the machine awake while `is_watched`, and for a minute after. Until it is cancelled."""
    looks_left = 0
    try:
        while True:
            was_held = looks_left > 0
            looks_left = round(_AFTER_S / _LOOK_S) if is_watched() else max(looks_left - 1, 0)
            if looks_left and not was_held:
                awake.hold()
            elif was_held and not looks_left:
                awake.release()
            await asyncio.sleep(_LOOK_S)
    finally:
        if looks_left:
            awake.release()
