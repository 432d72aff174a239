"""What `doctor` can find out about whether other devices reach this machine. May block.

It asks the firewall of the system whether it is on, and looks at the kind of each network. What
the network itself forbids, such as a guest Wi-Fi that keeps devices apart, cannot be seen here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

_WITHIN_S: Final = 5.0
_WIRELESS: Final = "/sys/class/net/{name}/wireless"
_CONTAINER_MARKS: Final = ("/.dockerenv", "/run/.containerenv")
_TUNNELS: Final = ("tun", "tap", "wg", "tailscale", "utun", "ppp")

Ask = Callable[[Sequence[str]], str | None]


def ask(command: Sequence[str]) -> str | None:
    """What a program prints; None: it is missing, does not answer, or has no say."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout


def firewall_in_the_way(
    port: int, platform: str = sys.platform, ask: Ask = ask, root: Path = Path("/")
) -> str | None:
    """Which firewall is on, and how to let the port in; None: none that can be seen is on."""
    if platform == "win32":
        said = ask(("netsh", "advfirewall", "show", "currentprofile", "state")) or ""
        cure = f"allow Python in Windows Security, Firewall, or let TCP port {port} in"
        return f"Windows Firewall is on; {cure}" if "ON" in said else None
    if platform == "darwin":
        said = ask(("/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate")) or ""
        cure = "allow Python in System Settings, Network, Firewall, Options"
        return f"the firewall of macOS is on; {cure}" if "enabled" in said else None
    if "ENABLED=yes" in _text_of(root / "etc/ufw/ufw.conf"):
        return f"ufw is on; unless it lets the port in already: sudo ufw allow {port}/tcp"
    if (ask(("systemctl", "is-active", "firewalld")) or "").strip() == "active":
        cure = f"sudo firewall-cmd --add-port={port}/tcp"
        return f"firewalld is on; unless it lets the port in already: {cure}"
    return None


def warnings_about(interfaces: Mapping[str, str], root: Path = Path("/")) -> list[str]:
    """What may keep others away, by the kind of network. `interfaces`: address by name."""
    found = []
    for name, address in interfaces.items():
        if Path(f"{root}/{_WIRELESS.format(name=name)}").exists():
            found.append(f"{address} is on Wi-Fi: a guest network may keep devices apart")
        elif name.startswith(_TUNNELS):
            found.append(f"{address} is on a VPN ({name}): only its members reach it")
    if any(Path(f"{root}/{mark}").exists() for mark in _CONTAINER_MARKS):
        found.append("this is a container: others reach only ports that it publishes")
    return found


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
