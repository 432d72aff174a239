"""What these tests do to an X server beside the painted window: real pointer motion, monitors."""

from __future__ import annotations

import subprocess
from typing import Final

import xcffib
import xcffib.xtest

from tests.stage.tools import find_tool
from tests.stage.x_client import connected
from tests.stage.x_server import XServer

_MOTION_NOTIFY: Final = 6


def move_pointer(server: XServer, x: int, y: int) -> None:
    """Moves the pointer as a mouse does (XTEST), so that motion is reported."""
    with connected(server.display) as client:
        xtest = client.connection(xcffib.xtest.key)
        xtest.FakeInput(_MOTION_NOTIFY, 0, 0, client.root, x, y, 0)
        client.settle()


def set_monitor(server: XServer, name: str, geometry: str, output: str) -> None:
    """`xrandr --setmonitor`: "640/160x720/190+0+0" is width/mm x height/mm + x + y."""
    command = [find_tool("xrandr"), "-d", server.display, "--setmonitor", name, geometry, output]
    subprocess.run(command, check=True, capture_output=True)
