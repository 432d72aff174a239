"""A private headless sway, as an unprivileged user: start, kill, start again, give orders."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, Self

from tests.stage.timing import MS, eventually
from tests.stage.tools import end, find_tool, spawn

NOBODY: Final = 65534
"""sway refuses to run as root, as tests in a container do."""
_CONFIG: Final = """
xwayland disable
default_border none
seat * hide_cursor 0
output HEADLESS-1 resolution {}
"""


class Sway:
    """One compositor with one output, HEADLESS-1. `env` is what its clients need."""

    def __init__(self, width: int = 320, height: int = 200) -> None:
        find_tool("sway")
        self.folder = Path(tempfile.mkdtemp(prefix="sway-"))
        self.folder.chmod(0o700)
        config = _CONFIG.format(f"{width}x{height}")
        (self.folder / "config").write_text(config, "utf-8")
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        self._process: subprocess.Popen[str] | None = None

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "start first"
        return self._process

    @property
    def path(self) -> Path:
        return self.folder / "wayland-1"

    @property
    def env(self) -> dict[str, str]:
        return {"XDG_RUNTIME_DIR": str(self.folder), "WAYLAND_DISPLAY": self.path.name}

    def start(self) -> Self:
        """Starts it, again under the same name, and returns once it takes orders."""
        for left in self.folder.glob("*sway-ipc*"):
            left.unlink()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
            "WLR_BACKENDS": "headless",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_RENDERER": "pixman",
        }
        command = [*as_nobody(), find_tool("sway"), "-c", str(self.folder / "config")]
        self._process = spawn(command, env=environment)
        eventually(lambda: self.path.exists() and self._ipc(), what="sway listens")
        eventually(lambda: "HEADLESS-1" in self.order("-t", "get_outputs"), what="sway's output")
        return self

    def order(self, *words: str) -> str:
        """What `swaymsg` answers; empty when sway refuses."""
        done = subprocess.run(
            [*as_nobody(), find_tool("swaymsg"), "-s", str(self._ipc()), "-r", *words],
            capture_output=True,
            text=True,
            timeout=5000 * MS,
            check=False,
        )
        return done.stdout if done.returncode == 0 else ""

    def kill(self) -> None:
        """As a crash does: every client loses its connection at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(5000 * MS)
            self._process = None
            self.path.unlink(missing_ok=True)
            self.path.with_suffix(".lock").unlink(missing_ok=True)

    def stop(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ipc(self) -> Path | None:
        return next(self.folder.glob("sway-ipc*"), None)


def as_nobody() -> list[str]:
    if os.geteuid() != 0:
        return []
    who = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    # A change of user makes the kernel forget the signal that `spawn` asks for.
    return [find_tool("setpriv"), *who, "--pdeathsig", "KILL"]
