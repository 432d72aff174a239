"""A session with the real xdg-desktop-portal, in front of a desktop that a test plays."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final, Self

from samescreen.portal.bus import PORTAL, Bus
from tests.stage.pipewire import PipeWire
from tests.stage.timing import eventually

FRONTEND: Final = Path("/usr/libexec/xdg-desktop-portal")
_ROOT: Final = Path(__file__).resolve().parents[2]
_PORTAL: Final = """[portal]
DBusName=org.freedesktop.impl.portal.desktop.fake
Interfaces={}
UseIn=fake
"""


class PortalDesktop(PipeWire):
    """What the dialog answers is what `answer` was called with last."""

    def __init__(self, *interfaces: str) -> None:
        super().__init__()
        self._interfaces = interfaces or ("ScreenCast", "RemoteDesktop")
        self._answers: dict[str, Any] = {"streams": []}

    def start(self) -> Self:
        super().start()
        if not FRONTEND.exists():
            raise RuntimeError(f"{FRONTEND} is missing: scripts/setup.sh test")
        self.answer()
        names = ";".join(f"org.freedesktop.impl.portal.{each}" for each in self._interfaces)
        (self.folder / "fake.portal").write_text(_PORTAL.format(names), "utf-8")
        backend = (sys.executable, "-m", "tests.stage.portal_backend", str(self.folder))
        self.run(*backend, PYTHONPATH=f"{_ROOT}:{_ROOT}/src")
        eventually((self.folder / "ready").exists, what="the desktop's part of the portal")
        self.run(
            str(FRONTEND),
            XDG_CURRENT_DESKTOP="fake",
            XDG_DESKTOP_PORTAL_DIR=str(self.folder),
        )
        # A call before that would have the bus start a second one, in another environment.
        eventually(self._is_there, what="xdg-desktop-portal")
        return self

    def _is_there(self) -> bool:
        bus = Bus(self.env)
        try:
            names = "org.freedesktop.DBus"
            asked = ("NameHasOwner", "s", PORTAL)
            return bool(bus.call(names, *asked, service=names, path="/org/freedesktop/DBus")[0])
        finally:
            bus.close()

    def answer(self, **answers: Any) -> None:
        """Have the dialog answer so from now on (`portal_backend.py`)."""
        self._answers |= answers
        written = self.folder / "answers.new"
        written.write_text(json.dumps(self._answers), "utf-8")
        written.rename(self.folder / "answers.json")

    def share(self, node: int, **properties: tuple[str, Any]) -> None:
        """Have the dialog answer with this node of PipeWire's."""
        named = {"source_type": ("u", 1), "size": ("(ii)", (320, 200)), **properties}
        self.answer(streams=[(node, named)])

    def press_stop(self) -> None:
        """End all sessions, as somebody at the desktop may."""
        (self.folder / "stop").touch()

    def calls(self, *methods: str) -> list[list[Any]]:
        """The calls of these methods so far, without those that the frontend adds."""
        path = self.folder / "calls.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [each for each in map(json.loads, lines) if not methods or each[1] in methods]
