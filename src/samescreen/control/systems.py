"""Carries out orders with the means of this operating system. On the injecting thread.

A system's modules are imported here, when they are first used: they need its own libraries, and
loading them would hold up the event loop.
"""

from __future__ import annotations

import sys

from samescreen.errors import SourceUnavailable
from samescreen.media import OnDesktop

from .acting import Acting
from .orders import Orders


def act(orders: Orders, place: OnDesktop) -> None:
    """Carry out orders on what is shown at `place`, until stopped.

    Raises:
        CaptureError: input is not possible, or no longer; the message names the cure.
    """
    if sys.platform == "win32":
        _act_on_windows(orders)
    elif sys.platform == "darwin":
        _act_on_macos(orders)
    elif place.display.startswith("/"):
        _act_on_wayland(orders, place)
    elif place.display == "portal":
        _act_by_portal(orders, place)
    elif place.display:
        from .x11.acting import act as act_on_x11

        act_on_x11(orders, place)
    elif sys.platform == "linux":
        _act_by_uinput(orders)
    else:
        raise SourceUnavailable("remote control is not possible on this system")


def _act_on_windows(orders: Orders) -> None:
    from .windows.desk import WindowsDesk
    from .windows.hooks import watching

    with watching(orders):
        Acting(orders, WindowsDesk()).run()


def _act_on_macos(orders: Orders) -> None:
    from .macos.desk import MacDesk
    from .macos.tap import watching

    desk = MacDesk()
    with watching(orders):
        Acting(orders, desk).run()


def _act_on_wayland(orders: Orders, place: OnDesktop) -> None:
    from .wayland.desk import WaylandDesk
    from .wayland.fitting import fit

    Acting(orders, WaylandDesk(place), fit=fit).run()


def _act_by_portal(orders: Orders, place: OnDesktop) -> None:
    from .portal.desk import PortalDesk

    Acting(orders, PortalDesk(orders, place)).run()


def _act_by_uinput(orders: Orders) -> None:
    from .uinput.desk import UinputDesk

    Acting(orders, UinputDesk(orders)).run()
