"""Asks a desktop of `samescreen new --wayland` for another size. On the injecting thread."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path

from samescreen.control.events import Room
from samescreen.media import ROOM_SOCKET, OnDesktop


def fit(place: OnDesktop, room: Room) -> None:
    """Ask for it. Waits for nothing, and it does not matter if nobody listens."""
    path = Path(place.display).with_name(ROOM_SOCKET)
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.sendto(struct.pack("=II", room.width, room.height), str(path))
