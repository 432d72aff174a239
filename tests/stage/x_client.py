"""A connection to an X server, always closed, with what every caller asks it first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import xcffib
import xcffib.xproto


@dataclass(frozen=True, slots=True)
class XClient:
    """One connection: the core requests, and the screen with its root window."""

    connection: xcffib.Connection
    core: xcffib.xproto.xprotoExtension
    screen: xcffib.xproto.SCREEN
    root: int

    def settle(self) -> None:
        """Returns once the server has carried out everything asked so far."""
        self.core.GetInputFocus().reply()


@contextmanager
def connected(display: str) -> Iterator[XClient]:
    connection = xcffib.connect(display)
    try:
        screen = connection.get_setup().roots[connection.pref_screen]
        # xcffib sets `core` where mypy cannot see it.
        core = connection.core  # type: ignore[has-type]
        yield XClient(connection, core, screen, screen.root)
    finally:
        connection.disconnect()
