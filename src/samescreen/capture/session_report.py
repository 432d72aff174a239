"""What this Wayland session offers for capture, in words, for `samescreen doctor`. Any thread.

Connects and reads properties; opens no dialog and shares nothing.
"""

from __future__ import annotations

import os
from typing import Final

from samescreen.errors import SourceUnavailable
from samescreen.portal.bus import NO_SESSION, Bus, bus_address
from samescreen.portal.session import Ability, Source, ability
from samescreen.wayland.desktop import Desktop

from .pipewire.libpipewire import load_pipewire
from .pipewire.loop import Loop
from .wayland.protocols import offers_capture

ASKS: Final = "a dialog of this desktop asks which screen"


def about_session() -> str:
    """The desktop, as it names itself.

    Raises:
        SourceUnavailable: it has no bus, which portals need.
    """
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "") or "no XDG_CURRENT_DESKTOP"
    if not bus_address(os.environ):
        raise SourceUnavailable(NO_SESSION)
    return f"Wayland, {desktop}"


def about_compositor() -> str:
    """Whether it lets programs capture.

    Raises:
        CaptureError: it cannot be asked.
    """
    desktop = Desktop()
    try:
        name = desktop.connection.name
        if offers_capture(desktop):
            return f"{name} lets programs capture without a dialog"
        return f"{name} lets programs capture through a dialog only"
    finally:
        desktop.close()


def about_portal() -> str:
    """What it can share.

    Raises:
        CaptureError: there is none, or it shares no screens.
    """
    return _in_words(portal_ability())


def portal_ability() -> Ability:
    """What this desktop's portal can do. Raises as `about_portal`."""
    bus = Bus()
    try:
        return ability(bus)
    finally:
        bus.close()


def _in_words(able: Ability) -> str:
    kinds = {Source.MONITOR: "screens", Source.WINDOW: "windows", Source.VIRTUAL: "new screens"}
    shared = ", ".join(word for kind, word in kinds.items() if able.sources & kind)
    keeps = "remembers the choice" if able.version >= 4 else "asks each time"
    return f"ScreenCast {able.version}: {shared or 'nothing'}; it {keeps}"


def about_pipewire() -> str:
    """Its version.

    Raises:
        CaptureError: it is missing, or does not run.
    """
    Loop().close()
    return f"{load_pipewire().pw_get_library_version().decode()} runs"
