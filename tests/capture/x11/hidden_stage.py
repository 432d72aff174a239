"""Windows to hide, and what of them a picture shows."""

from __future__ import annotations

from collections.abc import Callable

from samescreen.capture.base import Source
from samescreen.capture.hiding import MASK_BGRX
from samescreen.clock import clock_us
from samescreen.media import Frame, Region
from tests.capture.x11.client_window import RED, Clients, ClientWindow, rgb
from tests.capture.x11.x_tools import LONG_US
from tests.stage.scene import Colour

MASK: Colour = (MASK_BGRX[2], MASK_BGRX[1], MASK_BGRX[0])
PLACE = Region(100, 50, 120, 80)

Hide = Callable[..., Source]


def secret(clients: Clients, title: str = "My Bank", place: Region = PLACE) -> ClientWindow:
    window = clients.open(title, place)
    window.fill(RED)
    return window


def red(clients: Clients, title: str) -> ClientWindow:
    window = clients.open(title, Region(300, 100, 50, 50))
    window.fill(RED)
    return window


def visit(window: ClientWindow, clients: Clients, at: tuple[int, int]) -> None:
    """Put the window into a frame while the screen is read."""
    window.put_into(clients.open("", Region(*at, 140, 110)), 10, 20)


def count(taken: Frame, colour: Colour = RED) -> int:
    return int((rgb(taken) == colour).all(axis=2).sum())


def shown_until(source: Source, is_so: Callable[[Frame], bool]) -> Frame:
    """The first picture for which it is so. No picture before it shows the secret."""
    deadline_us = clock_us() + LONG_US
    while clock_us() < deadline_us:
        taken = source.grab(deadline_us)
        if taken is not None:
            assert not count(taken)
            if is_so(taken):
                return taken
    raise AssertionError("no such picture came")
