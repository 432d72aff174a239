"""Actions of the tests on an X server (pointer, monitors), and on sources that share it."""

from __future__ import annotations

import subprocess
from typing import Final

import xcffib
import xcffib.xtest

from samescreen.capture.base import Source
from samescreen.clock import clock_us
from samescreen.media import Frame
from tests.stage.timing import MS
from tests.stage.tools import find_tool
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

LONG_US: Final = int(5e9 * MS)
SHORT_US: Final = int(50e6 * MS)
_MOTION_NOTIFY: Final = 6


def change(source: Source) -> Frame:
    """The next picture. Reports of changes without an effect are skipped."""
    deadline_us = clock_us() + LONG_US
    while clock_us() < deadline_us:
        if (taken := source.grab(deadline_us)) is not None:
            return taken
    raise AssertionError("no picture came")


def settle(source: Source) -> None:
    """Grab until no more pictures come."""
    deadline_us = clock_us() + LONG_US
    while source.grab(clock_us() + SHORT_US) is not None:
        assert clock_us() < deadline_us, "it never rests"


def move_pointer(server: XServer, x: int, y: int) -> None:
    """Move the pointer as a mouse does (XTEST), so that the server reports motion."""
    with connected(server.display) as client:
        xtest = client.connection(xcffib.xtest.key)
        xtest.FakeInput(_MOTION_NOTIFY, 0, 0, client.root, x, y, 0)
        client.settle()


def set_monitor(server: XServer, name: str, geometry: str, output: str) -> None:
    """`xrandr --setmonitor`: "640/160x720/190+0+0" is width/mm x height/mm + x + y."""
    command = [find_tool("xrandr"), "-d", server.display, "--setmonitor", name, geometry, output]
    subprocess.run(command, check=True, capture_output=True)
