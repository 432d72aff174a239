"""Fixtures for sharing single windows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from samescreen.capture.base import Source
from samescreen.capture.hiding import Hidden
from samescreen.capture.x11.screen import X11Screen
from samescreen.capture.x11.window import X11Window
from tests.capture.x11.client_window import Clients, OpenWindow, clients_on
from tests.capture.x11.hidden_stage import Hide
from tests.capture.x11.x_tools import move_pointer
from tests.conftest import StartXServer
from tests.stage.x_server import XServer


@pytest.fixture
def server(x_server: StartXServer) -> XServer:
    server = x_server(640, 360)
    move_pointer(server, 639, 359)
    return server


@pytest.fixture
def clients(server: XServer) -> Iterator[Clients]:
    with clients_on(server.display) as opened:
        yield opened


@pytest.fixture
def share(server: XServer) -> Iterator[OpenWindow]:
    with ExitStack() as stack:

        def start(spec: str) -> X11Window:
            source = X11Window(spec, server.display)
            stack.callback(source.dispose)
            source.open()
            return source

        yield start


@pytest.fixture
def screen(server: XServer) -> Iterator[Hide]:
    """Opens the screen without the windows of these titles."""
    with ExitStack() as stack:

        def start(*titles: str, source: Source | None = None, regions: str = "") -> Source:
            opened = source or X11Screen(None, server.display)
            stack.callback(opened.dispose)
            left = opened.hide(Hidden.of(titles, [regions] if regions else []))
            assert not left
            opened.open()
            return opened

        yield start
