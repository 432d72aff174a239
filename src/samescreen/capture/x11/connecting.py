"""Connects to an X server, and finds out why it could not. Any thread.

It imports each extension that anything here uses: an import adds to what `xcffib.connect` walks
through while it waits for the server, and that fails when another thread adds to it.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import Any, Final

import xcffib
import xcffib.composite
import xcffib.damage
import xcffib.randr
import xcffib.res
import xcffib.shape
import xcffib.shm
import xcffib.xfixes
import xcffib.xinput
import xcffib.xkb
import xcffib.xtest

from samescreen.errors import SourceLost, SourceUnavailable

_LOCAL_DISPLAY: Final = re.compile(r"(?:unix(?:/unix)?)?:([0-9]{1,5})(?:\.[0-9]+)?")


def connected(name: str) -> Any:
    """A connection to the display of that name, such as ":0".

    Raises:
        SourceUnavailable: the server runs, but refuses this program.
        SourceLost: no server answers (it may come back).
    """
    is_there = False
    while True:
        try:
            return xcffib.connect(display=name)
        except (xcffib.XcffibException, OSError) as error:
            if is_there:
                raise SourceUnavailable(
                    f"X display {name} refused this program; check XAUTHORITY, which names the "
                    "file with the key to it"
                ) from error
            is_there = _is_listening(name)  # it may have just started: connect once more
            if not is_there:
                raise SourceLost(
                    f"X display {name} does not answer; check DISPLAY and XAUTHORITY"
                ) from error


def _is_listening(name: str) -> bool:
    """Whether a server on this machine has that display. False for other machines' displays."""
    local = _LOCAL_DISPLAY.fullmatch(name)
    if local is None:
        return False
    path = f"/tmp/.X11-unix/X{local[1]}"
    for address in (f"\0{path}", path):  # abstract names exist on Linux only
        with socket.socket(socket.AF_UNIX) as asking, suppress(OSError):
            asking.setblocking(False)
            asking.connect(address)
            return True
    return False
