"""Identifies the X server's program by what it offers, to name the right cure. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum


class ServerKind(Enum):
    """A kind of X server. Its value says how to start it with a depth of 24 bits."""

    XVFB = "start it with `-screen 0 1280x720x24`"
    XVNC = "start the VNC server with `-depth 24`"
    XWAYLAND = "log in to an Xorg session"
    XORG = "set `DefaultDepth 24` in the Screen section of xorg.conf and log in again"
    UNKNOWN = "start the X server with a depth of 24 bits"


def server_kind(vendor: str, extensions: Collection[str], outputs: Collection[str]) -> ServerKind:
    """The kind of server that has these extensions and these RandR outputs.

    The vendor alone is ambiguous: Xvfb, TigerVNC, Xorg and XWayland all state the X.Org Foundation.
    XWayland before 23.1 has no extension named after it, but its outputs are.
    """
    if "XWAYLAND" in extensions or any(name.startswith("XWAYLAND") for name in outputs):
        return ServerKind.XWAYLAND
    has_vnc_output = any(name.upper().startswith("VNC") for name in outputs)
    if has_vnc_output or "vnc" in vendor.casefold() or "VNC-EXTENSION" in extensions:
        return ServerKind.XVNC
    if any(name.startswith("XFree86-") for name in extensions):
        return ServerKind.XORG
    if list(outputs) == ["screen"]:
        return ServerKind.XVFB
    return ServerKind.UNKNOWN
