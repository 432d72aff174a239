"""Reaching an X server, and why it was not reached. Any thread."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import Any, Final

import xcffib

from samescreen.errors import SourceLost, SourceUnavailable

_LOCAL_DISPLAY: Final = re.compile(r"(?:unix(?:/unix)?)?:([0-9]{1,5})(?:\.[0-9]+)?")


def connected(name: str) -> Any:
    """A connection to the display of that name, such as ":0".

    Raises:
        SourceUnavailable: the server is there and refuses this program.
        SourceLost: nothing answers (it may come back).
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
            is_there = _is_listening(name)  # maybe only since: it is asked once more
            if not is_there:
                raise SourceLost(
                    f"X display {name} does not answer; check DISPLAY and XAUTHORITY"
                ) from error


def _is_listening(name: str) -> bool:
    """Whether a server of this machine has that display; False for other machines' displays."""
    local = _LOCAL_DISPLAY.fullmatch(name)
    if local is None:
        return False
    path = f"/tmp/.X11-unix/X{local[1]}"
    for address in (f"\0{path}", path):  # the abstract name is Linux's own
        with socket.socket(socket.AF_UNIX) as asking, suppress(OSError):
            asking.setblocking(False)
            asking.connect(address)
            return True
    return False
