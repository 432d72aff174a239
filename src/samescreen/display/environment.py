"""The environment of the programs on a display of their own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_OTHERS: Final = (
    *("WAYLAND_DISPLAY", "WAYLAND_SOCKET", "SESSION_MANAGER", "DESKTOP_SESSION", "XDG_SESSION_ID"),
    *("XDG_CURRENT_DESKTOP", "XDG_SEAT", "XDG_VTNR", "DESKTOP_STARTUP_ID", "WINDOWID"),
    *("XDG_ACTIVATION_TOKEN", "GNOME_SETUP_DISPLAY"),
)
"""What names the desktop that somebody is logged in to: programs would show their windows there."""
_X11: Final = {
    "XDG_SESSION_TYPE": "x11",
    "GDK_BACKEND": "x11",
    "QT_QPA_PLATFORM": "xcb",
    "MOZ_ENABLE_WAYLAND": "0",
    "ELECTRON_OZONE_PLATFORM_HINT": "x11",
}
_WAYLAND: Final = {
    "XDG_SESSION_TYPE": "wayland",
    "XDG_CURRENT_DESKTOP": "sway",
    "GDK_BACKEND": "wayland",
    "QT_QPA_PLATFORM": "wayland",
    "MOZ_ENABLE_WAYLAND": "1",
    "ELECTRON_OZONE_PLATFORM_HINT": "wayland",
}
_OF_X11: Final = ("DISPLAY", "XAUTHORITY")
NO_BUS: Final = "disabled:"
"""As the address of a session bus: there is none, and no library starts one."""


def environment_for(
    base: Mapping[str, str], display: str, cookie: str, bus: str, sink: str
) -> dict[str, str]:
    """The environment of a program on the display of that name, such as ":7".

    `cookie`: the file with the key to it. `bus`: the address of the session bus; "": none. `sink`:
    where the program plays its sound; "": where it would play it anyway.
    """
    return _own(base, {**_X11, "DISPLAY": display, "XAUTHORITY": cookie}, bus, sink)


def wayland_environment_for(
    base: Mapping[str, str], display: str, orders: str, bus: str, sink: str
) -> dict[str, str]:
    """The same on the sway whose socket is `display`, and which takes orders at `orders`."""
    runtime = base.get("XDG_RUNTIME_DIR") or display.rpartition("/")[0]
    theirs = {"WAYLAND_DISPLAY": display, "SWAYSOCK": orders, "XDG_RUNTIME_DIR": runtime}
    outside = {name: text for name, text in base.items() if name not in _OF_X11}
    return _own(outside, {**_WAYLAND, **theirs}, bus, sink)


def _own(
    base: Mapping[str, str], display: dict[str, str], bus: str, sink: str
) -> dict[str, str]:
    around = {"DBUS_SESSION_BUS_ADDRESS": bus or NO_BUS, **({"PULSE_SINK": sink} if sink else {})}
    return {name: text for name, text in base.items() if name not in _OTHERS} | display | around
