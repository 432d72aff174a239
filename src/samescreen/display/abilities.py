"""What `doctor` says about displays of their own: what is installed, and what draws there.

Blocks; not for the event loop. It starts no display.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from .servers import SERVERS, installed_servers

_GPUS = Path("/sys/class/drm")


def abilities() -> tuple[str, ...]:
    """Sentences on what is there and what is missing.

    Raises:
        DisplayError: there is no X server; the message has the line that installs one.
    """
    found = [each.program for each in installed_servers()]
    missing = [each.program for each in SERVERS if each.program not in found]
    servers = f"X servers: {', '.join(found)}"
    if missing:
        servers += f"; not installed: {', '.join(missing)}"
    manager = "windows: a built-in window manager, or the one of --wm"
    around = {"D-Bus": "dbus-daemon", "sound": "pactl"}
    absent = [f"{what} ({program})" for what, program in around.items() if not _has(program)]
    lacks = (f"without: {', '.join(absent)}",) if absent else ()
    wayland = ("Wayland: sway, for --wayland",) if _has("sway") else ()
    return (servers, manager, *wayland, *lacks, f"programs draw on {renderer(_GPUS)}")


def renderer(gpus: Path) -> str:
    """What draws the OpenGL of programs. `gpus`: the folder of /sys that lists them."""
    drivers = sorted(
        {
            (node / "device" / "driver").resolve().name
            for node in gpus.glob("renderD*")
            if (node / "device" / "driver").exists()
        }
    )
    if not drivers:
        return "the CPU (no GPU is visible)"
    if _has("vglrun"):
        return f"the CPU, and through vglrun on the GPU ({', '.join(drivers)})"
    return f"the CPU; for the GPU ({', '.join(drivers)}) install VirtualGL, for vglrun"


def _has(program: str) -> bool:
    return shutil.which(program) is not None
