"""The tools that there are, and the line that installs each. Pure but for `find`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from samescreen.errors import TunnelError
from samescreen.option_values import TUNNEL_TOOLS, TunnelSpec

from .cloudflared import Cloudflared
from .events import Event, Failed
from .ssh import Ssh
from .tailscale import Tailscale


class Reader(Protocol):
    """Reads the output of one run of a tool, line by line."""

    def take(self, line: str) -> Event | None: ...

    def late(self) -> Failed: ...

    def ended(self) -> Failed: ...


class Tool(Protocol):
    """How one tool is used.

    Attributes:
        name: its program.
        patience_s: how long its address may take.
        client_header: the header in which it names the viewer's address; "": none that a viewer
            could not invent.
        is_direct: the tool's server listens for browsers itself.
        sees: a sentence on who can read what passes.
    """

    @property
    def name(self) -> str: ...

    @property
    def patience_s(self) -> float: ...

    @property
    def client_header(self) -> str: ...

    @property
    def is_direct(self) -> bool: ...

    @property
    def sees(self) -> str: ...

    def question(self) -> list[str]:
        """Arguments of a call whose output `answer` reads before each run; []: none."""

    def answer(self, said: str) -> str | Failed:
        """A name that the reader needs, or why the tool cannot work now."""

    def arguments(self, port: int) -> list[str]:
        """Arguments of the run that leads to this port of 127.0.0.1."""

    def reader(self, name: str) -> Reader: ...


def tool_of(spec: TunnelSpec) -> Tool:
    """The tool that an option names."""
    if spec.tool == "cloudflared":
        return Cloudflared(os.devnull)
    if spec.tool == "tailscale":
        return Tailscale()
    return Ssh(spec.host, spec.user, spec.ssh_port, spec.port)


_MAC_TAILSCALE: Final = "/Applications/Tailscale.app/Contents/MacOS/Tailscale"


def find(name: str) -> str | None:
    """The path of an installed tool, or None."""
    found = shutil.which(name)
    if found is None and name == "tailscale" and Path(_MAC_TAILSCALE).is_file():
        return _MAC_TAILSCALE
    return found


def found_tools() -> dict[str, str | None]:
    """The path of each tool by name; None: it is not installed."""
    return {name: find(name) for name in TUNNEL_TOOLS}


def required(name: str) -> str:
    """The path of an installed tool.

    Raises:
        TunnelError: it is not installed; the message has the line that installs it.
    """
    if found := find(name):
        return found
    line = install_line(name, sys.platform, platform.machine(), _distribution())
    raise TunnelError(f"{name} is not installed; install it with: {line}")


_CLOUDFLARED_FOR: Final = {
    **dict.fromkeys(("x86_64", "amd64"), "amd64"),
    **dict.fromkeys(("aarch64", "arm64"), "arm64"),
    **dict.fromkeys(("i386", "i586", "i686", "x86"), "386"),
}
"""Cloudflare's names of processors; "arm" for all others."""
_PACKAGES: Final = {
    "debian": "sudo apt install openssh-client",
    "fedora": "sudo dnf install openssh-clients",
    "arch": "sudo pacman -S openssh",
    "alpine": "sudo apk add openssh-client",
    "suse": "sudo zypper install openssh-clients",
}
_WINDOWS_SSH: Final = (
    "Get-WindowsCapability -Online -Name OpenSSH.Client* | Add-WindowsCapability -Online"
)
_LINES: Final[Mapping[tuple[str, str], str]] = {
    ("cloudflared", "darwin"): "brew install cloudflared",
    ("cloudflared", "win32"): "winget install --id Cloudflare.cloudflared",
    ("tailscale", "darwin"): "brew install --cask tailscale",
    ("tailscale", "win32"): "winget install --id Tailscale.Tailscale",
    ("tailscale", "linux"): "curl -fsSL https://tailscale.com/install.sh | sh",
    ("ssh", "win32"): _WINDOWS_SSH,
}


def install_line(name: str, system: str, machine: str, distribution: str) -> str:
    """One line that installs a tool.

    `system` is as `sys.platform`, `machine` as `platform.machine()`; `distribution` holds the
    words of ID and ID_LIKE in os-release.
    """
    if (name, system) in _LINES:
        return _LINES[name, system]
    words = distribution.split()
    if name == "cloudflared" and "arch" in words:
        return "sudo pacman -S cloudflared"
    if name == "cloudflared":
        cpu = _CLOUDFLARED_FOR.get(machine.lower(), "arm")
        url = "https://github.com/cloudflare/cloudflared/releases/latest/download"
        target = "/usr/local/bin/cloudflared"
        return f"sudo curl -fLo {target} {url}/cloudflared-linux-{cpu} && sudo chmod +x {target}"
    if name == "tailscale":
        return _LINES[name, "linux"]
    return next((line for word, line in _PACKAGES.items() if word in words), _PACKAGES["debian"])


def _distribution() -> str:
    try:
        about = platform.freedesktop_os_release()
    except OSError:
        return ""
    return f"{about.get('ID', '')} {about.get('ID_LIKE', '')}"
