"""A real headless mutter, GNOME's compositor, behind the real xdg-desktop-portal.

The tests' part of the portal answers with streams of mutter's, as xdg-desktop-portal-gnome would.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final, Self

from samescreen.errors import CaptureError
from samescreen.portal.bus import Bus, CallRefused
from tests.stage.portal import PortalDesktop
from tests.stage.timing import eventually
from tests.stage.tools import find_tool

CAST: Final = "org.gnome.Mutter.ScreenCast"
REMOTE: Final = "org.gnome.Mutter.RemoteDesktop"
_METADATA: Final = 2
_METHODS: Final = {
    "NotifyKeyboardKeycode": "ub",
    "NotifyKeyboardKeysym": "ub",
    "NotifyPointerButton": "ib",
    "NotifyPointerAxis": "ddu",
    "NotifyPointerAxisDiscrete": "ui",
    "NotifyPointerMotionAbsolute": "sdd",
}
"""Mutter's own methods, with their signatures."""


class Mutter(PortalDesktop):
    """One virtual monitor of this size."""

    def __init__(self, width: int, height: int) -> None:
        find_tool("mutter")
        super().__init__()
        self._size = f"{width}x{height}"
        self._bus: Bus | None = None
        self._mutter: subprocess.Popen[str] | None = None
        self._acting = ("", "")
        self._played = 0

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._mutter is not None, "start first"
        return self._mutter

    @property
    def wayland(self) -> Path:
        return self.folder / "wayland-0"

    def start(self) -> Self:
        super().start()
        self._mutter = self.run(
            *(find_tool("mutter"), "--wayland", "--headless", "--no-x11"),
            *("--virtual-monitor", self._size),
            LIBGL_ALWAYS_SOFTWARE="1",
            GSETTINGS_BACKEND="memory",
        )
        self._bus = Bus(self.env)
        eventually(self._is_up, what="mutter")
        return self

    def _is_up(self) -> bool:
        return self._has_name(CAST) and self._has_name(REMOTE) and self.wayland.exists()

    def stop(self) -> None:
        if self._bus is not None:
            self._bus.close()
        super().stop()

    def share_monitor(self) -> None:
        """Have the dialog answer with the monitor."""
        self._record("RecordMonitor", "sa{sv}", "Meta-0", {"cursor-mode": ("u", _METADATA)})

    def share_new_monitor(self) -> None:
        """Have the dialog answer with a monitor that is as large as its first reader wants it."""
        self._record("RecordVirtual", "a{sv}", {"cursor-mode": ("u", _METADATA)})

    def let_act(self) -> None:
        """Have the dialog answer with the monitor, and let viewers act there."""
        (remote,) = self.ask(REMOTE, "CreateSession", "", path="/org/gnome/Mutter/RemoteDesktop")
        properties = "org.freedesktop.DBus.Properties"
        assert self._bus is not None
        (named,) = self._bus.call(
            *(properties, "Get", "ss", f"{REMOTE}.Session", "SessionId"),
            path=remote,
            service=REMOTE,
        )
        options = {"remote-desktop-session-id": ("s", named[1])}
        root = "/org/gnome/Mutter/ScreenCast"
        (session,) = self.ask(CAST, "CreateSession", "a{sv}", options, path=root)
        (stream,) = self.ask(
            f"{CAST}.Session", "RecordMonitor", "sa{sv}", "Meta-0", {}, path=session
        )
        added = self._bus.listen(f"{CAST}.Stream", "PipeWireStreamAdded", stream)
        self.ask(f"{REMOTE}.Session", "Start", "", path=remote)
        message = self._bus.wait_for(added, 5.0)
        assert message is not None, "mutter made no stream"
        width, height = map(int, self._size.split("x"))
        self.share(message.body[0], size=("(ii)", (width, height)))
        self._acting = (remote, stream)

    def play(self) -> None:
        """Do what the portal's calls since the last time say, as xdg-desktop-portal-gnome would.

        Mutter takes it only from the connection that made the session: this one.
        """
        session, stream = self._acting
        calls = [each for each in self.calls() if each[1].startswith("Notify")]
        for _, method, (_, _, *values) in calls[self._played :]:
            if method == "NotifyPointerMotionAbsolute":
                values[0] = stream
            elif method == "NotifyPointerAxis":
                values.append(0)
            elif method in ("NotifyPointerButton", "NotifyKeyboardKeycode", "NotifyKeyboardKeysym"):
                values[1] = bool(values[1])
            self.ask(f"{REMOTE}.Session", method, _METHODS[method], *values, path=session)
        self._played = len(calls)

    def _record(self, method: str, signature: str, *values: Any) -> None:
        root = "/org/gnome/Mutter/ScreenCast"
        (session,) = self.ask(CAST, "CreateSession", "a{sv}", {}, path=root)
        (stream,) = self.ask(f"{CAST}.Session", method, signature, *values, path=session)
        assert self._bus is not None
        added = self._bus.listen(f"{CAST}.Stream", "PipeWireStreamAdded", stream)
        self.ask(f"{CAST}.Session", "Start", "", path=session)
        message = self._bus.wait_for(added, 5.0)
        assert message is not None, "mutter made no stream"
        self.share(message.body[0])

    def ask(self, interface: str, method: str, signature: str, *values: Any, path: str) -> Any:
        """What mutter answers."""
        assert self._bus is not None
        service = ".".join(interface.split(".")[:4])
        return self._bus.call(interface, method, signature, *values, path=path, service=service)

    def _has_name(self, name: str) -> bool:
        assert self._bus is not None
        try:
            self._bus.call("org.freedesktop.DBus.Peer", "Ping", service=name, path="/")
        except (CallRefused, CaptureError):
            return False
        return True
